import gzip
import io
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import brotli
import pytest
import zstandard
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import lost_files, revisions, tasks
from articles.models import Article, Banner, Correction, FrontPage, Picture, Section, Takedown
from comments import votes
from comments.models import Comment
from newsroom.page_cache import carry, everything_changed, store
from newsroom.page_cache.door import PageCache
from newsroom.page_cache.parts import remembered
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag
from tests.servers import valkey

HOUR = timedelta(hours=1)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.body = int(status[:3]), body
        self.headers = {name.lower(): value for name, value in headers}

    @property
    def text(self):
        return self.body.decode()

    @property
    def how(self):
        return self.headers.get("x-cache")


class Reader:
    """Asks a WSGI application as the web server does."""

    def __init__(self, application):
        self.application = application

    def get(self, path, method="GET", **headers):
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            **headers,
        }
        said: list = []
        body = b"".join(
            self.application(environ, lambda status, headers, exc_info=None: said.extend([status, headers]))
        )
        return Answer(*said, body)


@override_settings(PAGE_CACHE=True)
class PageCacheTestCase(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        store.forget()
        self.reader = Reader(PageCache(get_wsgi_application()))
        self.addCleanup(store.forget)
        behind = patch.object(PageCache, "behind", lambda door, work: work())  # a thread sees no test's transaction
        behind.start()
        self.addCleanup(behind.stop)
        self.enterContext(patch("articles.tasks.keep_promises"))  # which a test's transaction leaves for ever
        # As Django's own test client does: the test's transaction lives in this connection.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            self.addCleanup(signal.connect, close_old_connections)
        self.hear()

    def hear(self):
        pages = store.shared()
        pages.listen()
        until(lambda: time.monotonic() - pages.heard_at < 0.5)

    def get(self, path, **headers):
        return self.reader.get(path, **headers)

    @contextmanager
    def committed(self):
        """What was asked before is not waited for: a test's transaction never ends."""
        connection.run_on_commit.clear()
        with self.captureOnCommitCallbacks(execute=True):
            yield

    def keep(self, *paths):
        """Have these pages kept, and see that they are."""
        for path in paths:
            self.get(path)
            assert self.get(path).how == "hit", path

    def made_anew(self, deed, *paths):
        """Which of these pages are other ones after the deed; all were kept before it."""
        self.keep(*paths)
        with self.committed():
            deed()
        return [path for path in paths if self.get(path).how != "hit"]


def until(fact, seconds=5):
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)


