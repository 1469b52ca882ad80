"""Rows by the hundred thousand, for measuring: paragraphs of the demo stories in new orders."""

import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from articles.models import Article, Author, Byline, Picture, Section, Tag, TaggedArticle
from comments.models import Comment
from digest.models import Subscriber, new_token
from newsroom.demo.fill import stories

BATCH = 1000
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


def articles(total: int, bar) -> None:
    """Published stories over the last five years, each with an author and two tags."""
    rng = random.Random(total)
    sections, authors = list(Section.objects.all()), list(Author.objects.all())
    tags, pictures = list(Tag.objects.all()), list(Picture.objects.all())
    bodies, headlines = _bodies(rng), [story["headline"] for story in stories()]
    standfirsts = [story.get("standfirst", "") for story in stories()]
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
                    status=Article.Status.PUBLISHED,
                    published_at=now - timedelta(seconds=rng.uniform(60, YEARS * 365 * 86400)),
                )
            )
        with transaction.atomic():
            Article.objects.bulk_create(rows)
            Byline.objects.bulk_create(Byline(article=row, author=rng.choice(authors)) for row in rows)
            TaggedArticle.objects.bulk_create(
                TaggedArticle(content_object=row, tag=tag) for row in rows for tag in rng.sample(tags, 2)
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
