"""What HTML a story may hold. This is the one place that decides it."""

import re
from html import unescape

import nh3
from django.conf import settings

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
CLASSES = {"figure": {"image", "image-wide", "image-left", "image-right"}}
SCHEMES = {"http", "https", "mailto", "tel"}
DROP_WITH_CONTENT = {"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"}
# Editors paste from word processors: those write headings and marks in other words.
SYNONYMS = [
    (re.compile(rf"<(/?){old}(?=[\s>/])", re.I), rf"<\1{new}")
    for old, new in (("b", "strong"), ("i", "em"), ("h1", "h2"))
]
EMPTY = re.compile(r"<(p|h2|h3|h4|blockquote|li|em|strong)>(?:\s|&nbsp;|<br>)*</\1>")
BREAK = re.compile(r"</(?:p|h[2-4]|li|blockquote|figcaption|td|th|tr|caption)>|<br>|<hr>")
INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _attribute(tag: str, name: str, value: str) -> str | None:
    """A picture from elsewhere would tell a stranger who reads: only this newsroom's own are kept."""
    if tag == "img" and name == "src":
        own = settings.MEDIA_URL
        return value if value.startswith(own) and ".." not in value else None
    return value


def clean(html: str) -> str:
    """HTML that may stand on a page, whatever came in. Cleaning what is clean changes nothing."""
    html = INVISIBLE.sub("", html)
    for pattern, replacement in SYNONYMS:
        html = pattern.sub(replacement, html)
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
    return EMPTY.sub("", html).strip()


def to_text(html: str) -> str:
    """The words of clean HTML, block by block on lines of their own."""
    text = re.sub(r"<[^>]*>", "", BREAK.sub("\n", html))
    lines = (" ".join(line.split()) for line in unescape(text).splitlines())
    return "\n".join(line for line in lines if line)