class HitTests(PageCacheTestCase):
    def test_a_kept_page_is_the_same_and_asks_no_database(self):
        story = make_story()
        first = self.get(story.get_absolute_url())
        with self.assertNumQueries(0):
            second = self.get(story.get_absolute_url())
        assert (first.how, second.how) == ("miss", "hit")
        assert second.status == 200
        assert first.text == second.text
        assert story.headline in second.text

    def test_each_encoding_is_the_same_page_under_its_own_tag(self):
        plain = self.get("/")
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.ZstdDecompressor().decompress}
        tags = {plain.headers["etag"]}
        for name, unpacked in unpack.items():
            answer = self.get("/", HTTP_ACCEPT_ENCODING=f"deflate, {name};q=0.8")
            assert answer.headers["content-encoding"] == name
            assert int(answer.headers["content-length"]) == len(answer.body)
            assert unpacked(answer.body) == plain.body
            tags.add(answer.headers["etag"])
        assert len(tags) == 4
        assert "content-encoding" not in self.get("/", HTTP_ACCEPT_ENCODING="br;q=0, zstd;q=x, *;q=0").headers

    def test_a_browser_that_has_the_page_gets_304_without_a_query(self):
        first = self.get("/", HTTP_ACCEPT_ENCODING="br")
        with self.assertNumQueries(0):
            again = self.get("/", HTTP_ACCEPT_ENCODING="br", HTTP_IF_NONE_MATCH=f'"x", W/{first.headers["etag"]}')
        assert again.status == 304
        assert again.body == b""
        assert again.headers["etag"] == first.headers["etag"]
        assert self.get("/", HTTP_IF_MODIFIED_SINCE=first.headers["last-modified"]).status == 304
        assert self.get("/", HTTP_IF_NONE_MATCH='"other"').status == 200
        assert self.get("/", HTTP_IF_MODIFIED_SINCE="yesterday").status == 200
        assert (
            self.get("/", HTTP_IF_NONE_MATCH='"x"', HTTP_IF_MODIFIED_SINCE=first.headers["last-modified"]).status == 200
        )

    def test_head_has_the_headers_of_get(self):
        page = self.get("/")
        head = self.get("/", method="HEAD")
        assert head.body == b""
        assert head.headers["content-length"] == page.headers["content-length"] == str(len(page.body))
        assert self.get("/nowhere/", method="HEAD").body == b""

    def test_a_page_is_read_and_nothing_else(self):
        for method in ("OPTIONS", "TRACE"):
            answer = self.get("/", method=method)
            assert (answer.status, answer.headers["allow"], answer.body) == (405, "GET, HEAD", b""), method
        for method in ("POST", "PUT", "DELETE", "PATCH", "FOO"):
            assert self.get("/", method=method).status == 403, method  # they would need a token, too

    def test_an_editor_who_is_signed_in_is_never_answered_from_it(self):
        self.keep("/")
        answer = self.get("/", HTTP_COOKIE="a=b; sessionid=abc")
        assert answer.status == 200
        assert answer.how is None

    def test_a_voters_cookie_makes_no_other_page(self):
        self.keep("/")
        assert self.get("/", HTTP_COOKIE="voter=abc").how == "hit"

    def test_what_a_request_brings_along_does_not_reach_a_page(self):
        marks = {
            f"HTTP_{name}": "zqx-mark" for name in ("X_FORWARDED_HOST", "USER_AGENT", "ACCEPT_LANGUAGE", "REFERER")
        }
        answer = self.get("/?utm_source=zqx-mark&before=", HTTP_COOKIE="zqx=zqx-mark", **marks)
        assert answer.status == 200
        assert "zqx-mark" not in answer.text + str(answer.headers)
        assert self.get("/").how == "hit"

    def test_other_ways_of_writing_an_address_make_no_page_of_their_own(self):
        story = make_story(section=make_section())
        self.keep(story.get_absolute_url(), "/city/")
        for variant in ("/CITY/", "/city", "/city//", "//city/", "/sitemap-stories-00000.xml", "/city/?page=2"):
            assert self.get(variant).how in {None, "hit"}, variant

    def test_a_mark_that_no_page_of_ours_has_is_answered_and_not_kept(self):
        stories = [make_story(f"Story {n}", age=HOUR * n) for n in range(1, 25)]
        mark = f"/city/?before={int(stories[19].published_at.timestamp() * 1_000_000)}-{stories[19].pk}"
        assert f'href="{mark}"' in self.get("/city/").text
        self.keep(mark)
        strange = "/city/?before=1700000000000000-1"
        assert [self.get(strange).how, self.get(strange).status] == [None, 200]

    def test_a_strange_host_gets_no_page(self):
        self.keep("/")
        assert self.get("/", HTTP_HOST="evil.example").status == 400
        assert self.get("/", HTTP_HOST="").how != "hit"

    def test_what_is_not_found_is_not_kept(self):
        assert self.get("/city/nothing-here/").how is None
        assert store.shared().memory.pages == {}

    @override_settings(SECURE_SSL_REDIRECT=True)
    def test_a_page_is_not_given_over_a_line_that_is_to_be_secured(self):
        application = PageCache(get_wsgi_application())  # its middleware reads the setting once
        self.reader = Reader(application)
        assert self.get("/").status == 301
        assert self.get("/", **{"wsgi.url_scheme": "https"}).status == 200

    def test_feeds_and_sitemaps_are_kept_too(self):
        make_story()
        self.keep("/feed/", "/sitemap.xml", "/news-sitemap.xml", "/robots.txt", "/corrections/feed/", "/blogs/")


