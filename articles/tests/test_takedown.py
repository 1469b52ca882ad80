from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Correction, PreviewLink, Takedown
from tests.cast import NewsroomTestCase, make_story


class TakedownTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story("The mayor’s secret", body="<p>Unproven.</p>")
        self.sign_in(self.editor)

    def page(self, deed, story=None):
        return reverse(f"admin:articles_article_{deed}", args=[(story or self.story).pk])

    def take_down(self, reason="The court asked for it."):
        return self.client.post(self.page("takedown"), {"reason": reason})

    def columns(self):
        return Article.objects.filter(pk=self.story.pk).values().exclude(pk=0)[0] | {"modified_at": None}

    def test_a_story_is_gone_in_one_step(self):
        assert "The mayor’s secret" in self.see(self.page("takedown"))
        self.take_down()
        page = self.see(self.story.get_absolute_url(), status=410)
        assert "no longer published" in page
        assert "mayor" not in page
        assert 'name="q"' in page
        assert "mayor" not in self.see("/feed/") + self.see("/")
        takedown = Takedown.objects.get()
        assert (takedown.by, takedown.reason) == (self.editor, "The court asked for it.")
        assert "The court asked for it." in LogEntry.objects.latest("pk").get_change_message()
        assert "The court asked for it." in self.see(reverse("admin:articles_takedown_changelist"))

    def test_it_comes_back_exactly_as_it_was(self):
        before = self.columns()
        self.take_down()
        assert "The court asked for it." in self.see(self.page("restore"))
        self.client.post(self.page("restore"))
        assert self.columns() == {**before, "first_public_at": self.story.published_at}
        self.see(self.story.get_absolute_url())
        takedown = Takedown.objects.get()
        assert takedown.lifted_by == self.editor
        assert takedown.lifted_at is not None

    def test_a_scheduled_story_goes_and_comes_back_too(self):
        at = timezone.now() + timedelta(hours=1)
        Article.objects.filter(pk=self.story.pk).update(published_at=at, first_public_at=None)
        self.take_down()
        self.see(self.story.get_absolute_url(), status=404)
        self.client.post(self.page("restore"))
        assert Article.objects.scheduled().get().published_at == at

    def test_without_a_reason_nothing_happens(self):
        for reason in ("", "   ", "x" * 2001, "nu\0l"):
            assert self.take_down(reason).status_code == 200
        assert Article.objects.published().exists()
        assert not Takedown.objects.exists()

    def test_only_who_may_publish_takes_down(self):
        self.sign_in(self.reporter)
        assert self.client.get(self.page("takedown")).status_code == 403
        assert self.take_down().status_code == 403
        self.client.logout()
        assert self.take_down().status_code == 302
        assert Article.objects.published().exists()

    def test_a_second_press_says_that_it_is_done(self):
        self.take_down()
        self.take_down()
        assert Takedown.objects.count() == 1
        self.client.post(self.page("restore"))
        self.client.post(self.page("restore"))
        assert Article.objects.published().exists()

    def test_its_preview_links_close_and_stay_closed(self):
        soon = timezone.now() + timedelta(days=1)
        lawyer = PreviewLink.objects.create(article=self.story, name="Lawyer", expires_at=soon)
        other = PreviewLink.objects.create(article=make_story("Another"), name="Source", expires_at=soon)
        address = reverse("articles:shared_preview", args=[lawyer.token])
        assert "Unproven." in self.see(address)
        assert "preview links" in self.see(self.page("takedown"))
        self.take_down()
        assert "mayor" not in self.see(address, 410)
        assert "stay closed" in self.see(self.page("restore"))
        self.client.post(self.page("restore"))
        assert "mayor" not in self.see(address, 410)
        assert lawyer.openings.count() == 1
        self.see(reverse("articles:shared_preview", args=[other.token]))

    def test_a_draft_has_nothing_to_take_down(self):
        draft = make_story("Plan", status="draft")
        assert self.client.get(self.page("takedown", draft)).status_code == 302
        assert self.client.get(self.page("restore", draft)).status_code == 302
        assert not Takedown.objects.exists()

    def test_what_is_taken_down_is_not_published_by_its_form(self):
        self.take_down()
        self.story.refresh_from_db()
        self.story.status = "published"
        with pytest.raises(ValidationError, match="restore it"):
            self.story.clean()

    def test_what_is_taken_down_is_not_published_from_the_list(self):
        self.take_down()
        data = {"action": "publish", "_selected_action": [self.story.pk]}
        self.client.post(reverse("admin:articles_article_changelist"), data)
        assert not Article.objects.published().exists()

    def test_a_story_that_went_back_to_a_draft_stays_one(self):
        self.take_down()
        Article.objects.update(status="draft")
        self.client.post(self.page("restore"))
        assert Article.objects.get().status == "draft"
        assert Takedown.objects.get().lifted_at is not None


class CorrectionsFeedTests(NewsroomTestCase):
    def test_corrections_have_a_feed_of_their_own(self):
        story = make_story("Nine weeks")
        Correction.objects.create(article=story, wrong="It said <b>weeks</b>.\x0b", right="It is days.")
        assert "/corrections/feed/" in self.see("/corrections/")
        feed = self.see("/corrections/feed/")
        assert "Correction: Nine weeks" in feed
        assert "It is days." in feed
        assert "<b>" not in feed

    def test_waiting_ones_and_those_of_hidden_stories_are_left_out(self):
        Correction.objects.create(article=make_story("Draft", status="draft"), wrong="Secret.", right="Hidden.")
        Correction.objects.create(article=make_story(), wrong="Waiting.", right="Not yet.", is_waiting=True)
        feed = self.see("/corrections/feed/")
        assert "Secret." not in feed
        assert "Waiting." not in feed
