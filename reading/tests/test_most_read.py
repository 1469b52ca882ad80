import re
from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsroom.tests.test_page_cache import PageCacheTestCase
from reading import most_read
from reading.models import Mark, Ranked, Reads
from reading.tests.cast import moved, read
from tests.cast import NewsroomTestCase, make_story

HOUR = timedelta(hours=1)
BESIDE, PAGE = {"most-read"}, {"most-read-page"}


def make_reads(story, count, age=HOUR):
    hour = (timezone.now() - age).replace(minute=0, second=0, microsecond=0)
    return Reads.objects.create(article=story, hour=hour, count=count)


def make_read(headline, count, age=HOUR, **fields):
    story = make_story(headline, **fields)
    make_reads(story, count, age)
    return story


def headlines(span="day"):
    return [story.headline for story in most_read.lists()[span]]


class RankingTests(NewsroomTestCase):
    def test_the_most_read_of_the_day_and_of_the_week(self):
        for headline, count, age in [("A", 20, HOUR), ("B", 30, HOUR), ("C", 25, HOUR), ("D", 99, 50 * HOUR)]:
            make_read(headline, count, age)
        most_read.refresh()
        assert headlines() == ["B", "C", "A"]
        assert headlines("week") == ["D", "B", "C", "A"]

    def test_hours_are_added_up(self):
        one = make_read("One", 20)
        make_reads(one, 20, age=5 * HOUR)
        make_read("Two", 30)
        make_read("Three", 12)
        most_read.refresh()
        assert headlines() == ["One", "Two", "Three"]

    @time_machine.travel("2026-11-23 12:00:00+00:00", tick=False)
    def test_a_day_is_24_hours_and_a_week_7_days(self):
        for headline, hours in [("Yesterday", 24), ("Today", 23), ("Monday", 167), ("Last week", 168)]:
            make_read(headline, 50, age=hours * HOUR)
        with patch.object(most_read, "FEWEST", 1):
            most_read.refresh()
            assert headlines() == ["Today"]
            assert sorted(headlines("week")) == ["Monday", "Today", "Yesterday"]

    def test_what_readers_may_not_see_is_not_listed_and_the_next_moves_up(self):
        for number in range(14):
            make_read(f"Story {number}", 100 - number)
        hidden = make_read("Draft", 500, status="draft")
        most_read.refresh()
        assert headlines() == [f"Story {number}" for number in range(10)]
        hidden.status = "withdrawn"
        hidden.save()
        first = Ranked.objects.get(span="day", position=0).article
        first.status = "withdrawn"
        first.save()
        assert headlines() == [f"Story {number}" for number in range(1, 11)]

    def test_few_readings_and_few_stories_make_no_list(self):
        make_read("Loud", 500)
        make_read("Also", 10)
        make_read("Quiet", 9)
        most_read.refresh()
        assert headlines() == []
        assert "Most read" not in self.see("/")
        with override_settings(MOST_READ_FROM=9):
            assert headlines() == ["Loud", "Also", "Quiet"]

    def test_it_is_asked_in_one_query_however_long_the_list(self):
        for number in range(3):
            make_read(f"Story {number}", 50)
        most_read.refresh()
        with self.assertNumQueries(1):
            assert len([(story.get_absolute_url(), str(story.section)) for story in most_read.beside()]) == 3
        for number in range(3, 12):
            make_read(f"Story {number}", 50)
        most_read.refresh()
        with self.assertNumQueries(1):
            assert len([(story.get_absolute_url(), str(story.section)) for story in most_read.beside()]) == 5


class PagesTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.stories = [make_read(f"Story <{number}>", 100 - number) for number in range(12)]

    def test_the_short_list_stands_on_the_front_and_beside_stories_and_lists(self):
        most_read.refresh()
        story = self.stories[11]
        for path in ("/", story.get_absolute_url(), story.section.get_absolute_url(), "/blogs/"):
            beside = self.see(path).partition('class="most-read"')[2].partition("</section>")[0]
            assert 'href="/most-read/"' in beside, path
            assert "Story &lt;0&gt;" in beside, path
            assert beside.count("<li>") == 5, path

    def test_a_quiet_day_shows_the_week(self):
        Reads.objects.update(hour=timezone.now() - 30 * HOUR)
        most_read.refresh()
        assert "Most read this week" in self.see("/")

    def test_the_page_has_both_lists(self):
        make_read("On Saturday", 500, age=50 * HOUR)
        most_read.refresh()
        day, _, week = self.see("/most-read/").partition("The last 7 days")
        assert "The last 24 hours" in day
        assert day.count("<li><div") == week.count("<li><div") == 10
        assert "On Saturday" in week
        assert "On Saturday" not in day

    def test_the_page_says_when_there_is_too_little(self):
        assert "not enough to tell yet" in self.see("/most-read/")

    def test_the_page_costs_the_same_whatever_it_lists(self):
        def queries():
            with CaptureQueriesContext(connection) as asked:
                self.see("/most-read/")
            return len(asked)

        self.see("/most-read/")  # what is remembered by then
        empty = queries()
        most_read.refresh()
        assert queries() == empty <= 5

    def test_no_section_takes_its_address(self):
        self.sign_in(self.editor)
        data = {"name": "Most read", "slug": "most-read", "position": 0}
        assert (
            "an address of the site itself" in self.client.post("/admin/articles/section/add/", data).content.decode()
        )

    def test_the_desk_sees_the_numbers_also_while_they_are_small(self):
        Reads.objects.exclude(article=self.stories[0]).delete()
        Reads.objects.update(count=3)
        make_reads(self.stories[0], 1000, age=50 * HOUR)
        most_read.refresh()
        self.sign_in(self.editor)
        page = self.see("/admin/")
        assert re.search(r"read 3 times in 24 hours · 1003 in 7 days\s*</span>", page)
        assert "Story &lt;1&gt;" not in page.partition("Most read")[2].partition("</section>")[0]

    def test_from_a_reader_to_the_list(self):
        Reads.objects.all().delete()
        for number, story in enumerate(self.stories[:3]):
            read(self.client, story, 12 + number)
        moved()
        most_read.refresh()
        assert headlines() == ["Story <2>", "Story <1>", "Story <0>"]


class NamingTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.told = []
        patcher = patch.object(most_read, "changed", lambda *names: self.told.append(set(names)))
        patcher.start()
        self.addCleanup(patcher.stop)
        self.stories = [make_read(f"Story {number}", 100 - 5 * number) for number in range(9)]
        most_read.refresh()

    def refreshed(self):
        self.told.clear()
        most_read.refresh()
        return self.told

    def test_the_first_list_is_told(self):
        assert self.told == [BESIDE | PAGE]

    def test_other_numbers_in_the_same_order_change_no_page(self):
        make_reads(self.stories[0], 50, age=3 * HOUR)
        assert self.refreshed() == []

    def test_what_changes_below_the_short_list_is_told_of_the_page_alone(self):
        make_reads(self.stories[8], 7, age=3 * HOUR)
        assert self.refreshed() == [PAGE]

    def test_a_story_that_overtakes_is_told_of(self):
        make_reads(self.stories[1], 50, age=3 * HOUR)
        assert self.refreshed() == [BESIDE | PAGE]

    def test_a_story_that_is_gone_is_told_of(self):
        self.stories[2].status = "withdrawn"
        self.stories[2].save()
        assert self.refreshed() == [BESIDE | PAGE]
        assert self.refreshed() == []

    def test_what_could_not_be_told_is_told_again(self):
        make_reads(self.stories[1], 50, age=3 * HOUR)
        with patch.object(most_read, "changed", side_effect=ConnectionError), pytest.raises(ConnectionError):
            most_read.refresh()
        assert self.refreshed() == [BESIDE | PAGE]
        assert Mark.objects.count() == 1


class KeptPagesTests(PageCacheTestCase):
    def test_pages_are_made_anew_when_their_list_is_another_one_and_not_for_numbers(self):
        stories = [make_read(f"Story {number}", 100 - 5 * number) for number in range(20)]
        beside = ["/", stories[0].get_absolute_url(), "/city/"]
        assert self.made_anew(most_read.refresh, *beside, "/most-read/", "/corrections/") == [*beside, "/most-read/"]
        make_reads(stories[0], 50, age=3 * HOUR)
        assert self.made_anew(most_read.refresh, *beside, "/most-read/") == []
        make_reads(stories[7], 7, age=3 * HOUR)
        assert self.made_anew(most_read.refresh, *beside, "/most-read/") == ["/most-read/"]

    def test_a_reading_leaves_every_page_where_it_is(self):
        story = make_read("Story", 50)

        def deed():
            read(self.client, story, 3)
            moved()

        assert self.made_anew(deed, "/", story.get_absolute_url(), "/most-read/") == []
