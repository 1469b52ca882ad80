from datetime import timedelta
from io import StringIO

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.models import Article, Author, Part, Picture, Series, Tag
from articles.models.tag import TagSynonym
from comments.models import Comment, Vote
from digest.models import Delivery, Edition, Subscriber
from newsroom.demo.fill import before
from reading import most_read
from reading.models import Reads
from tests.cast import NewsroomTestCase


def demo(*args) -> str:
    out = StringIO()
    call_command("demo", *args, stdout=out)
    return out.getvalue()


class DemoTests(NewsroomTestCase):
    @classmethod
    def setUpTestData(cls):
        cls.said = demo()

    def test_it_says_what_there_is_now(self):
        assert "63 stories" in self.said
        assert "Sign-ins are in" in self.said

    def test_every_kind_and_state_has_something_to_look_at(self):
        for kind in Article.Kind:
            assert Article.objects.published().of_kind(kind).count() >= 6, kind
        assert set(Article.objects.values_list("status", flat=True)) == set(Article.Status.values)
        assert Article.objects.scheduled().exists()
        assert set(Comment.objects.values_list("status", flat=True)) == set(Comment.Status.values)

    def test_every_picture_says_what_it_shows_and_who_made_it(self):
        assert not Picture.objects.filter(alt="").exists()
        assert not Picture.objects.filter(credit="").exists()

    def test_the_lead_has_the_votes_that_its_content_says(self):
        lead = Article.objects.get(placement=Article.Placement.LEAD)
        tally = Vote.objects.tally(lead)
        assert tally["count"] == 66
        assert round(tally["average"], 1) == 4.2

    def test_a_week_of_readers_makes_lists_of_what_they_read_most(self):
        most_read.refresh()
        assert [len(stories) for stories in most_read.lists().values()] == [10, 10]
        readings = sum(Reads.objects.values_list("count", flat=True))
        demo()
        assert sum(Reads.objects.values_list("count", flat=True)) == readings

    def test_series_authors_subjects_and_picks_have_something_to_show(self):
        for series in Series.objects.known():
            assert series.parts.count() >= 3
            assert series.description
        columnist = Author.objects.get(slug="marta-lind")
        assert columnist.portrait.credit
        assert columnist.email
        assert len(columnist.elsewhere) == 2
        water = self.see("/tags/water/")
        assert "who pays for the pipe" in water
        assert 'href="/tags/rivers/"' in water
        assert self.client.get("/tags/drinking-water/").headers["Location"] == "/tags/water/"
        story = Article.objects.get(placement=Article.Placement.LEAD)
        shown = self.see(story.get_absolute_url()).partition('id="related-title"')[2]
        picked = Article.objects.in_bulk(story.picked)
        places = [shown.index(f">{picked[key].headline}<") for key in story.picked]
        assert places == sorted(places)

    def test_a_second_run_doubles_nothing(self):
        def counts():
            models = (Article, Picture, Tag, TagSynonym, Part, Comment, Vote, Subscriber, Edition, Delivery, User)
            return [model.objects.count() for model in models]

        once = counts()
        demo()
        assert counts() == once

    def test_a_second_run_makes_the_paper_fresh_again(self):
        lead = Article.objects.filter(placement=Article.Placement.LEAD)
        lead.update(published_at=timezone.now() - timedelta(days=30))
        demo()
        assert lead.get().published_at > timezone.now() - timedelta(hours=1)

    def test_a_readers_comment_survives_a_second_run(self):
        story = Article.objects.published().first()
        Comment.objects.create(article=story, name="Ann", email="ann@example.org", body="I was there.")
        demo()
        assert Comment.objects.filter(body="I was there.").count() == 1

    def test_volume_is_added_on_top(self):
        stories = Article.objects.count()
        demo("--pictures", "3", "--articles", "12", "--comments", "7", "--subscribers", "5")
        assert Article.objects.count() == stories + 12
        assert {status for (status,) in Article.objects.values_list("status")} == set(Article.Status.values)
        photograph = Picture.objects.last()
        assert not Picture.objects.without_renditions().filter(pk=photograph.pk).exists()
        assert all(made.file.storage.exists(made.file.name) for made in photograph.renditions.all())
        assert Subscriber.objects.filter(email__startswith="volume").count() == 5
        volume = Article.objects.filter(slug__startswith="volume-").first()
        assert volume.word_count > 500
        assert volume.bylines.count() == 1

    def test_a_negative_number_is_refused(self):
        with self.assertRaisesMessage(CommandError, "cannot be negative"):
            demo("--articles", "-1")


class AgeTests(NewsroomTestCase):
    def test_ages_reach_into_the_past_and_the_future(self):
        now = timezone.now()
        cases = {
            "40m": timedelta(minutes=40),
            "3h": timedelta(hours=3),
            "2d": timedelta(days=2),
            "-5h": -timedelta(hours=5),
        }
        for age, past in cases.items():
            assert before(now, age) == now - past

    def test_other_ages_are_refused(self):
        with self.assertRaisesMessage(ValueError, "is not like"):
            before(timezone.now(), "soon")
