"""The same site in Arabic, by one setting."""

import re
from datetime import timedelta

import time_machine
from django.test import override_settings
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import ngettext

from articles.templatetags.articles import names
from digest import letters
from newsroom.demo.fill import fill
from tests.cast import ArabicTestCase, NewsroomTestCase, make_author

NOW = "2026-11-23 12:00:00Z"


@override_settings(LANGUAGE_CODE="ar", SITE_NAME="بريد الميناء")
@time_machine.travel(NOW, tick=False)
class ArabicSiteTests(ArabicTestCase):
    def test_story_has_the_site_s_language_and_direction(self):
        page = self.client.get(self.story.get_absolute_url()).text
        assert '<html lang="ar" dir="rtl">' in page
        assert '"inLanguage": "ar"' in page

    def test_dates_have_arabic_months_and_western_digits(self):
        assert ">23 نوفمبر 2026، 11:00</time>" in self.client.get(self.story.get_absolute_url()).text

    def test_byline_joins_names_as_arabic_does(self):
        assert names(self.authors) == "ليلى حداد، سامي خوري وهدى سالم"

    def test_a_latin_name_keeps_what_follows_in_its_place(self):
        assert names([make_author("Ruth Okafor"), self.authors[0]]) == "\u2068Ruth Okafor\u2069 وليلى حداد"

    def test_counts_have_their_six_forms(self):
        said = [ngettext("%(n)s story", "%(n)s stories", n) % {"n": n} for n in (0, 1, 2, 3, 11, 100)]
        assert said == ["لا مواد", "مادة واحدة", "مادتان", "3 مواد", "11 مادة", "100 مادة"]

    def test_letters_to_subscribers_are_in_arabic(self):
        letter = letters.confirmation_letter("https://example.org/confirm/x", 3)
        assert letter.subject == "أكّد اشتراكك في بريد الميناء"
        assert '<html lang="ar" dir="rtl">' in letter.html
        assert re.search(r'<a [^>]*dir="ltr"[^>]*>https://example.org/confirm/x</a>', letter.html)
        assert "يصلح الرابط 3 أيام." in letter.text

    def test_waiting_is_told_without_a_number_beside_the_dual(self):
        assert timesince(timezone.now() - timedelta(hours=2, minutes=22)) == "ساعتين و22\xa0دقيقة"


class ArabicDemoTests(NewsroomTestCase):
    @override_settings(LANGUAGE_CODE="ar")
    def test_arabic_stories_stand_before_the_english_ones(self):
        fill()
        front = self.see("/")
        assert front.index("النهر يعود إلى وادٍ كفّ عن انتظاره") < front.index("The river comes back to a valley")
        assert ">الساحل</a>" in front


class EnglishSiteTests(NewsroomTestCase):
    def test_names_are_joined_with_commas_and_an_and(self):
        people = [make_author(name) for name in ("Ruth Okafor", "Dan Meyer", "Lena Abt")]
        assert [names(people[:n]) for n in range(4)] == [
            "", "Ruth Okafor", "Ruth Okafor and Dan Meyer", "Ruth Okafor, Dan Meyer and Lena Abt",
        ]  # fmt: skip

    def test_an_arabic_name_is_kept_together(self):
        assert names([make_author("ليلى حداد"), make_author("Dan Meyer")]) == "\u2068ليلى حداد\u2069 and Dan Meyer"
