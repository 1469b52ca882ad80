"""Two texts side by side, word by word. Paragraphs are compared first, so that a long text costs little."""

import re
from difflib import SequenceMatcher

from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST = 4000  # words of a paragraph that are compared one by one; a longer one is marked whole


def sides(old: str, new: str) -> tuple[SafeString, SafeString]:
    """HTML of the old text with what went in <del>, and of the new with what came in <ins>; a line a paragraph."""
    before, after = old.split("\n"), new.split("\n")
    left: list[str] = []
    right: list[str] = []
    for deed, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if deed == "equal":
            left += map(conditional_escape, before[a:b])
            right += map(conditional_escape, after[c:d])
            continue
        for n in range(max(b - a, d - c)):
            was = before[a + n] if a + n < b else ""
            now = after[c + n] if c + n < d else ""
            gone, came = _words(was, now)
            left += [gone] if a + n < b else []
            right += [came] if c + n < d else []
    return _lines(left), _lines(right)


def _lines(lines) -> SafeString:
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines if line))


def _words(was: str, now: str) -> tuple[SafeString, SafeString]:
    one, two = TOKEN.findall(was), TOKEN.findall(now)
    if max(len(one), len(two)) > LONGEST:
        return _marked("del", was), _marked("ins", now)
    left, right = SafeString(""), SafeString("")
    for deed, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        gone, came = "".join(one[a:b]), "".join(two[c:d])
        left += conditional_escape(gone) if deed == "equal" else _marked("del", gone)
        right += conditional_escape(came) if deed == "equal" else _marked("ins", came)
    return mark_safe(left), mark_safe(right)  # every piece was escaped


def _marked(tag: str, text: str) -> SafeString:
    return format_html("<{}>{}</{}>", mark_safe(tag), text, mark_safe(tag)) if text else SafeString("")
