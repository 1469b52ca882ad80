"""What HTML a story may hold. This is the one place that decides it."""

import re
from html import unescape

import nh3
from django.conf import settings
from django.core.files.storage import default_storage

from articles import embeds

TAGS = {
    "p", "br", "h2", "h3", "h4", "blockquote", "cite", "ul", "ol", "li", "a", "em", "strong", "s", "sub", "sup",
    "figure", "figcaption", "img", "table", "caption", "thead", "tbody", "tr", "th", "td", "hr", "pre", "code",
    "span", "abbr",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", "hreflang"},
    "img": {"src", "alt", "width", "height", "data-picture"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "abbr": {"title"},
    "span": {"lang", "dir"},
    "p": {"dir"},
    "blockquote": {"dir"},
    "ol": {"start"},
}
# nh3 panics (a Rust panic, not an exception) if "class" stands in ATTRIBUTES of a tag that is also here.
SIDES = {"image-left", "image-right"}  # a class of its own stands on a picture that has no caption
CLASSES = {"figure": {"image", "image-wide", *SIDES}, "img": SIDES}
SCHEMES = {"http", "https", "mailto", "tel"}
DROP_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"}
# Editors paste from word processors: those write headings and marks in other words.
SYNONYMS = [
    (re.compile(rf"<(/?){old}(?=[\s>/])", re.I), rf"<\1{new}")
    for old, new in (("b", "strong"), ("i", "em"), ("h1", "h2"))
]
EMPTY = re.compile(r"<(p|h2|h3|h4|blockquote|li|em|strong|figcaption)>(?:\s|&nbsp;|<br>)*</\1>")
DEEPEST = 20
DEEPEST_TAGS = 100
TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
NEVER_DEEP = {"p", "li", "td", "th", "tr", "br", "hr", "img", "col", "input", "meta", "link", "wbr", "source", "option"}
BREAK = re.compile(r"</(?:p|h[2-4]|li|blockquote|figcaption|td|th|tr|caption)>|<[ou]l\b[^>]*>|<br>|<hr>")
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """A picture from elsewhere would tell a stranger who reads: only this newsroom's own are kept."""
    if tag == "img" and name == "src":
        own = (settings.MEDIA_URL, default_storage.url("-").removesuffix("-"))
        return value if value.startswith(own) and ".." not in value else None
    return value


def _without_empty(html: str) -> str:
    """Taking out what is empty may empty what it stood in; no editor nests deeper than this."""
    for _ in range(DEEPEST):
        shorter = EMPTY.sub("", html)
        if shorter == html:
            break
        html = shorter
    return html


def _nesting(html: str) -> int:
    """How deep tags that must be closed stand in each other, at most."""
    depth = deepest = 0
    for closing, name in TAG.findall(html):
        if name.lower() not in NEVER_DEEP:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest


def clean(html: str) -> str:
    """HTML that may stand on a page, whatever came in. Cleaning what is clean changes nothing."""
    html = INVISIBLE.sub("", html)
    if _nesting(html) > DEEPEST_TAGS:  # the parser's time grows with the square of the depth: minutes for a megabyte
        html = re.sub(r"<[^>]*>", " ", html)
    for pattern, replacement in SYNONYMS:
        html = pattern.sub(replacement, html)
    html = embeds.with_links(html)
    html = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        clean_content_tags=DROP_WITH_CONTENT,
        url_schemes=SCHEMES,
        attribute_filter=_attribute,
        link_rel="noopener",
        strip_comments=True,
    )
    html = re.sub(r"<img(?![^>]*\ssrc=)[^>]*>", "", html)
    return _without_empty(html).strip()


def to_text(html: str) -> str:
    """The words of clean HTML, block by block on lines of their own."""
    text = re.sub(r"<[^>]*>", "", BREAK.sub("\n", html))
    lines = (" ".join(line.split()) for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)
