from datetime import timedelta

from django.utils import timezone

from articles.models import Article
from articles.tests.test_desk import ADD, DeskTestCase, change
from tests.cast import make_author, make_picture, make_section, make_story


class WorkflowTests(DeskTestCase):
    def test_review_then_approval_then_publication(self):
        story = make_story(status="draft", published_at=None)
        fields = {"slug": story.slug, "section": story.section_id}
        self.sign_in(self.reporter)
        self.send(change(story), _review="1", **fields)
        self.sign_in(self.editor)
        self.send(change(story), _approve="1", status="review", **fields)
        assert Article.objects.get().status == "approved"
        assert not Article.objects.published().exists()
        self.send(change(story), _publish="1", status="approved", **fields)
        assert Article.objects.published().exists()

    def test_reporters_do_not_approve(self):
        story = make_story(status="review", published_at=None)
        self.sign_in(self.reporter)
        told = self.refusal("status", change(story), _approve="1", slug=story.slug, section=story.section_id)
        assert "Only editors approve" in told

    def test_a_note_reaches_the_next_editor_and_no_reader(self):
        self.sign_in(self.editor)
        story = make_story()
        self.send(change(story), status="published", slug=story.slug, section=story.section_id, note="Call him back.")
        page = self.see(change(story))
        assert "Call him back." in page
        assert "eve" in page
        assert "Call him back." not in self.see(story.get_absolute_url())

    def test_a_story_is_assigned_without_a_word_to_readers(self):
        self.sign_in(self.editor)
        story = make_story()
        fields = {"status": "published", "slug": story.slug, "section": story.section_id}
        self.send(change(story), assigned_to=self.reporter.pk, **fields)
        assert Article.objects.get().assigned_to == self.reporter


class SectionEditorTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.city, self.world = make_section("City"), make_section("World")
        self.schools = make_section("Schools", parent=self.city)
        self.city.editors.add(self.sign_in(self.editor))

    def test_publishes_in_the_section_and_its_parts(self):
        for section in (self.city, self.schools):
            self.send(ADD, _publish="1", section=section.pk)
        assert Article.objects.published().count() == 2

    def test_is_told_where_they_do_not(self):
        assert "own sections" in self.refusal("section", _publish="1", section=self.world.pk)
        self.send(ADD, _review="1", section=self.world.pk)
        assert Article.objects.get().status == "review"

    def test_does_not_touch_what_other_sections_published(self):
        story = make_story(section=self.world)
        assert self.client.post(change(story), {"headline": "x"}).status_code == 403

    def test_bulk_publishing_stays_in_the_section(self):
        ours = make_story("Ours", status="draft", section=self.city)
        theirs = make_story("Theirs", status="draft", section=self.world)
        keys = {"action": "publish", "_selected_action": [ours.pk, theirs.pk]}
        self.client.post("/admin/articles/article/", keys)
        assert list(Article.objects.published()) == [ours]


class BeforePublishingTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)
        self.section = make_section()

    def publish(self, answer, **fields):
        return self.send(ADD, answer, _publish="1", section=self.section.pk, **fields)

    def test_a_picture_without_credit_holds_the_story_back(self):
        picture = make_picture(credit="")
        page = self.publish(200, lead_picture=picture.pk).content.decode()
        assert "credit" in page
        assert not Article.objects.exists()

    def test_a_draft_may_be_as_unfinished_as_it_is(self):
        self.send(ADD, lead_picture=make_picture(alt="", credit="").pk)
        assert Article.objects.count() == 1

    def test_an_editor_may_say_why_it_goes_out_all_the_same(self):
        picture = make_picture(credit="")
        self.publish(200, lead_picture=picture.pk, publish_anyway="on")
        self.publish(302, lead_picture=picture.pk, publish_anyway="on", publish_reason="Handed out by the police.")
        story = Article.objects.published().get()
        assert story.revisions.first().note == "Handed out by the police."
        history = self.see(f"/admin/articles/article/{story.pk}/history/")
        assert "Handed out by the police." in history

    def test_the_form_says_what_is_missing(self):
        story = make_story(standfirst="")
        assert "desk-checklist" in self.see(change(story))


class FormTests(DeskTestCase):
    def test_the_form_stays_within_thirty_queries(self):
        self.sign_in(self.editor)
        story = make_story(authors=[make_author("Ruth Okafor"), make_author("Dan Meyer")])
        self.send(change(story), status="published", slug=story.slug, section=story.section_id, note="A word.")
        self.see(change(story))
        assert self.queries(change(story)) <= 30

    def test_what_is_taken_down_offers_to_be_restored_and_nothing_else(self):
        self.sign_in(self.editor)
        story = make_story()
        assert f"/admin/articles/article/{story.pk}/takedown/" in self.see(change(story))
        self.client.post(f"/admin/articles/article/{story.pk}/takedown/", {"reason": "A court order."})
        page = self.see(change(story))
        assert f"/admin/articles/article/{story.pk}/restore/" in page
        assert 'name="_publish"' not in page

    def test_the_desk_says_that_a_story_is_under_embargo(self):
        self.sign_in(self.editor)
        story = make_story(embargo_until=timezone.now() + timedelta(hours=5))
        assert "Under embargo" in self.see(change(story))
        assert "Embargo " in self.see("/admin/articles/article/")
