"""What was not found may have been here once: articles/addresses.py knows where it is now."""

import unicodedata
from collections.abc import Callable

from django.db import models
from django.http import HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve

from articles import addresses
from articles.models import Article, Author, Page, Section, Series, Tag

PAGES_OF: dict[str, Callable[[], models.QuerySet]] = {
    "articles:section": Section.objects.all,
    "articles:section_feed": Section.objects.all,
    "articles:author": Author.objects.introduced,
    "articles:author_feed": Author.objects.introduced,
    "articles:tag": Tag.objects.known,
    "articles:series": Series.objects.known,
    "articles:series_feed": Series.objects.known,
    "articles:page": Page.objects.shown,
    "articles:tag_feed": Tag.objects.known,
}


class FormerAddresses:
    """In the place of Django's RedirectFallbackMiddleware, which knows neither what is below a page nor whether a story
    may be seen: an address that leads to a draft must not tell where that is."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if response.status_code == 404 and request.method in ("GET", "HEAD"):
            return answer(request) or response
        return response


def answer(request):
    """A redirect, the page that says it is gone, or None."""
    found = answer_at(request, request.path)
    meant = as_meant(request.path)
    if found or meant == request.path:
        return found
    if (match := resolved(meant)) and match.view_name in PAGES_OF and is_page(meant):
        return moved(request, meant)
    return answer_at(request, meant)


def as_meant(path: str) -> str:
    """Without the spaces, doubled slashes, capitals and taken-apart letters that mail programs and hands bring in."""
    parts = unicodedata.normalize("NFC", path).lower().split("/")
    return "".join(f"/{part.strip()}" for part in parts if part.strip()) + "/"


def answer_at(request, asked):
    path = addresses.destination(asked)
    if slug := story_slug(asked if path is None else path):
        return answer_of_story(request, slug)
    if path is None:
        return None
    if path == "":
        return gone(request)
    if not path.startswith("/"):
        return HttpResponsePermanentRedirect(path)
    return moved(request, path) if is_page(path) else None


def answer_of_story(request, slug):
    """The slug alone decides, as it does at an address of today."""
    stories = Article.objects.select_related("section")
    story = stories.filter(slug=slug).first() or stories.filter(slug=addresses.renamed(slug)).first()
    if story and story.is_public:
        return moved(request, story.get_absolute_url())
    return gone(request) if story and Article.objects.gone().filter(pk=story.pk).exists() else None


def moved(request, path):
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query and "?" not in path else path)


def gone(request):
    return render(request, "410.html", status=410)


def resolved(path):
    try:
        return resolve(path.partition("?")[0].partition("#")[0])
    except Resolver404:
        return None


def story_slug(path):
    match = resolved(path)
    return match.kwargs["slug"] if match and match.view_name == "articles:article" else None


def is_page(path) -> bool:
    """Whether something other than a story answers there."""
    match = resolved(path)
    if match is None or match.view_name == "articles:article":
        return False
    rows = PAGES_OF.get(match.view_name)
    return rows is None or rows().filter(slug=match.kwargs["slug"]).exists()
