from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Part, Series
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_picture, make_section, make_story, make_user

HOUR = timedelta(hours=1)


def make_series(*stories, name="The dredging", **fields):
    series = Series.objects.create(name=name, slug=name.lower().replace(" ", "-"), **fields)
    for position, story in enumerate(stories):
        Part.objects.create(series=series, article=story, position=position)
    return series


class SeriesTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.stories = [make_story(f"Dredging {n}", age=HOUR * n) for n in (1, 2, 3)]

    def test_a_story_says_which_part_it_is_and_leads_to_the_others(self):
        series = make_series(*self.stories)
        html = self.see(self.stories[1].get_absolute_url())
        box = html.partition('class="series-box"')[2].partition("</section>")[0]
        assert "Part 2 of 3" in box
        assert f'<a href="{series.get_absolute_url()}">The dredging</a>' in box
        assert f'<a href="{self.stories[0].get_absolute_url()}" rel="prev">' in box
        assert f'<a href="{self.stories[2].get_absolute_url()}" rel="next">' in box

    def test_parts_are_not_named_again_among_the_related(self):
        make_series(*self.stories)
        html = self.see(self.stories[0].get_absolute_url())
        assert 'id="related-title"' not in html

    def test_only_public_parts_are_shown_and_counted(self):
        hidden = [
            make_story("Hidden draft", status="draft"),
            make_story("Hidden till noon", age=-HOUR),
            make_story("Hidden by law", embargo_until=timezone.now() + HOUR),
        ]
        series = make_series(hidden[0], self.stories[0], hidden[1], self.stories[1], hidden[2])
        for path in (
            self.stories[1].get_absolute_url(),
            series.get_absolute_url(),
            f"{series.get_absolute_url()}feed/",
        ):
            assert "Hidden" not in self.see(path)
        assert "Part 2 of 2" in self.see(self.stories[1].get_absolute_url())

    def test_its_page_lists_the_parts_in_their_order_and_leads_to_its_feeds(self):
        series = make_series(*reversed(self.stories), description="What the harbour hides.")
        html = self.see(series.get_absolute_url())
        assert "What the harbour hides." in html
        assert "Series in 3 parts" in html
        places = [html.index(f">{story.headline}<") for story in self.stories]
        assert places == sorted(places, reverse=True)
        assert 'href="/series/the-dredging/feed/"' in html
        assert self.stories[0].headline in self.see("/series/the-dredging/feed/")

    def test_a_series_of_hidden_stories_alone_is_not_there(self):
        series = make_series(make_story(status="draft"))
        empty = make_series(name="Empty")
        for path in (series.get_absolute_url(), empty.get_absolute_url(), f"{series.get_absolute_url()}feed/"):
            assert self.client.get(path).status_code == 404, path
        assert self.client.get("/series/%00/").status_code == 404

    def test_a_renamed_series_leads_to_its_new_address(self):
        series = make_series(*self.stories)
        series.slug = "the-sand"
        series.save()
        for below in ("", "feed/", "feed/atom/"):
            response = self.client.get(f"/series/the-dredging/{below}")
            assert (response.status_code, response.headers.get("Location")) == (301, f"/series/the-sand/{below}")

    def test_a_story_without_a_series_says_nothing_of_one(self):
        make_series(*self.stories)
        other = make_story("Elsewhere", section=make_section("World"))
        assert "series-box" not in self.see(other.get_absolute_url())

    def test_the_preview_of_a_draft_shows_its_place(self):
        draft = make_story("Dredging 4", status="draft")
        make_series(*self.stories, draft)
        self.sign_in(self.editor)
        assert "Part 4 of 4" in self.see(f"/admin/articles/article/{draft.pk}/preview/")

    def test_it_costs_no_query_more_and_does_not_grow(self):
        def queries(path):
            with CaptureQueriesContext(connection) as context:
                self.see(path)
            return len(context)

        story = self.stories[0]
        story.lead_picture = make_picture()
        story.save()
        without = queries(story.get_absolute_url())
        series = make_series(*self.stories)
        few = queries(series.get_absolute_url())
        assert queries(story.get_absolute_url()) == without
        for n in range(30):
            Part.objects.create(series=series, article=make_story(f"More {n}", lead_picture=make_picture()), position=9)
        assert queries(story.get_absolute_url()) == without
        assert queries(series.get_absolute_url()) == few <= 8


