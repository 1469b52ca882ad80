from datetime import timedelta

from articles.models import Article
from articles.related import related_to
from tests.cast import NewsroomTestCase, make_section, make_story, make_tag


class RelatedTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.rivers, self.dams = make_tag("Rivers"), make_tag("Dams")
        self.story = make_story("The dam opens", tags=[self.rivers, self.dams])

    def related(self):
        return related_to(Article.objects.full().get(pk=self.story.pk))

    def test_stories_that_share_more_tags_come_first(self):
        one = make_story("One tag", tags=[self.rivers], age=timedelta(minutes=1))
        two = make_story("Two tags", tags=[self.rivers, self.dams], age=timedelta(days=3))
        assert self.related() == [two, one]

    def test_the_section_fills_what_tags_leave_open(self):
        neighbour = make_story("Same section, no tag")
        make_story("Another section", section=make_section("Sport"))
        assert self.related() == [neighbour]

    def test_nothing_that_is_not_public_is_related(self):
        make_story("A draft", tags=[self.rivers], status="draft")
        make_story("Tomorrow", tags=[self.rivers], age=-timedelta(days=1))
        assert self.related() == []

    def test_the_cost_does_not_grow_with_the_archive(self):
        for number in range(60):
            make_story(f"More {number}", tags=[self.rivers, self.dams])
        article = Article.objects.page().get(pk=self.story.pk)
        with self.assertNumQueries(1):
            related_to(article)
