from datetime import timedelta

from articles.models import Article
from tests.cast import NewsroomTestCase, make_story


class PublishedTests(NewsroomTestCase):
    def test_a_published_story_is_public(self):
        story = make_story()
        assert story in Article.objects.published()

    def test_a_future_time_waits_for_the_clock(self):
        story = make_story(age=-timedelta(hours=1))
        assert story not in Article.objects.published()
        assert story in Article.objects.published(at=story.published_at)

    def test_other_states_are_not_public(self):
        for status in ("draft", "review", "withdrawn"):
            make_story(f"A {status} story", status=status)
        assert not Article.objects.published().exists()
