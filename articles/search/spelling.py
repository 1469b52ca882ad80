"""What a reader may have meant by a word that no story has.

Each word that readers have met is kept with all that is left of it when one letter is dropped (the way of SymSpell): a
misspelt word that has lost, gained, changed or swapped a letter meets it there, by one look at an index.
"""

import re
import time
from collections import Counter
from datetime import UTC, datetime

from django.core.cache import cache

from articles.models import Article, Misspelling, Word

from .words import COMMON, Query, plain_words

SHORTEST, LONGEST = 4, 24  # letters of a word that is corrected
FAMILIAR = 3  # stories that a word stands in, or one headline, before anything is corrected to it
WORDS = 3  # of a question are corrected
CANDIDATES = 4
BATCH = 500
LEARNED = "words-learned-until"  # by the time of saving; a cache that lost it has the archive learned again
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def learn_new(seconds: float) -> int:
    """Learn from the stories that changed since the last time, for about so many seconds; how many they were."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        changed = Article.objects.published().filter(modified_at__gt=cache.get(LEARNED) or BEGINNING)
        batch = changed.order_by("modified_at").values_list("headline", "search_text", "modified_at")[:BATCH]
        if not batch:
            break
        learn((headline, text) for headline, text, _at in batch)
        cache.set(LEARNED, max(at for _headline, _text, at in batch), timeout=None)
        number += len(batch)
    return number


def learn(stories) -> None:
    """Count the words of these stories, which readers can see. Who learns a story again counts its words twice."""
    counts: Counter[str] = Counter()
    for headline, text in stories:
        counts.update(set(correctable(text)))
        counts.update(dict.fromkeys(correctable(headline), FAMILIAR))
    known: dict[str, Word] = {}
    names = sorted(counts)
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        Word.objects.bulk_create([Word(word=name) for name in batch], ignore_conflicts=True)
        known.update((word.word, word) for word in Word.objects.filter(word__in=batch))
    familiar = []
    for name, word in known.items():
        if word.stories < FAMILIAR <= word.stories + counts[name]:
            familiar.append(word)
        word.stories += counts[name]
    Word.objects.bulk_update(known.values(), ["stories"], batch_size=BATCH)
    Misspelling.objects.bulk_create(
        [Misspelling(letters=letters, word=word) for word in familiar for letters in sorted(keys(word.word))],
        batch_size=BATCH,
    )


def correctable(text):
    return [word for word in plain_words(text) if SHORTEST <= len(word) <= LONGEST and word.isalpha()]


def keys(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}


def corrected(query: Query, known) -> Query | None:
    """The question with the words that no story has corrected, where all of them can be; `known(word)` says which a
    reader can find."""
    changes: dict[str, str] = {}
    words = [word for term in query.wanted for word in term.split() if word not in COMMON]
    for word in dict.fromkeys(words):
        if known(word):
            continue
        better = next(filter(known, candidates(word)), None) if len(changes) < WORDS else None
        if better is None:
            return None
        changes[word] = better
    if not changes:
        return None
    wanted = (" ".join(changes.get(word, word) for word in term.split()) for term in query.wanted)
    return Query(tuple(wanted), query.unwanted)


def candidates(word: str) -> list[str]:
    """Familiar words near this one, the likeliest first."""
    if not SHORTEST <= len(word) <= LONGEST or not word.isalpha():
        return []
    allowed = 1 if len(word) < 7 else 2
    near = Word.objects.filter(misspellings__letters__in=keys(word)).distinct().order_by("-stories")[:200]
    ranked = sorted(
        (distance(word, other.word), other.word[0] != word[0], -other.stories, other.word) for other in near
    )
    return [name for steps, _first, _stories, name in ranked if 0 < steps <= allowed][:CANDIDATES]


def distance(one: str, other: str) -> int:
    """Letters lost, gained, changed or swapped between two words (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(other, 1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                steps = min(steps, above[j - 2] + 1)
            row.append(steps)
    return row[-1]


def written(query: Query) -> str:
    """The question as a reader would type it."""
    terms = [*query.wanted, *(f"-{term}" for term in query.unwanted)]
    return " ".join(re.sub("^(-?)(.* .*)$", r'\1"\2"', term) for term in terms)
