from django.utils import timezone

from digest import editions
from digest.models import Delivery, Edition, Subscriber
from digest.tests.readers import make_subscriber, make_subscribers
from tests.cast import NewsroomTestCase, make_story


class DeskTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story("The river comes back")
        self.readers = make_subscribers(3)
        self.edition = editions.plan(timezone.localdate())
        editions.plan_deliveries(self.edition)
        self.sign_in(self.newsletter_desk)

    def test_list_of_subscribers_is_found_by_address_and_shows_no_token(self):
        page = self.see("/admin/digest/subscriber/?q=reader1")
        assert "reader1@example.org" in page
        assert "reader2@example.org" not in page
        assert self.readers[1].token not in page
        assert self.readers[1].token not in self.see(f"/admin/digest/subscriber/{self.readers[1].pk}/change/")

    def test_desk_unsubscribes_the_chosen_addresses(self):
        chosen = {"action": "unsubscribe", "_selected_action": [self.readers[0].pk, self.readers[1].pk]}
        page = self.client.post("/admin/digest/subscriber/", chosen, follow=True).content.decode()
        assert "2 addresses were unsubscribed." in page
        assert Subscriber.objects.confirmed().get() == self.readers[2]

    def test_nobody_can_be_subscribed_without_asking(self):
        self.see("/admin/digest/subscriber/add/", status=403)
        path = f"/admin/digest/subscriber/{make_subscriber('new@example.org', 'pending').pk}/change/"
        self.client.post(path, {"status": "confirmed", "email": "other@example.org"})
        assert Subscriber.objects.get(email="new@example.org").status == Subscriber.Status.PENDING

    def test_editions_are_listed_with_their_counts(self):
        Delivery.objects.filter(subscriber=self.readers[0]).update(status=Delivery.Status.FAILED)
        with self.assertNumQueries(7):
            page = self.see("/admin/digest/edition/")
        assert "The river comes back" in page
        assert [e.number_failed for e in self.client.get("/admin/digest/edition/").context["cl"].result_list] == [1]

    def test_edition_cannot_be_changed_after_the_fact(self):
        path = f"/admin/digest/edition/{self.edition.pk}/change/"
        assert f"/admin/articles/article/{self.story.pk}/change/" in self.see(path)
        self.client.post(path, {"status": "sent", "subject": "Other"})
        assert Edition.objects.get().subject == "The river comes back"

    def test_preview_shows_the_message_in_a_frame_that_runs_nothing(self):
        page = self.see(f"/admin/digest/edition/{self.edition.pk}/preview/")
        assert "<iframe" in page
        assert " sandbox " in page
        assert "The river comes back" in page

    def test_preview_is_for_the_desk_alone(self):
        self.sign_in(self.moderator)
        self.see(f"/admin/digest/edition/{self.edition.pk}/preview/", status=403)

    def test_desk_finds_what_became_of_a_readers_copy(self):
        Delivery.objects.filter(subscriber=self.readers[1]).update(status=Delivery.Status.SENT, reply="250 Queued as 7")
        page = self.see("/admin/digest/delivery/?q=reader1@example.org")
        assert "250 Queued as 7" in page
        assert "reader2@example.org" not in page

    def test_ledger_cannot_be_edited(self):
        row = Delivery.objects.first()
        assert self.client.post(f"/admin/digest/delivery/{row.pk}/change/", {"status": "sent"}).status_code == 403
        self.see("/admin/digest/delivery/add/", status=403)
        assert self.client.post(f"/admin/digest/delivery/{row.pk}/delete/", {"post": "yes"}).status_code == 403

    def test_subscriber_is_erased_with_everything_known(self):
        path = f"/admin/digest/subscriber/{self.readers[0].pk}/delete/"
        self.client.post(path, {"post": "yes"})
        assert not Subscriber.objects.filter(pk=self.readers[0].pk).exists()
        assert Delivery.objects.count() == 2
