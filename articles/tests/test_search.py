from datetime import timedelta
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import search as full_text
from articles.models import Article
from articles.search import passages, search
from tests.cast import NewsroomTestCase, make_author, make_section, make_story

HOSTILE = [
    "",
    " ",
    '"',
    '""',
    '"unclosed',
    "-",
    "--",
    "- -",
    "-only",
    "AND OR NOT",
    "NEAR(a b)",
    "headline : dam",
    "a*",
    "(",
    ")(",
    "a' OR '1'='1",
    "%s %d %",
    ":*&|!<->",
    "\\",
    "'",
    "it's",
    "\0",
    "dam\0",
    "\ud800",
    "\u202edam",
    "🚢",
    "!?…",
    "سدّ",
    "中文",
    "x" * 5000,
    "w " * 3000,
    '"' * 999,
]


def headlines(typed):
    return [story.headline for story in search(typed).stories]


class SearchTests(NewsroomTestCase):
    def test_words_are_found_wherever_a_story_has_them(self):
        make_story("Dam gates open", body="<p>Water moved by noon.</p>")
        for typed in ("gates", "noon", "DAM noon", "gates-open"):
            assert headlines(typed) == ["Dam gates open"], typed

    def test_kicker_standfirst_and_dateline_are_searched(self):
        make_story("Gates open", kicker="Canyon dam", standfirst="Engineers kept watch.", dateline="MOSUL, Iraq")
        for typed in ("canyon", "engineers", "mosul"):
            assert headlines(typed) == ["Gates open"], typed

    def test_every_word_must_be_there(self):
        make_story("River walk reopens")
        make_story("River tolls rise")
        assert headlines("river tolls") == ["River tolls rise"]

    def test_some_of_the_words_are_better_than_nothing(self):
        make_story("River tolls rise")
        assert headlines("river zeppelin") == ["River tolls rise"]

    def test_a_phrase_keeps_its_order(self):
        make_story("Council meets harbour board", body="")
        make_story("Harbour council meets", body="")
        assert headlines('"harbour council"') == ["Harbour council meets"]

    def test_a_word_with_a_minus_must_not_be_there(self):
        make_story("River walk reopens")
        make_story("River tolls rise")
        assert headlines("river -tolls") == ["River walk reopens"]

    def test_accents_and_scripts(self):
        make_story("سد الموصل يفتح بواباته")
        assert headlines("الموصل") == ["سد الموصل يفتح بواباته"]

    def test_a_plural_is_the_same_word(self):
        make_story("Two rivers meet")
        assert headlines("river") == ["Two rivers meet"]

    def test_a_hit_in_the_headline_comes_first(self):
        make_story(
            "Budget passed", body="<p>The ferry was named once among many other matters.</p>", age=timedelta(hours=1)
        )
        make_story("Ferry returns", body="<p>It crosses at dawn.</p>", age=timedelta(hours=2))
        assert headlines("ferry") == ["Ferry returns", "Budget passed"]

    def test_of_two_alike_the_newer_comes_first(self):
        make_story("Ferry returns", age=timedelta(days=900))
        make_story("Ferry returns", slug="new", age=timedelta(days=1))
        assert search("ferry").stories[0].slug == "new"

    def test_what_is_not_public_is_not_found(self):
        for status in ("draft", "review", "withdrawn"):
            make_story("Secret ferry", status=status)
        make_story("Secret ferry", age=-timedelta(minutes=1))
        assert headlines("ferry") == []

    def test_what_was_changed_is_found_by_its_new_words_only(self):
        story = make_story("Ferry returns", body="<p>At dawn.</p>")
        story.headline, story.slug = "Tram returns", "tram"
        story.save()
        assert headlines("tram") == ["Tram returns"]
        assert headlines("ferry") == []

    def test_what_was_deleted_is_gone(self):
        make_story("Ferry returns").delete()
        assert headlines("ferry") == []

    def test_stories_written_in_bulk_are_found(self):
        story = Article(headline="Ferry in bulk", slug="bulk", section=make_section(), status="published")
        story.published_at = timezone.now()
        story.compute_text()
        Article.objects.bulk_create([story])
        assert headlines("bulk") == ["Ferry in bulk"]

    def test_anything_may_be_typed(self):
        make_story("Dam gates open")
        for typed in HOSTILE:
            search(typed)

    def test_the_search_page_answers_whatever_was_typed(self):
        for typed in HOSTILE:
            if typed.isprintable():
                self.see("/search/", data={"q": typed})
        self.see("/search/?q=%00%ED%A0%80%FF")

    def test_the_number_of_queries_does_not_grow(self):
        ruth = make_author()
        make_story("Ferry 0", authors=[ruth])
        with CaptureQueriesContext(connection) as few:
            search("ferry")
        for number in range(1, 9):
            make_story(f"Ferry {number}", authors=[ruth])
        with self.assertNumQueries(len(few)):
            assert len(search("ferry").stories) == 9
        assert len(few) <= 5

    def test_a_common_word_weighs_the_newest_and_the_headlines(self):
        with mock.patch.multiple(full_text, NEWEST=2, NEWEST_HEADLINES=1):
            make_story("Ferry sinks", age=timedelta(days=50))
            for number in range(4):
                make_story(f"Brief {number}", body="<p>The ferry.</p>", age=timedelta(days=number))
            assert set(headlines("ferry")) == {"Ferry sinks", "Brief 0", "Brief 1"}

    def test_a_page_holds_so_many(self):
        with mock.patch.object(full_text, "PAGE", 3):
            for number in range(4):
                make_story(f"Ferry {number}", age=timedelta(days=number))
            assert headlines("ferry") == ["Ferry 0", "Ferry 1", "Ferry 2"]
            found = search("ferry", page=2)
        assert [story.headline for story in found.stories] == ["Ferry 3"]
        assert (found.number, found.pages) == (4, 2)


