import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.core.cache import cache
from django.core.cache.backends.filebased import FileBasedCache
from django.db import IntegrityError
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from articles.models import Article
from reading import counting
from reading.models import Mark, Reads
from reading.tests.cast import FIREFOX, counts, log_now, moved, read, send
from tests.cast import NewsroomTestCase, make_story

NOON = "2026-11-23 12:00:00+00:00"
ROBOTS = [
    "",
    "curl/8.11.0",
    "python-requests/2.32",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
    "Mozilla/5.0 (Linux; Android 7.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 (compatible; Google-Read-Aloud)",
    "Mozilla/5.0 (Linux; Android 7.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Some-Reader/1.0 (+https://example.com/)",
]
READERS = [
    FIREFOX,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
]


class Counting(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        log_now()
        cache.clear()
        counting._sent.clear()


class ReadingTests(Counting):
    def test_a_reading_is_a_number_by_the_hour_and_nothing_else(self):
        story = make_story(age=timedelta(days=2))
        with time_machine.travel(NOON, tick=False):
            response = send(self.client, str(story.pk))
            assert moved() == 1
        assert response.status_code == 204
        assert response.content == b""
        assert not response.cookies
        assert str(Reads.objects.get()) == f"{story.pk} at 2026-11-23 12:00: 1"

    def test_a_story_page_asks_for_it_and_a_preview_does_not(self):
        story = make_story()
        page = self.see(story.get_absolute_url())
        assert f'data-story="{story.pk}" data-to="{reverse("reading:count")}" defer' in page
        self.sign_in(self.editor)
        assert "data-story" not in self.see(reverse("admin:articles_article_preview", args=[story.pk]))

    def test_no_row_is_asked_for_while_a_reader_waits(self):
        story = make_story()
        with self.assertNumQueries(0):
            send(self.client, str(story.pk))

    def test_the_same_reader_counts_again_after_some_hours(self):
        story = make_story()
        with patch.object(counting, "cache", wraps=cache) as given:
            for _ in range(3):
                send(self.client, str(story.pk))
            assert moved() == 1
        remembered = given.add.call_args_list[0]
        assert remembered.kwargs == {"timeout": 6 * 3600}
        cache.delete(*remembered.args[:1])  # as it does by itself then
        send(self.client, str(story.pk))
        assert moved() == 1
        assert counts(story) == 2

    def test_two_stories_of_one_reader_are_two_readings(self):
        for headline in ("One", "Two"):
            send(self.client, str(make_story(headline).pk))
        assert moved() == 2

    def test_readings_of_an_hour_that_come_later_are_added(self):
        story = make_story(age=timedelta(days=2))
        with time_machine.travel(NOON, tick=False):
            read(self.client, story, 3)
            moved()
            read(self.client, story, 2, network="192.0.{}.{}")
            moved()
        assert Reads.objects.get().count == 5

    def test_of_the_reader_the_cache_is_given_no_address_and_no_browser(self):
        with patch.object(counting, "cache", wraps=cache) as given:
            send(self.client, str(make_story().pk), "203.0.113.77")
            log_now()
        kept = f"{given.mock_calls} {counting._sent}"
        assert "reads:1" in kept
        assert "203.0.113" not in kept
        assert "Firefox" not in kept


class RefusedTests(Counting):
    def test_programs_are_left_out_by_their_names(self):
        story = make_story()
        for number, name in enumerate(ROBOTS):
            assert send(self.client, str(story.pk), f"203.0.113.{number}", **{"User-Agent": name}).status_code == 204
        assert moved() == 0

    def test_browsers_are_not(self):
        story = make_story()
        for number, name in enumerate(READERS):
            send(self.client, str(story.pk), f"203.0.113.{number}", **{"User-Agent": name})
        assert moved() == len(READERS)

    def test_what_a_browser_loads_ahead_is_not_read(self):
        story = make_story()
        for header, value in [("Sec-Purpose", "prefetch;prerender"), ("Purpose", "prefetch"), ("X-Moz", "prefetch")]:
            send(self.client, str(story.pk), **{header: value})
        assert moved() == 0

    def test_what_comes_from_a_foreign_page_is_refused(self):
        story = make_story()
        assert send(self.client, str(story.pk), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
        headers = {"Sec-Fetch-Site": None, "Origin": "https://evil.example"}
        assert send(self.client, str(story.pk), **headers).status_code == 403
        assert moved() == 0

    def test_what_no_browser_sends_so_is_not_counted(self):
        send(self.client, str(make_story().pk), **{"Sec-Fetch-Site": None})
        assert moved() == 0

    def test_an_older_browser_names_its_page_only(self):
        send(self.client, str(make_story().pk), **{"Sec-Fetch-Site": None, "Origin": "http://testserver"})
        assert moved() == 1

    def test_what_is_no_key_is_refused(self):
        for body in ["", "0", "-1", "1.5", "01", " 1", "1\n", "\0", "١", "1" * 19, "1" * 5_000_000, "story=1", "[1]"]:
            assert send(self.client, body).status_code == 400, body[:30]
        for body in (b"\xff\xfe", b"\xed\xa0\x80"):
            assert send(self.client, body).status_code == 400, body
        assert moved() == 0

    def test_it_is_only_sent_never_fetched(self):
        for method in ("get", "head", "put", "delete"):
            assert getattr(self.client, method)(reverse("reading:count")).status_code == 405

    def test_every_key_is_answered_alike_and_only_what_readers_see_is_counted(self):
        hidden = [
            make_story("Draft", status="draft"),
            make_story("Soon", age=timedelta(hours=-2)),
            make_story("Embargo", embargo_until=timezone.now() + timedelta(hours=2)),
            make_story("Withdrawn", status="withdrawn"),
        ]
        public = make_story("Public")
        answers = set()
        for key in [public.pk, *(story.pk for story in hidden), public.pk + 1000, 10**18 - 1]:
            with self.assertNumQueries(0):
                response = send(self.client, str(key))
            answers.add((response.status_code, response.content, str(sorted(response.headers.items()))))
        assert len(answers) == 1
        moved()
        assert list(Reads.objects.values_list("article", "count")) == [(public.pk, 1)]

    def test_a_flood_of_forged_keys_does_not_stop_the_worker(self):
        story = make_story()
        with counting._lock:
            counting._gathered.update({(key, 495_000): 1 for key in range(10**6, 10**6 + 40_000)})
            counting._gathered[story.pk, 495_000] = 1
        assert moved() == 1

    @override_settings(READERS_PER_NETWORK=3)
    def test_a_burst_from_one_network_cannot_push_a_story_up(self):
        story = make_story()
        for number in range(40):
            send(self.client, str(story.pk), "203.0.113.9", **{"User-Agent": f"{FIREFOX} {number}"})
            send(self.client, str(story.pk), f"2001:db8:0:1{number:02x}::{number}")
        assert moved() == 6

    @override_settings(READERS_PER_NETWORK=50)
    def test_readers_behind_one_address_are_told_apart(self):
        story = make_story()
        for name in READERS:
            send(self.client, str(story.pk), "203.0.113.9", **{"User-Agent": name})
        assert moved() >= 3  # two of them may share a place

    @override_settings(READS_PER_HOUR=5)
    def test_a_network_that_sends_all_day_is_no_longer_listened_to(self):
        stories = [make_story(f"Story {number}", age=timedelta(days=2)) for number in range(8)]
        with time_machine.travel(NOON, tick=False) as clock:
            for story in stories:
                assert send(self.client, str(story.pk)).status_code == 204
            assert moved() == 5
            clock.shift(timedelta(hours=1))
            send(self.client, str(stories[7].pk))
            assert moved() == 1


PROCESS = """
import django, sys
django.setup()
from django.core.cache.backends.filebased import FileBasedCache
from django.test import RequestFactory
from reading import counting
counting.cache, counting.A_WHILE = FileBasedCache(sys.argv[1], {}), 600
assert all(counting.count(story, RequestFactory().post("/")) for story in (7, 8))
"""


class LastSecondTests(Counting):
    def test_a_process_that_ends_logs_what_it_has_gathered(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-c", PROCESS, folder], check=True, timeout=60)
            number, entry = FileBasedCache(folder, {}).get(counting._slot(1))
        assert number == 1
        assert [story for story, _hour in entry] == [7, 8]


class NoCacheTests(Counting):
    def test_without_a_cache_the_reader_gets_the_same_answer(self):
        with patch.object(counting.cache, "add", side_effect=ConnectionError), self.assertLogs(counting.log) as said:
            assert send(self.client, str(make_story().pk)).status_code == 204
        assert "no cache" in said.output[0]

    def test_what_cannot_be_logged_is_said(self):
        send(self.client, str(make_story().pk))
        with patch.object(counting.cache, "incr", side_effect=ConnectionError), self.assertLogs(counting.log) as said:
            log_now()
        assert "1 readings" in said.output[0]
        assert moved() == 0

    def test_a_cache_that_begins_again_is_counted_from_its_beginning(self):
        story = make_story()
        for number in range(3):
            send(self.client, str(story.pk), f"203.0.113.{number}")
            log_now()
        assert moved() == 3
        cache.clear()
        send(self.client, str(story.pk))
        log_now()
        assert moved() + counting.move() == 1


class WorkerTests(Counting):
    def test_a_worker_that_dies_while_it_moves_loses_and_doubles_nothing(self):
        story = make_story()
        read(self.client, story, 4)
        log_now()
        counting.move()
        with patch.object(Reads.objects, "bulk_create", side_effect=IntegrityError), pytest.raises(IntegrityError):
            counting.move()
        assert counts(story) == 0
        assert moved() == 4
        assert moved() == 0
        assert counts(story) == 4

    def test_of_two_workers_at_once_one_moves(self):
        read(self.client, make_story(), 2)
        log_now()
        counting.move()
        late = Mark.current()
        assert counting.move() == 2
        with patch.object(Mark, "current", return_value=late):
            assert counting.move() == 0

    def test_who_has_a_number_and_still_writes_is_waited_for(self):
        story = make_story()
        cache.add(counting.LAST, 0, timeout=None)
        number = cache.incr(counting.LAST)
        assert counting.move() == 0
        cache.set(counting._slot(number), (number, {(story.pk, 495_000): 2}))
        assert counting.move() == 2

    def test_a_log_that_ran_around_gives_what_is_still_there(self):
        story = make_story()
        with patch.object(counting, "RING", 4):
            for number in range(7):
                send(self.client, str(story.pk), f"203.0.113.{number}")
                log_now()
            assert moved() == 4

    def test_moving_costs_the_same_however_many_readings_there_are(self):
        stories = [make_story(f"Story {number}") for number in range(12)]
        for rounds, expected in ((1, 7), (12, 7)):
            for number, story in enumerate(stories[:rounds]):
                send(self.client, str(story.pk), f"203.0.{rounds}.{number}")
            log_now()
            counting.move()
            with self.assertNumQueries(expected):
                counting.move()

    def test_old_hours_are_forgotten(self):
        story, now = make_story(), timezone.now()
        for days in (1, 7, 9):
            Reads.objects.create(article=story, hour=now - timedelta(days=days), count=1)
        assert counting.forget() == 1
        assert Reads.objects.count() == 2

    def test_a_deleted_story_takes_its_numbers_along(self):
        story = make_story()
        read(self.client, story)
        moved()
        Article.objects.filter(pk=story.pk).delete()
        assert not Reads.objects.exists()


class AtOnceTests(Counting):
    def test_what_many_send_at_once_is_what_is_counted(self):
        story, answers = make_story(), []

        def reader(number):
            client = Client()
            answers.extend(send(client, str(story.pk), f"203.0.{number}.{turn}").status_code for turn in range(8))

        with patch.object(counting, "A_WHILE", 0.001):  # so that entries are logged all the time
            threads = [threading.Thread(target=reader, args=[number]) for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert answers == [204] * 48
        assert moved() == 48
        assert counts(story) == 48
