"""The demo newsroom: our own stories, freely licensed photographs, dates relative to now.

Filling twice leaves one of everything: rows are found by their slug and brought up to date, so that the paper is fresh
again; what readers and editors added stays.
"""

import re
import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path
from zlib import crc32

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from articles.models import Article, Author, Byline, Correction, Part, Picture, Section, Series, Tag
from comments.models import Comment, Vote
from digest.models import Delivery, Edition, EditionStory, Subscriber
from reading import counting, most_read
from reading.models import Reads

CONTENT = Path(__file__).parent / "content"
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
STAFF = [  # account, group (None: administrator), author
    ("admin", None, None),
    ("editor", "Editors", "elin-vass"),
    ("reporter", "Reporters", "dan-meyer"),
    ("moderator", "Moderators", None),
    ("newsletter", "Newsletter desk", None),
]
SUBSCRIBERS = 48


def sign_ins_file() -> Path:
    return settings.DATA_DIR / "sign-ins.txt"


def before(now, age: str):
    """The instant `age` ago: "40m", "3h", "2d"; a minus sign means the future."""
    match = re.fullmatch(r"(-?)(\d+)([mhd])", age)
    if not match:
        raise ValueError(f"age {age!r} is not like 40m, 3h or 2d")
    sign, number, unit = match.groups()
    delta = timedelta(**{UNITS[unit]: int(number)})
    return now + delta if sign else now - delta


def _load(name: str) -> dict:
    return tomllib.loads((CONTENT / name).read_text(encoding="utf-8"))


@cache
def stories() -> list[dict]:
    """All stories of the content folder."""
    files = sorted((CONTENT / "stories").glob("*.toml"))
    return [story for file in files for story in tomllib.loads(file.read_text(encoding="utf-8"))["story"]]


def of_its_language() -> dict:
    """Names of sections, authors and stories that a site in another language has of its own."""
    path = CONTENT / f"{settings.LANGUAGE_CODE.partition('-')[0]}.toml"
    return _load(path.name) if path.exists() else {}


@transaction.atomic
def fill() -> dict[str, int]:
    """Fill the newsroom; returns how many stories, pictures, comments and subscribers there are now."""
    now = timezone.now().replace(second=0, microsecond=0)
    site = _load("site.toml")
    own = of_its_language()
    _sections(site["section"], own.get("names", {}))
    pictures = _pictures([*_load("pictures.toml")["picture"], *own.get("picture", [])])
    _authors([*site["author"], *own.get("author", [])], pictures)
    every = [*stories(), *own.get("story", [])]
    for data in every:
        _story(data, pictures, now)
    _picks(every)
    _series([*site["series"], *own.get("series", [])])
    _tags([*site["tag"], *own.get("tag", [])])
    _staff()
    _subscribers(now)
    _yesterdays_edition(now)
    _readings(now)
    return {
        "stories": Article.objects.count(),
        "pictures": Picture.objects.count(),
        "comments": Comment.objects.count(),
        "subscribers": Subscriber.objects.count(),
    }


def _sections(rows, names):
    for position, row in enumerate(rows):
        name = names.get(row["slug"], row["name"])
        description = "" if names else row["description"]
        fields = {"name": name, "description": description, "position": position, "parent": None}
        parent, _ = Section.objects.update_or_create(slug=row["slug"], defaults=fields)
        for place, child in enumerate(row.get("children", [])):
            fields = {"name": names.get(child["slug"], child["name"]), "position": place, "parent": parent}
            Section.objects.update_or_create(slug=child["slug"], defaults=fields)


def _authors(rows, pictures):
    for row in rows:
        fields = {key: row[key] for key in ("name", "role", "bio")} | {"kind": row.get("kind", Author.Kind.PERSON)}
        fields |= {"email": row.get("email", ""), "links": "\n".join(row.get("links", []))}
        fields["picture"] = pictures[row["portrait"]] if "portrait" in row else None
        Author.objects.update_or_create(slug=row["slug"], defaults=fields)


