import re
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from newsroom.page_cache import changed, store
from newsroom.tests.test_page_cache import PageCacheTestCase, clock
from tests.cast import make_author, make_picture, make_section, make_story

HOUR = timedelta(hours=1)


class ListTests(PageCacheTestCase):
    """A page that is made anew reads of a story whose card is kept no more than its place."""

    def setUp(self):
        super().setUp()
        city = make_section("City")
        self.stories = [
            make_story(f"Story {n}", [make_author()], age=HOUR * n, section=city, lead_picture=make_picture())
            for n in range(6)
        ]
        for path in ("/", "/city/"):
            self.keep(path)

    def made(self, path):
        """The page that was made anew, and the stories whose rows it read."""
        with CaptureQueriesContext(connection) as queries:
            answer = self.get(path)
        assert answer.how == "miss", path
        rows = [q["sql"] for q in queries if "standfirst" in q["sql"] and "WHERE" in q["sql"]]
        return answer.text, {int(key) for sql in rows for key in re.findall(r"\d+", sql.partition(" WHERE ")[2])}

    def test_a_changed_story_is_read_and_no_other(self):
        for path in ("/", "/city/"):
            story = self.stories[2]
            with self.committed():
                story.headline = f"New words for {path}"
                story.save()
            text, read = self.made(path)
            assert f"New words for {path}" in text
            assert all(other.headline in text for other in self.stories)
            assert read == {story.pk}, path
            self.get("/")
            self.get("/city/")

    def test_nothing_is_read_where_only_the_list_was_named(self):
        with self.committed():
            changed("front")
        assert self.made("/")[1] == set()

    def test_a_card_carries_its_own_story_alone(self):
        """They were read together; what one of them shows must drop no other."""
        with self.committed():
            other = make_section("World")
            make_story("Elsewhere", section=other, age=HOUR * 9)
        self.keep("/", "/world/")
        with self.committed():
            self.stories[1].lead_picture.save()
        assert self.get("/world/").how == "hit"

    def test_a_list_of_kept_cards_knows_when_one_of_its_stories_is_over(self):
        ends = timezone.now() + timedelta(minutes=1)
        with self.committed():
            Article.objects.filter(pk=self.stories[1].pk).update(unpublish_at=ends)
        self.keep("/", "/city/")
        with self.committed():
            changed(*(name for name in store.shared().memory.pages["/city/"].names if name.startswith("stories:")))
        assert "Story 1" in self.made("/city/")[0]
        with clock(ends + timedelta(seconds=1)):
            assert "Story 1" not in self.get("/city/").text

    def test_a_card_of_today_says_the_day_tomorrow(self):
        evening = timezone.localtime().replace(hour=23, minute=59, second=50)
        with self.committed():
            Article.objects.filter(pk=self.stories[0].pk).update(published_at=evening - HOUR)
        with clock(evening):
            self.keep("/city/")
            assert ">22:59</time>" in self.get("/city/").text
        with clock(evening + timedelta(seconds=20)):
            assert ">22:59</time>" not in self.get("/city/").text

    def test_a_new_section_has_its_page_at_once(self):
        with self.committed():
            make_section("World")
        assert self.get("/world/").status == 200
