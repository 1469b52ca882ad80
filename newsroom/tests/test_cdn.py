import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from unittest.mock import patch
from urllib.error import HTTPError

import pytest
from django.test import override_settings

from newsroom import checks
from newsroom.page_cache import cdn, changed, everything_changed
from newsroom.tests.test_page_cache import PageCacheTestCase, clock, timedelta, timezone
from tests.cast import NewsroomTestCase, make_story


class Edge(HTTPServer):
    """What a CDN has that is told to drop pages."""

    def __init__(self, status=200):
        self.asked, self.status = [], status
        super().__init__(("127.0.0.1", 0), EdgeHandler)
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/purge"


class EdgeHandler(BaseHTTPRequestHandler):
    def do_PURGE(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.headers, body))
        self.send_response(self.server.status)
        self.end_headers()

    do_POST = do_PURGE

    def log_message(self, *args):
        pass


class CdnTests(NewsroomTestCase):
    def edge(self, status=200, **others):
        edge = Edge(status)
        self.addCleanup(edge.server_close)
        self.addCleanup(edge.shutdown)
        settings = {"CDN_PURGE_URL": edge.address, "SURROGATE_KEY_HEADER": "Surrogate-Key", **others}
        self.enterContext(override_settings(CELERY_TASK_ALWAYS_EAGER=True, **settings))
        self.enterContext(patch("celery.app.task.Task.apply_async", lambda task, args, *more, **how: task(*args)))
        return edge

    def test_it_is_told_twice_after_the_commit_and_never_before(self):
        edge = self.edge(CDN_PURGE_HEADERS=["Fastly-Key: abc"])
        with self.captureOnCommitCallbacks(execute=True):
            changed("story:1", "menu")
            assert edge.asked == []
        assert [body for _headers, body in edge.asked] == [{"tags": ["menu", "story:1"]}] * 2
        headers = edge.asked[0][0]
        assert (headers["Surrogate-Key"], headers["Fastly-Key"]) == ("menu story:1", "abc")

    def test_many_names_are_told_in_parts_and_cloudflares_with_commas(self):
        edge = self.edge(SURROGATE_KEY_HEADER="Cache-Tag", CDN_PURGE_METHOD="PURGE")
        cdn.tell({f"story:{number}" for number in range(70)})
        assert [len(body["tags"]) for _headers, body in edge.asked[::2]] == [30, 30, 10]
        assert edge.asked[0][0]["Cache-Tag"].count(",") == 29

    def test_everything_is_one_name_that_each_page_carries(self):
        edge = self.edge()
        with self.captureOnCommitCallbacks(execute=True):
            everything_changed()
        assert edge.asked[0][1] == {"tags": [cdn.EVERY_PAGE]}
        assert cdn.surrogate_keys(["menu"]) == [("Surrogate-Key", "page menu")]

    def test_a_refusal_is_an_error_that_the_worker_tries_again(self):
        self.edge(status=503)
        with pytest.raises(HTTPError):
            cdn.ask(["menu"])
        assert OSError in cdn.purge.autoretry_for

    def test_without_a_broker_it_is_told_from_here(self):
        edge = self.edge()
        with patch.object(cdn.purge, "delay", side_effect=ConnectionError), self.assertLogs("newsroom.page_cache.cdn"):
            cdn.tell({"menu"})
        assert len(edge.asked) == 1

    def test_nobody_is_told_by_default(self):
        with patch.object(cdn.purge, "delay") as asked:
            cdn.tell({"menu"})
        assert not asked.called
        assert cdn.surrogate_keys(["menu"]) == []

    def test_a_purge_address_without_names_on_pages_is_an_error(self):
        with override_settings(CDN_PURGE_URL="https://cdn.example.org/purge"):
            assert "newsroom.E009" in {error.id for error in checks.environment(None)}


class LongLivedPageTests(PageCacheTestCase):
    def test_by_default_a_page_lives_a_second_in_front_and_says_no_names(self):
        headers = self.get("/").headers
        assert headers["cache-control"] == "public, max-age=0, s-maxage=1"
        assert "surrogate-key" not in headers

    @override_settings(SHARED_CACHE_SECONDS=3600, SURROGATE_KEY_HEADER="Surrogate-Key")
    def test_a_long_life_ends_when_the_clock_makes_it_another_page(self):
        story = make_story()
        noon = timezone.localtime().replace(hour=12) + timedelta(days=1)
        with clock(noon):
            self.keep("/")
            headers = self.get("/").headers
        assert "s-maxage=3600, stale-while-revalidate" in headers["cache-control"]
        assert {"page", f"story:{story.pk}", "stories"} <= set(headers["surrogate-key"].split())
        with clock(noon.replace(hour=23, minute=50, second=0, microsecond=0)):
            assert "s-maxage=600" in self.get("/").headers["cache-control"]
