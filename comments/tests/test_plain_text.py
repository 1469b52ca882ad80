from comments import plain_text
from tests.cast import NewsroomTestCase

TIDIED = [
    ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
    ("  a \n\n\n\n b  ", "a\n\n b"),
    ("evil\u202etxt.exe\u202c \u2066x\u2069", "eviltxt.exe x"),
    ("e\u0301", "é"),
    ("\u0639\u064f\u0645\u064e\u0631\u0651\u064e", "\u0639\u064f\u0645\u064e\u0631\u064e\u0651"),
    ("Z" + "\u0300\u0301\u0302\u0303\u0304\u0305" * 50 + "o", "Z\u0300\u0301\u0302\u0303o"),
    ("👩\u200d👩\u200d👧 🏴\U000e0067\U000e007f", "👩\u200d👩\u200d👧 🏴\U000e0067\U000e007f"),
    ("\u200f\u0634\u0643\u0631\u0627", "\u200f\u0634\u0643\u0631\u0627"),
]
BLANK = ["", " \t\n", "\u200b\u200c\u200d\u2060\ufeff", "\u3164\u115f\u2800", "\u0300\u0301", "\u00ad\u180e", "\u202e"]
UNPRINTABLE = ["\x00", "\x07", "\x1b[31m", "\x7f", "\x9b", "\ud800", "\udfff", "\ufffd", "\uffff", "\ufdd0"]


class PlainTextTests(NewsroomTestCase):
    def test_text_is_tidied(self):
        for typed, stored in TIDIED:
            assert plain_text.tidy(typed) == stored, ascii(typed)

    def test_what_nobody_would_see_is_empty(self):
        for typed in BLANK:
            assert plain_text.tidy(typed) == "", ascii(typed)

    def test_what_cannot_be_printed_is_found_and_taken_out(self):
        for typed in UNPRINTABLE:
            assert plain_text.has_unprintable(f"a{typed}b"), ascii(typed)
            assert not plain_text.has_unprintable(plain_text.without_unprintable(f"a{typed}b"))

    def test_every_script_and_layout_character_of_ordinary_text_is_printable(self):
        assert not plain_text.has_unprintable("Ωραία\t“ok”\r\n日本語 עִבְרִית 🐝 \u200f")

    def test_ten_thousand_marks_are_quickly_dealt_with(self):
        assert len(plain_text.tidy("a" + "\u0300\u0323" * 5000)) <= 6
