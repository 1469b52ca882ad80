"""Stems of two languages side by side, and words that were misspelt."""

from datetime import timedelta

from django.db import connection
from django.test import override_settings
from django.utils import timezone

from articles import search as full_text
from articles import tasks
from articles.models import Article, Misspelling, Word
from articles.search import Filters, Query, passages, search, spelling, words
from tests.cast import NewsroomTestCase, make_section, make_story


def headlines(typed):
    return {story.headline for story in search(typed).stories}


class StemTests(NewsroomTestCase):
    # What is written in a story, and other ways of asking for it.
    SAME = (
        ("Two rivers meeting", ("river", "RIVERS", "meet", "meets")),
        ("The café’s naïve owners", ("cafe", "CAFÉ", "naive", "owner")),
        ("أعلنت المدينةُ فتح البوّابات", ("اعلنت", "مدينة", "المدينه", "للمدينة", "والمدينة", "بوابات", "أُعلنت")),
        ("مُدُن العراق", ("مدن", "المدن", "والعراق", "عراق")),
        ("صحافی ایرانی", ("صحافي", "ايراني")),
        ("Grand opening of سد الموصل today", ("الموصل", "موصل", "openings", '"grand opening"')),
        ("Budget 2026/27 for news.example.org", ("2026", "27", "example", '"news example"')),
    )

    def test_a_word_is_found_by_its_other_forms(self):
        for headline, asked in self.SAME:
            make_story(headline)
            for typed in asked:
                assert headline in headlines(typed), typed

    def test_other_words_are_not_found(self):
        for headline, _asked in self.SAME:
            make_story(headline)
        for typed in ("riverine", "مدرسة", "ولد", "rand"):
            assert headlines(typed) == set(), typed

    @override_settings(LANGUAGE_CODE="ar")
    def test_an_arabic_paper_knows_english_and_arabic(self):
        full_text.install()
        make_story("سد الموصل يفتح بواباته")
        make_story("Two rivers meet")
        assert headlines("والموصل") == {"سد الموصل يفتح بواباته"}
        assert headlines("river") == {"Two rivers meet"}

    @override_settings(LANGUAGE_CODE="de")
    def test_another_language_has_its_own_stems(self):
        make_story("Die Häuser am Fluss")
        full_text.install()
        make_story("Neue Brücken")
        assert headlines("haus") == headlines("häusern") == {"Die Häuser am Fluss"}
        assert headlines("Brücke") == {"Neue Brücken"}

    def test_the_marks_know_other_forms_too(self):
        make_story("News", body="<p>فتحت المدينةُ أبوابها for the rivers.</p>")
        assert "<mark>المدينةُ</mark>" in search("مدينه").stories[0].snippet
        assert "<mark>rivers</mark>" in search("river").stories[0].snippet

    def test_words_that_stand_everywhere_decide_only_alone_or_in_a_phrase(self):
        make_story("River walk")
        make_story("The who sing", body="<p>Songs.</p>")
        assert headlines("the river") == {"River walk"}
        assert headlines('"the who"') == {"The who sing"}
        assert "The who sing" in headlines("the")

    def test_threads_share_the_stemmer(self):
        import threading

        results = []
        asked = [f"nationalisations{number}s rivers running" for number in range(300)]
        threads = [
            threading.Thread(target=lambda: results.append([words.stems("english 1", text) for text in asked]))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(result == results[0] for result in results)


class SpellingTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        make_story("Harbour council meets")
        make_story("الموصل تفتح أبوابها")
        tasks.learn_words()

    def test_a_misspelt_word_is_corrected_and_said(self):
        for typed in ("harbor", "harboour", "habrour", "harbuor", "harbpur", "Harbur"):
            assert headlines(typed) == {"Harbour council meets"}, typed
        html = self.see("/search/?q=harbor+meets")
        assert "These are the stories for “harbour meets”." in html
        assert headlines("الموصلل") == {"الموصل تفتح أبوابها"}

    def test_a_word_that_stories_have_is_left_alone(self):
        make_story("The harbor in Boston")
        assert headlines("harbor") == {"The harbor in Boston"}

    def test_a_word_far_from_all_others_is_left_alone(self):
        for typed in ("zeppelin", "harb", "xxharbourxx", "har"):
            assert headlines(typed) == set(), typed

    def test_nothing_is_corrected_to_what_readers_cannot_see(self):
        Article.objects.filter(headline="Harbour council meets").update(status="withdrawn")
        assert headlines("harbor") == set()
        assert "harbour" not in self.see("/search/?q=harbor")

    def test_hidden_stories_teach_nothing(self):
        make_story("Zanzibar treaty", status="draft")
        make_story("Zanzibar pact", age=-timedelta(hours=1))
        tasks.learn_words()
        assert not Word.objects.filter(word="zanzibar").exists()

    def test_a_word_of_a_body_must_be_familiar_first(self):
        for number in range(spelling.FAMILIAR):
            assert headlines("estuery") == set()
            make_story(f"Brief {number}", body="<p>By the estuary.</p>")
            tasks.learn_words()
        assert len(headlines("estuery")) == spelling.FAMILIAR

    def test_each_story_is_learned_once(self):
        before = list(Word.objects.order_by("word").values_list("word", "stories"))
        tasks.learn_words()
        assert list(Word.objects.order_by("word").values_list("word", "stories")) == before

    def test_filters_correct_nothing(self):
        found = search("harbour", Filters(kind="blog"))
        assert (found.stories, found.corrected) == ([], "")

    def test_the_cost_of_a_question_of_nonsense_is_bounded(self):
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            search(" ".join(f"qwrtz{letter}kjh" for letter in "abcdefghijkl"))
        assert len(queries) < 12

    def test_distance(self):
        for one, other, steps in (("ab", "ba", 1), ("kitten", "sitting", 3), ("abc", "abc", 0), ("abc", "acb", 1)):
            assert spelling.distance(one, other) == steps


class PlanTests(NewsroomTestCase):
    """That no search walks the archive."""

    @classmethod
    def setUpTestData(cls):
        section = make_section()
        now = timezone.now()
        stories = [
            Article(
                headline=f"Brief {number}",
                slug=f"b{number}",
                section=section,
                status="published",
                published_at=now - timedelta(minutes=number),
                search_text=f"ferry brief {number}",
            )
            for number in range(1500)
        ]
        Article.objects.bulk_create(stories)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def plans(self, typed, **filters):
        """How the database goes about each statement of a search."""
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            search(typed, Filters(**filters))
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        for query in queries.captured_queries:
            with connection.cursor() as cursor:
                cursor.execute(explain + query["sql"].replace("%", "%%"), None if connection.vendor == "sqlite" else ())
                yield query["sql"], "\n".join(str(row[-1]) for row in cursor.fetchall())

    def test_a_rare_word_is_read_from_the_full_text_index(self):
        for sql, plan in self.plans("1234"):
            if "articles_search" in sql:
                assert ("VIRTUAL TABLE INDEX" if connection.vendor == "sqlite" else "articles_search_words") in plan, (
                    plan
                )

    def test_a_common_word_walks_from_the_newest_and_stops(self):
        for sql, plan in self.plans("ferry"):
            assert "USE TEMP B-TREE FOR ORDER BY" not in plan or "articles_search" not in sql, plan
            if connection.vendor == "postgresql" and "LIMIT 201" in sql:
                assert "articles_search_newest" in plan, plan

    def test_stories_are_looked_up_by_key(self):
        for sql, plan in self.plans("ferry", kind="news"):
            if 'FROM "articles_article"' in sql:
                assert "SCAN articles_article" not in plan, plan
                assert "Seq Scan on articles_article" not in plan, plan


class MisspellingPlanTests(NewsroomTestCase):
    def test_a_word_is_met_by_the_index(self):
        known = [Word(word=f"word{number:05}", stories=9) for number in range(2000)]
        Word.objects.bulk_create(known)
        Misspelling.objects.bulk_create(
            Misspelling(letters=letters, word=word) for word in known for letters in spelling.keys(word.word)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        plan = Word.objects.filter(misspellings__letters__in=spelling.keys("harbour")).explain()
        assert "articles_misspelling_letters" in plan
        assert "Seq Scan on articles_misspelling" not in plan


def test_a_passage_of_a_long_text_with_a_thousand_hits_is_found_quickly():
    class Story:
        kicker = headline = dateline = ""

    html = passages.snippet(Story, "river " * 4000, frozenset({"river"}))
    assert html.startswith("<mark>river</mark> ")


def test_a_question_keeps_its_phrases_when_it_is_written_again():
    assert spelling.written(Query.read('harbour "city council" -tram -"night boat"')) == (
        'harbour "city council" -tram -"night boat"'
    )