def _pictures(rows) -> dict[str, Picture]:
    """Pictures by key; one that is there already is known by its alternative text."""
    pictures = {}
    for row in rows:
        fields = {key: row[key] for key in ("caption", "credit", "focal_x", "focal_y")}
        picture = Picture.objects.filter(alt=row["alt"]).first()
        if picture is None:
            picture = Picture(alt=row["alt"], **fields)
            with (CONTENT / "pictures" / f"{row['key']}.jpg").open("rb") as file:
                picture.file.save(f"{row['key']}-{get_random_string(6)}.jpg", File(file), save=False)
            picture.save()
        pictures[row["key"]] = picture
    return pictures


def _story(data, pictures, now):
    status = data.get("status", Article.Status.PUBLISHED)
    at = before(now, data["age"]) - _odd_minutes(data)
    fields = {key: data.get(key, "") for key in ("kicker", "headline", "standfirst", "dateline", "body")}
    fields |= {
        "kind": data.get("kind", Article.Kind.NEWS),
        "section": Section.objects.get(slug=data["section"]) if "section" in data else None,
        "lead_picture": pictures[data["picture"]] if "picture" in data else None,
        "lead_caption": data.get("caption", ""),
        "placement": Article.Placement[data.get("placement", "normal").upper()],
        "breaking_until": now + timedelta(hours=6) if data.get("breaking") else None,
        "status": status,
        "published_at": None if status in {"draft", "review", "approved"} else at,
        "updated_at": before(now, data["updated"]) if "updated" in data else None,
    }
    article, _ = Article.objects.update_or_create(slug=_slug(data["headline"]), defaults=fields)
    written = min(at, now)
    Article.objects.filter(pk=article.pk).update(created_at=written - timedelta(hours=2), modified_at=written)
    _byline(article, data["authors"])
    article.tags.set([_tag(name) for name in data.get("tags", [])], clear=True)
    article.corrections.all().delete()
    for row in data.get("corrections", []):
        Correction.objects.create(
            article=article, wrong=row["wrong"], right=row["right"], corrected_at=before(now, row["age"])
        )
    if not article.comments.exists():
        _comments(article, data.get("comments", []), None, now)
    if not article.votes.exists() and "votes" in data:
        _votes(article, data["votes"], at)


def _slug(headline) -> str:
    return slugify(headline, allow_unicode=True)[:110].strip("-")


def _keys(headlines) -> list[int]:
    return [Article.objects.values_list("pk", flat=True).get(slug=_slug(headline)) for headline in headlines]


def _picks(rows):
    for data in rows:
        Article.objects.filter(slug=_slug(data["headline"])).update(picked=_keys(data.get("related", [])))


def _series(rows):
    for row in rows:
        fields = {"name": row["name"], "description": row["description"]}
        series, _ = Series.objects.update_or_create(slug=row["slug"], defaults=fields)
        for position, key in enumerate(_keys(row["parts"])):
            Part.objects.update_or_create(article_id=key, defaults={"series": series, "position": position})


def _tags(rows):
    for row in rows:
        tag = _tag(row["name"])
        tag.description = row["description"]
        tag.parent = _tag(row["parent"]) if "parent" in row else None
        tag.save()
        for name in row.get("synonyms", []):
            tag.remember(name)


def _odd_minutes(data) -> timedelta:
    """Stories do not appear on the stroke of the hour: a few minutes more for each age in hours or days."""
    return timedelta(minutes=0 if data["age"].endswith("m") else crc32(data["headline"].encode()) % 55)


def _byline(article, slugs):
    article.bylines.all().delete()
    for position, slug in enumerate(slugs):
        Byline.objects.create(article=article, author=Author.objects.get(slug=slug), position=position)


def _tag(name) -> Tag:
    return Tag.objects.filter(name__iexact=name).first() or Tag.objects.create(name=name)


def _comments(article, rows, parent, now):
    for row in rows:
        at = before(now, row["age"])
        status = row.get("status", Comment.Status.APPROVED)
        comment = Comment.objects.create(
            article=article,
            parent=parent,
            name=row["name"],
            email=f"{slugify(row['name']) or 'reader'}@example.org",
            body=row["body"].strip(),
            status=status,
            created_at=at,
            decided_at=None if status == Comment.Status.PENDING else at + timedelta(minutes=4),
        )
        _comments(article, row.get("replies", []), comment, now)


