"""Two texts side by side: what is marked, and what a comparison may cost, counted and not timed."""

import random
import re
from unittest.mock import patch

import pytest

from articles import differences
from articles.differences import WORK, Purse, sides


@pytest.mark.parametrize(
    ("old", "new", "left", "right"),
    [
        ("", "", "", ""),
        ("The river.", "The river.", "<p>The river.</p>", "<p>The river.</p>"),
        ("It comes", "It goes", "<p>It <del>comes</del></p>", "<p>It <ins>goes</ins></p>"),
        ("The end", "The end now", "<p>The end</p>", "<p>The end <ins>now</ins></p>"),
        ("One\nTwo", "One", "<p>One</p><p><del>Two</del></p>", "<p>One</p>"),
        ("a  b", "a b", "<p>a  b</p>", "<p>a b</p>"),
        ("1 < 2 & 3", "1 < 2", "<p>1 &lt; 2 <del>&amp; 3</del></p>", "<p>1 &lt; 2</p>"),
        ("النهر يعود", "النهر رجع", "<p>النهر <del>يعود</del></p>", "<p>النهر <ins>رجع</ins></p>"),
    ],
)
def test_what_is_marked(old, new, left, right):
    assert sides(old, new) == (left, right)


def without_marks(html):
    return re.sub(r"</?(ins|del|p)>", "", html).replace("\n", "")


def texts(paragraphs, words, seed):
    """As a language has its words: some are everywhere, most are rare."""
    rng = random.Random(seed)
    vocabulary = [f"w{number}" for number in range(2000)]
    weights = [1 / (number + 1) for number in range(2000)]
    return "\n".join(" ".join(rng.choices(vocabulary, weights, k=words)) for _n in range(paragraphs))


HUGE = [
    (texts(2000, 30, 1), texts(2000, 30, 2)),  # thousands of wholly different paragraphs
    (texts(1, 60_000, 3), texts(1, 60_000, 4)),  # one paragraph as long as a book
    ("same\nother\n" * 4000, "other\nsame\n" * 4000),  # lines that are everywhere
    ("x " * 50_000, "x " * 49_999 + "y"),
]


@pytest.mark.parametrize(("old", "new"), HUGE)
def test_the_work_is_bounded_and_nothing_is_lost(old, new):
    purse, walked = Purse(WORK // 20), []
    original = differences.SequenceMatcher.find_longest_match

    def counting(self, alo, ahi, blo, bhi):
        walked.append(sum(len(self.b2j.get(item, ())) for item in self.a[alo:ahi]))
        return original(self, alo, ahi, blo, bhi)

    with patch.object(differences.SequenceMatcher, "find_longest_match", counting):
        left, right = sides(old, new, purse)
    assert purse.left >= 0
    assert sum(walked) <= WORK // 20
    assert without_marks(left) == old.replace("\n", "")
    assert without_marks(right) == new.replace("\n", "")


def test_small_edits_in_a_huge_text_are_still_shown_word_by_word():
    old = texts(1, 60_000, 5)
    new = old.replace(" w7 ", " CHANGED ", 1)
    left, right = sides(old, new)
    assert left.count("<del>") == right.count("<ins>") == 1
    assert "<ins>CHANGED</ins> " in right


def test_what_both_begin_and_end_with_costs_nothing():
    purse = Purse(10)
    one, other = [*"abc" * 1000, "x", *"def" * 1000], [*"abc" * 1000, "y", *"def" * 1000]
    assert [deed for deed, *_ends in differences.opcodes(one, other, purse)] == ["equal", "replace", "equal"]
    assert purse.left >= 8
