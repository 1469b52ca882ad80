"""The lists of what is read most. The worker ranks now and then; pages print what it found.

Pages carry the names BESIDE (the short list beside stories and on lists) or PAGE (the page of its own). They are told
when a list became another one for readers, not when its numbers did.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from articles.models import Article
from newsroom.page_cache import changed
from reading.models import Mark, Ranked, Reads

SPANS = {Ranked.Span.DAY: timedelta(days=1), Ranked.Span.WEEK: timedelta(days=7)}
BESIDE, PAGE = "most-read", "most-read-page"
LISTED = {BESIDE: 5, PAGE: 10}
RANKED = 20  # so that others move up when one is withdrawn
WEIGHED = 300  # of the most read, so many are asked whether readers may see them
FEWEST = 3  # stories that make a list


def ranked(**which):
    """Stories that readers may see now, each with `span`, `place` and `read_count`, by span and place."""
    return (
        # By key: an empty table without statistics would make SQLite walk everything that is published.
        Article.objects.filter(pk__in=Ranked.objects.order_by().values("article"))
        .published()
        .filter(ranked__position__lt=RANKED, **{f"ranked__{column}": value for column, value in which.items()})
        .annotate(span=F("ranked__span"), place=F("ranked__position"), read_count=F("ranked__count"))
        .order_by("span", "place")
        .select_related("section__parent")
        .defer("body", "search_text")
    )


def beside():
    """The short list, in one query of no more rows than it shows: many pages carry it."""
    return ranked(is_beside=True)


def lists() -> dict[str, list[Article]]:
    """What readers are shown of each span, in one query; an empty list where too little was read to mean anything."""
    found: dict[str, list[Article]] = {span: [] for span in SPANS}
    for story in ranked(count__gte=settings.MOST_READ_FROM):
        found[story.span].append(story)
    return {span: stories[: LISTED[PAGE]] if len(stories) >= FEWEST else [] for span, stories in found.items()}


# By the worker


def refresh() -> None:
    """Rank anew, and name the lists that became different for readers since they were named last."""
    mark = Mark.current()
    _rank(timezone.now())
    shown = _shown()
    others = {name for name in shown if shown[name] != mark.shown.get(name)}
    if others:
        changed(*others)
        Mark.objects.filter(pk=mark.pk).update(shown=shown)  # not before: what a dead worker did not say is said later


def _rank(now) -> None:
    found = {span: _most(now - length) for span, length in SPANS.items()}
    chosen = next((span for span in SPANS if _means_something(found[span])), None)  # the week while the day is quiet
    rows = [
        Ranked(
            span=span,
            position=position,
            article_id=story,
            count=number,
            is_beside=span == chosen and position < LISTED[BESIDE] and number >= settings.MOST_READ_FROM,
        )
        for span, counts in found.items()
        for position, (story, number) in enumerate(counts)
    ]
    with transaction.atomic():
        Mark.objects.select_for_update().get(pk=1)  # one at a time
        Ranked.objects.all().delete()
        Ranked.objects.bulk_create(rows)


def _means_something(counts) -> bool:
    return sum(number >= settings.MOST_READ_FROM for _, number in counts) >= FEWEST


def _most(since) -> list[tuple[int, int]]:
    """(story, number) of the most read public stories of the hours that began since then."""
    # "+ 0": to group by the plain column SQLite would rather walk all rows in that column's order.
    stories = Reads.objects.filter(hour__gt=since).order_by().annotate(story=F("article_id") + 0).values_list("story")
    counts = dict(stories.annotate(number=Sum("count")).order_by("-number", "-story")[:WEIGHED])
    public = set(Article.objects.published().order_by().filter(pk__in=counts).values_list("pk", flat=True))
    return [(story, number) for story, number in counts.items() if story in public][:RANKED]


def _shown() -> dict[str, list]:
    return {
        BESIDE: [[story.span, story.pk] for story in beside()],
        PAGE: [[story.pk for story in stories] for stories in lists().values()],
    }
