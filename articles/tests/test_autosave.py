"""Unsaved work is kept and offered again; whoever else has the story open is named."""

from datetime import timedelta
from unittest.mock import patch

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, WorkingCopy
from articles.tasks import forget_old_copies
from articles.tests.test_desk import ADD, DeskTestCase, change, form
from tests.cast import make_author, make_story, make_tag

WINDOW, OTHER = "a1b2c3d4e5f6", "f6e5d4c3b2a1"
LIST = "/admin/articles/article/"


class AutosaveTestCase(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)
        self.story = make_story(tags=[make_tag("Rivers")], authors=[make_author()])

    def copy_of(self, story):
        return reverse("admin:articles_article_copy", args=[story.pk]) if story else f"{LIST}copy/"

    def keep(self, story="own", window=WINDOW, answer=200, **fields):
        story = self.story if story == "own" else story
        sent = form(**{"writing": window, "typed": "1", **fields})
        response = self.client.post(self.copy_of(story), sent)
        assert response.status_code == answer, response.content
        return response.json() if answer != 302 else response

    def saving(self, **fields):
        moment = self.story.published_at
        when = {"published_at_0": moment.date().isoformat(), "published_at_1": moment.time().isoformat("seconds")}
        fields = {"slug": self.story.slug, "section": self.story.section_id, "status": "published", **when, **fields}
        return self.send(change(self.story), **fields)


class KeepingTests(AutosaveTestCase):
    def test_what_is_typed_is_kept_and_nothing_else_changes(self):
        before = self.see(self.story.get_absolute_url())
        assert self.keep(headline="Half a sent")["said"].startswith("Kept at ")
        self.story.refresh_from_db()
        assert self.story.headline == "The river comes back"
        assert not self.story.revisions.exists()
        assert self.see(self.story.get_absolute_url()) == before

    def test_it_is_offered_and_fills_the_whole_form(self):
        ann, ben = make_author("Ann"), make_author("Ben")
        self.keep(
            headline="Unsaved words",
            body="<p>Unsaved body.</p><script>alert(1)</script>",
            tags='"Paris, Texas", Dams',
            authors=[ann, ben],
            standfirst="x" * 700,
            base="7",
            **{"bylines-0-position": 1, "bylines-1-position": 0},
        )
        page = self.see(change(self.story))
        assert "There is unsaved work from" in page
        assert 'value="Unsaved words"' not in page
        page = self.see(f"{change(self.story)}?copy=1")
        assert 'value="Unsaved words"' in page
        assert "Unsaved body." in page
        assert "alert(1)" not in page
        assert "&quot;Paris, Texas&quot;, Dams" in page
        assert page.index(f'value="{ben.pk}" selected') < page.index(f'value="{ann.pk}" selected')
        assert "x" * 700 in page
        assert 'name="base" value="7"' in page
        assert "errornote" not in page

    def test_taking_up_changes_nothing_of_who_sees_the_story(self):
        self.keep(status="draft", published_at_0="2001-01-01", published_at_1="06:00")
        page = self.see(f"{change(self.story)}?copy=1")
        assert "2001-01-01" not in page
        assert '<option value="published" selected>' in page

    def test_a_new_story_has_a_copy_too(self):
        self.keep(None, headline="Not even a draft", **{"corrections-TOTAL_FORMS": 1, "corrections-0-wrong": "Nine."})
        page = self.see(f"{ADD}?copy=1")
        assert 'value="Not even a draft"' in page
        assert "Nine." in page
        assert not Article.objects.filter(headline="Not even a draft").exists()

    def test_a_save_forgets_its_copy(self):
        self.keep(headline="Mine")
        self.saving(headline="Mine", writing=WINDOW)
        assert not WorkingCopy.objects.exists()
        self.keep(headline="Mine")  # a beat that was still on its way
        assert "There is unsaved work from <b data-time></b>" in self.see(change(self.story)).replace("\n", "")

    def test_a_save_leaves_a_copy_that_nobody_looked_at(self):
        self.keep(headline="Earlier")
        self.saving(headline="Another", writing=OTHER)
        assert WorkingCopy.objects.get().data["headline"] == ["Earlier"]

    def test_a_refused_save_keeps_the_copy(self):
        self.keep(headline="Mine")
        self.send(change(self.story), 200, headline="", writing=WINDOW)
        assert WorkingCopy.objects.exists()

    def test_another_window_does_not_overwrite_it_until_it_took_it_up(self):
        self.keep(headline="First")
        assert "first decide about" in self.keep(window=OTHER, answer=409, headline="Second")["said"]
        assert WorkingCopy.objects.get().data["headline"] == ["First"]
        self.keep(window=OTHER, taken=WINDOW, headline="Second")
        assert WorkingCopy.objects.get().data["headline"] == ["Second"]

    def test_an_older_beat_that_arrives_late_changes_nothing(self):
        self.keep(headline="Newer", typed="20")
        self.keep(headline="Older", typed="10")
        assert WorkingCopy.objects.get().data["headline"] == ["Newer"]

    def test_the_offer_is_not_what_the_enter_key_does(self):
        self.keep()
        page = self.see(change(self.story))
        offer = page[page.index('id="desk-autosave"') : page.index('id="id_headline"')]
        assert offer.count("<button") == offer.count('<button type="button"')

    def test_thrown_away_it_is_gone(self):
        self.keep()
        self.client.post(f"{self.copy_of(self.story)}throw-away/")
        assert not WorkingCopy.objects.exists()

    def test_two_megabytes_are_kept_and_six_are_refused_in_words(self):
        self.keep(body="<p>" + "word " * 400_000 + "</p>")
        assert "Not kept: more than" in self.keep(answer=413, body="x" * 6_000_000)["said"]

    def test_odd_input_is_no_fault_of_the_desk(self):
        odd = {"bylines-TOTAL_FORMS": "9" * 8, "bylines-0-author": "x", "section": "9" * 30, "lead_picture": "\0"}
        self.keep(headline="a\0b", base="x", typed="-1", **odd)
        self.see(f"{change(self.story)}?copy=1")
        for window in ("", "../..", "x" * 50):
            self.keep(window=window, answer=400)
        assert self.client.get(self.copy_of(self.story)).status_code == 405

    def test_who_may_not_change_the_story_keeps_nothing(self):
        self.sign_in(self.reporter)
        assert "may no longer" in self.keep(answer=403)["said"]

    def test_another_persons_work_is_named_and_not_shown(self):
        self.story.status = "draft"
        self.story.save()
        self.sign_in(self.reporter)
        self.keep(headline="Rolf’s secret")
        self.sign_in(self.editor)
        page = self.see(change(self.story))
        assert "rolf has unsaved work from" in page
        assert "Rolf’s secret" not in self.see(f"{change(self.story)}?copy=1")

    def test_after_thirty_days_it_is_forgotten(self):
        self.keep()
        forget_old_copies()
        assert WorkingCopy.objects.exists()
        WorkingCopy.objects.update(saved_at=timezone.now() - timedelta(days=31))
        forget_old_copies()
        assert not WorkingCopy.objects.exists()


