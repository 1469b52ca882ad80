"""Related stories that an editor picked: at the desk, in the history, and before readers."""

import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import changes
from articles.models import Article, Takedown, WorkingCopy
from articles.related import related_to
from articles.tests.test_desk import ADD, change
from articles.tests.test_draft_over_live import OverLiveTestCase
from articles.tests.test_series import make_series
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_section, make_story, make_tag

HOUR = timedelta(hours=1)


def numbers(*stories):
    return ", ".join(str(story.pk) for story in stories)


def related_on(html):
    """The headlines under “Related stories”, as a reader meets them."""
    return re.findall(r'class="headline[^>]*><a [^>]*>([^<]+)<', html.partition('id="related-title"')[2])


class BeforeReadersTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.world = make_section("World")
        self.one, self.two, self.three = (
            make_story(f"Picked {n}", section=self.world, age=HOUR * n) for n in (1, 2, 3)
        )

    def story(self, *picked, **fields):
        return make_story("The dam opens", picked=[story.pk for story in picked], **fields)

    def shown(self, story):
        return related_on(self.see(story.get_absolute_url()))

    def test_they_stand_first_in_their_order_and_tags_fill_the_row(self):
        rivers = make_tag("Rivers")
        tagged = [make_story(f"Tagged {n}", tags=[rivers], age=HOUR * n) for n in range(4)]
        story = self.story(self.two, self.one, tags=[rivers])
        assert self.shown(story) == ["Picked 2", "Picked 1", tagged[0].headline, tagged[1].headline]

    def test_one_that_is_picked_and_tagged_stands_there_once(self):
        rivers = make_tag("Rivers")
        self.three.tags.add(rivers)
        newest = make_story("Tagged", tags=[rivers], age=HOUR)
        assert self.shown(self.story(self.three, tags=[rivers])) == ["Picked 3", newest.headline]

    def test_more_than_four_fill_a_second_row(self):
        picked = [make_story(f"Pick {n}", section=self.world) for n in range(5)]
        neighbours = [make_story(f"Neighbour {n}", age=HOUR * n) for n in range(5)]
        shown = self.shown(self.story(*picked))
        assert shown == [story.headline for story in [*picked, *neighbours[:3]]]

    def test_a_part_of_the_same_series_may_be_picked(self):
        story = self.story(self.one)
        make_series(story, self.one, self.two)
        assert self.shown(story) == ["Picked 1"]

    def test_what_is_not_public_is_not_shown(self):
        for headline, fields in {
            "A draft": {"status": "draft"},
            "Tomorrow": {"age": -HOUR},
            "Under embargo": {"embargo_until": timezone.now() + HOUR},
            "Over": {"unpublish_at": timezone.now() - HOUR / 2},
            "Withdrawn": {"status": "withdrawn"},
        }.items():
            hidden = make_story(headline, section=self.world, **fields)
            Article.objects.filter(headline="The dam opens").delete()
            assert self.shown(self.story(hidden, self.one)) == ["Picked 1"], headline
        Takedown.of(self.one, by=None, reason="A judge asked for it.")
        Article.objects.filter(pk=self.two.pk).trash()
        Article.objects.filter(headline="The dam opens").delete()
        assert self.shown(self.story(self.one, self.two)) == []

    def test_itself_and_what_never_was_are_no_stories_beside_it(self):
        story = self.story()
        Article.objects.filter(pk=story.pk).update(picked=[story.pk, 10**15, self.one.pk])
        self.one.delete()
        assert self.shown(story) == []

    def test_they_cost_no_query(self):
        def queries(story):
            with CaptureQueriesContext(connection) as context:
                self.see(story.get_absolute_url())
            return len(context)

        without = queries(self.story(section=self.world))
        assert queries(make_story("Another", section=self.world, picked=[self.one.pk, self.two.pk])) == without
        article = Article.objects.page().get(pk=self.story(self.one, self.two, slug="x").pk)
        with self.assertNumQueries(1):
            assert related_to(article)[:2] == [self.one, self.two]


class KeptPageTests(PageCacheTestCase):
    def setUp(self):
        super().setUp()
        self.pick = make_story("The pick", section=make_section("World"))
        self.story = make_story("The dam opens", section=make_section("City"), picked=[self.pick.pk])
        self.other = make_story("Elsewhere", section=make_section("Sport"))
        self.here, self.elsewhere = self.story.get_absolute_url(), self.other.get_absolute_url()

    def shown(self):
        return related_on(self.get(self.here).text)

    def test_a_new_headline_of_a_picked_story_shows_at_once(self):
        self.pick.headline = "Better words"
        assert self.made_anew(self.pick.save, self.here, self.elsewhere) == [self.here]
        assert self.shown() == ["Better words"]

    def test_a_takedown_of_a_picked_story_shows_at_once(self):
        take = lambda: Takedown.of(self.pick, by=None, reason="A judge asked for it.")  # noqa: E731
        assert self.made_anew(take, self.here, self.elsewhere) == [self.here]
        assert self.shown() == []

    def test_a_draft_that_was_picked_shows_when_it_is_published(self):
        Article.objects.filter(pk=self.pick.pk).update(status="draft")
        self.pick.refresh_from_db()
        assert self.shown() == []
        self.pick.status = Article.Status.PUBLISHED
        assert self.here in self.made_anew(self.pick.save, self.here)
        assert self.shown() == ["The pick"]

    def test_a_scheduled_one_shows_when_its_hour_comes(self):
        Article.objects.filter(pk=self.pick.pk).update(published_at=timezone.now() + HOUR)
        assert self.shown() == []
        super(type(Article.objects.all()), Article.objects.filter(pk=self.pick.pk)).update(
            published_at=timezone.now() - HOUR / 60
        )
        since = timezone.now() - HOUR
        due = lambda: changes.tell(changes.by_the_clock(Article.objects, since, timezone.now()))  # noqa: E731
        assert self.here in self.made_anew(due, self.here)
        assert self.shown() == ["The pick"]


