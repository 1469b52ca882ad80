"""The log at the desk: who did what, when, with what, and why."""

from datetime import timedelta
from unittest.mock import patch

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, PreviewLink
from articles.tests.test_desk import ADD, DeskTestCase, change
from comments.tests.cast import make_comment
from digest.models import Subscriber
from digest.tests.readers import make_subscriber
from newsroom import log
from tests.cast import make_picture, make_section, make_story, make_tag, make_user

LOG = "/admin/log/"


def write(user, thing, message="Read.", number=1):
    for _n in range(number):
        LogEntry.objects.log_actions(user.pk, [thing], CHANGE, message)


class LogTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)

    def lines(self, query=""):
        """(who, what, thing) of each line of the page."""
        response = self.client.get(f"{LOG}{query}")
        assert response.status_code == 200
        return [(row.who, row.what, row.thing) for _day, rows in response.context["days"] for row in rows]

    def deeds(self, query=""):
        return [what for _who, what, _thing in self.lines(query)]

    # What is there

    def test_each_step_of_a_story_is_named(self):
        section = make_section().pk
        self.send(ADD, section=section)
        story = self.newest()
        self.send(change(story), section=section, slug=story.slug, _review="1")
        self.send(change(story), section=section, slug=story.slug, status="review", _approve="1")
        self.send(change(story), section=section, slug=story.slug, status="approved", _publish="1")
        kept = {"section": section, "slug": story.slug, "status": "published"}
        self.send(change(story), **kept, headline="The river went")
        self.send(change(story), **kept, headline="The river went", _publish="1")
        self.send(change(story), **kept, headline="The river went", _withdraw="1")
        first_words = [deed.partition(".")[0] for deed in self.deeds()]
        assert first_words == [
            "Withdrawn", "Changes published", "Saved; readers do not see it yet", "Published", "Approved",
            "Sent to review", "Begun",
        ]  # fmt: skip
        assert {(who, thing) for who, _what, thing in self.lines()} >= {("eve", "The river comes back")}

    def test_a_scheduled_story_is_said_to_be_scheduled(self):
        self.send(ADD, section=make_section().pk, published_at_0="2099-01-01", published_at_1="06:00", _publish="1")
        assert self.deeds() == ["Scheduled."]

    def test_why_stands_beside_what(self):
        story = make_story("The mayor’s secret")
        self.client.post(reverse("admin:articles_article_takedown", args=[story.pk]), {"reason": "A court order."})
        self.client.post(reverse("admin:articles_article_restore", args=[story.pk]))
        picture = make_picture(credit="")
        fields = {"publish_anyway": "on", "publish_reason": "Handed out by the police."}
        self.send(ADD, _publish="1", section=story.section_id, lead_picture=picture.pk, **fields)
        page = self.see(LOG)
        assert "Taken down: A court order." in page
        assert "Restored" in page
        assert "Published anyway: Handed out by the police." in page
        assert f'href="{change(story)}"' in page

    def test_links_their_openings_and_their_end(self):
        story = make_story("The lawyer’s story", status="draft")
        links = reverse("admin:articles_article_links", args=[story.pk])
        self.client.post(links, {"name": "Lawyer", "days": 7, "shows": "latest"})
        link = PreviewLink.objects.get()
        Client().get(reverse("articles:shared_preview", args=[link.token]))
        self.client.post(reverse("admin:articles_article_revoke_link", args=[story.pk, link.pk]))
        assert [(who, what) for who, what, _thing in self.lines()] == [
            ("eve", "Preview link for Lawyer closed."),
            ("Lawyer, by a preview link", "Opened the preview."),
            ("eve", "Preview link made for Lawyer."),
        ]
        assert "Opened the preview." not in self.deeds(f"?who={self.editor.pk}")
        assert self.deeds("?q=lawyer&day=1999-01-01") != []  # a day that no log has filters nothing
        assert link.token not in self.see(LOG)

    def test_everything_else_that_is_decided_at_the_desk(self):
        story, tag, other = make_story("Discarded"), make_tag("Dams"), make_tag("Dam")
        comment = make_comment(story, status="pending")
        self.client.post(f"/admin/comments/comment/{comment.pk}/approve/")
        self.client.post(
            "/admin/articles/tag/",
            {"action": "merge", "_selected_action": [tag.pk, other.pk], "stays": tag.pk},
        )
        self.client.post(reverse("admin:articles_article_discard", args=[story.pk]))
        self.client.post("/admin/articles/article/", {"action": "withdraw", "_selected_action": [story.pk]})
        self.client.post(f"/admin/articles/article/{story.pk}/delete/", {"post": "yes"})
        self.client.post(f"/admin/articles/article/{story.pk}/put-back/")
        until = (timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
        self.client.post(reverse("front_desk:banner"), {"text": "Ferries stay in port", "until": until})
        deeds = " | ".join(self.deeds())
        for deed in (
            "Approved", "Merged into it: Dam", "Changes discarded.", "Withdrawn, from the list.",
            "Moved to the trash.", "Put back from the trash.", "Shown until",
        ):  # fmt: skip
            assert deed in deeds, deed
        assert "Ferries stay in port" in self.see(LOG)

    def test_a_renamed_tag_is_known_by_what_it_was(self):
        tag = make_tag("Dams")
        rows = {"synonyms-TOTAL_FORMS": 0, "synonyms-INITIAL_FORMS": 0}
        self.client.post(f"/admin/articles/tag/{tag.pk}/change/", {"name": "Weirs", "slug": "dams", **rows})
        assert self.lines() == [("eve", "Renamed; it was “Dams”.", "Weirs")]

    def test_a_subscriber_stands_in_it_without_the_address(self):
        reader = make_subscriber("margarethe@example.org")
        self.sign_in(User.objects.create_superuser("ada"))
        chosen = {"action": "unsubscribe", "_selected_action": [reader.pk]}
        self.client.post("/admin/digest/subscriber/", chosen)
        self.client.post(f"/admin/digest/subscriber/{reader.pk}/delete/", {"post": "yes"})
        assert not Subscriber.objects.exists()
        assert [line[1:] for line in self.lines()] == [
            ("Deleted.", "m…@example.org"),
            ("Unsubscribed.", "m…@example.org"),
        ]

    # Who reads it, and that nobody writes it

    def test_editors_read_it_and_nobody_else_without_the_permission(self):
        assert f'href="{LOG}"' in self.see("/admin/")
        for user in (self.reporter, self.moderator, self.newsletter_desk):
            self.sign_in(user)
            self.see(LOG, 403)
            assert f'href="{LOG}"' not in self.see("/admin/")
        self.client.logout()
        assert self.client.get(LOG).status_code == 302

    def test_it_is_only_read(self):
        write(self.editor, make_story())
        assert self.client.post(LOG, {"delete": "1"}).status_code == 405
        assert self.client.get("/admin/admin/logentry/").status_code == 404

    def test_each_sees_deeds_on_what_they_may_open(self):
        write(self.editor, self.reporter, "Groups changed.")
        write(self.editor, make_story("Open"))
        assert self.lines() == [("eve", "Read.", "Open")]
        assert self.lines(f"?thing=auth.user.{self.reporter.pk}") == []
        self.sign_in(User.objects.create_superuser("ada"))
        assert ("eve", "Groups changed.", "rolf") in self.lines()

    def test_an_account_that_did_something_stays(self):
        write(self.reporter, make_story())
        self.sign_in(User.objects.create_superuser("ada"))
        for path, data in (
            (f"/admin/auth/user/{self.reporter.pk}/delete/", {"post": "yes"}),
            ("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [self.reporter.pk], "post": "yes"}),
        ):
            page = self.client.post(path, data).content.decode()
            assert "stands in the log" in page
        assert LogEntry.objects.filter(user=self.reporter).exists()
        idle = make_user("idle")
        self.client.post(f"/admin/auth/user/{idle.pk}/delete/", {"post": "yes"})
        assert not User.objects.filter(username="idle").exists()

    # Finding something in it

    def test_it_is_filtered_by_person_kind_day_words_and_thing(self):
        story, tag = make_story("The canyon dam"), make_tag("Dams")
        write(self.editor, story)
        write(self.reporter, tag)
        LogEntry.objects.filter(object_id=tag.pk, user=self.reporter).update(
            action_time=timezone.now() - timedelta(days=40)
        )
        kind = next(key for key, name in self.client.get(LOG).context["form"].fields["kind"].choices if name == "Tag")
        day = (timezone.localdate() - timedelta(days=40)).isoformat()
        ours, theirs = [("eve", "Read.", "The canyon dam")], [("rolf", "Read.", "Dams")]
        assert self.lines() == [*ours, *theirs]
        assert self.lines(f"?who={self.reporter.pk}") == theirs
        assert self.lines(f"?kind={kind}") == theirs
        assert self.lines(f"?day={day}") == theirs
        assert self.lines(f"?day={timezone.localdate().isoformat()}") == ours
        assert self.lines("?q=CANYON") == ours
        assert self.lines(f"?thing=articles.article.{story.pk}") == ours
        assert "“The canyon dam”" in self.see(f"{LOG}?thing=articles.article.{story.pk}")

    def test_the_history_of_a_story_leads_to_its_log(self):
        story = make_story()
        link = f"{LOG}?thing=articles.article.{story.pk}"
        assert link in self.see(f"/admin/articles/article/{story.pk}/history/")

    def test_what_is_gone_is_named_without_a_link(self):
        story = make_story("Gone")
        write(self.editor, story)
        Article.objects.all().delete()
        page = self.see(LOG)
        assert "Gone" in page
        assert change(story) not in page

    def test_pages_follow_each_other_and_lose_nothing(self):
        story = make_story("Old")
        for number in range(7):
            write(self.editor, story, f"Deed {number}.")
        LogEntry.objects.update(action_time=timezone.now())  # one instant for all
        found, address = [], ""
        with patch.object(log, "PAGE", 3):
            for _page in range(3):
                found += self.deeds(address)
                older = self.client.get(f"{LOG}{address}").context["older"]
                address = f"?before={older}"
        assert found == [f"Deed {number}." for number in (6, 5, 4, 3, 2, 1, 0)]
        assert older == ""

    def test_a_search_looks_through_a_part_and_offers_the_rest(self):
        story = make_story("The canyon dam")
        write(self.editor, story, "Needle.")
        write(self.editor, story, number=6)
        with patch.object(log, "LOOKED_AT", 3):
            response = self.client.get(f"{LOG}?q=needle")
            assert response.context["days"] == []
            assert "there are older ones" in response.content.decode()
            again = self.client.get(f"{LOG}?q=needle&before={response.context['older']}")
            last = f"?q=needle&before={again.context['older']}"
            assert self.deeds(last) == ["Needle."]

    def test_nonsense_is_answered_calmly(self):
        write(self.editor, make_story())
        for query in (
            "?who=x", "?who=99999999999999999999", "?kind=x", "?day=2026-13-45", "?day=0001-01-01", "?day=9999-12-31",
            "?q=%00", "?q=%ED%A0%80", "?q=" + "x" * 5000, "?before=x", "?before=9-9", "?before=-1-0-1",
            "?before=999999999999999999-9-999999999999999999", "?before=1-0-0", "?thing=%00", "?thing=x.y.1",
            "?thing=articles.article.999999999999999999999", "?thing=articles.article.²", "?before=²-0-1",
        ):  # fmt: skip
            self.see(f"{LOG}{query}")

    def test_its_cost_does_not_grow_with_its_rows(self):
        story, tag = make_story(), make_tag("Dams")
        write(self.editor, story)
        write(self.editor, tag)
        self.see(LOG)
        few = self.queries(LOG)
        for _n in range(60):
            write(self.reporter, story)
            write(self.editor, tag)
        assert self.queries(LOG) == few <= 16

    def test_a_page_is_read_from_an_index(self):
        if connection.vendor != "sqlite":
            return
        entries = log._older(LogEntry.objects.filter(user=1), "action_time", None, log.LOG)[:50]
        with CaptureQueriesContext(connection) as captured:
            list(entries)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {captured[0]['sql']}")
            plan = " ".join(row[3] for row in cursor.fetchall())
        assert "newsroom_log" in plan
        assert "TEMP B-TREE" not in plan
