"""An editor who is limited to sections: every deed of the desk, tried on what belongs to others."""

from datetime import timedelta

from django.contrib.redirects.models import Redirect
from django.urls import reverse
from django.utils import timezone

from articles import revisions
from articles.models import Article, Banner, Correction, FrontPage, PreviewLink, Revision, Section, Slot, Tag, Takedown
from articles.tests.test_desk import ADD, DeskTestCase, change
from tests.cast import make_picture, make_section, make_story, make_tag, make_user

LIST = "/admin/articles/article/"
FRONT = "/admin/articles/front/"


def page(deed, story, *more):
    return reverse(f"admin:articles_article_{deed}", args=[story.pk, *more])


class LimitedTestCase(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.city, self.world = make_section("City"), make_section("World")
        self.city.editors.add(self.sign_in(self.editor))
        self.chief = make_user("chief", "Editors")


class ForeignStoryTests(LimitedTestCase):
    """A story that another section has published."""

    def setUp(self):
        super().setUp()
        self.story = make_story("Theirs", section=self.world)
        revisions.begin(self.story)
        self.before = self.columns()

    def columns(self):
        return Article.objects.filter(pk=self.story.pk).values().get()

    def test_every_deed_on_it_is_refused(self):
        link = PreviewLink.objects.create(
            article=self.story, name="Lawyer", expires_at=timezone.now() + timedelta(days=1)
        )
        Correction.objects.create(article=self.story, wrong="Nine weeks.", right="Nine days.")
        correction = reverse("admin:articles_correction_change", args=[Correction.objects.get().pk])
        deeds = [
            (change(self.story), {"headline": "x", "_publish": "1"}),
            (page("delete", self.story), {"post": "yes"}),
            (page("takedown", self.story), {"reason": "Because."}),
            (page("discard", self.story), {}),
            (page("bring_back", self.story, 1), {}),
            (page("put_back", self.story), {}),
            (page("links", self.story), {"name": "Me", "days": 7, "shows": "latest"}),
            (page("revoke_link", self.story, link.pk), {}),
            (page("preview", self.story), {"headline": "x"}),
            (page("copy", self.story), {"headline": "x", "writing": "abcdefgh1"}),
            (correction, {"wrong": "x", "right": "y"}),
            (f"{correction.removesuffix('change/')}delete/", {"post": "yes"}),
        ]
        for address, data in deeds:
            assert self.client.post(address, data).status_code == 403, address
        for address in (page("takedown", self.story), page("links", self.story), page("delete", self.story)):
            assert self.client.get(address).status_code == 403, address
        assert self.columns() == self.before
        assert not Takedown.objects.exists()
        assert PreviewLink.objects.open().count() == 1
        assert Correction.objects.get().wrong == "Nine weeks."

    def test_it_may_be_read(self):
        for address in (change(self.story), page("history", self.story), page("preview", self.story)):
            self.see(address)
        form = self.see(change(self.story))
        for button in ("_publish", "_withdraw", "_save"):
            assert f'name="{button}"' not in form

    def test_bulk_actions_pass_it_over(self):
        for action in ("withdraw", "back_to_draft", "trash", "publish"):
            self.client.post(LIST, {"action": action, "_selected_action": [self.story.pk]})
            assert self.columns() == self.before, action

    def test_what_they_took_down_they_restore(self):
        Takedown.of(self.story, by=self.chief, reason="A court order.")
        assert self.client.post(page("restore", self.story)).status_code == 403
        assert not Article.objects.published().exists()

    def test_their_trash_is_theirs(self):
        Article.objects.filter(pk=self.story.pk).trash()
        assert self.client.post(page("put_back", self.story)).status_code == 403
        self.client.post(f"{LIST}?trash=yes", {"action": "put_back", "_selected_action": [self.story.pk]})
        assert Article.objects.trashed().exists()

    def test_the_correction_list_deletes_none_of_theirs(self):
        row = Correction.objects.create(article=self.story, wrong="Nine weeks.", right="Nine days.")
        data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        self.client.post("/admin/articles/correction/", data)
        assert Correction.objects.exists()

    def test_a_picture_at_its_head_is_left_alone(self):
        theirs, ours = make_picture(alt="Theirs"), make_picture(alt="Ours")
        Article.objects.filter(pk=self.story.pk).update(lead_picture=theirs)
        make_story("Ours", section=self.city, lead_picture=ours)
        assert self.client.post(f"/admin/articles/picture/{theirs.pk}/change/", {"alt": "x"}).status_code == 403
        words = self.client.get(f"/admin/articles/picture/words/?key={theirs.pk}&key={ours.pk}")
        assert [form.instance for form in words.context["formset"]] == [ours]


class DraftTests(LimitedTestCase):
    """Drafts of others are written together, as reporters do; what is decided about them is not."""

    def setUp(self):
        super().setUp()
        self.story = make_story("Theirs", section=self.world, status="draft", published_at=None)

    def test_it_may_be_edited_but_not_approved_or_published(self):
        fields = {"slug": self.story.slug, "section": self.world.pk}
        self.send(change(self.story), headline="Better", **fields)
        for button in ("_approve", "_publish", "_withdraw"):
            assert "own sections" in self.refusal("section", change(self.story), **fields, **{button: "1"})
        assert Article.objects.get().status == "draft"

    def test_it_is_not_taken_along_into_the_own_section_and_published(self):
        fields = {"slug": self.story.slug, "section": self.city.pk}
        assert "only they move it" in self.refusal("section", change(self.story), _publish="1", **fields)

    def test_it_is_not_moved_out_of_its_section_in_a_step_before_that(self):
        for section in (self.city.pk, ""):
            told = self.refusal("section", change(self.story), slug=self.story.slug, section=section)
            assert "only they move it" in told
        assert Article.objects.get().section == self.world

    def test_nor_by_bringing_back_what_it_was(self):
        Article.objects.update(section=self.city)
        revisions.begin(self.story)
        Article.objects.update(section=self.world)
        assert self.client.post(page("bring_back", self.story, 1)).status_code == 403
        assert Article.objects.get().section == self.world
        self.sign_in(self.chief)
        assert self.client.post(page("bring_back", self.story, 1)).status_code == 302
        assert Article.objects.get().section == self.city

    def test_whose_own_it_is_gives_it_away(self):
        ours = make_story("Ours", section=self.city, status="draft", published_at=None)
        self.send(change(ours), headline="Ours", slug=ours.slug, section=self.world.pk)
        assert Article.objects.get(pk=ours.pk).section == self.world

    def test_it_is_not_deleted(self):
        assert self.client.post(page("delete", self.story), {"post": "yes"}).status_code == 403
        self.client.post(LIST, {"action": "trash", "_selected_action": [self.story.pk]})
        assert not Article.objects.trashed().exists()

    def test_a_draft_of_no_section_yet_offers_to_be_published_and_asks_for_one(self):
        self.send(ADD)
        story = self.newest()
        assert 'name="_publish"' in self.see(change(story))
        told = self.refusal("section", change(story), _publish="1", slug=story.slug, kind="blog")
        assert "own sections" in told
        self.send(change(story), _publish="1", slug=story.slug, section=self.city.pk)
        assert Article.objects.published().get() == story


class MovedStoryTests(LimitedTestCase):
    """A live story whose waiting changes move it to another section: the section where readers find it decides."""

    def move(self, story, section):
        self.sign_in(self.chief)
        fields = {"slug": story.slug, "status": "published", "headline": story.headline}
        self.send(change(story), section=section.pk, **fields)
        assert Article.objects.get(pk=story.pk).pending.content["section"] == section.pk
        self.sign_in(self.editor)

    def test_who_gets_it_does_not_publish_the_move(self):
        story = make_story("Theirs", section=self.world)
        self.move(story, self.city)
        assert self.client.post(change(story), {"headline": "x", "_publish": "1"}).status_code == 403

    def test_who_has_it_may_discard_the_move_but_not_publish_it(self):
        story = make_story("Ours", section=self.city)
        self.move(story, self.world)
        fields = {"slug": story.slug, "status": "published"}
        told = self.refusal("section", change(story), section=self.world.pk, _publish="1", **fields)
        assert "own sections" in told
        self.client.post(page("discard", story))
        assert Article.objects.get(pk=story.pk).pending is None


class WholePaperTests(LimitedTestCase):
    def test_tags_are_used_but_not_changed(self):
        tag, other = make_tag("Dams"), make_tag("Dam")
        for address, data in (
            (f"/admin/articles/tag/{tag.pk}/change/", {"name": "x", "slug": "x"}),
            (f"/admin/articles/tag/{tag.pk}/delete/", {"post": "yes"}),
        ):
            assert self.client.post(address, data).status_code == 403
        merge = {"action": "merge", "_selected_action": [tag.pk, other.pk], "stays": tag.pk}
        self.client.post("/admin/articles/tag/", merge)
        assert set(Tag.objects.values_list("name", flat=True)) == {"Dams", "Dam"}

    def test_sections_are_not_changed_so_that_nobody_lifts_their_own_limits(self):
        address = reverse("admin:articles_section_change", args=[self.city.pk])
        self.see(address)
        assert self.client.post(address, {"name": "City", "slug": "city", "position": 0}).status_code == 403
        assert self.client.post("/admin/articles/section/add/", {"name": "x", "slug": "x"}).status_code == 403
        assert self.client.post(f"{address.removesuffix('change/')}delete/", {"post": "yes"}).status_code == 403
        rows = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": self.city.pk, "form-0-position": 9}
        self.client.post("/admin/articles/section/", {**rows, "_save": "Save"})
        assert set(Section.objects.values_list("position", flat=True)) == {0}
        assert list(self.city.editors.all()) == [self.editor]

    def test_former_addresses_are_not_changed(self):
        row = Redirect.objects.create(site_id=1, old_path="/old/", new_path="/world/")
        for address, data in (
            (f"/admin/redirects/redirect/{row.pk}/change/", {"old_path": "/old/", "new_path": "/x/"}),
            (f"/admin/redirects/redirect/{row.pk}/delete/", {"post": "yes"}),
            ("/admin/redirects/redirect/add/", {"old_path": "/a/", "new_path": "/b/"}),
        ):
            assert self.client.post(address, data).status_code == 403
        assert Redirect.objects.get() == row

    def test_a_section_that_limits_somebody_is_not_deleted_by_the_way(self):
        self.sign_in(self.chief)
        address = reverse("admin:articles_section_delete", args=[self.city.pk])
        assert "eve is limited to “City”" in self.client.post(address, {"post": "yes"}).content.decode()
        self.city.editors.clear()
        self.client.post(address, {"post": "yes"})
        assert list(Section.objects.all()) == [self.world]

    def test_an_editor_of_everything_may_do_all_of_it(self):
        self.sign_in(self.chief)
        for address in ("/admin/redirects/redirect/add/", "/admin/articles/section/add/"):
            self.see(address)
        tag = make_tag("Dams")
        address = f"/admin/articles/tag/{tag.pk}/change/"
        synonyms = {"synonyms-TOTAL_FORMS": 0, "synonyms-INITIAL_FORMS": 0}
        assert self.client.post(address, {"name": "Weirs", "slug": "dams", **synonyms}).status_code == 302


class FrontPageTests(LimitedTestCase):
    """A limited editor arranges the bands of their own sections, and nothing else of the front page."""

    def setUp(self):
        super().setUp()
        self.ours = [make_story(f"Ours {n}", section=self.city) for n in range(3)]
        self.theirs = [make_story(f"Theirs {n}", section=self.world) for n in range(3)]
        self.band, self.foreign = f"band{self.city.pk}-0", f"band{self.world.pk}-0"

    def act(self, deed, **data):
        seen = self.client.get(FRONT).context["work"].seen
        response = self.client.post(FRONT, {"deed": deed, "seen": seen, **data}, follow=True)
        return " ".join(str(message) for message in response.context["messages"])

    def publish_as_chief(self, **slots):
        stored = {place: Slot(story=story.pk).stored() for place, story in slots.items()}
        return FrontPage.objects.create(slots=stored, starts_at=timezone.now(), by=self.chief)

    def test_the_own_band_is_arranged_and_published(self):
        assert self.act("put", place=self.band, story=self.ours[2].pk) == ""
        assert "Published" in self.act("publish")
        assert FrontPage.objects.current().wishes[self.band].story == self.ours[2].pk

    def test_nothing_else_is(self):
        for deed, data in (
            ("put", {"place": "lead-0", "story": self.ours[0].pk}),
            ("put", {"place": self.foreign, "story": self.theirs[0].pk}),
            ("put", {"place": self.band, "story": self.theirs[0].pk}),
            ("keep", {"place": "second-0", "story": self.ours[0].pk}),
            ("take_out", {"place": "lead-0"}),
            ("follow", {"place": self.foreign, "latest_of": self.world.pk}),
            ("follow", {"place": self.band, "latest_of": self.world.pk}),
            ("move", {"place": self.band, "to": "lead-0", "story": self.ours[0].pk}),
            ("move", {"place": "lead-0", "to": self.band, "story": self.ours[0].pk}),
            ("move_band", {"section": self.city.pk, "step": "down"}),
        ):
            assert self.act(deed, **data) != "", deed
        assert not FrontPage.objects.filter(by=self.editor).exclude(slots={}).exists()
        assert "nothing to publish" in self.act("publish")

    def test_a_story_that_the_chief_pinned_is_not_pulled_down_into_the_band(self):
        self.publish_as_chief(**{"lead-0": self.ours[0]})
        assert "beyond the bands" in self.act("put", place=self.band, story=self.ours[0].pk)

    def test_publishing_over_a_newer_page_does_not_undo_it(self):
        self.act("put", place=self.band, story=self.ours[2].pk)
        newer = self.publish_as_chief(**{"lead-0": self.theirs[0]})
        assert "beyond the bands" in self.act("publish", over="1")
        assert FrontPage.objects.current() == newer
        self.act("take_in")
        assert "Published" in self.act("publish")
        wishes = FrontPage.objects.current().wishes
        assert (wishes["lead-0"].story, wishes[self.band].story) == (self.theirs[0].pk, self.ours[2].pk)

    def test_no_schedule_no_older_page_no_banner(self):
        old = self.publish_as_chief(**{"lead-0": self.theirs[0]})
        self.publish_as_chief(**{"lead-0": self.theirs[1]})
        coming = FrontPage.objects.create(starts_at=timezone.now() + timedelta(hours=1), by=self.chief)
        self.act("put", place=self.band, story=self.ours[2].pk)
        assert "whole page" in self.act("schedule", at="2099-01-01T06:00")
        assert "beyond the bands" in self.act("restore", page=old.pk)
        assert "whole page" in self.act("call_off", page=coming.pk)
        until = timezone.now() + timedelta(hours=2)
        data = {"text": "Ferries stay in port", "until": until.strftime("%Y-%m-%dT%H:%M")}
        assert self.client.post(reverse("front_desk:banner"), data).status_code == 403
        banner = Banner.objects.create(text="Storm", until=until)
        assert self.client.post(reverse("front_desk:end_banner", args=[banner.pk])).status_code == 403
        assert Banner.objects.showing().get() == banner
        assert FrontPage.objects.scheduled().get() == coming

    def test_the_page_says_so_and_offers_only_what_is_theirs(self):
        html = self.see(FRONT)
        assert "You arrange the bands of City." in html
        assert f'id="latest-{self.band}"' in html
        assert 'id="latest-lead-0"' not in html
        assert 'value="schedule"' not in html
        assert 'value="move_band"' not in html
        assert "Show the banner" not in html
        assert '<option value="lead-0"' not in html
        for query in ("", "?q=river", "?q=theirs"):
            listed = self.client.get(f"{FRONT}{query}").context["stories"]
            assert {story.section for story in listed} <= {self.city}

    def test_revisions_of_the_own_section_may_be_brought_back(self):
        story = self.ours[0]
        revisions.begin(story)
        self.client.post(page("bring_back", story, 1))
        assert Revision.objects.filter(article=story, deed="restored").exists()
