"""Rows by the hundred thousand, for measuring: paragraphs of the demo stories in new orders."""

import random
from datetime import timedelta
from io import BytesIO

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from PIL import Image

from articles import pictures as sizes
from articles.models import Article, Author, Byline, Picture, Rendition, Section, Tag, TaggedArticle
from articles.models.picture import LOOK, SIZES
from comments.models import Comment
from digest.models import Subscriber, new_token
from newsroom.demo.fill import CONTENT, stories

BATCH = 1000
PATTERN = "volume"  # in the names of the few files that all pictures of volume share
EDGE = 480  # pixels of the longer side of such a file
STATES = ("draft", "review", "approved", "scheduled", "published", "withdrawn", "trashed")
AT_WORK = 60 * len(STATES)  # stories of which each state fills a page of the desk's list
BODIES = 300  # distinct bodies that volume stories share
WORDS = 590  # a story's length in words, as in the measurements of other systems
YEARS = 5


def _batches(total: int):
    """Ranges that cover `total`; each is written in one transaction."""
    for start in range(0, total, BATCH):
        yield range(start, min(start + BATCH, total))


def _bodies(rng) -> list[Article]:
    """Stories without a row whose bodies are cleaned and counted once."""
    paragraphs = [p + "</p>" for story in stories() for p in story["body"].split("</p>") if p.strip().startswith("<p>")]
    bodies = []
    for _ in range(BODIES):
        text, words = [], 0
        while words < WORDS:
            text.append(rng.choice(paragraphs))
            words += text[-1].count(" ") + 1
        article = Article(body="".join(text))
        article.compute_text()
        bodies.append(article)
    return bodies


def pictures(total: int, bar) -> None:
    """Pictures with all their sizes, whose rows share a few small files: a library is slow by rows, not by bytes."""
    rng = random.Random(total)
    patterns = [(pattern, list(pattern.renditions.all())) for pattern in _patterns()]
    now, user = timezone.now(), User.objects.filter(is_staff=True).order_by("pk").last()
    for numbers in _batches(total):
        chosen = [rng.choice(patterns) for _ in numbers]
        rows = [
            Picture(
                file=pattern.file.name,
                **{name: getattr(pattern, name) for name in ("width", "height", "credit")},
                alt="" if number % 20 == 0 else f"{pattern.alt} ({number})",
                caption=f"{pattern.caption} ({number})",
                sizes_made=SIZES,
                uploaded_by=user,
                rights_until=timezone.localdate() + timedelta(days=rng.randint(-30, 300)) if number % 50 == 0 else None,
                **dict(zip(LOOK, (rng.getrandbits(12) for _ in LOOK), strict=True)),
            )
            for number, (pattern, _) in zip(numbers, chosen, strict=True)
        ]
        with transaction.atomic():
            Picture.objects.bulk_create(rows)
            Rendition.objects.bulk_create(
                Rendition(
                    picture=row,
                    file=made.file.name,
                    **{name: getattr(made, name) for name in ("crop", "width", "height", "format")},
                )
                for row, (_, renditions) in zip(rows, chosen, strict=True)
                for made in renditions
            )
            keys = [row.pk for row in rows]
            Picture.objects.filter(pk__in=keys).update(uploaded_at=now - timedelta(days=rng.uniform(0, YEARS * 365)))
        bar.add(len(rows))


def _patterns() -> list[Picture]:
    """Small copies of the demo newsroom's photographs, made once."""
    there = list(Picture.objects.filter(file__contains=PATTERN, digest__startswith=PATTERN))
    if there:
        return there
    for number, path in enumerate(sorted((CONTENT / "pictures").glob("*.jpg"))):
        image, out = Image.open(path), BytesIO()
        image.thumbnail((EDGE, EDGE))
        image.convert("RGB").save(out, "JPEG")
        words = {"alt": path.stem.replace("-", " "), "caption": f"{PATTERN.title()}: {path.stem}.", "credit": "Archive"}
        file = ContentFile(out.getvalue(), f"{PATTERN}-{number}.jpg")
        picture = Picture.objects.create(digest=f"{PATTERN}-{number}", file=file, **words)
        sizes.make_renditions(picture)
        there.append(picture)
    return there


