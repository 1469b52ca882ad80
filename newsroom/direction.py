"""Names of one direction among words of the other."""

import unicodedata

from django.utils.translation import get_language_bidi

RIGHT_TO_LEFT = {"R", "AL"}
ISOLATE, END = "\u2068", "\u2069"  # FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE (Unicode Standard Annex 9)


def isolated(text: str) -> str:
    """The text, kept together where it runs against the interface: “بقلم Ruth Okafor · 21:20” in its right order.

    For plain text: where markup can stand, `<bdi>` does the same.
    """
    directions = (unicodedata.bidirectional(character) for character in text)
    first = next((direction for direction in directions if direction in {"L", *RIGHT_TO_LEFT}), None)
    if first is None or (first in RIGHT_TO_LEFT) == get_language_bidi():
        return text
    return f"{ISOLATE}{text}{END}"
