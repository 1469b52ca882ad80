import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from articles import tasks
from articles.models import Article, Part, Series, Takedown
from tests.cast import NewsroomTestCase, make_author, make_section, make_story, make_tag

SITE = "http://127.0.0.1:8000"
KEY = "0123456789abcdef"


class Ear(BaseHTTPRequestHandler):
    """Takes down what it is told and answers as the test wants it."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.heard.append((self.headers, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 202)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, *args):
        pass


class PingTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.ear = HTTPServer(("127.0.0.1", 0), Ear)
        self.ear.heard, self.ear.answers = [], []
        thread = threading.Thread(target=self.ear.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.ear.server_close)
        self.addCleanup(self.ear.shutdown)
        self.address = f"http://127.0.0.1:{self.ear.server_port}/"

    @contextmanager
    def hub(self):
        with override_settings(WEBSUB_HUB=self.address):
            yield

    @contextmanager
    def indexnow(self):
        with override_settings(INDEXNOW_KEY=KEY, INDEXNOW_ENDPOINT=self.address):
            yield

    def told(self, deed):
        """What is said after the deed, by the worker's next look."""
        self.ear.heard.clear()
        with self.captureOnCommitCallbacks(execute=True):
            deed()
        tasks.send_pings()
        return [body for _headers, body in self.ear.heard]

    def urls(self, deed):
        return [url for body in self.told(deed) for url in json.loads(body)["urlList"]]

    def test_a_hub_is_told_which_feeds_changed(self):
        part = make_section("Harbour", parent=make_section())
        with self.hub():
            (said,) = self.told(lambda: make_story(section=part, authors=[make_author()], tags=[make_tag("Dam")]))
        fields = parse_qs(said)
        assert fields["hub.mode"] == ["publish"]
        feeds = (
            "/feed/",
            "/feed/news/",
            "/harbour/feed/",
            "/city/feed/",
            "/tags/dam/feed/",
            "/authors/ruth-okafor/feed/",
        )
        assert set(fields["hub.url"]) == {f"{SITE}{feed}{form}" for feed in feeds for form in ("", "atom/", "json/")}
        for url in fields["hub.url"]:
            self.see(url.removeprefix(SITE))

    def test_a_hub_is_told_of_the_feed_of_a_series(self):
        story, series = make_story(), Series.objects.create(name="The dam", slug="the-dam")
        Part.objects.create(series=series, article=story)
        with self.hub():
            (said,) = self.told(story.save)
        assert f"{SITE}/series/the-dam/feed/" in parse_qs(said)["hub.url"]

    def test_search_engines_are_told_which_stories_changed(self):
        with self.indexnow():
            (said,) = self.told(lambda: [make_story("One"), make_story("نهر", kind=Article.Kind.BLOG)])
        assert json.loads(said) == {
            "host": "127.0.0.1:8000",
            "key": KEY,
            "keyLocation": f"{SITE}/{KEY}.txt",
            "urlList": [f"{SITE}/blogs/%D9%86%D9%87%D8%B1/", f"{SITE}/city/one/"],
        }

    def test_nobody_is_told_of_what_readers_may_not_see(self):
        def hidden():
            for status in ("draft", "review", "approved", "withdrawn"):
                make_story(f"Secret {status}", status=status)
            make_story("Secret later", age=-timedelta(hours=1))
            make_story("Secret embargo", embargo_until=make_story("Open").published_at + timedelta(days=1))

        with self.indexnow(), self.hub():
            told = self.told(hidden)
        assert "ecret" not in "".join(told)
        assert "/city/open/" in "".join(told)

    def test_a_story_that_is_embargoed_before_the_worker_looks_is_not_told(self):
        with self.indexnow():
            with self.captureOnCommitCallbacks(execute=True):
                story = make_story()
            Article.objects.filter(pk=story.pk).update(status="draft")
            assert self.urls(lambda: None) == []

    def test_what_looks_the_same_is_told_once(self):
        with self.indexnow():
            story = make_story()
            assert len(self.urls(story.save)) == 1
            assert self.urls(story.save) == []
            story.headline = "Another"
            assert len(self.urls(story.save)) == 1

    def test_a_takedown_is_told(self):
        story = make_story()
        with self.indexnow():
            self.urls(story.save)
            urls = self.urls(lambda: Takedown.of(story, by=None, reason="A judge asked for it."))
        assert urls == [f"{SITE}{story.get_absolute_url()}"]

    def test_many_stories_are_told_at_once(self):
        with self.indexnow():
            for number in range(5):
                with self.captureOnCommitCallbacks(execute=True):
                    make_story(f"Story {number}")
            assert [len(json.loads(body)["urlList"]) for body in self.told(lambda: None)] == [5]

    def test_what_fails_is_told_again_later(self):
        self.ear.answers = [503]
        with self.indexnow(), self.assertLogs("articles.pings", "WARNING"):
            assert len(self.told(make_story)) == 1
            assert self.told(lambda: None) == []  # it waits
            cache.delete("pings-paused:indexnow")
            assert len(self.told(lambda: None)) == 1
            assert self.told(lambda: None) == []

    def test_one_that_is_away_does_not_keep_the_other_waiting(self):
        with self.indexnow(), override_settings(WEBSUB_HUB="http://127.0.0.1:9/"), self.assertLogs("articles.pings"):
            assert len(self.urls(make_story)) == 1

    def test_what_is_refused_is_not_told_for_ever(self):
        self.ear.answers = [403]
        with self.indexnow(), self.assertLogs("articles.pings", "ERROR"):
            self.told(make_story)
            assert self.told(lambda: None) == []

    def test_no_redirect_is_followed(self):
        self.ear.answers = [302]
        with self.indexnow(), self.assertLogs("articles.pings", "ERROR"):
            assert len(self.told(make_story)) == 1

    def test_without_settings_nothing_is_noted_or_sent(self):
        assert self.told(make_story) == []
        assert cache.get("pings") is None

    def test_settings_that_make_no_sense_are_named(self):
        for name, value in {"WEBSUB_HUB": "file:///etc/passwd", "INDEXNOW_KEY": "short"}.items():
            with override_settings(**{name: value}), pytest.raises(SystemCheckError, match=name):
                call_command("check")
