from datetime import timedelta

import time_machine
from django.contrib.admin.models import ADDITION, LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Revision
from comments.models import Comment, Vote
from digest.models import Delivery, Edition, Subscriber
from reading import most_read
from reading.models import Reads
from tests.cast import NewsroomTestCase, make_author, make_story, make_user

MONDAY = "2026-11-23 09:00:00+00:00"


def make_comment(story, **fields):
    return Comment.objects.create(
        **{"article": story, "name": "Iris", "email": "iris@example.org", "body": "Well.", **fields}
    )


def make_edition(day=None, **fields):
    now = timezone.now()
    day = day or timezone.localdate()
    return Edition.objects.create(**{"day": day, "since": now, "until": now, "subject": "Nine days", **fields})


class Desk(NewsroomTestCase):
    def desk(self, user):
        self.sign_in(user)
        return self.see("/admin/")

    # Stories

    def test_your_drafts_are_those_you_sign_and_those_you_began(self):
        reporter = self.reporter
        make_story("Signed by Rolf", status="draft", authors=[make_author("Rolf", user=reporter)])
        begun = make_story("Begun by Rolf", status="draft")
        LogEntry.objects.log_actions(reporter.pk, [begun], ADDITION, "", single_object=True)
        make_story("Of somebody else", status="draft")
        page = self.desk(reporter)
        assert "Signed by Rolf" in page
        assert "Begun by Rolf" in page
        assert "Of somebody else" not in page

    def test_what_waits_longest_for_review_comes_first(self):
        for number in range(8):
            story = make_story(f"Handed in {number}", status="review", slug=f"handed-in-{number}")
            Article.objects.filter(pk=story.pk).update(modified_at=timezone.now() - timedelta(hours=number))
        page = self.desk(self.editor)
        assert "Waiting for review" in page
        assert page.index("Handed in 7") < page.index("Handed in 6")
        assert "Handed in 0" not in page

    def test_what_is_assigned_to_you_is_there_until_it_is_published(self):
        reporter = self.reporter
        make_story("For Rolf to write", status="draft", assigned_to=reporter)
        make_story("Rolf wrote it", assigned_to=reporter, age=timedelta(days=9))
        page = self.desk(reporter)
        assert "For Rolf to write" in page
        assert "Rolf wrote it" not in page

    def test_editors_see_what_only_has_to_go_out(self):
        make_story("Read and approved", status="approved")
        story = make_story("Changed since", age=timedelta(days=9))
        story.pending = Revision.objects.create(article=story, number=1, content={}, deed=Revision.Deed.SAVED)
        story.save()
        page = self.desk(self.editor)
        assert "Read and approved" in page
        assert "Changed since" in page
        self.client.logout()
        page = self.desk(self.moderator)
        assert "Read and approved" not in page
        assert "Changed since" not in page

    @time_machine.travel(MONDAY, tick=False)
    def test_the_calendar_names_the_day_of_what_appears_by_itself(self):
        make_story("Tomorrow’s dam", published_at=timezone.now() + timedelta(days=1))
        make_story("Next month’s dam", published_at=timezone.now() + timedelta(days=30))
        page = self.desk(self.editor)
        assert "Tue 24" in page
        assert "Tomorrow’s dam" in page
        assert "Next month’s dam" not in page

    @time_machine.travel(MONDAY, tick=False)
    def test_a_full_day_says_how_many_more(self):
        for number in range(8):
            make_story(f"Story {number}", slug=f"story-{number}", published_at=timezone.now() + timedelta(hours=2))
        assert "and 3 more" in self.desk(self.editor)

    def test_without_anything_scheduled_there_is_no_calendar(self):
        make_story()
        assert "the next seven days" not in self.desk(self.editor)

    def test_what_readers_talk_about_is_named_with_its_number(self):
        loud, quiet = (make_story(headline, age=timedelta(days=9)) for headline in ("Loud", "Quiet"))
        for number in range(3):
            make_comment(loud, status=Comment.Status.APPROVED, email=f"{number}@example.org")
            Vote.objects.create(article=quiet, voter=str(number), stars=4)
        page = self.desk(self.editor)
        assert "3 comments" in page
        assert "3 votes" in page

    def test_the_votes_of_last_week_are_over(self):
        Vote.objects.create(article=make_story(), voter="a", stars=4, voted_at=timezone.now() - timedelta(days=7))
        assert "What readers talk about" not in self.desk(self.editor)

    # Comments

    def test_a_moderator_sees_how_long_the_oldest_comment_waits(self):
        story = make_story()
        make_comment(story, body="The newer one.")
        make_comment(story, body="The older one.", created_at=timezone.now() - timedelta(hours=5))
        page = self.desk(self.moderator)
        assert "The oldest waits 5\xa0hours." in page
        assert page.index("The older one.") < page.index("The newer one.")

    def test_a_reporter_is_not_shown_the_queue(self):
        make_comment(make_story(), body="Not read yet.")
        page = self.desk(self.reporter)
        assert "Not read yet." not in page
        assert "Comments waiting" not in page

    # The daily e-mail

    def deliver(self, edition, status, number):
        for n in range(number):
            reader = Subscriber.objects.create(email=f"{status}{n}@example.org", status="confirmed")
            Delivery.objects.create(edition=edition, subscriber=reader, status=status)

    def test_the_newsletter_desk_sees_the_counts_and_what_failed(self):
        edition = make_edition(status=Edition.Status.SENT)
        self.deliver(edition, Delivery.Status.SENT, 3)
        self.deliver(edition, Delivery.Status.FAILED, 2)
        page = self.desk(self.newsletter_desk)
        assert "5 confirmed subscribers" in page
        address = f"/admin/digest/delivery/?edition__id__exact={edition.pk}&amp;status__exact=failed"
        assert f'<a href="{address}">2</a>' in page
        assert "deliver" in self.see(address.replace("&amp;", "&"))

    def test_an_editor_sees_the_counts_without_the_addresses(self):
        self.deliver(make_edition(), Delivery.Status.FAILED, 1)
        page = self.desk(self.editor)
        assert "Failed: 1" in page
        assert "/admin/digest/delivery/" not in page

    @time_machine.travel("2026-11-23 05:00:00+00:00", tick=False)
    def test_before_its_hour_the_desk_says_when_the_edition_starts(self):
        make_edition(day=timezone.localdate() - timedelta(days=1), status=Edition.Status.SENT)
        assert "Today’s starts at 07:00." in self.desk(self.newsletter_desk)

    @time_machine.travel(MONDAY, tick=False)
    def test_an_edition_that_is_not_there_is_told(self):
        assert "There is none of today." in self.desk(self.newsletter_desk)

    def test_a_reporter_is_shown_nothing_of_the_mail(self):
        make_edition()
        assert "Daily e-mail" not in self.desk(self.reporter)

    # Cost

    def test_somebody_without_any_permission_sees_an_empty_desk(self):
        make_story("A secret", status="review")
        assert "A secret" not in self.desk(make_user("newcomer"))

    def queries(self, rows):
        for number in range(rows):
            self.row_of_everything(f"{rows}-{number}")
        with CaptureQueriesContext(connection) as queries:
            self.see("/admin/")
        return len(queries)

    def row_of_everything(self, name):
        author = make_author("Eve", user=self.editor)
        make_story(f"Draft {name}", status="draft", authors=[author])
        make_story(f"Review {name}", status="review", assigned_to=self.editor)
        make_story(f"Approved {name}", status="approved")
        make_story(f"Soon {name}", published_at=timezone.now() + timedelta(days=1))
        story = make_story(f"Public {name}", age=timedelta(seconds=1))
        make_comment(story, status=Comment.Status.APPROVED)
        make_comment(story)
        Vote.objects.create(article=story, voter=name, stars=4)
        Reads.objects.create(article=story, hour=timezone.now(), count=9)
        most_read.refresh()
        edition = Edition.objects.first() or make_edition()
        self.deliver(edition, Delivery.Status.SENT, 0)
        reader = Subscriber.objects.create(email=f"{name}@example.org", status="confirmed")
        Delivery.objects.create(edition=edition, subscriber=reader)

    def test_it_costs_few_queries_however_much_there_is(self):
        self.sign_in(self.editor)
        self.see("/admin/")  # content types are remembered
        few = self.queries(5)
        assert few == self.queries(45)
        assert few <= 22, few
