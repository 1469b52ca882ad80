"""The archive: years, months and days in the newsroom's own time zone, and which of them have stories.

Nothing is counted. Whether a span has a story is one look into the index of the newest, so that thirty years of a
million stories cost what a week costs.
"""

import calendar
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, get_format

from articles.models import Article

FIRST_YEAR = 1000
YEARS = 300  # that the archive's first page looks at, back from now
DAY = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Span:
    """A year, a month or a day; `after` is the first day that is no more of it."""

    first: date
    after: date

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> "Span":
        """Raises ValueError for what no calendar has, or what is to come."""
        first = date(year, 1 if month is None else month, 1 if day is None else day)
        if year < FIRST_YEAR or first > timezone.localdate():
            raise ValueError
        if day:
            return cls(first, first + DAY)
        return cls(first, (first.replace(day=28) + 4 * DAY).replace(day=1) if month else date(year + 1, 1, 1))

    @property
    def kind(self) -> str:
        days = (self.after - self.first).days
        return "day" if days == 1 else "month" if days < 32 else "year"

    @property
    def parts(self) -> tuple[int, ...]:
        return (self.first.year, self.first.month, self.first.day)[: ("year", "month", "day").index(self.kind) + 1]

    def __str__(self):
        year, *rest = self.parts
        return "-".join([f"{year:04}", *(f"{part:02}" for part in rest)])

    @property
    def title(self) -> str:
        """As people write it: 2026, November 2026, 23 November 2026."""
        forms = {"year": "Y", "month": "YEAR_MONTH_FORMAT", "day": "DATE_FORMAT"}
        return date_format(self.first, forms[self.kind])

    @property
    def name(self) -> str:
        """Below what it is in: 2026, November, 23."""
        return date_format(self.first, {"year": "Y", "month": "F", "day": "j"}[self.kind])

    def get_absolute_url(self):
        return reverse(f"articles:archive_{self.kind}", args=str(self).split("-"))

    @property
    def begins(self) -> datetime:
        return _midnight(self.first)

    @property
    def ends(self) -> datetime:
        return _midnight(self.after)

    @property
    def above(self) -> "list[Span]":
        """The year, and the month, that it is in."""
        return [Span.of(*self.parts[:number]) for number in range(1, len(self.parts))]

    @property
    def with_above(self) -> "list[Span]":
        return [*self.above, self]

    @property
    def inside(self) -> "list[Span]":
        """A year's months, a month's days; none that are to come."""
        today = timezone.localdate()
        if self.kind == "year":
            firsts = [self.first.replace(month=month) for month in range(1, 13)]
        else:
            firsts = [self.first + n * DAY for n in range((self.after - self.first).days)]
        number = len(self.parts) + 1
        return [Span.of(*(first.year, first.month, first.day)[:number]) for first in firsts if first <= today]

    def stories(self):
        return Article.objects.filter(published_at__gte=self.begins, published_at__lt=self.ends)

    def at(self, day: date) -> "Span":
        """The span of this one's kind that the day is in."""
        return Span.of(*(day.year, day.month, day.day)[: len(self.parts)])


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def day_of(moment: datetime) -> Span:
    day = timezone.localdate(moment)
    return Span(day, day + DAY)


def _row(looks: list):
    """The values of these questions, asked in one query; none of a paper without stories."""
    return next(iter(Article.objects.order_by().values_list(*looks)[:1]), ()) if looks else ()


def _newest(stories, column="pk"):
    """Asked in the order of the index and not by EXISTS, which PostgreSQL may answer by walking the table."""
    return Subquery(stories.newest().values(column)[:1])


def filled(spans: Iterable[Span]) -> list[Span]:
    """Those that have a public story; one query."""
    spans = list(spans)
    found = _row([_newest(span.stories().published()) for span in spans])
    return [span for span, key in zip(spans, found, strict=False) if key is not None]


def had_others(spans: Iterable[Span], keys: Iterable[int]) -> set[Span]:
    """Those with a public story beside these, a minute ago already: what two commits of one moment bring would each
    take the other's for one that had been there."""
    spans, settled = list(spans), timezone.now() - timedelta(minutes=1)
    found = _row(
        [
            _newest(span.stories().exclude(pk__in=keys).filter(modified_at__lt=settled).published(settled))
            for span in spans
        ]
    )
    return {span for span, key in zip(spans, found, strict=False) if key is not None}


def years() -> list[Span]:
    """Those that have stories, newest first; two queries."""
    public = Article.objects.published()
    oldest = public.order_by("published_at", "pk").values_list("published_at", flat=True).first()
    if oldest is None:
        return []
    this_year = timezone.localdate().year
    first = max(timezone.localdate(oldest).year, this_year - YEARS + 1, FIRST_YEAR)
    return filled(Span.of(year) for year in range(this_year, first - 1, -1))


def neighbours(span: Span) -> tuple[Span | None, Span | None]:
    """The nearest spans of the same kind before and after it that have stories; one query."""
    # Its own bound first: of two upper bounds SQLite walks the index from the one that it is told first.
    before = Article.objects.filter(published_at__lt=span.begins).published()
    after = (
        Article.objects.filter(published_at__gte=span.ends)
        .published()
        .order_by("published_at", "pk")
        .values("published_at")[:1]
    )
    found = _row([_newest(before, "published_at"), Subquery(after)])
    days = [timezone.localdate(moment) if moment else None for moment in found] or [None, None]
    earlier, later = (span.at(day) if day and day.year >= FIRST_YEAR else None for day in days)
    return earlier, later


def between(first: date, after: date) -> Iterator[Span]:
    """The fewest years, months and days that make up this time."""
    day = first
    while day < after:
        month = (day.replace(day=28) + 4 * DAY).replace(day=1)
        year = date(day.year + 1, 1, 1)
        if (day.month, day.day) == (1, 1) and year <= after:
            end = year
        else:
            end = month if day.day == 1 and month <= after else day + DAY
        yield Span(day, end)
        day = end


def weeks(month: Span) -> list[list[date]]:
    """The days of the calendar's sheet, in weeks that begin as the language's do."""
    sheet = calendar.Calendar((get_format("FIRST_DAY_OF_WEEK") - 1) % 7)
    return sheet.monthdatescalendar(month.first.year, month.first.month)
