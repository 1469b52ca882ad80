"""Searches and the page cache: they are asked without end, so what is kept of them is little and exact."""

from datetime import timedelta
from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article
from newsroom.page_cache import store
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import make_author, make_section, make_story

FERRY = "/search/?q=ferry"


class KeptSearchTests(PageCacheTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story("Ferry returns", section=make_section("City"), authors=[make_author()])
        self.here = self.story.get_absolute_url()

    def ask_twice(self, *paths):
        for path in paths:
            self.get(path)
            self.get(path)

    def test_a_search_that_is_asked_again_is_kept_and_asks_no_database(self):
        first, second = self.get(FERRY), self.get(FERRY)
        with self.assertNumQueries(0):
            third = self.get(FERRY)
        assert (first.how, second.how, third.how) == (None, "miss", "hit")
        assert first.text == second.text == third.text

    def test_the_fields_of_the_form_in_any_order_are_one_search_and_one_rendering(self):
        whole = "/search/?q=ferry&section=&kind=news&author=&since=&until=&sort=newest"
        self.get("/search/?kind=news&q=ferry&sort=newest")
        with mock.patch("articles.views.print_heads") as rendered:
            assert self.get(whole).status == 200
        assert rendered.call_count == 1
        self.get(whole)
        assert self.get(whole).how == "hit"

    def test_a_publish_shows_in_a_search_and_drops_no_page_that_carries_nothing_of_it(self):
        elsewhere = make_story("Elsewhere", section=make_section("World"))
        self.keep("/search/", elsewhere.get_absolute_url(), self.here, "/corrections/")
        self.ask_twice(FERRY)

        def publish():
            make_story("Ferry doubled", section=Article.objects.get(pk=self.story.pk).section)

        assert self.made_anew(publish, "/search/", elsewhere.get_absolute_url(), "/world/") == []
        again = self.get(FERRY)
        assert again.how != "hit"
        assert "Ferry doubled" in again.text

    def test_a_word_that_a_public_story_gains_or_loses_shows(self):
        other = make_story("Tram returns", section=self.story.section)
        self.ask_twice(FERRY)
        with self.committed():
            other.standfirst = "The ferry stays."
            other.save()
        assert "Tram returns" in self.get(FERRY).text
        with self.committed():
            other.standfirst = ""
            other.save()
        assert "Tram returns" not in self.get(FERRY).text

    def test_a_story_that_is_taken_away_is_gone_from_searches(self):
        self.ask_twice(FERRY)
        with self.committed():
            self.story.status = Article.Status.WITHDRAWN
            self.story.save()
        assert "Ferry returns" not in self.get(FERRY).text

    def test_a_new_name_of_its_section_or_author_shows(self):
        self.ask_twice(FERRY, "/search/?q=ferry&author=okafor")
        with self.committed():
            author = self.story.bylines.get().author
            author.name = "Ruth Okafor-Lind"
            author.save()
        for path in (FERRY, "/search/?q=ferry&author=okafor"):
            assert "Ruth Okafor-Lind" in self.get(path).text, path
        with self.committed():
            section = self.story.section
            section.name = "Town"
            section.save()
        assert "Town" in self.get(FERRY).text

    def test_an_author_who_was_not_known_is_found_once_there_is_one(self):
        asked = "/search/?q=ferry&author=lena"
        self.ask_twice(asked)
        assert "No author has this name." in self.get(asked).text
        with self.committed():
            make_story("Ferry sold", authors=[make_author("Lena Abt")])
        assert "Ferry sold" in self.get(asked).text

    def test_a_scheduled_story_ends_a_kept_search(self):
        make_story("Ferry later", age=-timedelta(hours=1))
        self.ask_twice(FERRY)
        due = Article.objects.get(headline="Ferry later").published_at.timestamp()
        kept = store.shared().endless.pages[f"8{FERRY}"]
        assert kept.facts.turns == due

    def test_searches_push_no_page_out_and_fill_no_room(self):
        self.keep("/", "/city/", self.here)
        pages = store.shared()
        pages.endless.limit = 150_000
        held = set(pages.memory.pages)
        for number in range(40):
            self.ask_twice(f"/search/?q=ferry+{number}")
        assert 0 < len(pages.endless.pages) < 10
        assert pages.endless.size <= pages.endless.limit
        assert set(pages.memory.pages) == held
        for path in ("/", "/city/", self.here):
            assert self.get(path).how == "hit", path

    def test_what_is_asked_once_is_not_kept_at_all(self):
        for number in range(20):
            assert self.get(f"/search/?q=ferry+{number}").how is None
        assert store.shared().endless.pages == {}

    def test_a_search_that_is_in_use_stays_when_others_come(self):
        pages = store.shared()
        self.ask_twice(FERRY)
        pages.endless.limit = 4 * pages.endless.size
        for number in range(12):
            assert self.get(FERRY).how == "hit"
            self.ask_twice(f"/search/?q=ferry+{number}")

    def test_a_kept_search_is_shown_while_the_database_fails(self):
        self.ask_twice(FERRY)
        store.shared().endless.pages[f"8{FERRY}"].until = 0
        with mock.patch("articles.views.full_text.search", side_effect=OSError), self.assertLogs("django.request"):
            answer = self.get(FERRY)
        assert (answer.status, answer.how) == (200, "stale")

    def test_stories_whose_heads_are_at_hand_are_not_loaded(self):
        with CaptureQueriesContext(connection) as at_first:
            self.get(FERRY)
        with CaptureQueriesContext(connection) as later:
            assert "Ferry returns" in self.get("/search/?q=ferry&sort=newest").text
        assert len(later) <= len(at_first) - 2