class EndedSessionTests(AutosaveTestCase):
    def test_the_text_is_there_after_signing_in_again(self):
        self.keep(headline="Written before the session ended")
        self.client.logout()
        assert "/login/" in self.keep(answer=302).url
        answer = self.client.post(change(self.story), form(headline="x"))
        assert answer.url == f"/admin/login/?next={change(self.story)}"
        page = self.client.post(answer.url, {"username": "eve", "password": "harbour-lights"}, follow=True)
        assert "There is unsaved work from" in page.content.decode()
        assert "Written before the session ended" in self.see(f"{change(self.story)}?copy=1")

    def test_a_form_without_its_cookies_says_what_to_do(self):
        answer = Client(enforce_csrf_checks=True).post(change(self.story), form(headline="x"))
        assert answer.status_code == 403
        assert "what you wrote in a story is kept" in answer.content.decode()


class PresenceTests(AutosaveTestCase):
    def setUp(self):
        super().setUp()
        self.story.status = "draft"
        self.story.save()

    def beat(self, window, **fields):
        return self.keep(window=window, beat="1", **fields)

    def test_who_else_has_it_open_is_named(self):
        self.sign_in(self.reporter)
        assert self.keep(window=OTHER)["open"] == []
        self.sign_in(self.editor)
        (line,) = self.beat(WINDOW)["open"]
        assert line.startswith("rolf has this story open since ")
        assert "last typed" in line

    def test_who_left_is_not_named(self):
        self.sign_in(self.reporter)
        self.beat(OTHER)
        self.beat(OTHER, leave="1")
        self.sign_in(self.editor)
        assert self.beat(WINDOW)["open"] == []

    def test_a_beat_that_arrives_after_its_window_left_brings_nobody_back(self):
        self.sign_in(self.reporter)
        self.beat(OTHER)
        self.beat(OTHER, leave="1")
        self.keep(window=OTHER)
        self.sign_in(self.editor)
        assert self.beat(WINDOW)["open"] == []

    def test_a_beat_without_text_keeps_nothing(self):
        self.beat(WINDOW)
        assert not WorkingCopy.objects.exists()

    def test_without_a_cache_nobody_is_shown_and_the_text_is_kept(self):
        with patch("articles.presence.cache.get", side_effect=ConnectionError):
            assert self.keep()["open"] == []
        assert WorkingCopy.objects.exists()

    def test_a_save_of_somebody_else_is_told(self):
        self.sign_in(self.reporter)
        self.send(change(self.story), headline="Theirs", slug=self.story.slug, status="draft")
        self.sign_in(self.editor)
        saved = self.beat(WINDOW, base="1")["saved"]
        assert saved["said"].startswith("rolf saved this story at ")
        self.see(saved["link"])
        assert self.beat(WINDOW, base="2")["saved"] is None


