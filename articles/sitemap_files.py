"""The files of the sitemap: ranges of keys, so that the last of a million stories costs what the first one costs."""

from datetime import datetime

from django.db.models import F, Max
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from articles.models import Article, Correction, SitemapFile
from newsroom.page_cache import changed

RANGE = 2000  # primary keys in one file
INDEX, EACH = "sitemap", "sitemap:{}"  # what the index and a file carry


def number_of(key: int) -> int:
    return key // RANGE


def name_of(number: int) -> str:
    return EACH.format(number)


def stories_in(number: int):
    return Article.objects.filter(pk__gte=number * RANGE, pk__lt=(number + 1) * RANGE).order_by()


def follow(keys: set[int]) -> None:
    """These stories are no longer what they were for readers; only what is public now moves a file's time."""
    numbers = {number_of(key) for key in keys}
    times = last_changes(Article.objects.filter(pk__in=keys).order_by())
    raise_to(times)
    drop(number for number in numbers - times.keys() if not stories_in(number).published().exists())
    changed(*map(name_of, numbers))


def refresh() -> None:
    """Of all files: what was written past the listeners."""
    times = last_changes(Article.objects.order_by())
    raise_to(times)
    drop(set(SitemapFile.objects.values_list("number", flat=True)) - times.keys())


def raise_to(times: dict[int, datetime]) -> None:
    """A file changed when it was last changed: its time never goes back, whoever says so first."""
    rows = (SitemapFile(number=number, changed_at=at) for number, at in times.items())
    before = dict(SitemapFile.objects.filter(number__in=times).values_list("number", "changed_at"))
    SitemapFile.objects.bulk_create((row for row in rows if row.number not in before), ignore_conflicts=True)
    later = {number: at for number, at in times.items() if number in before and before[number] < at}
    for number, at in later.items():
        SitemapFile.objects.filter(number=number, changed_at__lt=at).update(changed_at=at)
    if later or times.keys() - before.keys():
        changed(INDEX)


def drop(numbers) -> None:
    if SitemapFile.objects.filter(number__in=list(numbers)).delete()[0]:
        changed(INDEX)


def last_changes(stories) -> dict[int, datetime]:
    """By file, the latest publication, visible update or correction of those of these stories that are public."""
    now = timezone.now()
    public = stories.published(now)
    shown = Greatest("published_at", Coalesce("updated_at", "published_at"))
    rows = public.annotate(number=F("pk") / RANGE).values("number").annotate(at=Max(shown))
    times = {row["number"]: row["at"] for row in rows}
    corrections = Correction.objects.shown().order_by().filter(article__in=public.values("pk"))
    corrections = corrections.annotate(number=F("article_id") / RANGE).values("number")
    for row in corrections.annotate(at=Max("corrected_at")):
        times[row["number"]] = max(times[row["number"]], row["at"])
    return {number: min(at, now) for number, at in times.items()}
