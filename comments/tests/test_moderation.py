from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from comments.models import Comment, Vote
from comments.tests.cast import make_comment
from tests.cast import NewsroomTestCase, make_story

QUEUE = reverse("admin:comments_comment_changelist")


def decision(name, comment, seen=""):
    url = reverse(f"admin:comments_comment_{name}", args=[comment.pk])
    return f"{url}?seen={seen}" if seen else url


class ModerationTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story(kicker="Canyon dam")
        self.waiting = make_comment(
            self.story, "Please read me.", status=Comment.Status.PENDING, reasons=["many links"]
        )

    def in_bulk(self, action, comments, **extra):
        data = {"action": action, "_selected_action": [comment.pk for comment in comments], **extra}
        return self.client.post(f"{QUEUE}?status=all", data)

    def test_the_queue_shows_what_waits_with_its_story(self):
        make_comment(self.story, "Shown already.")
        self.sign_in(self.moderator)
        page = self.see(QUEUE)
        for shown in (
            "Please read me.",
            "Peter V.",
            "peter@example.org",
            "many links",
            "Canyon dam",
            self.story.headline,
        ):
            assert shown in page
        assert f'href="{self.story.get_absolute_url()}#comments"' in page
        assert "Shown already." not in page
        assert "Shown already." in self.see(f"{QUEUE}?status=all")
        assert "Please read me." not in self.see(f"{QUEUE}?status=approved")

    def test_the_queue_starts_with_the_oldest(self):
        yesterday = timezone.now() - timedelta(days=1)
        make_comment(self.story, "I waited longer.", status=Comment.Status.PENDING, created_at=yesterday)
        self.sign_in(self.moderator)
        page = self.see(QUEUE)
        assert page.index("I waited longer.") < page.index("Please read me.")

    def test_one_press_approves_and_readers_see_it(self):
        self.sign_in(self.moderator)
        self.client.post(decision("approve", self.waiting, "pending"))
        self.waiting.refresh_from_db()
        assert (self.waiting.status, self.waiting.decided_by) == ("approved", self.moderator)
        assert self.waiting.decided_at
        assert "Please read me." in self.see(self.story.get_absolute_url())

    def test_one_press_rejects_or_marks_as_spam_and_readers_see_it_no_more(self):
        self.sign_in(self.moderator)
        for name, status in (("reject", "rejected"), ("spam", "spam")):
            comment = make_comment(self.story, f"Soon {status}.")
            self.client.post(decision(name, comment))
            comment.refresh_from_db()
            assert comment.status == status
            assert f"Soon {status}." not in self.see(self.story.get_absolute_url())

    def test_bulk_actions_decide_all_that_were_chosen(self):
        comments = [make_comment(self.story, f"number {n}", status=Comment.Status.PENDING) for n in range(3)]
        self.sign_in(self.moderator)
        for action, status in (("approve", "approved"), ("reject", "rejected"), ("spam", "spam")):
            self.in_bulk(action, comments)
            assert set(Comment.objects.filter(pk__in=[c.pk for c in comments]).values_list("status")) == {(status,)}
        self.waiting.refresh_from_db()
        assert self.waiting.status == "pending"

    def test_decisions_are_logged_once_with_who_and_what(self):
        self.sign_in(self.moderator)
        for _ in range(2):
            self.in_bulk("approve", [self.waiting])
            self.client.post(decision("approve", self.waiting))
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id, entry.change_message) == (
            self.moderator,
            str(self.waiting.pk),
            "Approved",
        )

    def test_a_first_decision_keeps_its_author(self):
        Comment.objects.filter(pk=self.waiting.pk).approve(by=self.editor)
        self.sign_in(self.moderator)
        self.in_bulk("approve", [self.waiting])
        self.waiting.refresh_from_db()
        assert self.waiting.decided_by == self.editor

    def test_what_a_colleague_decided_meanwhile_is_told_not_undone(self):
        Comment.objects.filter(pk=self.waiting.pk).reject(by=self.editor)
        self.sign_in(self.moderator)
        response = self.client.post(decision("approve", self.waiting, "pending"), follow=True)
        self.assertContains(response, "eve has decided the comment by Peter V. meanwhile: Rejected.")
        self.waiting.refresh_from_db()
        assert self.waiting.status == "rejected"

    def test_the_moderator_goes_on_where_they_were(self):
        self.sign_in(self.moderator)
        referer = {"Referer": f"http://testserver{QUEUE}?status=approved&p=2"}
        response = self.client.post(decision("reject", self.waiting), headers=referer)
        assert response.url == f"{QUEUE}?status=approved&p=2"
        away = {"Referer": "https://elsewhere.example/?x"}
        assert self.client.post(decision("reject", self.waiting), headers=away).url == QUEUE

    def test_who_may_decide(self):
        for user, status in (
            (self.moderator, 302),
            (self.editor, 302),
            (self.reporter, 403),
            (self.newsletter_desk, 403),
        ):
            self.sign_in(user)
            comment = make_comment(self.story, status=Comment.Status.PENDING)
            assert self.client.post(decision("approve", comment)).status_code == status, user
            comment.refresh_from_db()
            assert (comment.status == "approved") == (status == 302)

    def test_reporters_read_along_without_addresses_and_buttons(self):
        self.sign_in(self.reporter)
        page = self.see(QUEUE)
        assert "Please read me." in page
        assert "peter@example.org" not in page
        assert decision("approve", self.waiting) not in page
        assert "Please read me." not in self.see(f"{QUEUE}?q=peter@example.org")
        self.in_bulk("approve", [self.waiting])
        self.waiting.refresh_from_db()
        assert self.waiting.status == "pending"

    def test_others_see_nothing(self):
        self.sign_in(self.newsletter_desk)
        self.see(QUEUE, 403)
        self.client.logout()
        assert self.client.get(QUEUE).status_code == 302
        assert self.client.post(decision("approve", self.waiting)).status_code == 302
        self.waiting.refresh_from_db()
        assert self.waiting.status == "pending"

    def test_a_decision_needs_a_post_with_djangos_token(self):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(self.moderator)
        assert strict.get(decision("approve", self.waiting)).status_code == 405
        assert strict.post(decision("approve", self.waiting)).status_code == 403

    def test_a_readers_words_cannot_be_rewritten_or_put_in_their_mouth(self):
        self.sign_in(User.objects.create_superuser("root", password="harbour-lights"))
        change = reverse("admin:comments_comment_change", args=[self.waiting.pk])
        assert "Please read me." in self.see(change)
        assert 'name="body"' not in self.see(change)
        assert self.client.post(change, {"body": "I changed my mind."}).status_code == 403
        self.see(reverse("admin:comments_comment_add"), 403)

    def test_words_of_readers_are_escaped_in_the_queue(self):
        fields = {"name": "<img src=x>", "body": "<script>alert(1)</script>", "status": "pending"}
        make_comment(self.story, **fields, parent=make_comment(self.story, "<b>bold</b>"))
        self.sign_in(self.moderator)
        page = self.see(QUEUE)
        for raw in ("<img src=x>", "<script>alert(1)", "<b>bold</b>"):
            assert raw not in page

    def test_votes_are_read_only_and_say_not_who_voted(self):
        vote = Vote.objects.create(article=self.story, voter="random-name", stars=4)
        self.sign_in(self.moderator)
        page = self.see(reverse("admin:comments_vote_changelist"))
        assert self.story.headline in page
        assert "random-name" not in page
        change = reverse("admin:comments_vote_change", args=[vote.pk])
        assert self.client.post(change, {"stars": 1}).status_code == 403

    def test_odd_addresses_of_the_queue_are_no_errors(self):
        self.sign_in(self.moderator)
        for query in ("status=nonsense", "status=%00", "q=%00", "p=99", "status=all&o=9"):
            assert self.client.get(f"{QUEUE}?{query}").status_code in {200, 302}, query
        assert self.client.post(reverse("admin:comments_comment_approve", args=[10**6])).status_code == 404

    def test_list_and_decisions_ask_the_same_for_five_and_fifty(self):
        self.sign_in(self.moderator)
        self.see(QUEUE)
        counts = []
        for number in (5, 50):
            make = [
                Comment(article=self.story, name="R", email="r@example.org", body="b", parent=self.waiting)
                for _ in range(number)
            ]
            comments = Comment.objects.bulk_create(make)
            with CaptureQueriesContext(connection) as listing:
                self.see(QUEUE)
            with CaptureQueriesContext(connection) as deciding:
                self.in_bulk("approve", comments)
            counts.append((len(listing), len(deciding)))
        assert counts[0] == counts[1]

    def test_the_log_and_the_decision_are_one(self):
        with (
            mock.patch.object(LogEntry.objects, "log_actions", side_effect=OSError("full")),
            pytest.raises(OSError, match="full"),
        ):
            Comment.objects.filter(pk=self.waiting.pk).approve(by=self.moderator)
        self.waiting.refresh_from_db()
        assert self.waiting.status == "pending"