class SeriesDeskTests(NewsroomTestCase):
    def form(self, *stories, **fields):
        data = {"name": "The dredging", "slug": "the-dredging", "description": ""}
        data |= {"parts-TOTAL_FORMS": str(len(stories)), "parts-INITIAL_FORMS": "0"}
        for n, story in enumerate(stories):
            data |= {f"parts-{n}-article": getattr(story, "pk", story), f"parts-{n}-position": str(len(stories) - n)}
        return {**data, **fields}

    def test_an_editor_makes_a_series_in_the_order_that_was_given(self):
        self.sign_in(self.editor)
        one, two = make_story("One"), make_story("Two")
        response = self.client.post("/admin/articles/series/add/", self.form(one, two))
        assert response.status_code == 302
        assert [part.article for part in Series.objects.get().parts.all()] == [two, one]
        html = self.see(f"/admin/articles/series/{Series.objects.get().pk}/change/")
        assert 'data-field-name="article"' in html

    def test_a_story_stands_in_one_series_and_once(self):
        self.sign_in(self.editor)
        story = make_story()
        make_series(story, name="Another")
        for stories in ([story], [other := make_story("Other"), other]):
            response = self.client.post("/admin/articles/series/add/", self.form(*stories))
            assert response.status_code == 200
            assert "errorlist" in response.content.decode() or "error" in response.content.decode()
        assert Series.objects.count() == 1

    def test_bad_input_is_answered_beside_the_field(self):
        self.sign_in(self.editor)
        story = make_story()
        for fields in (
            {"name": "a\0b"},
            {"slug": "\u202e"},
            {"slug": "x" * 300},
            {"name": "x" * 5000},
            {"parts-0-position": "-1"},
            {"parts-0-position": "9" * 30},
            {"parts-0-article": "999999"},
            {"parts-TOTAL_FORMS": "x"},
        ):
            response = self.client.post("/admin/articles/series/add/", self.form(story, **fields))
            assert response.status_code == 200, fields
        assert not Series.objects.exists()

    def test_a_reporter_and_an_editor_of_one_section_look_only(self):
        series = make_series(make_story())
        limited = make_user("lena", "Editors")
        make_section().editors.add(limited)
        for user in (self.reporter, limited):
            self.sign_in(user)
            self.see(f"/admin/articles/series/{series.pk}/change/")
            response = self.client.post(f"/admin/articles/series/{series.pk}/change/", self.form(slug="else"))
            assert response.status_code == 403
            assert self.client.get("/admin/articles/series/add/").status_code == 403


class KeptSeriesTests(PageCacheTestCase):
    def setUp(self):
        super().setUp()
        self.one, self.two = make_story("Part one"), make_story("Part two")
        self.other = make_story("Elsewhere", section=make_section("World"))
        self.series = make_series(self.one, self.two)
        self.own = {page.get_absolute_url() for page in (self.one, self.two, self.series)}
        self.pages = [*self.own, self.other.get_absolute_url(), "/world/"]

    def test_a_new_part_shows_on_the_others_and_nowhere_else(self):
        draft = make_story("Part three", status="draft", section=make_section("Culture"))
        Part.objects.create(series=self.series, article=draft, position=5)

        def publish():
            draft.status = Article.Status.PUBLISHED
            draft.save()

        assert set(self.made_anew(publish, *self.pages)) == self.own
        assert "Part 1 of 3" in self.get(self.one.get_absolute_url()).text

    def test_a_part_that_is_taken_out_leaves_all(self):
        assert set(self.made_anew(Part.objects.get(article=self.two).delete, *self.pages)) == self.own
        assert "Part 1 of 1" in self.get(self.one.get_absolute_url()).text

    def test_a_story_that_is_put_in_says_so(self):
        deed = lambda: Part.objects.create(series=self.series, article=self.other, position=7)  # noqa: E731
        dropped = set(self.made_anew(deed, *self.pages))
        assert dropped == self.own | {self.other.get_absolute_url()}
        assert "Part 3 of 3" in self.get(self.other.get_absolute_url()).text

    def test_a_renamed_series_shows_on_its_parts(self):
        self.series.name = "Another name"
        assert set(self.made_anew(self.series.save, *self.pages)) == self.own
        assert "Another name" in self.get(self.one.get_absolute_url()).text