class AtTheDeskTests(OverLiveTestCase):
    def setUp(self):
        super().setUp()
        world = make_section("World")
        self.one, self.two = (make_story(name, section=world) for name in ("Pick one", "Pick two"))

    def stored(self):
        return Article.objects.get(pk=self.story.pk).picked

    def test_an_editor_picks_and_orders_them(self):
        self.send(ADD, picked=numbers(self.two, self.one))
        story = self.newest()
        assert story.picked == [self.two.pk, self.one.pk]
        assert f'value="{numbers(self.two, self.one)}"' in self.see(change(story))
        self.send(change(story), picked=numbers(self.one, self.two))
        assert self.newest().picked == [self.one.pk, self.two.pk]

    def test_the_form_names_them_and_says_what_readers_do_not_see(self):
        draft = make_story("A <b>draft</b>", status="draft")
        Article.objects.filter(pk=self.story.pk).update(picked=[self.one.pk, draft.pk])
        html = self.see(change(self.story))
        assert "Pick one" in html
        assert "A <b>draft" not in html
        assert "&quot;state&quot;: &quot;Draft&quot;" in html

    def test_over_a_live_story_they_wait(self):
        self.save(picked=numbers(self.one))
        assert related_on(self.read()) == []
        assert f'value="{self.one.pk}"' in self.see(change(self.story))
        self.save(picked=numbers(self.one), _publish="1")
        assert related_on(self.read()) == ["Pick one"]
        assert self.stored() == [self.one.pk]

    def test_the_history_tells_them_and_brings_them_back(self):
        self.save(picked=numbers(self.one), _publish="1")
        self.save(picked=numbers(self.two, self.one), _publish="1")
        newest = self.story.revisions.first()
        assert newest.changed == ["picked"]
        html = self.see(f"/admin/articles/article/{self.story.pk}/compare/")
        assert "related stories" in html
        assert "<ins>Pick two</ins>" in html
        self.client.post(f"/admin/articles/article/{self.story.pk}/bring-back/{newest.number - 1}/")
        self.save(picked=numbers(self.one), _publish="1")
        assert self.stored() == [self.one.pk]

    def test_a_revision_too_old_to_know_them_leaves_them(self):
        self.save(picked=numbers(self.one), _publish="1")
        old = self.story.revisions.last()
        del old.content["picked"]
        old.save()
        self.client.post(f"/admin/articles/article/{self.story.pk}/bring-back/{old.number}/")
        waiting = Article.objects.get(pk=self.story.pk).pending
        assert waiting is None or waiting.content["picked"] == [self.one.pk]

    def test_two_editors_are_merged_and_asked(self):
        self.save()
        base = self.base()
        self.save(picked=numbers(self.one), base=base)
        self.save(headline="New headline", picked="", base=base)
        assert self.story.revisions.first().content["picked"] == [self.one.pk]
        refused = self.refusal_of(picked=numbers(self.two), base=base)
        assert "Pick <del>one</del>" in refused
        assert "Pick <ins>two</ins>" in refused

    def refusal_of(self, **fields):
        fields = {"section": self.story.section_id, "status": "published", "headline": "New headline", **fields}
        fields |= {"tags": "Rivers", "slug": self.story.slug, "body": self.story.body, "authors": [self.author]}
        fields |= {"published_at_0": self.story.published_at.date().isoformat()}
        fields |= {"published_at_1": self.story.published_at.time().isoformat("seconds")}
        return self.refusal("picked", change(self.story), **fields)

    def test_a_form_that_does_not_send_them_takes_none_out(self):
        Article.objects.filter(pk=self.story.pk).update(picked=[self.one.pk])
        self.save(_publish="1")
        assert self.stored() == [self.one.pk]

    def test_the_story_itself_and_more_than_eight_are_refused_beside_the_field(self):
        assert "related to itself" in self.refusal_of(picked=numbers(self.one, self.story))
        many = [make_story(f"Story {n}") for n in range(9)]
        assert "At most 8" in self.refusal_of(picked=numbers(*many))
        assert self.stored() is None

    def test_doubles_the_deleted_and_rubbish_are_left_out(self):
        gone = make_story("Gone")
        key = gone.pk
        gone.delete()
        for sent in (
            f"{self.one.pk}, {key}, {self.one.pk}",
            f"{self.one.pk} -3 abc 9{'9' * 40} 1e5 \u0661 \ufffd",
            f"{'9' * 18}, {self.one.pk}\0 ,,;",
        ):
            self.send(ADD, picked=sent)
            assert self.newest().picked == [self.one.pk], sent

    def test_unsaved_picks_are_taken_up_again(self):
        data = {"picked": [f"{self.two.pk}, {self.one.pk}, {10**17}, x"], "headline": ["Typed"]}
        WorkingCopy.objects.create(user=self.editor, article=self.story, data=data, base=0, writing="abcdefgh1")
        html = self.see(f"{change(self.story)}?copy")
        assert html.index("&quot;Pick two&quot;") < html.index("&quot;Pick one&quot;")

    def test_who_may_only_look_reads_their_headlines(self):
        Article.objects.filter(pk=self.story.pk).update(picked=[self.one.pk])
        self.sign_in(self.reporter)
        assert "Pick one" in self.see(change(self.story))
