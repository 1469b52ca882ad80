"""Words as the index and the questions see them: folded, and each by its stem. Both sides must use the same rules.

A word of Arabic script is cut by the “light10” stemmer (Larkey, Ballesteros, Connell: Light Stemming for Arabic
Information Retrieval, 2007), any other by the Snowball rules of the site's language: either is found on every site.
"""

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer
from django.conf import settings

VERSION = 1  # of these rules; an index that was made by others is made again
LONGEST_TYPED = 200  # characters
LONGEST_WORD = 60
TERMS = 12
LANGUAGES = {
    "ar": "english", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip

# Read by Python and by PostgreSQL alike.
MARKS = "[\u0300-\u036f\u0640\u064b-\u065f\u0670]+"  # accents, Arabic vowels and what only stretches a word
LETTER = "[\u0621-\u064a\u0671-\u06d3]"
ALIKE = ("\u0649\u0629\u06cc\u06a9", "\u064a\u0647\u064a\u0643")  # ى ة ی ک are written for ي ه ي ك
PREFIX = f"(?<!{LETTER})(?:[وف]?(?:ال|بال|كال|لل)|و)(?={LETTER}{{3}})"
SUFFIX = f"(?<={LETTER}{LETTER}{LETTER})(?:ها|ان|ات|ون|ين|يه|ه|ي)(?!{LETTER})"

_marks, _prefix, _suffix = (re.compile(pattern) for pattern in (MARKS, PREFIX, SUFFIX))
_alike = str.maketrans(*ALIKE)
_word = re.compile(r"[^\W_]+")
_written = rf"[\w{MARKS[1:-2]}]"
_term = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')

# They stand in nearly every story; asked for among others they decide nothing.
_COMMON = (
    "a an and are as at be by for from has have he her his i in is it its of on or she that the their they this to was "
    "we were what when where which who will with you "
    "في من على الى عن ان التي الذي هذا هذه ما لا كان ثم او و"
)
COMMON = frozenset(_COMMON.split())


def language() -> str:
    """The name that Snowball has for the rules of words that are not Arabic; "simple" takes each as it stands."""
    return LANGUAGES.get(settings.LANGUAGE_CODE.partition("-")[0], "simple")


def rules() -> str:
    """What an index was made by."""
    return f"{language()} {VERSION}"


def fold(text: str) -> str:
    """One way of writing for what differs in case, accents, vowel marks and forms of a letter."""
    if text.isascii():
        return text.lower()
    return _marks.sub("", unicodedata.normalize("NFKD", text).lower()).translate(_alike)


def light(text: str) -> str:
    """Folded text whose Arabic words are cut to what carries their meaning."""
    return text if text.isascii() else _suffix.sub("", _prefix.sub("", text))


@lru_cache(60_000)
def _stem(rules: str, word: str) -> str:
    word = light(word[:LONGEST_WORD])
    name = rules.partition(" ")[0]
    if name == "simple" or not word[0].isascii():
        return word
    with _lock:
        return _stemmer(name).stemWord(word)


_lock = threading.Lock()  # a stemmer keeps its place in the word
_stemmer = lru_cache(snowballstemmer.stemmer)


def stems(rules: str, text: str) -> str:
    """The words of a text in their order, each as the index keeps it."""
    return " ".join([_stem(rules, word) for word in _word.findall(fold(text))])


@lru_cache(60_000)
def stems_of(rules: str, word: str) -> frozenset[str]:
    """Of one word as it stands in a text."""
    return frozenset(stems(rules, word).split())


def places(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where the words of a text stand that have one of these stems."""
    # No stemmer changes the first letter of a word of ours, so most words need no look.
    first = {re.escape(letter) for stem in wanted if stem.isascii() for letter in (stem[0], stem[0].upper())}
    begins = "|".join([r"[^\W\x00-\x7f]", *sorted(first)])
    name = rules()
    words = re.finditer(rf"(?<!{_written})(?:{begins}){_written}*", text.replace("_", " "))
    return [word.span() for word in words if not wanted.isdisjoint(stems_of(name, word[0]))]


def plain_words(text: str) -> list[str]:
    """The folded words of a text, not cut."""
    return _word.findall(fold(text))


def clean(typed: str) -> str:
    """One line of what can be printed; anything may be typed."""
    return " ".join("".join(c if c.isprintable() else " " for c in typed[: 5 * LONGEST_TYPED]).split())[:LONGEST_TYPED]


@dataclass(frozen=True)
class Query:
    """What was typed, as folded words and phrases that must be there and those that must not."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]

    @classmethod
    def read(cls, typed: str) -> "Query":
        """The way of search engines: words, "a phrase", -not. Anything may be typed; nothing raises."""
        wanted: list[str] = []
        unwanted: list[str] = []
        for minus, phrase, word in _term.findall(clean(typed)):
            if words := plain_words(phrase or word):
                (unwanted if minus else wanted).append(" ".join(words))
        telling = [term for term in wanted if term not in COMMON]
        return cls(tuple((telling or wanted)[:TERMS]), tuple(unwanted[:TERMS]))

    def stems(self) -> frozenset[str]:
        """Of all that is wanted: what a text is marked by."""
        return frozenset(stems(rules(), " ".join(self.wanted)).split())
