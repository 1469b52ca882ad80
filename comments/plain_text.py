"""What readers type, made fit to store: plain text, with nothing that disturbs the page around it."""

import re
import unicodedata

# C0 and C1 controls but tab and newline, lone surrogates, the mark of bytes that were not text, noncharacters.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
# Overrides and isolates reorder what stands after them; the marks that Arabic and Hebrew text needs stay.
REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
NEWLINES = re.compile("\r\n?|[\u2028\u2029\x85]")
BLANK_LOOKING = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters and symbols that print nothing
MARKS_A_LETTER = 4  # enough for pointed Hebrew and Arabic; more is decoration that runs over the lines around it


def normalise_newlines(text: str) -> str:
    return NEWLINES.sub("\n", text)


def has_unprintable(text: str) -> bool:
    return UNPRINTABLE.search(normalise_newlines(text)) is not None


def without_unprintable(text: str) -> str:
    return UNPRINTABLE.sub("", normalise_newlines(text))


def tidy(text: str) -> str:
    """The text as it is stored; empty when nothing of it would be seen."""
    text = REORDERING.sub("", normalise_newlines(text))
    # Marks are capped before the normal form: sorting a run of n marks takes n² steps.
    text = unicodedata.normalize("NFC", _cap_marks(text))
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[^\S\n]+\n", "\n", text)).strip()
    return "" if is_blank(text) else text


def is_blank(text: str) -> bool:
    return not any(unicodedata.category(c)[0] in "LNPS" and c not in BLANK_LOOKING for c in text)


def _cap_marks(text: str) -> str:
    if text.isascii():
        return text
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if run <= MARKS_A_LETTER:
            kept.append(character)
    return "".join(kept)
