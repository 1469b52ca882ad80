from datetime import UTC, date, datetime, timedelta

import time_machine
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import archive
from articles.archive import Span
from articles.models import Article
from articles.pages import EPOCH, page_of
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_picture, make_story

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def at(year, month, day, hour=12, **fields):
    when = datetime(year, month, day, hour, 30, tzinfo=UTC)
    return make_story(f"Story of {when:%Y %m %d %H}", published_at=when, **fields)


@time_machine.travel(NOW, tick=False)
class ArchiveTests(NewsroomTestCase):
    def test_each_level_leads_to_the_next_one_down_to_the_story(self):
        story = at(2024, 2, 29)
        at(2026, 11, 23)
        html = self.see("/archive/")
        assert 'href="/archive/2024/"' in html
        assert "/archive/2025/" not in html
        html = self.see("/archive/2024/")
        assert 'href="/archive/2024/02/"' in html
        assert "/archive/2024/03/" not in html
        html = self.see("/archive/2024/02/")
        assert 'href="/archive/2024/02/29/"' in html
        assert "/archive/2024/02/28/" not in html
        assert story.headline in html
        assert story.headline in self.see("/archive/2024/02/29/")

    def test_the_footer_leads_to_it(self):
        assert 'href="/archive/"' in self.see("/")

    def test_what_has_no_stories_or_is_no_date_is_not_found(self):
        at(2026, 11, 23)
        for path in (
            *("2025/", "2026/10/", "2026/11/22/", "2026/11/24/", "2027/", "2026/12/", "2026/13/", "2026/00/"),
            *("2026/02/30/", "2026/11/00/", "0000/", "0001/", "9999/", "2026/1/", "2026/11/3/", "02026/", "٢٠٢٦/"),
            *("-2026/", "2026/11/23/1/", "2026/%00/", "2026/11/%E2%80%AE3/"),
        ):
            assert self.client.get(f"/archive/{path}").status_code == 404, path

    def test_a_strange_mark_is_not_found_and_a_strange_parameter_is_nothing(self):
        at(2026, 11, 23)
        for mark in ("x", "0", "1-", "1-1-1", "%00", "9" * 40):
            assert self.client.get(f"/archive/2026/11/23/?before={mark}").status_code == 404, mark
        self.see("/archive/2026/11/23/?page=9&x=%00")

    def test_neighbours_are_the_nearest_days_with_stories(self):
        for day in ((2019, 12, 31), (2024, 1, 1), (2026, 11, 23)):
            at(*day)
        html = self.see("/archive/2024/01/01/")
        assert '<a rel="prev" href="/archive/2019/12/31/">' in html
        assert '<a rel="next" href="/archive/2026/11/23/">' in html
        assert 'rel="prev" href="/archive/2019/12/"' in self.see("/archive/2024/01/")
        assert 'rel="next" href="/archive/2026/"' in self.see("/archive/2024/")
        assert 'rel="next"' not in self.see("/archive/2026/11/23/")
        assert 'rel="prev"' not in self.see("/archive/2019/12/31/")

    @override_settings(TIME_ZONE="America/New_York")
    def test_a_day_is_the_newsrooms_own(self):
        with timezone.override("America/New_York"):
            late = at(2026, 1, 1, hour=3)  # still New Year's Eve there
            assert late.headline in self.see("/archive/2025/12/31/")
            assert self.client.get("/archive/2026/01/01/").status_code == 404

    def test_a_busy_day_goes_on_by_key(self):
        stories = [make_story(f"Busy {n}", published_at=NOW - n * timedelta(minutes=5)) for n in range(25)]
        html = self.see("/archive/2026/11/23/")
        assert stories[0].headline in html
        assert "Busy 24" not in html
        older = html.partition('rel="next" href="/archive/2026/11/23/?')[2].partition('"')[0]
        html = self.see(f"/archive/2026/11/23/?{older}")
        assert "Busy 24" in html
        assert f'rel="canonical" href="http://127.0.0.1:8000/archive/2026/11/23/?{older}"' in html

    def test_the_canonical_address_leaves_out_what_is_not_read(self):
        at(2026, 11, 23)
        for path in ("/archive/", "/archive/2026/", "/archive/2026/11/", "/archive/2026/11/23/"):
            html = self.see(f"{path}?utm_source=x")
            assert f'rel="canonical" href="http://127.0.0.1:8000{path}"' in html

    def test_the_years_before_the_first_story_are_not_asked(self):
        assert "There are no stories here yet." in self.see("/archive/")
        at(1850, 5, 1)
        assert 'href="/archive/1850/"' in self.see("/archive/")

    def test_queries_do_not_grow(self):
        at(2026, 11, 23)
        for year in range(1997, 2027):
            at(year, 3, 1, lead_picture=make_picture())
        paths = ("/archive/", "/archive/2026/", "/archive/2026/03/", "/archive/2026/03/01/")
        few = [self.queries(path) for path in paths]
        for n in range(30):
            at(2026, 3, n % 28 + 1, n % 12, lead_picture=make_picture())
        assert [self.queries(path) for path in paths] == few
        assert max(few) <= 8, few

    def queries(self, path):
        with CaptureQueriesContext(connection) as context:
            self.see(path)
        return len(context)


