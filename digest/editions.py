"""Which edition is due, what is in it and who is to get it."""

from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from articles.front import CANDIDATES, rank
from articles.models import Article
from digest.models import Delivery, Edition, EditionStory, Subscriber
from newsroom.mail import one_line

FIRST_LOOKS_BACK = timedelta(hours=24)
PLANNED_AT_ONCE = 2000


def starts_at(day: date) -> datetime:
    """The instant of the sending hour. In the hour that a clock change leaves out, the instant it would have been; in
    the hour that comes twice, the first."""
    return datetime.combine(day, time(settings.DIGEST_HOUR), timezone.get_default_timezone())


def due(now: datetime) -> date | None:
    """The day whose edition is to be planned now; not one that is late by more than DIGEST_LATE_HOURS."""
    today = timezone.localtime(now, timezone.get_default_timezone()).date()
    late = timedelta(hours=settings.DIGEST_LATE_HOURS)
    for day in (today, today - timedelta(days=1)):  # yesterday's: an evening hour may be late past midnight
        # In UTC: two times of one zone are subtracted by their clock faces.
        lateness = now - starts_at(day).astimezone(UTC)
        if timedelta(0) <= lateness <= late and not Edition.objects.filter(day=day).exists():
            return day
    return None


def since() -> datetime:
    """Where the last edition that was mailed ended. An empty one ended nothing: it takes no story away."""
    last = Edition.objects.exclude(status=Edition.Status.EMPTY).order_by("-until").first()
    return last.until if last else timezone.now() - FIRST_LOOKS_BACK


def choose(since: datetime, until: datetime) -> list[Article]:
    """Top stories by the front page's rank, then the newest blog posts; nothing that an earlier edition had."""
    new = Article.objects.published(until).filter(published_at__gt=since)
    new = new.exclude(pk__in=EditionStory.objects.values("article")).newest()
    stories = list(new.exclude(kind=Article.Kind.BLOG).listing()[:CANDIDATES])
    stories.sort(key=lambda article: rank(article, until))
    posts = new.of_kind(Article.Kind.BLOG).listing()[: settings.DIGEST_POSTS]
    return [*stories[: settings.DIGEST_STORIES], *posts]


def subject_of(stories) -> str:
    return one_line(stories[0].headline)[:200] if stories else ""


def plan(day: date) -> Edition:
    """The edition of this day, made if there is none. Two processes at once make one: the day is unique.

    With nothing new it is EMPTY and no mail goes out; planned by hand again later that day it may find something.
    """
    with transaction.atomic():
        begin, now = since(), timezone.now()
        blank = {"status": Edition.Status.EMPTY, "since": begin, "until": now, "planned_at": now}
        edition, _ = Edition.objects.get_or_create(day=day, defaults=blank)
        edition = Edition.objects.select_for_update().get(pk=edition.pk)
        if edition.status == Edition.Status.EMPTY:
            _fill(edition, choose(begin, now), blank)
    return edition


def _fill(edition, stories, blank):
    for name, value in blank.items():
        setattr(edition, name, value)
    if stories:
        edition.status, edition.subject = Edition.Status.PLANNED, subject_of(stories)
        EditionStory.objects.bulk_create(
            EditionStory(edition=edition, article=story, position=position) for position, story in enumerate(stories)
        )
    edition.save()


def not_planned(edition):
    """Confirmed subscribers who have no row in this edition."""
    row = Delivery.objects.filter(edition=edition, subscriber=OuterRef("pk"))
    return Subscriber.objects.confirmed().filter(~Exists(row))


def plan_deliveries(edition) -> int:
    """A row for each confirmed subscriber who has none. Killed in the middle, the next run goes on where it ended."""
    added, last = 0, 0
    while keys := _next_keys(edition, last):
        rows = [Delivery(edition=edition, subscriber_id=key) for key in keys]
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        added, last = added + len(keys), keys[-1]
    if added or edition.status == Edition.Status.PLANNED:
        edition.status = Edition.Status.SENDING
        edition.save(update_fields=["status"])
    return added


def _next_keys(edition, last) -> list[int]:
    missing = not_planned(edition).filter(pk__gt=last).order_by("pk")
    return list(missing.values_list("pk", flat=True)[:PLANNED_AT_ONCE])
