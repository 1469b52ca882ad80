from datetime import UTC, date, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import pytest
import time_machine
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from digest.management.commands import send_digest
from digest.models import Delivery, Edition, Subscriber
from digest.tests.post_office import fails_after, refused, server_that
from digest.tests.readers import make_subscriber, make_subscribers
from tests.cast import NewsroomTestCase, make_story


class CommandTestCase(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        traveller = time_machine.travel(datetime(2026, 11, 23, 15, 0, tzinfo=UTC), tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)

    def send(self, *arguments):
        out = StringIO()
        call_command("send_digest", *arguments, stdout=out)
        return out.getvalue()


class SendDigestTests(CommandTestCase):
    def test_edition_goes_out_at_any_hour_and_the_output_says_what_was_done(self):
        make_story("The river comes back")
        make_subscribers(3)
        out = self.send()
        assert len(mail.outbox) == 3
        for words in ("Edition of 2026-11-23", "The river comes back", "3 new in the ledger", "Sent: 3. Failed: 0."):
            assert words in out

    def test_dry_run_says_what_would_be_done_and_changes_nothing(self):
        make_story("The river comes back")
        make_subscribers(3)
        out = self.send("--dry-run")
        assert "The river comes back" in out
        assert "3 subscribers" in out
        assert mail.outbox == []
        assert not Edition.objects.exists()

    def test_dry_run_after_sending_says_that_nobody_is_left(self):
        make_story()
        make_subscriber()
        self.send()
        assert "to 0 subscribers" in self.send("--dry-run")

    def test_nothing_new_is_said(self):
        make_subscriber()
        assert "nothing new" in self.send("--dry-run")
        assert "nothing new" in self.send()
        assert mail.outbox == []

    def test_story_that_came_after_an_empty_edition_is_sent_by_hand(self):
        make_subscriber()
        self.send()
        make_story()
        self.send()
        assert len(mail.outbox) == 1

    def test_run_again_mails_those_who_came_later_and_nobody_twice(self):
        make_story()
        make_subscriber("early@example.org")
        self.send()
        make_subscriber("late@example.org")
        out = self.send()
        assert [message.to[0] for message in mail.outbox] == ["early@example.org", "late@example.org"]
        assert "1 new in the ledger" in out
        assert Edition.objects.get().status == Edition.Status.SENT

    def test_date_names_the_edition(self):
        make_story()
        self.send("--date", "2026-11-20")
        assert Edition.objects.get().day == date(2026, 11, 20)

    def test_word_that_is_no_day_is_refused(self):
        for word in ("today", "2026-13-01", "23.11.2026", ""):
            with pytest.raises(CommandError, match="YYYY-MM-DD"):
                self.send("--date", word)
        assert not Edition.objects.exists()

    def test_failed_delivery_ends_with_one(self):
        make_story()
        make_subscribers(2)
        with server_that(fails_after(0, refused(550))), pytest.raises(CommandError) as failure:
            self.send()
        assert failure.value.returncode == 1
        assert len(mail.outbox) == 1

    def test_by_hand_does_not_wait_for_the_back_off(self):
        make_story()
        make_subscriber()
        with server_that(fails_after(0, refused(451))), pytest.raises(CommandError):
            self.send()
        assert "Sent: 1." in self.send()

    def test_rows_of_a_killed_process_are_waited_for(self):
        make_story()
        make_subscribers(3)
        with server_that(fails_after(1, KeyboardInterrupt())), pytest.raises(KeyboardInterrupt):
            self.send()
        with patch.object(send_digest.time, "sleep", lambda seconds: self.clock.shift(timedelta(seconds=seconds))):
            out = self.send()
        assert "1 held by another process" in out
        assert sorted(message.to[0] for message in mail.outbox) == sorted(
            Subscriber.objects.values_list("email", flat=True)
        )
        assert not Delivery.objects.exclude(status=Delivery.Status.SENT).exists()
        assert timezone.now() > datetime(2026, 11, 23, 15, 2, tzinfo=UTC)
