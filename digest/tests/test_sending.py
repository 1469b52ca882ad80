import smtplib
from collections import Counter
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from digest import editions, ledger, tasks
from digest.models import Delivery, Edition, Subscriber
from digest.tests.post_office import fails_after, real_server, refused, server_that
from digest.tests.readers import make_subscriber, make_subscribers
from tests.cast import NewsroomTestCase, make_story

SEVEN = datetime(2026, 11, 23, 7, 0, 10, tzinfo=UTC)
Status = Delivery.Status


class SendingTestCase(NewsroomTestCase):
    """An edition that is planned for a number of subscribers; the clock stands still unless a test moves it."""

    readers = 5

    def setUp(self):
        super().setUp()
        traveller = time_machine.travel(SEVEN, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        make_story()
        make_subscribers(self.readers)
        self.edition = editions.plan(SEVEN.date())
        editions.plan_deliveries(self.edition)

    def work(self):
        tasks.send_chunk(self.edition.pk)

    def statuses(self):
        return Counter(Delivery.objects.values_list("status", flat=True))

    def mailed(self):
        return sorted(message.to[0] for message in mail.outbox)

    def assert_everyone_once(self):
        assert self.mailed() == sorted(Subscriber.objects.values_list("email", flat=True))
        assert self.statuses() == {Status.SENT: self.readers}
        self.edition.refresh_from_db()
        assert self.edition.status == Edition.Status.SENT


class OnceTests(SendingTestCase):
    def test_task_run_twice_mails_each_once(self):
        self.work()
        self.work()
        self.assert_everyone_once()

    def test_two_workers_at_once_share_the_rows(self):
        send = ledger._send_one

        def with_a_rival(run, delivery, line):
            with patch.object(ledger, "_send_one", send):
                self.work()  # another worker comes in before each message of this one
            send(run, delivery, line)

        with patch.object(ledger, "CHUNK", 2), patch.object(ledger, "_send_one", with_a_rival):
            self.work()
        self.assert_everyone_once()

    def test_row_whose_claim_was_taken_away_is_not_sent(self):
        take = ledger._take

        def late(run, delivery):
            Delivery.objects.filter(pk=delivery.pk).update(claim="another worker")
            return take(run, delivery)

        with patch.object(ledger, "_take", late):
            self.work()
        assert mail.outbox == []
        assert self.statuses() == {Status.CLAIMED: self.readers}

    def test_two_plannings_make_one_row_each(self):
        editions.plan_deliveries(editions.plan(SEVEN.date()))
        assert Delivery.objects.count() == self.readers

    def test_subscriber_who_left_since_the_planning_is_left_out(self):
        gone = Subscriber.objects.first()
        Subscriber.objects.filter(pk=gone.pk).unsubscribe()
        self.work()
        assert gone.email not in self.mailed()
        assert gone.deliveries.get().status == Status.SUPPRESSED

    def test_subscriber_who_leaves_while_the_chunk_is_sent_is_left_out(self):
        last = Delivery.objects.order_by("pk").last().subscriber
        with server_that(lambda message: Subscriber.objects.filter(pk=last.pk).unsubscribe()):
            self.work()
        assert last.email not in self.mailed()

    def test_deleted_subscriber_holds_up_nobody(self):
        Subscriber.objects.first().delete()
        self.work()
        assert len(mail.outbox) == self.readers - 1

    def test_story_withdrawn_while_the_edition_is_sent_is_in_no_later_chunk(self):
        make_story("Stays")
        first = make_story("Goes", placement=Article.Placement.LEAD)
        lines = [self.edition.lines.create(article=first, position=0)]
        assert lines

        def withdraw(message):
            Article.objects.filter(pk=first.pk).update(status=Article.Status.WITHDRAWN)

        with patch.object(ledger, "CHUNK", 2), server_that(withdraw):
            self.work()
        holds = ["Goes" in message.parsed.get_body(("plain",)).get_content() for message in mail.outbox]
        assert holds == [True, True, False, False, False]


class KilledWorkerTests(SendingTestCase):
    def test_worker_killed_in_the_middle_leaves_nobody_out_and_repeats_nothing_it_had_written(self):
        for death in (SystemExit, KeyboardInterrupt):
            with server_that(fails_after(1, death())):
                try:
                    self.work()
                except death:
                    pass
                else:
                    raise AssertionError("the worker lived")
            assert self.statuses()[Status.SENDING] == 1
            self.clock.shift(timedelta(minutes=3))
        self.work()
        self.assert_everyone_once()

    def test_worker_killed_after_the_server_took_a_message_repeats_that_one_with_the_same_id(self):
        with patch.object(ledger, "_write_sent", side_effect=SystemExit):
            try:
                self.work()
            except SystemExit:
                self.clock.shift(timedelta(minutes=3))
        self.work()
        assert len(mail.outbox) == self.readers + 1
        first, second = (message for message in mail.outbox if message.to == mail.outbox[0].to)
        assert first.parsed["Message-ID"] == second.parsed["Message-ID"]
        assert self.statuses() == {Status.SENT: self.readers}

    def test_rows_of_a_worker_that_vanished_are_left_alone_until_its_claim_runs_out(self):
        rows = Delivery.objects.order_by("pk")
        held = list(rows.values_list("pk", flat=True)[:2])
        Delivery.objects.filter(pk=held[0]).update(status=Status.CLAIMED, claim="dead", claimed_at=timezone.now())
        Delivery.objects.filter(pk=held[1]).update(status=Status.SENDING, claim="dead", claimed_at=timezone.now())
        self.work()
        assert self.statuses() == {Status.SENT: 3, Status.CLAIMED: 1, Status.SENDING: 1}
        self.clock.shift(timedelta(minutes=3))
        self.work()
        self.assert_everyone_once()

    def test_worker_that_lives_renews_its_claims(self):
        def slow(message):
            self.clock.shift(timedelta(seconds=50))
            with server_that(lambda message: None):
                tasks.send_what_is_due()

        with patch.object(ledger, "RENEW_AFTER", -1), server_that(slow):
            self.work()
        self.assert_everyone_once()

    def test_message_that_kills_every_worker_is_given_up(self):
        row = Delivery.objects.order_by("pk").first()
        for _ in range(ledger.MAX_TRIES + 2):
            Delivery.objects.filter(pk=row.pk, status=Status.PLANNED).update(
                status=Status.SENDING, claim="dead", claimed_at=timezone.now()
            )
            self.clock.shift(timedelta(minutes=3))
            ledger.settle(self.edition)
        row.refresh_from_db()
        assert row.status == Status.FAILED

    def test_lost_task_is_queued_again_by_the_next_sweep(self):
        with patch.object(tasks.send_chunk, "apply_async") as queued:
            for _ in range(2):
                tasks.send_what_is_due()
        assert queued.call_count == 2

    def test_sweep_queues_no_second_worker_for_rows_that_one_is_sending(self):
        def meanwhile(message):
            with patch.object(tasks.send_chunk, "apply_async") as queued:
                tasks.send_what_is_due()
            assert not queued.called

        with patch.object(ledger, "CHUNK", 2), server_that(meanwhile):
            self.work()
        self.assert_everyone_once()


class RefusalTests(SendingTestCase):
    def row(self):
        return Delivery.objects.order_by("pk").first()

    def test_refused_address_has_failed_with_the_servers_reply(self):
        with server_that(fails_after(0, refused(550))):
            self.work()
        assert (self.row().status, self.row().reply) == (Status.FAILED, "550 said the server")
        assert self.statuses() == {Status.FAILED: 1, Status.SENT: 4}

    def test_address_put_off_by_the_server_holds_up_nobody_and_is_tried_later(self):
        with server_that(fails_after(0, refused(451))):
            self.work()
        assert self.statuses() == {Status.PLANNED: 1, Status.SENT: 4}
        self.work()
        assert len(mail.outbox) == 4
        self.clock.shift(timedelta(minutes=2))
        self.work()
        self.assert_everyone_once()
        assert self.row().tries == 1

    def test_server_that_goes_away_stops_the_run_and_the_next_goes_on(self):
        for error in (
            smtplib.SMTPServerDisconnected("gone"),
            TimeoutError("slow"),
            smtplib.SMTPSenderRefused(421, b"closing", "news@example.org"),
        ):
            with server_that(fails_after(1, error)):
                self.work()
            assert self.statuses()[Status.CLAIMED] == self.statuses()[Status.SENDING] == 0
        self.clock.shift(timedelta(minutes=2))
        self.work()
        self.assert_everyone_once()

    def test_server_that_cannot_be_reached_costs_nobody_a_try(self):
        with patch.object(ledger.mail, "open_line", side_effect=ConnectionRefusedError("no")):
            self.work()
        assert self.statuses() == {Status.PLANNED: 5}
        assert set(Delivery.objects.values_list("tries", flat=True)) == {0}
        self.work()
        self.assert_everyone_once()

    def test_address_put_off_too_often_has_failed(self):
        def never(message):
            raise refused(451)

        with server_that(never):
            for _ in range(ledger.MAX_TRIES + 1):
                self.work()
                self.clock.shift(timedelta(hours=4))
        assert self.statuses() == {Status.FAILED: 5}
        assert set(Delivery.objects.values_list("tries", flat=True)) == {ledger.MAX_TRIES}

    def test_address_that_no_header_can_hold_has_failed_and_holds_up_nobody(self):
        Subscriber.objects.filter(pk=self.row().subscriber_id).update(email="å@example.org\nBcc: all@example.org")
        self.work()
        assert self.statuses() == {Status.FAILED: 1, Status.SENT: 4}


class RealServerTests(SendingTestCase):
    def test_real_server_gets_each_message_and_its_reply_is_kept(self):
        make_subscriber("550.nobody@example.org")
        make_subscriber("451.later@example.org")
        make_subscriber("ruth@blåbær.example")
        editions.plan_deliveries(self.edition)
        with real_server() as box:
            self.work()
            self.work()
        assert sorted(box.addresses) == [*(f"reader{n}@example.org" for n in range(5)), "ruth@xn--blbr-roah.example"]
        assert self.statuses() == {Status.SENT: 6, Status.FAILED: 1, Status.PLANNED: 1}
        assert Delivery.objects.get(subscriber__email="reader0@example.org").reply == "250 Queued as 1"
        assert Delivery.objects.get(subscriber__email__startswith="550").reply == "550 said the server"
        assert b"Subject: The river comes back" in box.letters[0][1]


class CostTests(SendingTestCase):
    readers = 0

    def test_queries_stay_few_with_a_thousand_subscribers(self):
        Subscriber.objects.bulk_create(
            Subscriber(email=f"r{n}@example.org", address_key=f"r{n}@example.org", status="confirmed")
            for n in range(1000)
        )
        with CaptureQueriesContext(
            connection,
        ) as planning:
            editions.plan_deliveries(self.edition)
        with CaptureQueriesContext(connection) as sending:
            self.work()
        assert len(mail.outbox) == 1000
        assert len(planning) < 20
        assert len(sending) < 2 * 1000 + 150  # two a message: its row before and after