class SnippetTests(NewsroomTestCase):
    def snippet(self, body, typed="ferry", **fields):
        make_story("A headline", body=body, **fields)
        return search(typed).stories[0].snippet

    def test_hits_are_marked(self):
        assert self.snippet("<p>The ferry left.</p>") == "The <mark>ferry</mark> left."

    def test_everything_else_is_escaped(self):
        assert self.snippet("<p>A &lt;b&gt; ferry &amp; co</p>") == "A &lt;b&gt; <mark>ferry</mark> &amp; co"

    def test_a_long_text_is_cut_around_the_hits(self):
        snippet = self.snippet(f"<p>{'Before it. ' * 90}The ferry left. {'After it. ' * 90}</p>")
        assert snippet.startswith("… ")
        assert snippet.endswith(" …")
        assert "<mark>ferry</mark>" in snippet
        assert len(snippet) < passages.SNIPPET + 40

    def test_one_endless_word_is_cut_too(self):
        assert len(self.snippet(f"<p>ferry-{'x' * 900}</p>", "ferry")) < passages.SNIPPET + 60

    def test_a_hit_in_the_headline_alone_shows_how_the_story_begins(self):
        assert self.snippet("<p>It crosses at dawn.</p>", "headline") == "It crosses at dawn."


class InstallTests(NewsroomTestCase):
    def test_it_does_nothing_when_all_is_there(self):
        with self.assertNumQueries(4):
            full_text.install()

    def test_an_index_that_lost_its_triggers_is_made_again(self):
        make_story("Ferry returns")
        trigger = "articles_search_row" if connection.vendor == "postgresql" else "articles_search_insert"
        with connection.cursor() as cursor:
            cursor.execute(
                f"DROP TRIGGER {trigger}{' ON articles_article' if connection.vendor == 'postgresql' else ''}"
            )
        make_story("Ferry unseen")
        assert "Ferry unseen" not in headlines("ferry")
        full_text.install()
        assert set(headlines("ferry")) == {"Ferry returns", "Ferry unseen"}