class ExactnessTests(PageCacheTestCase):
    def setUp(self):
        super().setUp()
        self.city, self.world = make_section("City"), make_section("World")
        self.dam, self.ruth = make_tag("dam"), make_author()
        self.story = make_story("The dam opens", section=self.city, tags=[self.dam], authors=[self.ruth])
        self.other = make_story("Elsewhere", section=self.world, tags=[make_tag("sea")], authors=[make_author("Dan")])
        self.here = self.story.get_absolute_url()
        self.there = self.other.get_absolute_url()
        self.of_story = ["/", "/city/", "/tags/dam/", "/authors/ruth-okafor/", "/feed/", "/city/feed/", self.here]
        self.of_other = ["/world/", "/tags/sea/", "/authors/dan/", "/world/feed/", self.there]
        self.all = [*self.of_story, *self.of_other]

    def test_a_corrected_word_shows_on_every_page_that_carries_it_and_drops_no_other(self):
        with self.committed():
            self.story.save()  # where it stands is known from now on

        def mend():
            self.story.headline = "The dam is opened"
            self.story.save()

        assert self.made_anew(mend, *self.all) == self.of_story
        for path in self.of_story:
            assert "The dam is opened" in self.get(path).text, path

    def test_a_new_story_shows_on_its_lists(self):
        def publish():
            make_story("Sluice shut", section=self.city, tags=[self.dam], authors=[self.ruth], age=timedelta(0))

        assert self.made_anew(publish, *self.all) == self.of_story
        for path in self.of_story:
            assert "Sluice shut" in self.get(path).text, path

    def test_a_draft_or_a_scheduled_story_changes_no_page(self):
        def write():
            for fields in ({"status": "draft"}, {"age": -HOUR}):
                make_story("Not yet", section=self.city, tags=[self.dam], authors=[self.ruth], **fields).save()

        assert self.made_anew(write, "/sitemap.xml", *self.all) == []

    def test_a_story_that_moves_leaves_its_old_lists_and_enters_its_new_ones(self):
        def move():
            self.story.section = self.world
            self.story.save()
            self.story.tags.set([make_tag("sea")])

        anew = self.made_anew(move, *self.all)
        assert {"/city/", "/tags/dam/", "/world/", "/tags/sea/", self.here} <= set(anew)
        assert "The dam opens" not in self.get("/tags/dam/").text
        assert "The dam opens" in self.get("/tags/sea/").text

    def test_a_takedown_is_gone_at_once(self):
        anew = self.made_anew(lambda: Takedown.of(self.story, by=None, reason="No."), *self.all)
        assert set(self.of_story) <= set(anew)
        assert self.get(self.here).status == 410
        assert "The dam opens" not in self.get("/").text

    def test_a_renamed_author_tag_and_picture_show_where_they_stand(self):
        self.ruth.name = "Ruth Meyer"
        assert self.made_anew(self.ruth.save, *self.all) == self.of_story
        assert "Ruth Meyer" in self.get(self.here).text
        self.dam.name = "Dams"
        assert {self.here, "/tags/dam/"} <= set(self.made_anew(self.dam.save, *self.all)) <= set(self.of_story)

    def test_a_changed_menu_shows_on_every_page(self):
        pages = [path for path in self.all if "feed" not in path]

        def rename():
            section = Section.objects.get(pk=self.world.pk)
            section.name = "Abroad"
            section.save()

        assert self.made_anew(rename, *pages) == pages
        assert all("Abroad" in self.get(path).text for path in pages)

    def test_an_approved_comment_shows_under_its_story_alone(self):
        comment = Comment.objects.create(article=self.story, name="Ada", email="a@example.org", body="Well put.")
        mine = Comment.objects.filter(pk=comment.pk)
        with self.committed():
            other = Comment.objects.create(
                article=self.story, name="Bo", email="b@example.org", body="Also.", status="approved"
            )
        assert other.pk
        assert self.made_anew(lambda: mine.approve(by=self.moderator), *self.all) == [self.here]
        assert "Well put." in self.get(self.here).text
        assert self.made_anew(lambda: mine.reject(by=self.moderator), *self.all) == [self.here]
        assert "Well put." not in self.get(self.here).text

    def test_a_comment_that_waits_drops_nothing(self):
        def send():
            Comment.objects.create(article=self.story, name="Ada", email="a@example.org", body="Well put.")

        assert self.made_anew(send, *self.all) == []

    def test_the_formats_of_a_feed_share_what_is_new(self):
        feeds = ["/feed/", "/feed/atom/", "/feed/json/", "/city/feed/", "/tags/dam/feed/", "/authors/ruth-okafor/feed/"]
        with self.committed():
            self.story.save()

        def mend():
            self.story.headline = "The dam is opened"
            self.story.save()

        assert self.made_anew(mend, *feeds, "/world/feed/") == feeds
        assert all("The dam is opened" in self.get(path).text for path in feeds)
        store.shared().discard("/feed/atom/")
        with CaptureQueriesContext(connection) as queries:
            assert self.get("/feed/atom/").how == "miss"
        assert not [query for query in queries if "articles_article" in query["sql"]]

    def test_a_vote_shows_at_its_story_alone(self):
        assert self.made_anew(lambda: votes.cast(self.story, "a", 5), *self.all) == [self.here]
        assert "1 user has voted" in self.get(self.here).text

    def test_a_correction_shows_on_the_story_and_its_page(self):
        def correct():
            Correction.objects.create(article=self.story, wrong="Nine weeks.", right="Nine days.")

        anew = self.made_anew(correct, "/corrections/", "/corrections/feed/", *self.all)
        assert {"/corrections/", "/corrections/feed/", self.here} <= set(anew)
        assert not set(anew) & set(self.of_other)
        assert "Nine days." in self.get(self.here).text

    def test_a_banner_shows_on_every_page_and_ends_by_itself(self):
        pages = ["/", "/city/", self.here]
        now = timezone.now()
        assert self.made_anew(lambda: Banner.objects.create(text="Storm", until=now + HOUR), *pages) == pages
        assert all("Storm" in self.get(path).text for path in pages)
        with clock(now + HOUR + timedelta(seconds=1)):
            assert all("Storm" not in self.get(path).text for path in pages)

    def test_a_front_page_drops_the_front_page_alone(self):
        def arrange():
            page = FrontPage(starts_at=timezone.now())
            page.sections = [self.world.pk]
            page.save()

        assert self.made_anew(arrange, *self.all) == ["/"]

    def test_a_front_page_that_is_scheduled_starts_by_itself(self):
        start = timezone.now() + HOUR
        page = FrontPage(starts_at=start, slots={"lead-0": {"story": self.story.pk}})
        with self.committed():
            page.save()
        self.keep("/")
        with clock(start - timedelta(seconds=1)):
            assert "Elsewhere" in self.lead()
        with clock(start + timedelta(seconds=1)):
            assert "The dam opens" in self.lead()

    def lead(self):
        return self.get("/").text.partition("<h2")[2].partition("</h2>")[0]

    def test_a_scheduled_story_is_named_at_its_second(self):
        tasks.announce_due()
        with self.committed():
            later = make_story("Later today", section=self.city, tags=[self.dam], age=-timedelta(minutes=5))
        with clock(timezone.now() + timedelta(minutes=1)):
            self.keep("/city/", "/world/")
        with clock(later.published_at):
            with self.committed():
                tasks.announce_due()
            assert "Later today" in self.get("/city/").text
            assert self.get("/world/").how == "hit"

    def test_lists_show_it_even_while_the_worker_is_away(self):
        with self.committed():
            later = make_story("Later today", section=self.city, tags=[self.dam], age=-timedelta(minutes=5))
        lists = ["/", "/city/", "/tags/dam/", "/feed/", "/city/feed/"]
        with clock(later.published_at - timedelta(seconds=1)):
            self.keep(*lists)
            assert not any("Later today" in self.get(path).text for path in lists)
        with clock(later.published_at + timedelta(milliseconds=1)):
            assert all("Later today" in self.get(path).text for path in lists)

    def test_a_story_whose_time_ends_is_over_without_anybodys_help(self):
        now = timezone.now()
        Article.objects.filter(pk=self.story.pk).update(unpublish_at=now + timedelta(minutes=1))
        self.keep(self.here, "/city/")
        with clock(now + timedelta(minutes=1, seconds=1)):
            assert "The dam opens" not in self.get("/city/").text
            assert "The dam opens" not in self.get(self.here).text

    def test_the_day_on_top_of_the_page_changes_at_midnight(self):
        evening = timezone.localtime().replace(hour=23, minute=59, second=50)
        with clock(evening):
            self.keep("/")
        with clock(evening + timedelta(seconds=20)):
            self.get("/")
        assert store.shared().memory.pages["/"].made_at == (evening + timedelta(seconds=20)).timestamp()


