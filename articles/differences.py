"""Two texts side by side, word by word. Paragraphs are compared first, so that a long text costs little.

What a comparison may cost is bounded by WORK, whatever the texts are: where it runs out, the rest is told line by line,
then paragraph by paragraph. The result is coarser then, and still true.
"""

import re
from collections.abc import Sequence
from difflib import Match, SequenceMatcher

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

TOKEN = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")  # a word or a sign, with the space after it
LETTERS = 3  # of a text that cost as much as one look at a pair
WORK = 4_000_000  # pairs of equal words or lines that one comparison may look at; well under a second


class Purse:
    """What a comparison may still spend."""

    def __init__(self, work: int):
        self.left = work

    def pay(self, price: int) -> bool:
        if price > self.left:
            return False
        self.left -= price
        return True


class Matcher(SequenceMatcher):
    """difflib's, which looks at each pair of equal items in a gap again and again; here each look is paid for."""

    def __init__(self, a: Sequence, b: Sequence, purse: Purse):
        self.purse = purse
        super().__init__(None, a, b, autojunk=False)

    def find_longest_match(self, alo=0, ahi=None, blo=0, bhi=None):
        nothing = Match(alo, blo, 0)  # ends the search in this gap: all of it differs
        if not self.purse.pay(ahi - alo):
            return nothing
        pairs = sum(len(self.b2j.get(self.a[n], ())) for n in range(alo, ahi))
        return super().find_longest_match(alo, ahi, blo, bhi) if self.purse.pay(pairs) else nothing


def opcodes(a: Sequence, b: Sequence, purse: Purse):
    """As difflib's get_opcodes(); what both begin and end with costs nothing."""
    short = min(len(a), len(b))
    head = next((n for n in range(short) if a[n] != b[n]), short)
    tail = next((n for n in range(short - head) if a[-1 - n] != b[-1 - n]), short - head)
    a_end, b_end = len(a) - tail, len(b) - tail
    if head:
        yield "equal", 0, head, 0, head
    for deed, *ends in Matcher(a[head:a_end], b[head:b_end], purse).get_opcodes():
        yield deed, *(end + head for end in ends)
    if tail:
        yield "equal", a_end, len(a), b_end, len(b)


def sides(old: str, new: str, purse: Purse | None = None) -> tuple[SafeString, SafeString]:
    """HTML of the old text with what went in <del>, and of the new with what came in <ins>; a line a paragraph."""
    purse = purse or Purse(WORK)
    before, after = old.split("\n"), new.split("\n")
    left: list[str] = []
    right: list[str] = []
    for deed, a, b, c, d in opcodes(before, after, purse):
        if deed == "equal":
            left += map(conditional_escape, before[a:b])
            right += map(conditional_escape, after[c:d])
            continue
        for n in range(max(b - a, d - c)):
            was = before[a + n] if a + n < b else ""
            now = after[c + n] if c + n < d else ""
            gone, came = _words(was, now, purse)
            left += [gone] if a + n < b else []
            right += [came] if c + n < d else []
    return _lines(left), _lines(right)


def _lines(lines) -> SafeString:
    return mark_safe("".join(f"<p>{line}</p>" for line in lines if line))  # each was escaped


def _words(was: str, now: str, purse: Purse) -> tuple[SafeString, SafeString]:
    if was == now:
        return conditional_escape(was), conditional_escape(now)
    if not (was and now and purse.pay(1 + (len(was) + len(now)) // LETTERS)):
        return _marked("del", was), _marked("ins", now)
    one, two = TOKEN.findall(was), TOKEN.findall(now)
    left, right = [], []
    for deed, a, b, c, d in opcodes(_plain(one), _plain(two), purse):
        gone, came = "".join(one[a:b]), "".join(two[c:d])
        left.append(conditional_escape(gone) if deed == "equal" else _marked("del", gone))
        right.append(conditional_escape(came) if deed == "equal" else _marked("ins", came))
    return mark_safe("".join(left)), mark_safe("".join(right))  # every piece was escaped


def _plain(tokens: list[str]) -> list[str]:
    return [token.rstrip() for token in tokens]


def _marked(tag: str, text: str) -> SafeString:
    """The space behind the last word stays outside."""
    words = text.rstrip()
    return format_html("<{0}>{1}</{0}>{2}", mark_safe(tag), words, text[len(words) :]) if words else mark_safe(text)