def _state(rng, number, now) -> dict:
    """Status and times of a story: of a few hundred each state in turn, then an archive with a little of everything."""
    ago = timedelta(seconds=rng.uniform(60, YEARS * 365 * 86400))
    state = STATES[number % len(STATES)] if number < AT_WORK or rng.random() < 0.03 else "published"
    if state in {"published", "withdrawn"}:
        return {"status": state, "published_at": now - ago}
    if state == "scheduled":
        return {"status": "published", "published_at": now + ago / 50}
    if state == "trashed":
        return {"status": "withdrawn", "published_at": now - ago, "trashed_at": now - ago / 100}
    return {"status": state}


def articles(total: int, bar) -> None:
    """Stories of the last five years, each with an author, two tags and an entry in the log."""
    rng = random.Random(total)
    sections, authors = list(Section.objects.all()), list(Author.objects.all())
    tags, pictures = list(Tag.objects.all()), list(Picture.objects.order_by("pk"))
    pictures = pictures[: len(pictures) * 3 // 4]  # the others are in no story
    bodies, headlines = _bodies(rng), [story["headline"] for story in stories()]
    standfirsts = [story.get("standfirst", "") for story in stories()]
    staff, kind = list(User.objects.filter(is_staff=True)), ContentType.objects.get_for_model(Article)
    now, first = timezone.now(), Article.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for numbers in _batches(total):
        rows = []
        for number in numbers:
            text, serial = rng.choice(bodies), first + number + 1
            headline = f"{rng.choice(headlines)} ({serial})"[:200]
            rows.append(
                Article(
                    headline=headline,
                    slug=f"volume-{serial}",
                    kicker=rng.choice(tags).name[:60],
                    standfirst=rng.choice(standfirsts),
                    body=text.body,
                    search_text=f"{headline}\n{text.search_text}",
                    word_count=text.word_count,
                    section=rng.choice(sections),
                    lead_picture=rng.choice(pictures) if pictures and number % 2 else None,
                    kind=rng.choices(Article.Kind.values, [80, 10, 10])[0],
                    **_state(rng, number, now),
                )
            )
        with transaction.atomic():
            Article.objects.bulk_create(rows)
            Byline.objects.bulk_create(Byline(article=row, author=rng.choice(authors)) for row in rows)
            TaggedArticle.objects.bulk_create(
                TaggedArticle(content_object=row, tag=tag) for row in rows for tag in rng.sample(tags, 2)
            )
            LogEntry.objects.bulk_create(
                LogEntry(
                    user=rng.choice(staff),
                    content_type=kind,
                    object_id=str(row.pk),
                    object_repr=row.headline,
                    action_flag=CHANGE,
                    change_message='[{"changed": {"fields": ["Body"]}}]',
                    action_time=now - timedelta(seconds=rng.uniform(60, YEARS * 365 * 86400)),
                )
                for row in rows
            )
        bar.add(len(rows))


def comments(total: int, bar) -> None:
    """Comments over random stories: most approved, a tenth waiting."""
    rng = random.Random(total)
    keys = list(Article.objects.published().values_list("pk", flat=True))
    bodies = [comment["body"].strip() for story in stories() for comment in story.get("comments", [])]
    now = timezone.now()
    for numbers in _batches(total):
        Comment.objects.bulk_create(
            Comment(
                article_id=rng.choice(keys),
                name=f"Reader {number}",
                email=f"reader{number}@example.org",
                body=rng.choice(bodies),
                status=rng.choices(Comment.Status.values, [10, 80, 5, 5])[0],
                created_at=now - timedelta(seconds=rng.uniform(60, 365 * 86400)),
            )
            for number in numbers
        )
        bar.add(len(numbers))


def subscribers(total: int, bar) -> None:
    """Confirmed subscribers whose addresses nobody owns (example.org)."""
    now = timezone.now()
    first = Subscriber.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    for numbers in _batches(total):
        addresses = [f"volume{first + number + 1}@example.org" for number in numbers]
        Subscriber.objects.bulk_create(
            Subscriber(
                email=address,
                address_key=Subscriber.key_of(address),
                token=new_token(),
                status=Subscriber.Status.CONFIRMED,
                confirmed_at=now,
            )
            for address in addresses
        )
        bar.add(len(addresses))
