"""The newest stories for readers elsewhere: the site's, and those of each section, author, tag and kind; each as RSS,
Atom and JSON Feed."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page

from articles import names
from articles.feeds import entries
from articles.feeds.entries import xml_text
from articles.feeds.formats import FORMATS, Feed
from articles.models import Article, Author, Correction, Section, Series, Tag
from articles.models.article import load_expired_in_bodies
from newsroom.context import next_midnight
from newsroom.links import absolute
from newsroom.page_cache import carry, keep
from newsroom.page_cache.parts import remembered

__all__ = ["FORMATS", "STORIES", "author", "blogs", "corrections", "kind", "section", "site", "tag", "xml_text"]
STORIES = 30


def answer(request, form, title, page, description, found):
    """The feed whose page for people is at `page`."""
    feed = Feed(
        title=xml_text(title),
        page=absolute(page),
        url=absolute(request.path),
        description=xml_text(description) or xml_text(title),
        entries=found,
    )
    response = HttpResponse(FORMATS[form].write(feed), content_type=f"{FORMATS[form].type}; charset=utf-8")
    if settings.WEBSUB_HUB:  # https://www.w3.org/TR/websub/#discovery
        response["Link"] = f'<{settings.WEBSUB_HUB}>; rel="hub", <{feed.url}>; rel="self"'
    return response


class Entries(list):
    """Of one list, which its three formats share."""

    @property
    def size(self):
        return sum(len(entry.content) + len(entry.summary) + 1000 for entry in self)


def newest(name, articles):
    """`name`: the list's, as pages carry it."""

    def make():
        carry(name, until=articles.next_due())
        carry(until=next_midnight())  # the rights to a picture end by the day
        # Found in an index alone: asked for whole rows of a section with parts, SQLite sorts all that it ever had.
        keys = articles.published().newest().values("pk")[:STORIES]
        stories = list(Article.objects.filter(pk__in=keys).newest().full())
        load_expired_in_bodies(stories)
        return Entries(entries.of_story(story) for story in stories)

    return remembered(f"feed:{name}", make)


def titled(name):
    return f"{name} – {settings.SITE_NAME}"


@keep()
@conditional_page
def site(request, form="rss"):
    about = _("News, opinion and blogs from %(site)s.") % {"site": settings.SITE_NAME}
    stories = newest(names.STORIES, Article.objects.all())
    return answer(request, form, settings.SITE_NAME, reverse("articles:front"), about, stories)


@keep()
@conditional_page
def section(request, slug, form="rss"):
    section = get_object_or_404(Section, slug=slug)
    stories = newest(names.stories_of(section), Article.objects.in_section(section))
    return answer(request, form, titled(section.name), section.get_absolute_url(), section.description, stories)


@keep()
@conditional_page
def author(request, slug, form="rss"):
    author = get_object_or_404(Author.objects.introduced(), slug=slug)
    stories = newest(names.stories_of(author), Article.objects.of_author(author))
    return answer(request, form, titled(author.name), author.get_absolute_url(), author.role, stories)


@keep()
@conditional_page
def tag(request, slug, form="rss"):
    tag = get_object_or_404(Tag.objects.known(), slug=slug)
    stories = newest(names.stories_of(tag), Article.objects.of_tag(tag))
    return answer(request, form, titled(tag.name), tag.get_absolute_url(), tag.description, stories)


@keep()
@conditional_page
def series(request, slug, form="rss"):
    series = get_object_or_404(Series.objects.known(), slug=slug)
    stories = newest(names.stories_of(series), Article.objects.filter(part__series=series))
    return answer(request, form, titled(series.name), series.get_absolute_url(), series.description, stories)


@keep()
@conditional_page
def blogs(request, form="rss"):
    stories = newest(names.stories_of_kind(Article.Kind.BLOG), Article.objects.of_kind(Article.Kind.BLOG))
    return answer(request, form, titled(_("Blogs")), reverse("articles:blogs"), "", stories)


@keep()
@conditional_page
def kind(request, kind, form="rss"):
    """Of news or of opinion, which have no page of their own."""
    name = {Article.Kind.NEWS: _("News"), Article.Kind.OPINION: _("Opinion")}[kind]
    stories = newest(names.stories_of_kind(kind), Article.objects.of_kind(kind))
    return answer(request, form, titled(name), reverse("articles:front"), "", stories)


@keep()
@conditional_page
def corrections(request, form="rss"):
    """Of the corrections, not of the stories: an item is what was wrong and what is right."""
    carry(names.CORRECTIONS, names.STORIES)
    about = _("What %(site)s had wrong, and what is right.") % {"site": settings.SITE_NAME}
    found = [entries.of_correction(record) for record in Correction.objects.public()[:STORIES]]
    return answer(request, form, titled(_("Corrections")), reverse("articles:corrections"), about, found)
