"""One feed in three formats: RSS 2.0 (https://www.rssboard.org/rss-specification), Atom 1.0 (RFC 4287) and JSON Feed
1.1 (https://www.jsonfeed.org/version/1.1/)."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.templatetags.static import static
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.html import escape
from django.utils.translation import get_language

from articles.feeds.entries import Entry
from articles.structured import instant
from newsroom.links import absolute

NAMESPACES = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}
NEVER = datetime.fromtimestamp(0, UTC)  # an empty feed was built then: it is the same each time it is asked for


@dataclass
class Feed:
    title: str
    page: str  # for people
    url: str
    description: str
    entries: list[Entry]


class Written:
    """What the two formats in XML share."""

    feed: dict[str, Any]
    items: list[dict[str, Any]]

    def latest_post_date(self):
        return max((item["entry"].updated_at for item in self.items), default=NEVER)

    def add_hub(self, handler, name):
        if settings.WEBSUB_HUB:
            handler.addQuickElement(name, None, {"rel": "hub", "href": settings.WEBSUB_HUB})


class Rss(Written, Rss201rev2Feed):
    def root_attributes(self):
        return {**super().root_attributes(), **NAMESPACES}

    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        self.add_hub(handler, "atom:link")

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        entry = item["entry"]
        for name, _url in entry.authors:
            handler.addQuickElement("dc:creator", name)
        handler.addQuickElement("atom:updated", instant(entry.updated_at))
        if entry.content:
            handler.addQuickElement("content:encoded", entry.content)
        if entry.card:
            self.add_picture(handler, entry)

    def add_picture(self, handler, entry):
        """Media RSS and not an enclosure, which must say the file's length: that asks the storage once a story."""
        size = {"width": str(entry.card.width), "height": str(entry.card.height)} if entry.card.width else {}
        handler.startElement("media:content", {"url": entry.card.url, "medium": "image", **size})
        for name, text in (("description", entry.caption), ("credit", entry.credit)):
            if text:
                handler.addQuickElement(f"media:{name}", text)
        handler.endElement("media:content")


class Atom(Written, Atom1Feed):
    def add_root_elements(self, handler):
        super().add_root_elements(handler)
        self.add_hub(handler, "link")

    def add_item_elements(self, handler, item):
        entry = item["entry"]
        handler.addQuickElement("title", entry.title)
        handler.addQuickElement("link", None, {"href": entry.url, "rel": "alternate"})
        handler.addQuickElement("id", entry.id)
        handler.addQuickElement("published", instant(entry.published_at))
        handler.addQuickElement("updated", instant(entry.updated_at))
        for name, url in entry.authors:
            handler.startElement("author", {})
            handler.addQuickElement("name", name)
            handler.addQuickElement("uri", url)
            handler.endElement("author")
        handler.addQuickElement("summary", entry.summary)
        if entry.content:
            handler.addQuickElement("content", entry.content, {"type": "html"})
        for name in entry.categories:
            handler.addQuickElement("category", None, {"term": name})


def _xml(kind, feed: Feed) -> str:
    written = kind(
        title=feed.title,
        link=feed.page,
        description=feed.description,
        language=get_language(),
        feed_url=feed.url,
        author_name=settings.SITE_NAME,
    )
    for entry in feed.entries:
        written.add_item(
            title=entry.title,
            link=entry.url,
            description=escape(entry.summary),
            unique_id=entry.guid,
            unique_id_is_permalink=False,
            pubdate=entry.published_at,
            categories=entry.categories,
            entry=entry,
        )
    return written.writeString("utf-8")


def rss(feed: Feed) -> str:
    return _xml(Rss, feed)


def atom(feed: Feed) -> str:
    return _xml(Atom, feed)


def json_feed(feed: Feed) -> str:
    about = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "description": feed.description,
        "icon": absolute(static("img/icon-512.png")),
        "favicon": absolute(static("img/icon-192.png")),
        "language": get_language(),
        "authors": [{"name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"}],
    }
    hubs = {"hubs": [{"type": "WebSub", "url": settings.WEBSUB_HUB}]} if settings.WEBSUB_HUB else {}
    return json.dumps({**about, **hubs, "items": [_json_item(entry) for entry in feed.entries]}, ensure_ascii=False)


def _json_item(entry: Entry) -> dict[str, Any]:
    item = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "image": entry.card.url if entry.card else "",
        "date_published": instant(entry.published_at),
        "date_modified": instant(entry.updated_at),
        "authors": [{"name": name, "url": url} for name, url in entry.authors],
        "tags": entry.categories,
    }
    text = {"content_html": entry.content} if entry.content else {"content_text": entry.summary}
    return {name: value for name, value in item.items() if value} | text


class Format(NamedTuple):
    type: str
    write: Callable[[Feed], str]


FORMATS = {
    "rss": Format("application/rss+xml", rss),
    "atom": Format("application/atom+xml", atom),
    "json": Format("application/feed+json", json_feed),
}
