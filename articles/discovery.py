"""Readers' ways into what is older: the archive by year, month and day."""

from django.http import Http404
from django.shortcuts import render
from django.utils import timezone

from articles import archive as days
from articles import names
from articles.models import Article
from articles.pages import page_of
from newsroom.page_cache import carry, keep


@keep()
def archive(request):
    carry(names.YEARS)
    return render(request, "articles/archive.html", {"years": days.years()})


@keep()
def year(request, year):
    span = _span(year)
    carry(*map(names.is_there, span.inside))
    months = days.filled(span.inside)
    if not months:
        raise Http404
    return render(request, "articles/archive_year.html", {"span": span, "months": months, **_beside(span)})


@keep("before")
def month(request, year, month):
    span = _span(year, month)
    page = _page(request, span)
    with_stories = {day.first: day for day in days.filled(span.inside)}
    weeks = [[(day, day.month == month, with_stories.get(day)) for day in week] for week in days.weeks(span)]
    return render(request, "articles/archive_month.html", {"span": span, "page": page, "weeks": weeks, **_beside(span)})


@keep("before")
def day(request, year, month, day):
    span = _span(year, month, day)
    page = _page(request, span)
    return render(request, "articles/archive_day.html", {"span": span, "page": page, **_beside(span)})


def _span(*parts):
    try:
        return days.Span.of(*parts)
    except ValueError:
        raise Http404 from None


def _page(request, span):
    """The stories of a month or a day. One without any has no page."""
    carry(names.stories_in(span))
    stories = span.stories()
    page = page_of(stories.published(), request.GET.get("before", ""))
    if not page.stories and page.is_first:
        raise Http404
    if span.ends > timezone.now() and page.is_first:
        carry(until=stories.next_due())
    return page


def _beside(span):
    """The nearest ones with stories; that another comes between is told by the names of what lies there."""
    earlier, later = days.neighbours(span)
    today = timezone.localdate() + days.DAY
    gaps = [*days.between(span.after, later.after if later else max(today, span.after))]
    if earlier:
        gaps += days.between(earlier.first, span.first)
    else:
        gaps += days.between(span.first.replace(month=1, day=1), span.first)
        carry(names.YEARS)
    carry(*map(names.is_there, gaps))
    if later is None:
        carry(until=Article.objects.next_due())
    return {"earlier": earlier, "later": later, "above": span.above}
