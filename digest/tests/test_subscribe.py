import re
import smtplib
from datetime import timedelta
from unittest.mock import patch

import time_machine
from django.core import mail
from django.test import override_settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from digest import tasks
from digest.models import Subscriber
from digest.tests.post_office import fails_after, refused, server_that
from digest.tests.readers import make_subscriber
from tests.cast import NewsroomTestCase

Status = Subscriber.Status


class SubscribeTestCase(NewsroomTestCase):
    def sign_up(self, email="ruth@example.org", **fields):
        with self.captureOnCommitCallbacks(execute=True):
            return self.client.post("/subscribe/", {"email": email, **fields})

    def run_worker(self):
        tasks.send_confirmations()

    def confirmation_path(self, number=-1):
        text = mail.outbox[number].parsed.get_body(("plain",)).get_content()
        return re.search(r"/subscribe/confirm/\S+", text)[0]

    def status_of(self, email="ruth@example.org"):
        return Subscriber.objects.get(email=email).status


class SignUpTests(SubscribeTestCase):
    def test_page_has_a_labelled_field_and_a_button(self):
        page = self.see("/subscribe/")
        assert 'name="email"' in page
        assert "Get top stories and blog posts emailed to you each day." in page

    def test_address_is_subscribed_only_after_its_owner_pressed_the_button(self):
        answer = self.sign_up()
        assert (answer.status_code, answer["Location"]) == (303, "/subscribe/sent/")
        self.run_worker()
        assert mail.outbox[0].to == ["ruth@example.org"]
        assert self.status_of() == Status.PENDING
        answer = self.client.post(self.confirmation_path())
        assert (answer.status_code, answer["Location"]) == (303, "/subscribe/confirmed/")
        assert self.status_of() == Status.CONFIRMED
        self.see("/subscribe/confirmed/")

    def test_confirmation_is_html_and_text_with_the_same_link(self):
        self.sign_up()
        self.run_worker()
        message = mail.outbox[0].parsed
        assert self.confirmation_path() in message.get_body(("html",)).get_content()
        assert message["Auto-Submitted"] == "auto-generated"

    def test_bad_addresses_are_answered_beside_the_field(self):
        for email in (
            "", "   ", "ruth", "ruth@", "@example.org", "ruth @example.org", "ruth@exa mple.org", "a@b.org,c@d.org",
            "ruth@example.org\nBcc: all@example.org", "ruth\0@example.org", "rüth@example.org", "ruth@-.org", "🚢",
            "ruth@example.org\u202e", "<b>ruth</b>@example.org", '"\x01"@example.org', "r@" + "x" * 300 + ".org",
            "r" * 100_000, "ruth@" + "å" * 63 + ".org", "ruth@127.0.0.1",
        ):  # fmt: skip
            answer = self.sign_up(email)
            assert answer.status_code == 422, email
            assert 'id="email-error"' in answer.content.decode(), email
        assert not Subscriber.objects.exists()

    def test_half_a_character_is_answered_beside_the_field(self):
        body = b"email=%ED%A0%80@example.org"
        answer = self.client.generic("POST", "/subscribe/", body, "application/x-www-form-urlencoded")
        assert answer.status_code == 422

    def test_what_was_typed_is_kept(self):
        assert 'value="ruth at example.org"' in self.sign_up("ruth at example.org").content.decode()

    def test_domain_of_other_letters_is_one_address_with_its_ascii_form(self):
        self.sign_up("ruth@blåbær.example")
        self.sign_up("RUTH@xn--blbr-roah.example")
        self.run_worker()
        assert Subscriber.objects.count() == 1
        assert len(mail.outbox) == 1

    def test_new_waiting_and_confirmed_addresses_get_the_same_answer(self):
        make_subscriber("known@example.org")
        make_subscriber("gone@example.org", Status.UNSUBSCRIBED)
        answers = [
            self.sign_up(e) for e in ("new@example.org", "new@example.org", "known@example.org", "gone@example.org")
        ]
        assert len({(a.status_code, a["Location"], a.content) for a in answers}) == 1

    def test_confirmed_address_is_not_mailed_and_stays_confirmed(self):
        make_subscriber()
        self.sign_up("Ruth@Example.org")
        self.run_worker()
        assert mail.outbox == []
        assert self.status_of() == Status.CONFIRMED

    def test_message_is_sent_again_after_ten_minutes_and_not_before(self):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            self.sign_up()
            self.run_worker()
            self.sign_up()
            self.run_worker()
            assert len(mail.outbox) == 1
            clock.shift(timedelta(minutes=11))
            self.sign_up()
            self.run_worker()
        assert len(mail.outbox) == 2

    def test_task_run_twice_mails_once(self):
        self.sign_up()
        self.run_worker()
        self.run_worker()
        assert len(mail.outbox) == 1

    def test_unsubscribed_address_may_come_back(self):
        make_subscriber(status=Status.UNSUBSCRIBED, unsubscribed_at=timezone.now())
        self.sign_up()
        assert self.status_of() == Status.UNSUBSCRIBED
        self.run_worker()
        self.client.post(self.confirmation_path())
        assert self.status_of() == Status.CONFIRMED

    def test_machine_that_fills_the_hidden_field_is_thanked_and_forgotten(self):
        assert self.sign_up(website="http://pills.example")["Location"] == "/subscribe/sent/"
        assert not Subscriber.objects.exists()

    def test_form_from_another_site_is_refused(self):
        answer = self.client.post(
            "/subscribe/", {"email": "ruth@example.org"}, headers={"Sec-Fetch-Site": "cross-site"}
        )
        assert answer.status_code == 403
        assert "another site" in answer.content.decode()
        assert 'value="ruth@example.org"' in answer.content.decode()
        assert not Subscriber.objects.exists()

    @override_settings(SIGNUPS_PER_HOUR=2)
    def test_too_many_sign_ups_from_one_connection_are_refused(self):
        answers = [self.sign_up(f"r{n}@example.org").status_code for n in range(3)]
        assert answers == [303, 303, 429]
        assert Subscriber.objects.count() == 2

    def test_sign_up_survives_a_missing_broker(self):
        with patch.object(tasks.send_confirmations, "delay", side_effect=OperationalError):
            assert self.sign_up().status_code == 303
        tasks.send_what_is_due()
        assert len(mail.outbox) == 1

    def test_confirmation_waits_for_a_mail_server_that_is_away(self):
        self.sign_up()
        with server_that(fails_after(0, ConnectionRefusedError())):
            self.run_worker()
            assert mail.outbox == []
            self.run_worker()
        assert len(mail.outbox) == 1

    def test_refused_confirmation_is_not_tried_again_and_holds_up_nobody(self):
        self.sign_up("gone@example.org")
        self.sign_up("ruth@example.org")
        with server_that(fails_after(0, refused(550))):
            self.run_worker()
        self.run_worker()
        assert [m.to for m in mail.outbox] == [["ruth@example.org"]]

    def test_put_off_confirmation_is_tried_again(self):
        self.sign_up()
        with server_that(fails_after(0, refused(451))):
            self.run_worker()
        self.run_worker()
        assert len(mail.outbox) == 1

    def test_confirmation_that_could_not_be_sent_for_a_day_is_given_up(self):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            self.sign_up()
            with server_that(fails_after(0, smtplib.SMTPServerDisconnected())):
                self.run_worker()
            clock.shift(timedelta(days=2))
            self.run_worker()
        assert mail.outbox == []