class WrittenElsewhereTests(PageCacheTestCase):
    """What is not one save of one story."""

    def setUp(self):
        super().setUp()
        self.city, self.world = make_section("City"), make_section("World")
        self.face, self.quay = make_picture(), make_picture()
        self.ruth = make_author(picture=self.face, bio="A reporter.")
        self.story = make_story("The dam opens", section=self.city, authors=[self.ruth], tags=[make_tag("dam")])
        self.other = make_story("Elsewhere", section=self.world)
        self.here, self.there = self.story.get_absolute_url(), self.other.get_absolute_url()
        self.with_picture = make_story("Quay", section=self.world, body=f'<p><img src="{self.quay.file.url}"></p>')
        self.quiet = ["/world/", "/world/feed/", self.there]

    def test_a_section_that_moves_takes_its_stories_along(self):
        self.city.parent = make_section("Region")
        with self.committed():
            pass
        anew = self.made_anew(self.city.save, "/region/", "/region/feed/", *self.quiet)
        assert {"/region/", "/region/feed/"} <= set(anew)
        assert "The dam opens" in self.get("/region/").text
        assert "The dam opens" in self.get("/region/feed/").text

    def test_an_authors_picture_shows_on_his_page(self):
        self.face.alt = "A face"
        assert "/authors/ruth-okafor/" in self.made_anew(self.face.save, "/authors/ruth-okafor/", *self.quiet)

    def test_a_picture_whose_rights_end_leaves_the_text_everywhere(self):
        page, feed = self.with_picture.get_absolute_url(), "/world/feed/"
        self.keep(page, feed)
        assert self.quay.file.url in self.get(page).text
        assert self.quay.file.url in self.get(feed).text
        self.quay.rights_until = timezone.localdate() - timedelta(days=1)
        anew = self.made_anew(self.quay.save, page, feed, "/city/", self.here)
        assert anew == [page, feed]
        assert self.quay.file.url not in self.get(page).text + self.get(feed).text

    def test_a_picture_whose_file_is_lost_leaves_every_page(self):
        def lose():
            lost_files._mark(Picture.objects.filter(pk=self.face.pk), True)

        assert self.made_anew(lose, "/authors/ruth-okafor/", *self.quiet) == ["/authors/ruth-okafor/"]

    def test_a_comment_that_is_edited_or_deleted_shows_so(self):
        comment = Comment.objects.create(
            article=self.story, name="Ada", email="a@example.org", body="Well put.", status="approved"
        )
        comment.body = "Badly put."
        assert self.here in self.made_anew(comment.save, self.here, "/world/", "/feed/")
        assert "Badly put." in self.get(self.here).text
        assert self.here in self.made_anew(Comment.objects.filter(pk=comment.pk).delete, self.here)
        assert "Badly put." not in self.get(self.here).text

    def test_a_conversation_comes_back_with_its_story(self):
        for number in range(12):
            make_story(f"News {number}", section=self.city)
        Comment.objects.create(
            article=self.other, name="Ada", email="a@example.org", body="Well put.", status="approved"
        )
        with self.committed():
            self.other.save()
        assert "Elsewhere" in self.discussed()
        with self.committed():
            taken = Takedown.of(self.other, by=None, reason="No.")
        assert "Elsewhere" not in self.discussed()
        with self.committed():
            taken.lift(by=None)
        assert "Elsewhere" in self.discussed()

    def discussed(self):
        return self.get("/").text.partition('<section class="discussed"')[2].partition("</section>")[0]

    def test_trash_deletion_and_bulk_changes_show(self):
        lists = ["/", "/city/", "/feed/", self.here]
        deeds = [
            lambda: Article.objects.filter(pk=self.story.pk).trash(),
            lambda: Article.objects.filter(pk=self.story.pk).update(trashed_at=None, status="published"),
            lambda: Article.objects.filter(pk=self.story.pk).delete(),
        ]
        for deed, is_shown in zip(deeds, (False, True, False), strict=True):
            for path in lists:
                self.get(path)
            with self.committed():
                deed()
            assert [("The dam opens" in self.get(path).text) for path in lists] == [is_shown] * 4

    def test_a_front_page_that_is_called_off_does_not_start(self):
        start = timezone.now() + HOUR
        page = FrontPage(starts_at=start, slots={"lead-0": {"story": self.other.pk}})
        page.save()
        page.called_off_at = timezone.now()
        assert self.made_anew(lambda: page.save(update_fields=["called_off_at"]), "/", "/world/") == ["/"]

    def test_a_tag_that_takes_over_another_has_its_stories(self):
        dams = make_tag("dams")
        make_story("Sluices", section=self.world, tags=[dams])
        anew = self.made_anew(lambda: dams.absorb([self.story.tags.get()]), "/tags/dams/", self.here, self.there)
        assert anew == ["/tags/dams/", self.here]
        assert "The dam opens" in self.get("/tags/dams/").text

    def test_bylines_that_change_places_and_are_emptied_show(self):
        dan = make_author("Dan")
        make_story("Boats", section=self.world, authors=[dan])
        self.keep("/authors/dan/")
        assert "The dam opens" not in self.get("/authors/dan/").text

        def write():
            revisions.write_byline(self.story, [dan, self.ruth])

        anew = self.made_anew(write, "/authors/dan/", "/authors/ruth-okafor/", self.here, *self.quiet)
        assert anew == ["/authors/dan/", "/authors/ruth-okafor/", self.here]
        assert "The dam opens" in self.get("/authors/dan/").text

    def test_what_waits_over_a_live_story_changes_no_page(self):
        def wait():
            content = revisions.snapshot(self.story, None, None) | {"headline": "Later"}
            revisions.wait(self.story, content, self.editor, "saved")

        assert self.made_anew(wait, self.here, "/", "/city/") == []

    def test_a_correction_that_waited_is_shown_when_it_is_let_out(self):
        waiting = Correction.objects.create(article=self.story, wrong="Nine.", right="Ten.", is_waiting=True)
        waiting.is_waiting = False
        anew = self.made_anew(waiting.save, self.here, "/corrections/", self.there)
        assert anew == [self.here, "/corrections/"]

    def test_pages_are_named_even_when_the_cache_does_not_answer(self):
        self.keep("/city/", self.here)
        self.story.headline = "The dam is opened"
        away = patch.object(cache, "get_many", side_effect=ConnectionError)
        with away, self.assertLogs("articles.names"), self.committed():
            self.story.save()
        assert "is opened" in self.get("/city/").text
        assert "is opened" in self.get(self.here).text

    def test_after_a_demo_over_a_running_newsroom_no_page_is_believed(self):
        self.keep("/world/")
        with self.committed():
            everything_changed()
        assert self.get("/world/").how == "miss"


