"""The passage of a story that answers a question best, with the words marked that answer it."""

from bisect import bisect_left

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .words import places

SNIPPET = 220  # characters
LEAD_IN = 60  # of which so many stand before the first hit
READ = 20_000  # characters of a story that are looked through


def snippet(story, text, wanted: frozenset[str]) -> SafeString:
    """The passage below the headline that holds most hits, each in <mark>. `text` is the story's search_text."""
    above = {story.kicker, story.headline, story.dateline}
    plain = " ".join(line for line in text[:READ].split("\n") if line not in above)
    hits = places(plain, wanted)
    begin, end = passage(plain, [at for at, _ in hits])
    inside = [(max(a, begin), min(b, end)) for a, b in hits if a < end and b > begin]
    return mark_safe(f"{'… ' if begin else ''}{marked(plain, begin, end, inside)}{' …' if end < len(plain) else ''}")


def passage(plain, hits):
    """Where the passage with most hits begins and ends, at spaces where there are some."""
    first = max(hits[:200] or [0], key=lambda at: bisect_left(hits, at + SNIPPET - LEAD_IN) - bisect_left(hits, at))
    begin = 0 if first <= LEAD_IN else plain.find(" ", first - LEAD_IN, first) + 1 or first
    end = begin + SNIPPET
    if end >= len(plain):
        return begin, len(plain)
    space = plain.rfind(" ", first, end)
    return begin, space if space > first else end


def marked(plain, begin, end, hits):
    html, at = "", begin
    for a, b in hits:
        html += f"{escape(plain[at:a])}<mark>{escape(plain[a:b])}</mark>"
        at = b
    return html + escape(plain[at:end])