class ConfirmTests(SubscribeTestCase):
    def setUp(self):
        super().setUp()
        self.sign_up()
        self.run_worker()
        self.path = self.confirmation_path()

    def test_looking_at_the_link_confirms_nothing(self):
        for method in ("get", "head", "options"):
            assert getattr(self.client, method)(self.path).status_code == 200
        assert self.status_of() == Status.PENDING

    def test_page_is_kept_by_nobody_and_named_to_nobody(self):
        answer = self.client.get(self.path)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]
        assert "noindex" in answer["X-Robots-Tag"]

    def test_button_works_twice(self):
        assert [self.client.post(self.path).status_code for _ in range(2)] == [303, 303]

    def test_link_ends_after_seven_days_with_a_form_for_a_new_one(self):
        with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
            for method in ("get", "post"):
                answer = getattr(self.client, method)(self.path)
                assert answer.status_code == 410
                assert 'name="email"' in answer.content.decode()
        assert self.status_of() == Status.PENDING

    def test_link_ends_when_its_subscriber_leaves(self):
        self.client.post(self.path)
        Subscriber.objects.all().unsubscribe()
        assert self.client.post(self.path).status_code == 410
        assert self.status_of() == Status.UNSUBSCRIBED

    def test_forged_link_is_not_found(self):
        token = self.path.split("/")[3]
        for forged in ("x", "a:b:c", token[:-1], token[1:], "%00", "%ED%A0%80", "🚢", "x" * 5000):
            for method in ("get", "post"):
                answer = getattr(self.client, method)(f"/subscribe/confirm/{forged}/")
                assert answer.status_code == 404, forged
                assert 'name="email"' in answer.content.decode()

    def test_other_methods_are_refused(self):
        assert self.client.delete(self.path).status_code == 405


class LeaveTests(SubscribeTestCase):
    def setUp(self):
        super().setUp()
        self.subscriber = make_subscriber()
        self.path = f"/subscribe/leave/{self.subscriber.token}/"

    def test_looking_at_the_link_unsubscribes_nobody(self):
        for method in ("get", "head", "options"):
            assert getattr(self.client, method)(self.path).status_code == 200
        assert self.status_of() == Status.CONFIRMED

    def test_page_does_not_say_whose_link_it_is(self):
        assert "ruth" not in self.see(self.path)

    def test_button_unsubscribes_and_may_be_pressed_twice(self):
        for _ in range(2):
            answer = self.client.post(self.path)
            assert (answer.status_code, answer["Location"]) == (303, "/subscribe/left/")
        assert self.status_of() == Status.UNSUBSCRIBED
        self.see("/subscribe/left/")

    def test_one_click_of_a_mail_provider_unsubscribes(self):
        for _ in range(2):
            answer = self.client.post(
                self.path, {"List-Unsubscribe": "One-Click"}, headers={"Sec-Fetch-Site": "cross-site", "Origin": "null"}
            )
            assert answer.status_code == 200
        assert self.status_of() == Status.UNSUBSCRIBED

    def test_one_click_may_come_urlencoded(self):
        kind = "application/x-www-form-urlencoded"
        assert self.client.post(self.path, "List-Unsubscribe=One-Click", kind).status_code == 200
        assert self.status_of() == Status.UNSUBSCRIBED

    def test_page_is_kept_by_nobody_and_named_to_nobody(self):
        answer = self.client.get(self.path)
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"]

    def test_unknown_link_is_not_found(self):
        for token in ("x", "x" * 5000, "%00", "%ED%A0%80", "🚢", "a.b"):
            for method in ("get", "post"):
                assert getattr(self.client, method)(f"/subscribe/leave/{token}/").status_code == 404, token
        assert self.status_of() == Status.CONFIRMED
