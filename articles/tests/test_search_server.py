"""SEARCH_URL, against a server that speaks OpenSearch's protocol (tests/servers.py)."""

import contextlib
import socket
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
import time_machine
from celery.exceptions import Retry
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from articles import changes, tasks
from articles import search as full_text
from articles.models import Article
from articles.search import search, server
from articles.search.opensearch import OpenSearch
from articles.tests.test_search import HOSTILE
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_author, make_section, make_story
from tests.servers import search_server

NOWHERE = "http://127.0.0.1:9"  # where nothing listens
FAR_PAST = 1_000_000


@contextlib.contextmanager
def silent_server():
    """Takes what it is sent and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


class SearchServerTestCase(NewsroomTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        running = search_server()
        cls.address = running.__enter__()
        cls.addClassCleanup(running.__exit__, None, None, None)

    def setUp(self):
        super().setUp()
        url = f"{self.address}/test-{self.id().rpartition('.')[2].replace('_', '-')[:90]}".lower()
        self.enterContext(override_settings(SEARCH_URL=url))
        self.enterContext(mock.patch.dict(server._asked_again, {"at": 0.0}))
        self.queued = self.enterContext(mock.patch.object(tasks.index_stories, "delay"))
        server.server().rebuild()

    def work(self):
        """What the worker was asked to do."""
        for call in self.queued.call_args_list:
            tasks.index_stories(*call.args)
        self.queued.reset_mock()

    def found(self, typed, **narrowed):
        """By the server alone: the database must not be asked for words."""
        with mock.patch.object(full_text, "index_of", side_effect=AssertionError):
            return [story.headline for story in search(typed, **narrowed).stories]

    def publish(self, *args, **kwargs):
        with self.captureOnCommitCallbacks(execute=True):
            story = make_story(*args, **kwargs)
            story.save()
        self.work()
        return story

    def changed(self, story, **fields):
        with self.captureOnCommitCallbacks(execute=True):
            for name, value in fields.items():
                setattr(story, name, value)
            story.save()
        self.work()


class FindingTests(SearchServerTestCase):
    def test_words_are_found_as_the_database_finds_them(self):
        self.publish("Dam gates open", body="<p>Water moved by noon.</p>", kicker="Canyon dam", age=timedelta(hours=3))
        self.publish("Harbour council meets", body="<p>Two rivers, one budget.</p>", age=timedelta(hours=2))
        self.publish("Council meets harbour board", body="<p>Café on the quay; the gates stay.</p>")
        self.publish("سد الموصل يفتح بواباته", body="<p>وقال المهندسون إن الكتاب قديم.</p>", age=timedelta(hours=1))
        for typed in (
            "gates", "DAM noon", "gates-open", "river", '"harbour council"', "council -board", "cafe", "canyon",
            "zeppelin", "river zeppelin", "meets gates", "الموصل", "كتاب", "والكتاب", "المُوصِل", "the", "gatse", "a*",
        ):  # fmt: skip
            there = set(self.found(typed))
            with override_settings(SEARCH_URL=""):
                assert there == {story.headline for story in search(typed).stories}, typed
        assert self.found("gates") == ["Dam gates open", "Council meets harbour board"]

    def test_what_it_is_narrowed_by(self):
        city = make_section("City")
        quays = make_section("Quays", parent=city)
        ruth, omar = make_author("Ruth Okafor"), make_author("Omar Haddad")
        at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.publish("Ferry one", section=city, authors=[ruth], published_at=at)
        self.publish("Ferry two", section=quays, authors=[omar], published_at=at + timedelta(days=1))
        self.publish(
            "Ferry three", section=make_section("World"), authors=[ruth, omar], published_at=at + timedelta(days=2)
        )
        self.publish("Ferry four", kind=Article.Kind.BLOG, published_at=at + timedelta(days=3))

        def asked(**parameters):
            with mock.patch.object(full_text, "index_of", side_effect=AssertionError):
                context = self.client.get("/search/", {"q": "ferry", **parameters}).context
            return [story.headline for story in context["found"].stories]

        assert set(asked(section="city")) == {"Ferry one", "Ferry two"}
        assert asked(kind="blog") == ["Ferry four"]
        assert set(asked(author="okafor")) == {"Ferry one", "Ferry three"}
        assert set(asked(since="2026-03-02", until="2026-03-03")) == {"Ferry two", "Ferry three"}
        assert asked(sort="oldest") == ["Ferry one", "Ferry two", "Ferry three", "Ferry four"]
        assert asked(section="world", author="omar", since="2026-03-01", sort="newest") == ["Ferry three"]

    def test_a_common_word_weighs_the_newest_and_the_headlines(self):
        with mock.patch.multiple(full_text, NEWEST=2, NEWEST_HEADLINES=1):
            self.publish("Ferry returns", age=timedelta(days=9))
            for number in range(4):
                self.publish(f"Brief {number}", body="<p>The ferry.</p>", age=timedelta(days=number))
            assert self.found("ferry") == ["Ferry returns", "Brief 0", "Brief 1"]

    def test_anything_may_be_typed(self):
        self.publish("Dam gates open")
        for typed in HOSTILE:
            with mock.patch.object(full_text, "index_of", side_effect=AssertionError):
                search(typed)


class FollowingTests(SearchServerTestCase):
    def test_a_publish_a_correction_and_a_takedown(self):
        story = self.publish("Ferry returns")
        assert self.found("ferry") == ["Ferry returns"]
        self.changed(story, headline="Tram returns", slug="tram")
        assert (self.found("tram"), self.found("ferry")) == (["Tram returns"], [])
        self.changed(story, status=Article.Status.WITHDRAWN)
        assert self.found("tram") == []
        assert dict(server.server().stamps(server.server().alias)) == {}

    def test_what_a_section_an_author_and_bulk_changes_move(self):
        story = self.publish("Ferry returns", section=make_section("City"), authors=[make_author("Ruth Okafor")])
        with self.captureOnCommitCallbacks(execute=True):
            story.bylines.all().delete()
            story.bylines.create(author=make_author("Omar Haddad"))
        self.work()
        omar = full_text.Filters(author=story.bylines.get().author_id)
        assert self.found("ferry", filters=omar) == ["Ferry returns"]
        with self.captureOnCommitCallbacks(execute=True):
            Article.objects.filter(pk=story.pk).update(status="withdrawn")
        self.work()
        assert self.found("ferry") == []

    def test_deletion(self):
        story = self.publish("Ferry returns")
        with self.captureOnCommitCallbacks(execute=True):
            story.delete()
        self.work()
        assert dict(server.server().stamps(server.server().alias)) == {}

    def test_a_scheduled_story_comes_in_at_its_second_and_not_before(self):
        tasks.announce()
        self.publish("Ferry later", age=-timedelta(hours=1))
        assert server.server().mend() == 0
        with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
            assert self.found("ferry") == []
            tasks.announce()
            self.work()
            assert self.found("ferry") == ["Ferry later"]

    def test_a_story_whose_time_ends_leaves_at_its_second(self):
        tasks.announce()
        self.publish("Ferry today", unpublish_at=timezone.now() + timedelta(hours=1))
        assert self.found("ferry") == ["Ferry today"]
        with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
            tasks.announce()
            self.work()
        assert dict(server.server().stamps(server.server().alias)) == {}

    def test_an_index_that_is_behind_leaks_nothing(self):
        now = timezone.now()
        for number, hidden in enumerate(
            (
                {"status": "withdrawn"},
                {"status": "draft"},
                {"embargo_until": now + timedelta(days=1)},
                {"unpublish_at": now},
            )
        ):
            story = self.publish(f"Ferry {number}", age=timedelta(days=1))
            Article.objects.filter(pk=story.pk).update(**hidden)  # and no worker
        assert self.found("ferry") == []
        html = self.see("/search/?q=ferry")
        assert "Ferry " not in html
        assert "No story has the words" in html

    def test_of_two_tasks_the_one_that_read_later_wins(self):
        story = self.publish("Ferry returns")
        with mock.patch("articles.search.opensearch.time.time_ns", return_value=FAR_PAST):
            Article.objects.filter(pk=story.pk).update(headline="Stale ferry")
            server.server().write([story.pk])
        with mock.patch.object(full_text, "index_of", side_effect=AssertionError):
            assert server.server().hits(full_text.Query(("stale",), ()), "AND", full_text.Filters(), 9, True) == {}

    def test_a_broker_that_is_down_leaves_the_promise(self):
        self.queued.side_effect = OperationalError
        story = make_story("Ferry returns")
        with pytest.raises(ExceptionGroup):
            changes.tell([story.pk])

    def test_a_server_that_is_down_is_told_again(self):
        story = make_story("Ferry returns")
        with override_settings(SEARCH_URL=NOWHERE), pytest.raises(Retry):
            tasks.index_stories.apply(args=[[story.pk]], throw=True)

    def test_what_was_missed_is_mended_and_nothing_else_is_written(self):
        self.publish("Ferry returns")
        gone = self.publish("Ferry gone")
        make_story("Ferry missed")
        Article.objects.filter(pk=gone.pk).delete()
        assert server.server().mend() == 2
        assert set(self.found("ferry")) == {"Ferry returns", "Ferry missed"}
        assert server.server().mend() == 0


class RebuildTests(SearchServerTestCase):
    def test_readers_search_the_old_index_until_the_new_one_is_whole(self):
        self.publish("Ferry returns")
        seen = []
        write = OpenSearch._write

        def watched(index, keys, into):
            write(index, keys, into)
            seen.append(self.found("ferry"))

        with mock.patch.object(OpenSearch, "_write", watched):
            call_command("rebuild_search", verbosity=0)
        assert seen == [["Ferry returns"]]
        assert self.found("ferry") == ["Ferry returns"]
        assert len(server.server().in_place()) == 1

    def test_what_changes_while_it_is_built_is_in_it(self):
        self.publish("Ferry returns")
        write, late = OpenSearch._write, []

        def meanwhile(index, keys, into):
            write(index, keys, into)
            if not late:
                late.append(make_story("Ferry late"))

        with mock.patch.object(OpenSearch, "_write", meanwhile):
            server.server().rebuild()
        assert set(self.found("ferry")) == {"Ferry returns", "Ferry late"}

    def test_an_index_by_other_rules_or_none_is_made_anew_by_the_worker(self):
        self.publish("Ferry returns")
        (old,) = server.server().in_place()
        with override_settings(LANGUAGE_CODE="de"):
            tasks.mend_search()
        (new,) = server.server().in_place()
        assert new != old
        server.server().client.indices.delete(index=new)
        tasks.mend_search()
        assert self.found("ferry") == ["Ferry returns"]

    def test_an_index_that_the_server_made_by_itself_is_replaced(self):
        there = server.server()
        there.client.indices.delete(index=there.in_place()[0])
        there.client.index(index=there.alias, id="1", body={"any": "thing"}, refresh=True)
        make_story("Ferry returns")
        tasks.mend_search()
        assert self.found("ferry") == ["Ferry returns"]

    def test_nothing_is_written_where_there_is_no_index(self):
        there = server.server()
        there.client.indices.delete(index=there.in_place()[0])
        with pytest.raises(server.Unavailable):
            there.write([make_story("Ferry returns").pk])
        assert there.in_place() == []

    def test_the_command_says_what_is_wrong(self):
        with override_settings(SEARCH_URL=""), pytest.raises(CommandError, match="SEARCH_URL is not set"):
            call_command("rebuild_search")
        with override_settings(SEARCH_URL=NOWHERE), pytest.raises(CommandError, match="ConnectionError"):
            call_command("rebuild_search")


class AwayTests(SearchServerTestCase):
    def test_the_database_searches_while_it_is_away_and_the_log_says_so_once(self):
        make_story("Ferry returns")
        with override_settings(SEARCH_URL=NOWHERE):
            with self.assertLogs("articles.search.server", "WARNING") as said:
                assert "Ferry returns" in self.see("/search/?q=ferry")
            with self.assertNoLogs("articles.search.server"):
                assert "Ferry returns" in self.see("/search/?q=ferry")
            server._asked_again["at"] = 0.0
            with self.assertLogs("articles.search.server", "WARNING"):
                self.see("/search/?q=ferry")
        assert "the database searches" in said.output[0]

    def test_an_index_that_is_missing_or_in_trouble_is_no_error_for_readers(self):
        make_story("Ferry returns")
        there = server.server()
        there.client.indices.delete(index=there.in_place()[0])
        with self.assertLogs("articles.search.server", "WARNING") as said:
            assert "Ferry returns" in self.see("/search/?q=ferry")
        assert "manage.py rebuild_search" in said.output[0]

    def test_it_keeps_no_newsroom_from_being_ready(self):
        with override_settings(SEARCH_URL=NOWHERE):
            assert self.client.get("/readyz").status_code == 200

    def test_a_server_that_says_nothing_is_waited_for_once(self):
        make_story("Ferry returns")
        with (
            silent_server() as address,
            override_settings(SEARCH_URL=address),
            mock.patch("articles.search.opensearch.TIMEOUT", 0.05),
            self.assertLogs("articles.search.server", "WARNING"),
        ):
            assert "Ferry returns" in self.see("/search/?q=ferry")


class KeptSearchTests(PageCacheTestCase):
    def test_a_search_that_was_kept_before_the_index_followed_is_dropped(self):
        story = make_story("Ferry returns")
        with search_server() as address, override_settings(SEARCH_URL=f"{address}/kept"):
            server._asked_again["at"] = 0.0
            there = server.server()
            there.rebuild()
            make_story("Ferry doubled", section=story.section)
            for _ in range(2):
                self.get("/search/?q=ferry")
            behind = self.get("/search/?q=ferry")
            assert behind.how == "hit"
            assert "Ferry doubled" not in behind.text
            with self.committed():
                there.write(Article.objects.values_list("pk", flat=True))
            assert "Ferry doubled" in self.get("/search/?q=ferry").text


@pytest.mark.parametrize(
    "url", ["opensearch.example", "ftp://a/b", "https://", "https://a/Big", "https://a/b/c", "https://a/_x"]
)
def test_an_address_that_is_none_is_refused(url):
    with override_settings(SEARCH_URL=url):
        assert [error.id for error in run_checks(tags=["newsroom"])] == ["newsroom.E010"]


def test_a_missing_package_is_said_at_the_start():
    with (
        override_settings(SEARCH_URL="https://search.example.org:9200/news"),
        mock.patch("newsroom.checks.find_spec", return_value=None),
    ):
        (error,) = run_checks(tags=["newsroom"])
    assert "requirements-search.txt" in error.hint