class NotSavedTests(AutosaveTestCase):
    """The story is out of reach when the text arrives: it is shown, and kept."""

    def test_a_reporter_whose_story_was_approved_meanwhile_gets_the_text_back(self):
        Article.objects.filter(pk=self.story.pk).update(status="approved")
        self.sign_in(self.reporter)
        body = "<p>Three <b>days</b>.</p><script>x()</script>"
        page = self.send(change(self.story), 403, headline="My words", body=body, writing=WINDOW).content.decode()
        assert "You may no longer change this story" in page
        assert "My words" in page
        assert "<p>Three <strong>days</strong>.</p>" in page
        assert "x()" not in page
        assert 'value="My words"' in self.see(f"{ADD}?copy=1")
        self.story.refresh_from_db()
        assert self.story.headline == "The river comes back"

    def test_a_story_that_was_deleted_meanwhile(self):
        path = change(self.story)
        self.story.delete()
        page = self.send(path, 410, headline="My words", writing=WINDOW).content.decode()
        assert "This story was deleted." in page
        assert "Begin a new story with it" in page
        self.send(f"{ADD}?copy=1", headline="My words", taken=WINDOW, writing=OTHER)
        assert not WorkingCopy.objects.exists()

    def test_a_story_that_lies_in_the_trash(self):
        self.client.post(f"{change(self.story)[:-7]}delete/", {"post": "yes"})
        assert "My words" in self.send(change(self.story), 403, headline="My words").content.decode()

    def test_a_new_story_that_was_begun_before_stays(self):
        self.keep(None, headline="Begun", window=OTHER)
        Article.objects.filter(pk=self.story.pk).update(trashed_at=timezone.now())
        page = self.send(change(self.story), 403, headline="My words", writing=WINDOW).content.decode()
        assert "My words" in page
        assert "Begin a new story with it" not in page
        assert WorkingCopy.objects.get().data["headline"] == ["Begun"]

    def test_what_was_kept_before_is_shown_beside_a_story_that_can_only_be_read(self):
        self.story.status = "draft"
        self.story.save()
        self.sign_in(self.reporter)
        self.keep(headline="Half a thought")
        Article.objects.filter(pk=self.story.pk).update(status="approved")
        assert "Half a thought" in self.see(change(self.story))

    def test_odd_fields_are_no_fault_of_the_desk(self):
        Article.objects.filter(pk=self.story.pk).update(trashed_at=timezone.now())
        self.client.post(change(self.story), {"headline": "a\0b", "writing": "\0", "corrections-9-wrong": "x"})


class ThrowingAwayTests(AutosaveTestCase):
    def test_a_copy_that_another_window_brought_stays(self):
        self.keep(window=OTHER)
        self.client.post(f"{self.copy_of(self.story)}throw-away/", {"writing": WINDOW, "taken": ""})
        assert WorkingCopy.objects.exists()
        self.client.post(f"{self.copy_of(self.story)}throw-away/", {"writing": WINDOW, "taken": OTHER})
        assert not WorkingCopy.objects.exists()


class WeekTests(AutosaveTestCase):
    def test_a_week_of_autosaves_is_one_copy_and_no_history(self):
        with CaptureQueriesContext(connection) as first:
            self.keep(typed="1")
        for beat in range(2, 60):
            self.keep(typed=str(beat), body=f"<p>{'word ' * beat}</p>")
        with CaptureQueriesContext(connection) as last:
            self.keep(typed="99", headline="The last")
        assert WorkingCopy.objects.get().data["headline"] == ["The last"]
        assert not self.story.revisions.exists()
        assert len(last) <= len(first)