@contextmanager
def clock(at):
    """Everybody's clock but the sandglass of the listener."""
    with (
        patch("django.utils.timezone.now", return_value=at),
        patch("time.time", return_value=at.timestamp()),
        patch("newsroom.page_cache.door.time", return_value=at.timestamp()),
    ):
        yield


class FaultTests(NewsroomTestCase):
    """Of the door itself, in front of an application that counts."""

    def setUp(self):
        super().setUp()
        store.forget()
        self.addCleanup(store.forget)
        self.renderings, self.status = 0, "200 OK"
        self.during = lambda: None
        self.reader = Reader(PageCache(self.application))
        pages = store.shared()
        pages.listen()
        until(lambda: time.monotonic() - pages.heard_at < 0.5)

    def application(self, environ, start_response):
        self.renderings += 1
        carry("story:1")
        self.during()
        start_response(self.status, [("Content-Type", "text/html")])
        return [b"page %d" % self.renderings]

    def test_two_hundred_readers_of_a_purged_page_cause_one_rendering(self):
        self.during = lambda: threading.Event().wait(0.1)
        answers = []
        readers = [threading.Thread(target=lambda: answers.append(self.reader.get("/").body)) for _ in range(200)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert self.renderings == 1
        assert answers == [b"page 1"] * 200

    def test_a_page_that_changed_while_it_was_made_is_not_kept(self):
        self.during = lambda: store.shared().purge({"story:1"})
        self.reader.get("/")
        self.during = lambda: None
        assert self.reader.get("/").body == b"page 2"
        assert self.reader.get("/").body == b"page 2"

    def test_a_part_of_a_row_that_changed_since_it_was_loaded_is_not_kept(self):
        row, said = {"text": "old"}, []

        def print_loaded():
            text = row["text"]  # as a view does, before its template asks for the part
            if not said:
                row["text"] = "new"
                store.shared().purge({"story:1"})

            def part():
                carry("story:1")
                return text

            said.append(remembered("part", part))

        self.during = print_loaded
        with override_settings(PAGE_CACHE=True):
            for _ in range(2):
                self.reader.get("/")
        assert said == ["old", "new"]

    def test_a_page_whose_time_is_over_is_shown_while_the_database_is_gone(self):
        self.reader.get("/")
        self.status = "500 Internal Server Error"
        with clock(timezone.now() + HOUR):
            stale = self.reader.get("/")
            again = self.reader.get("/")
        assert [stale.status, stale.how, stale.body] == [200, "stale", b"page 1"]
        assert [again.how, again.body, self.renderings] == ["stale", b"page 1", 2]  # it is not asked for every reader

    def test_what_was_purged_is_not_shown_even_then(self):
        self.reader.get("/")
        store.shared().purge({"story:1"})
        self.status = "500 Internal Server Error"
        assert self.reader.get("/").status == 500

    def test_what_is_over_is_not_shown_even_then(self):
        self.during = lambda: carry(over=timezone.now() + timedelta(minutes=1))
        self.reader.get("/")
        self.status = "500 Internal Server Error"
        with clock(timezone.now() + HOUR):
            assert self.reader.get("/").status == 500

    def test_while_one_makes_it_anew_the_others_get_what_there_is(self):
        self.reader.get("/")
        seen = []
        self.during = lambda: seen.append(self.reader.get("/").body)
        with clock(timezone.now() + HOUR):
            assert self.reader.get("/").body == b"page 2"
        assert seen == [b"page 1"]

    def test_a_page_that_only_grew_old_is_made_anew_behind_the_readers_back(self):
        self.reader.get("/")
        may_go_on = threading.Event()
        self.during = lambda: may_go_on.wait(5)
        with clock(timezone.now() + timedelta(seconds=700)):
            assert [self.reader.get("/").how for _ in range(3)] == ["stale"] * 3
            may_go_on.set()
            until(lambda: self.reader.get("/").how == "hit")
            assert self.reader.get("/").body == b"page 2"
        assert self.renderings == 2

    def test_a_clock_that_jumps_loses_no_change_and_keeps_pages(self):
        now = timezone.now()
        for jump in (timedelta(0), HOUR, -HOUR, timedelta(0)):
            with clock(now + jump):
                self.reader.get("/")
                store.shared().purge({"story:1"})
                before = self.renderings
                answers = [self.reader.get("/") for _ in range(3)]
                assert [answer.how for answer in answers] == ["miss", "hit", "hit"], jump
                assert answers[2].body == b"page %d" % (before + 1)

    def test_a_database_that_does_not_answer_holds_nobody_up(self):
        paths = [f"/city-{number}/" for number in range(20)]
        with patch("newsroom.page_cache.door.parameters_of", return_value=frozenset()):
            for path in paths:
                self.reader.get(path)
            may_go_on = threading.Event()
            self.addCleanup(may_go_on.set)
            self.during = lambda: may_go_on.wait(20)
            started = time.monotonic()
            with clock(timezone.now() + timedelta(seconds=700)):
                for path in paths:
                    assert self.reader.get(path).status == 200
            assert time.monotonic() - started < 2

    def test_a_page_that_is_no_more_is_not_shown_again(self):
        self.reader.get("/")
        self.status = "404 Not Found"
        with clock(timezone.now() + HOUR):
            assert self.reader.get("/").status == 404
            self.status = "500 Internal Server Error"
            assert self.reader.get("/").status == 500

    def test_a_change_while_nobody_can_be_told_reaches_what_is_being_made_here(self):
        pages = store.shared()

        def change():
            with self.assertLogs("newsroom.page_cache"):
                pages.purge({"story:1"})

        self.during = change
        with (
            patch.object(pages.backend, "purge", side_effect=ConnectionError),
            patch.object(pages.backend, "forget_all", side_effect=ConnectionError),
            patch.object(pages.backend, "is_true", side_effect=ConnectionError),
        ):
            self.reader.get("/")
            self.during = lambda: None
            assert self.reader.get("/").body == b"page 2"
        until(lambda: not pages.is_making_good)

    def test_memory_is_bounded_and_what_is_read_stays(self):
        pages = store.shared()
        pages.memory.limit = 100_000
        for number in range(60):
            self.reader.get("/")
            self.reader.get(f"/city-{number}/")
        assert pages.memory.size <= 100_000
        assert "/" in pages.memory.pages
        assert len(pages.memory.pages) < 30
        assert set().union(*pages.memory.carriers.values()) == set(pages.memory.pages)

    def test_an_answer_for_one_reader_is_not_kept(self):
        def personal(environ, start_response):
            start_response("200 OK", [("Set-Cookie", "a=b")])
            return [b"mine"]

        reader = Reader(PageCache(personal))
        assert [reader.get("/").how, reader.get("/").how] == [None, None]


class RedisTests(FaultTests):
    """The same over a Redis of its own."""

    @classmethod
    def setUpClass(cls):
        server = cls.enterClassContext(valkey())
        cls.enterClassContext(override_settings(CACHE_URL=f"{server}/1", PAGE_CACHE_REDIS=True))
        super().setUpClass()

    def setUp(self):
        super().setUp()
        self.here = store.shared()
        self.redis = self.here.backend.client
        self.redis.flushdb()
        now = self.here.backend.begin()
        until(lambda: self.here.obeyed == now)

    def other_process(self):
        other = store._make()
        self.addCleanup(other.end)
        other.listen()
        until(lambda: time.monotonic() - other.heard_at < 0.5)
        return other

    def test_another_process_has_the_page_and_hears_of_changes(self):
        other = self.other_process()
        self.reader.get("/")
        assert other.find("/").bodies["identity"] == b"page 1"
        self.here.purge({"story:1"})
        assert other.near("/") is None
        assert other.find("/") is None

    def test_a_purge_returns_when_every_process_has_obeyed(self):
        other = self.other_process()
        obey = other._obey
        with patch.object(other, "_obey", lambda *message: (threading.Event().wait(0.3), obey(*message))):
            self.reader.get("/")
            other.find("/")
            self.here.purge({"story:1"})
            assert other.near("/") is None

    def test_a_process_that_says_nothing_delays_one_purge_only(self):
        with self.redis.pubsub() as silent:
            silent.subscribe(self.here.backend.channel)
            silent.get_message(timeout=1)
            started = time.monotonic()
            self.here.purge({"story:1"})
            assert time.monotonic() - started > store.PATIENCE
            started = time.monotonic()
            self.here.purge({"story:1"})
            assert time.monotonic() - started < store.PATIENCE

    def test_nothing_is_believed_after_redis_was_emptied_and_pages_are_kept_again(self):
        self.reader.get("/")
        self.redis.flushdb()
        self.here.clear()
        assert self.reader.get("/").body == b"page 2"
        until(lambda: self.reader.get("/").how == "hit")

    def test_nothing_is_believed_after_the_names_were_evicted(self):
        self.reader.get("/")
        self.here.purge({"story:1"})
        self.reader.get("/")
        self.redis.delete("newsroom:pages:names")
        self.here.clear()
        assert self.here.find("/") is None
        until(lambda: self.reader.get("/").how == "hit")

    def test_a_redis_that_went_back_to_an_older_state_is_not_believed(self):
        self.reader.get("/")
        old = {key: self.redis.dump(key) for key in self.redis.scan_iter()}
        self.here.purge({"story:1"})
        self.redis.flushdb()
        for key, value in old.items():
            self.redis.restore(key, 0, value)
        self.redis.set("newsroom:pages:run", "the server before this one")
        other = self.other_process()
        assert other.find("/") is None

    def test_a_full_redis_still_carries_the_message(self):
        other = self.other_process()
        self.reader.get("/")
        assert other.find("/")
        self.redis.config_set("maxmemory", "1")
        self.redis.config_set("maxmemory-policy", "noeviction")
        try:
            with self.assertLogs("newsroom.page_cache"):
                self.here.purge({"story:1"})
                until(lambda: other.near("/") is None)
                assert other.find("/") is None
                assert self.reader.get("/").body == b"page 2"
        finally:
            self.redis.config_set("maxmemory", "0")
        until(lambda: not self.here.is_making_good)
        assert other.find("/") is None

    def test_a_redis_that_became_a_replica_is_not_believed(self):
        other = self.other_process()
        self.reader.get("/")
        assert other.find("/")
        self.redis.execute_command("REPLICAOF", "127.0.0.1", "1")
        try:
            with self.assertLogs("newsroom.page_cache"):
                assert self.here.purge({"story:1"}) is False
            until(lambda: other.near("/") is None)
            assert other.find("/") is None
            assert self.reader.get("/").body == b"page 2"
            assert self.reader.get("/").how == "hit"  # for a second
        finally:
            self.redis.execute_command("REPLICAOF", "NO", "ONE")
        until(lambda: not self.here.is_making_good)
        assert other.find("/") is None
        until(lambda: self.reader.get("/").how == "hit" and other.find("/"))

    def test_what_redis_holds_of_pages_is_bounded(self):
        self.here.backend.limit = 20_000
        self.enterContext(patch("newsroom.page_cache.door.parameters_of", return_value=frozenset()))
        for number in range(200):
            self.reader.get(f"/city-{number}/")
        pages = [key for key in self.redis.scan_iter() if b":/" in key]
        held = sum(self.redis.strlen(key) for key in pages)
        assert 0 < held <= 20_000
        assert held == int(self.redis.get("newsroom:pages:bytes"))
        assert self.redis.hlen("newsroom:pages:sizes") == self.redis.zcard("newsroom:pages:kept") == len(pages)

    def test_the_turn_of_a_killed_process_ends(self):
        with patch("newsroom.page_cache.backends.TURN", 200):
            assert self.other_process().take_turn("/")
        assert self.reader.get("/").body == b"page 1"

    def test_without_redis_a_page_is_kept_for_a_second(self):
        self.reader.get("/")
        assert self.reader.get("/").how == "hit"
        self.here.heard_at = float("-inf")
        self.here.memory.pages["/"].held_since -= 2
        assert self.here.near("/") is None

    def test_a_change_that_could_not_be_told_empties_everything_later(self):
        self.reader.get("/")
        with (
            patch.object(self.here.backend, "purge", side_effect=ConnectionError),
            self.assertLogs("newsroom.page_cache"),
        ):
            self.here.purge({"something"})
        until(lambda: not self.here.is_making_good)
        assert self.reader.get("/").body == b"page 2"

    def test_another_process_that_made_a_page_anew_made_it_for_all(self):
        other = Reader(PageCache(self.application))
        other.application.store = self.other_process()
        other.application.begin = lambda: None
        self.reader.get("/")
        assert other.get("/").body == b"page 1"
        with clock(timezone.now() + HOUR):
            assert self.reader.get("/").body == b"page 2"
            assert other.get("/").body == b"page 2"
        assert self.renderings == 2


@pytest.mark.parametrize("accepted", ["", "gzip", "gzip;q=0", "*", "br;q=1.0, *;q=0.1", ",,;q=;", "\xff" * 300])
def test_any_accept_encoding_has_an_answer(accepted):
    from newsroom.page_cache.kept import ENCODINGS, encoding_for

    assert encoding_for(accepted) in ENCODINGS
