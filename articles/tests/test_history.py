"""Revisions that outlive what they name: a section, an author, a picture, a tag, the account that wrote them."""

from django.urls import reverse

from articles import revisions
from articles.models import Article, Revision
from articles.tests.test_desk import DeskTestCase, change
from tests.cast import make_author, make_picture, make_section, make_story, make_tag, make_user


class DeletedSinceTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)
        self.writer = make_user("gone", "Reporters")

    def story(self, **fields):
        """A story whose first revision names what is deleted afterwards, and whose second names what stays."""
        old = {"section": make_section("Fairs"), "lead_picture": make_picture(alt="A tent")}
        author, tag = make_author("Ann Gone"), make_tag("Circus")
        story = make_story("In the tent", authors=[author], tags=[tag], **{**old, **fields})
        Revision.objects.record(story, revisions.snapshot(story), self.writer, Revision.Deed.SAVED)
        story.section, story.lead_picture, story.headline = make_section("City"), None, "Outside"
        story.save()
        revisions.write_byline(story, [make_author("Ruth Okafor")])
        story.tags.set([])
        Revision.objects.record(Article.objects.get(pk=story.pk), self.content(story), self.editor, "saved")
        for thing in (old["section"], old["lead_picture"], author, tag, self.writer):
            thing.delete()
        return story

    @staticmethod
    def content(story):
        return revisions.snapshot(Article.objects.full().get(pk=story.pk))

    def address(self, deed, story, *more):
        return reverse(f"admin:articles_article_{deed}", args=[story.pk, *more])

    def bring_back(self, story):
        page = self.client.post(self.address("bring_back", story, 1), follow=True)
        assert page.status_code == 200
        return page.content.decode()

    def test_history_and_comparison_say_what_is_gone(self):
        story = self.story()
        assert "gone" in self.see(self.address("history", story))  # who wrote it is kept as a name
        page = self.see(f"{self.address('compare', story)}?from=1&to=2")
        assert page.count("deleted since") == 3
        assert "Circus" in page

    def test_over_a_live_story_what_can_be_comes_back_and_waits(self):
        story = self.story()
        told = self.bring_back(story)
        assert "Deleted since and so left out: section, lead picture, authors." in told
        waiting = Article.objects.get().pending.content
        assert (waiting["headline"], waiting["tags"]) == ("In the tent", ["Circus"])
        assert (waiting["section"], waiting["lead_picture"], waiting["authors"]) == (None, None, [])
        assert "Outside" in self.see(story.get_absolute_url())
        fields = {"status": "published", "slug": story.slug, "headline": "In the tent"}
        assert "Choose a section" in self.refusal("section", change(story), _publish="1", **fields)
        self.see(self.address("preview", story))

    def test_a_draft_comes_back_too(self):
        story = self.story(status="draft", published_at=None)
        assert "left out" in self.bring_back(story)
        story = Article.objects.get()
        assert (story.headline, story.section, story.byline) == ("In the tent", None, [])
        assert [tag.name for tag in story.tags.all()] == ["Circus"]

    def test_a_whole_revision_comes_back_without_a_word_of_that(self):
        story = self.story()
        page = self.client.post(self.address("bring_back", story, 2), follow=True).content.decode()
        assert "is back" in page
        assert "left out" not in page

    def test_what_waits_and_lost_its_section_is_still_opened(self):
        section = make_section("Fairs")
        story = make_story(section=make_section("City"))
        content = {**revisions.snapshot(story), "section": section.pk, "authors": [999_999], "lead_picture": 999_999}
        revisions.wait(story, content, self.editor)
        section.delete()
        for page in (change(story), self.address("preview", story), self.address("history", story)):
            self.see(page)
        self.see(self.address("checklist", story))