class BetweenTests(NewsroomTestCase):
    def test_the_time_between_two_days_is_few_spans_and_all_of_it(self):
        for first, after, said in (
            (date(2026, 1, 1), date(2027, 1, 1), "2026"),
            (date(2025, 12, 31), date(2027, 2, 2), "2025-12-31 2026 2027-01 2027-02-01"),
            (date(2024, 2, 28), date(2024, 3, 1), "2024-02-28 2024-02-29"),
            (date(2024, 2, 1), date(2024, 3, 1), "2024-02"),
            (date(2024, 2, 1), date(2024, 2, 1), ""),
        ):
            assert " ".join(map(str, archive.between(first, after))) == said

    def test_what_is_old_costs_what_is_new_costs(self):
        """Two bounds from above: the walk must begin at the nearer one. In steps of SQLite's machine."""
        section, now = make_story("Now").section, timezone.now()
        Article.objects.bulk_create(
            Article(headline=f"{n}", slug=f"s-{n}", section=section, status="published", published_at=now - n * DAY)
            for n in range(1, 2000)
        )
        old = Article.objects.get(slug="s-1990")
        for ask in (
            lambda: archive.neighbours(archive.day_of(old.published_at)),
            lambda: list(page_of(Article.objects.published(), mark(old)).stories),
        ):
            assert steps(ask) < 20

    def test_no_look_walks_the_table(self):
        make_story()
        spans = [Span.of(2024), Span.of(2024, 2), Span.of(2024, 2, 1)]
        for span in spans:
            plan = span.stories().published().newest().values("pk")[:1].explain()
            assert "article_newest" in plan or connection.vendor == "postgresql", plan


def mark(story):
    return f"{(story.published_at - EPOCH) // timedelta(microseconds=1)}-{story.pk}"


def steps(ask):
    """In hundreds; PostgreSQL takes the nearer bound by itself."""
    if connection.vendor != "sqlite":
        return 0
    count = []
    connection.connection.set_progress_handler(lambda: count.append(1), 100)
    try:
        ask()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return len(count)


@time_machine.travel(NOW)
class KeptArchiveTests(PageCacheTestCase):
    PAGES = tuple(
        f"/archive/{part}" for part in ("2025/12/", "2025/", "2026/11/20/", "2026/11/22/", "2026/11/23/", "2026/10/")
    )
    ABOVE = ("/archive/", "/archive/2026/", "/archive/2026/11/")
    MONTH = "/archive/2026/11/"

    def setUp(self):
        super().setUp()
        self.stories = {
            day: at(*day) for day in ((2025, 12, 24), (2026, 10, 1), (2026, 11, 20), (2026, 11, 22), (2026, 11, 23))
        }
        Article.objects.update(modified_at=timezone.now() - 2 * DAY)

    def test_a_publish_drops_its_day_and_month_alone(self):
        dropped = self.made_anew(lambda: at(2026, 11, 23, 10), *self.PAGES, *self.ABOVE)
        assert set(dropped) == {"/archive/2026/11/23/", self.MONTH}

    def test_a_new_day_shows_on_those_beside_it(self):
        dropped = self.made_anew(lambda: at(2026, 11, 21), *self.PAGES, *self.ABOVE)
        assert set(dropped) == {"/archive/2026/11/20/", "/archive/2026/11/22/", self.MONTH}
        assert 'rel="next" href="/archive/2026/11/21/"' in self.get("/archive/2026/11/20/").text

    def test_a_day_that_is_over_leaves_those_beside_it(self):
        story = self.stories[2026, 11, 22]
        deed = lambda: Article.objects.filter(pk=story.pk).update(status="withdrawn")  # noqa: E731
        dropped = self.made_anew(deed, *self.PAGES, *self.ABOVE)
        assert set(dropped) == {"/archive/2026/11/20/", "/archive/2026/11/22/", "/archive/2026/11/23/", self.MONTH}
        assert self.get("/archive/2026/11/22/").status == 404
        assert 'rel="next" href="/archive/2026/11/23/"' in self.get("/archive/2026/11/20/").text

    def test_a_story_that_moves_leaves_the_day_it_was_on(self):
        story = self.stories[2026, 11, 22]

        def move():
            story.published_at = datetime(2025, 12, 24, 9, tzinfo=UTC)
            story.save()

        with self.committed():
            story.save()
        dropped = self.made_anew(move, *self.PAGES, *self.ABOVE)
        assert {"/archive/2026/11/22/", "/archive/2025/12/", self.MONTH} <= set(dropped)
        assert "/archive/2026/10/" not in dropped
        assert "/archive/2026/11/22/" not in self.get("/archive/2026/11/").text

    def test_a_new_month_and_a_new_year_show_at_once(self):
        dropped = self.made_anew(lambda: at(2026, 9, 5), *self.PAGES, *self.ABOVE)
        assert set(dropped) == {"/archive/2026/10/", "/archive/2025/12/", "/archive/2026/"}
        dropped = self.made_anew(lambda: at(2019, 9, 5), *self.PAGES, *self.ABOVE)
        assert set(dropped) == {"/archive/2025/12/", "/archive/2025/", "/archive/"}

    def test_an_edit_of_the_text_leaves_the_calendar_alone(self):
        story = self.stories[2026, 11, 23]
        with self.committed():
            story.save()

        def edit():
            story.headline = "Another headline"
            story.save()

        dropped = self.made_anew(edit, *self.PAGES, *self.ABOVE)
        assert set(dropped) == {"/archive/2026/11/23/", self.MONTH}
