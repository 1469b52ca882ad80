"""Telling others that stories changed, so that they need not keep asking: a WebSub hub (https://www.w3.org/TR/websub/)
and the search engines behind IndexNow (https://www.indexnow.org/documentation).

Changes are noted in the cache and told by the worker; a mark for each of the two moves on only once it has answered.
Where to is a setting, and no redirect is followed: nothing that somebody typed at the desk chooses an address.
"""

import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable
from http.client import HTTPException
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from articles.feeds.formats import FORMATS
from articles.models import Article, Part
from newsroom.links import absolute

log = logging.getLogger(__name__)
NOTES = "pings"  # the number of the latest note
KEPT_FOR = 86_400  # seconds, after which what could not be told is given up
REMEMBERED = 7 * 86_400
AT_ONCE = 1000  # notes in one telling
LONGEST = {"hub": 100, "indexnow": 10_000}  # addresses in one request
PATIENCE = 10  # seconds for an answer
PAUSE, LONGEST_PAUSE = 10, 3600  # seconds before it is tried again: twice as long each time
TURN = 120
LATER = {408, 425, 429}  # and whatever begins with 5


class Refused(Exception):
    """What they will not take, however often it is sent."""


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


opener = build_opener(NoRedirect)


def note(keys: Iterable[int]) -> None:
    """These stories are no longer what they were for readers."""
    if not who_is_told():
        return
    cache.add(NOTES, 0, timeout=None)
    cache.set(f"ping:{cache.incr(NOTES)}", sorted(keys), KEPT_FOR)


def send() -> None:
    for name, tell in who_is_told().items():
        if cache.get(f"pings-paused:{name}") is None and cache.add(f"pings-turn:{name}", 1, TURN):
            try:
                _send(name, tell)
            finally:
                cache.delete(f"pings-turn:{name}")


def _send(name, tell):
    mark, last = cache.get(f"pings-told:{name}", 0), cache.get(NOTES, 0)
    if mark > last:  # the cache was emptied, and counts from the beginning
        mark = 0
    numbers = range(max(mark + 1, last - 100 * AT_ONCE), min(last, mark + AT_ONCE) + 1)
    if not numbers:
        return
    notes = cache.get_many([f"ping:{number}" for number in numbers])
    faces = faces_of({key for keys in notes.values() for key in keys})
    known = cache.get_many([f"ping-face:{name}:{key}" for key in faces])
    new = {key: face for key, face in faces.items() if known.get(f"ping-face:{name}:{key}") != face}
    try:
        tell(new)
    except Refused as reason:
        log.error("%s refuses what it is told of %d stories: %s", name, len(new), reason)
    except (OSError, HTTPException) as reason:
        pause(name, reason)
        return
    cache.set_many({f"ping-face:{name}:{key}": face for key, face in new.items()}, REMEMBERED)
    cache.set(f"pings-told:{name}", numbers[-1], timeout=None)
    cache.delete(f"pings-tries:{name}")


def pause(name, reason):
    tries = cache.get(f"pings-tries:{name}", 0)
    seconds = min(PAUSE * 2**tries, LONGEST_PAUSE)
    cache.set(f"pings-tries:{name}", min(tries + 1, 20), KEPT_FOR)
    cache.set(f"pings-paused:{name}", 1, seconds)
    log.warning("%s does not take what it is told, it is tried again in %d s: %s", name, seconds, reason)


class Face(NamedTuple):
    """What the world sees of a story."""

    url: str
    content: str  # a digest


def faces_of(keys) -> dict[int, Face]:
    """Of those that are public, and of those that were and are gone; nobody is told of any other."""
    stories = Article.objects.filter(pk__in=keys)
    public = stories.published().full()
    gone = stories.gone().select_related("section").defer("body", "search_text")
    faces = {story.pk: Face(absolute(story.get_absolute_url()), "") for story in gone}
    return faces | {story.pk: Face(absolute(story.get_absolute_url()), digest(story)) for story in public}


def digest(story) -> str:
    seen = [story.kind, story.headline, story.standfirst, story.dateline, story.body, story.lead_picture_id]
    seen += [story.lead_caption, story.section_id, story.published_at, story.updated_at]
    seen += [[author.pk for author in story.byline], sorted(tag.pk for tag in story.tags.all())]
    seen += [[record.wrong, record.right] for record in story.shown_corrections]
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def tell_hub(faces) -> None:
    """That the feeds changed in which these stories stand, or stood."""
    urls = sorted(feeds_of(faces))
    for part in parts(urls, LONGEST["hub"]):
        fields = [("hub.mode", "publish"), *(("hub.url", url) for url in part)]
        post(settings.WEBSUB_HUB, urlencode(fields).encode(), "application/x-www-form-urlencoded")


def feeds_of(keys) -> set[str]:
    series = Part.objects.filter(article__in=keys).values_list("series__slug", flat=True)
    names: set[tuple[str, ...]] = {("series_feed", slug) for slug in series}
    for story in Article.objects.filter(pk__in=keys).full().defer("body", "search_text"):
        names |= {("feed",), ("blogs_feed",) if story.kind == Article.Kind.BLOG else ("kind_feed", story.kind)}
        names |= {("section_feed", part.slug) for part in (story.section.trail if story.section else ())}
        names |= {("tag_feed", tag.slug) for tag in story.tags.all()}
        names |= {("author_feed", author.slug) for author in story.byline}
    addresses = (absolute(reverse(f"articles:{name}", args=arguments)) for name, *arguments in names)
    return {f"{url}{'' if form == 'rss' else f'{form}/'}" for url in addresses for form in FORMATS}


def tell_indexnow(faces) -> None:
    for part in parts(sorted({face.url for face in faces.values()}), LONGEST["indexnow"]):
        said = {
            "host": urlsplit(settings.SITE_URL).netloc,
            "key": settings.INDEXNOW_KEY,
            "keyLocation": absolute(reverse("articles:indexnow_key", args=[settings.INDEXNOW_KEY])),
            "urlList": part,
        }
        post(settings.INDEXNOW_ENDPOINT, json.dumps(said).encode(), "application/json; charset=utf-8")


def parts(things, size):
    return (things[start : start + size] for start in range(0, len(things), size))


def post(url, data, content_type) -> None:
    """Raises Refused, or OSError for what may be right another time."""
    headers = {"Content-Type": content_type, "User-Agent": f"Newsroom (+{settings.SITE_URL}/)"}
    started = time.monotonic()
    try:
        with opener.open(Request(url, data, headers), timeout=PATIENCE) as response:
            log.info("told %s in %.1f s: %d", urlsplit(url).netloc, time.monotonic() - started, response.status)
    except HTTPError as error:
        error.close()
        if error.code in LATER or error.code >= 500:
            raise
        raise Refused(f"{error.code} {error.reason}") from error
    except ValueError as error:
        raise Refused(str(error)) from error


def who_is_told() -> dict[str, Callable]:
    hub = {"hub": tell_hub} if settings.WEBSUB_HUB else {}
    return hub | ({"indexnow": tell_indexnow} if settings.INDEXNOW_KEY else {})
