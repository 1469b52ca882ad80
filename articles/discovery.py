"""Readers' ways into what is older, and what the paper says of itself."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from articles import archive as days
from articles import names
from articles.models import Article, Page, Series
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
    return render(
        request,
        "articles/archive_month.html",
        {"span": span, "page": page, "weeks": weeks, "section_tree": page.sections, **_beside(span)},
    )


@keep("before")
def day(request, year, month, day):
    span = _span(year, month, day)
    page = _page(request, span)
    return render(
        request,
        "articles/archive_day.html",
        {"span": span, "page": page, "section_tree": page.sections, **_beside(span)},
    )


@keep()
def series(request, slug):
    series = get_object_or_404(Series.objects.known(), slug=slug)
    carry(names.stories_of(series), until=Article.objects.filter(part__series=series).next_due())
    parts = Article.objects.published().filter(part__series=series).order_by("part__position", "part__pk").listing()
    return render(request, "articles/series.html", {"series": series, "parts": list(parts)})


@keep()
def page(request, slug):
    """A text about the paper; a built-in one answers at its own address alone."""
    page = Page.named(slug)
    is_own = page.get_absolute_url() == request.path
    if not page.is_shown or not is_own or not (page.pk or page.is_built_in):
        raise Http404
    return render(request, "articles/page.html", {"page": page})


def _span(*parts):
    try:
        return days.Span.of(*parts)
    except ValueError:
        raise Http404 from None


def _page(request, span):
    """The stories of a month or a day. One without any has no page."""
    carry(names.stories_in(span))
    stories = span.stories()
    is_open = span.ends > timezone.now()
    page = page_of(stories.published(), request.GET.get("before", ""), coming=stories if is_open else None)
    if not page.stories and page.is_first:
        raise Http404
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