def _votes(article, votes, at):
    """As many votes as the content says, with its average."""
    low, more = divmod(round(votes["count"] * votes["average"]), votes["count"])
    Vote.objects.bulk_create(
        Vote(article=article, voter=f"demo-{number}", stars=low + (number < more), voted_at=at)
        for number in range(votes["count"])
    )


def _staff():
    """Accounts with passwords of their own, kept in one file that only the operator can read."""
    lines = []
    for name, group, author in STAFF:
        if User.objects.filter(username=name).exists():
            continue
        password = get_random_string(12, "abcdefghjkmnpqrstuvwxyz23456789")
        user = User.objects.create_user(
            name, f"{name}@example.org", password, is_staff=True, is_superuser=group is None
        )
        if group:
            user.groups.add(Group.objects.get(name=group))
        if author:
            Author.objects.filter(slug=author).update(user=user)
        lines.append(f"{name:<12} {password}   {group or 'Administrator'}\n")
    if lines:
        file = sign_ins_file()
        file.touch(mode=0o600)
        with file.open("a") as out:
            out.writelines(lines)


def _subscribers(now):
    for number in range(SUBSCRIBERS):
        status = Subscriber.Status.CONFIRMED
        if number % 9 == 7:
            status = Subscriber.Status.PENDING
        elif number % 16 == 11:
            status = Subscriber.Status.UNSUBSCRIBED
        joined = now - timedelta(days=number + 2)
        email = f"reader{number + 1}@example.org"
        Subscriber.objects.get_or_create(
            address_key=Subscriber.key_of(email),
            defaults={
                "email": email,
                "status": status,
                "created_at": joined,
                "confirmed_at": None if status == Subscriber.Status.PENDING else joined + timedelta(minutes=5),
                "unsubscribed_at": now - timedelta(days=1) if status == Subscriber.Status.UNSUBSCRIBED else None,
            },
        )


def _yesterdays_edition(now):
    """Yesterday's e-mail as the ledger remembers it; today's starts where it ended."""
    if Edition.objects.exists():
        return
    morning = timezone.localtime(now).replace(hour=settings.DIGEST_HOUR, minute=0) - timedelta(days=1)
    since = morning - timedelta(days=1)
    stories = list(
        Article.objects.published(morning).filter(published_at__gt=since).order_by("-placement", "-published_at")[:8]
    )
    edition = Edition.objects.create(
        day=morning.date(),
        subject=stories[0].headline if stories else "",
        status=Edition.Status.SENT,
        since=since,
        until=morning,
        planned_at=morning,
        sent_at=morning + timedelta(minutes=1),
    )
    EditionStory.objects.bulk_create(
        EditionStory(edition=edition, article=story, position=position) for position, story in enumerate(stories)
    )
    Delivery.objects.bulk_create(
        Delivery(
            edition=edition,
            subscriber=subscriber,
            status=Delivery.Status.SENT,
            tries=1,
            sent_at=morning + timedelta(seconds=20),
            reply="250 OK",
        )
        for subscriber in Subscriber.objects.confirmed().filter(created_at__lt=morning)
    )


def _readings(now):
    """A week of readers: most of them in a story's first day, few at night, more for what stands on top."""
    if Reads.objects.filter(hour__gt=now - timedelta(days=1)).exists():
        return
    hour = now.replace(minute=0)
    public = list(Article.objects.published(now).filter(published_at__gt=now - counting.KEPT))
    Reads.objects.filter(article__in=public).delete()
    counts = {
        (story.pk, at): number
        for story in public
        for at in (hour - timedelta(hours=n) for n in range(7 * 24))
        if at > story.published_at and (number := _readers_in_an_hour(story, at))
    }
    counting.add(counts)
    transaction.on_commit(most_read.refresh)


def _readers_in_an_hour(story, at) -> int:
    is_english = story.slug.isascii()  # a site in another language reads its own first
    chance = crc32(story.slug.encode()) % 100 / 100 if is_english else 1  # some stories catch on
    age = (at - story.published_at) / timedelta(hours=1)
    awake = 0.1 if timezone.localtime(at).hour < 6 else 1
    return round(awake * (6 + 34 * chance**2) * (1 + 1.5 * story.placement) * 0.5 ** (age / 9))
