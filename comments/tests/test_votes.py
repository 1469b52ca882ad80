import re

from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse

from comments import votes
from comments.models import Vote
from comments.tests.cast import at_once
from tests.cast import NewsroomTestCase, make_story


def vote(client, story, stars, **headers):
    return client.post(reverse("comments:vote", args=[story.pk]), {"stars": stars}, headers=headers)


class VoteTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story()

    def test_a_vote_is_counted_and_shown(self):
        response = vote(self.client, self.story, 4)
        assert response.status_code == 303
        assert "1 user has voted. Average 4.0" in self.see(response.url)
        assert "1 user has voted. Average 4.0" in self.see(self.story.get_absolute_url())

    def test_a_second_vote_changes_the_first(self):
        for stars in (2, 5):
            vote(self.client, self.story, stars)
        assert Vote.objects.get().stars == 5

    def test_each_reader_has_a_vote_on_each_story(self):
        other = make_story("Another")
        for client in (self.client, self.client_class()):
            vote(client, self.story, 3)
            vote(client, other, 1)
        assert Vote.objects.count() == 4
        assert Vote.objects.values("voter").distinct().count() == 2

    def test_the_line_says_how_many_and_how_good(self):
        lines = [
            (0, None, "Nobody has voted yet."),
            (1, 5, "1 user has voted. Average 5.0"),
            (66, 4.2499, "66 users have voted. Average 4.2"),
            (66, 4.2501, "66 users have voted. Average 4.3"),
        ]
        for count, average, line in lines:
            assert votes.sentence({"count": count, "average": average}) == line

    def test_five_buttons_say_what_they_give(self):
        page = self.see(self.story.get_absolute_url())
        button = r"<button type=\"submit\" name=\"stars\" value=\"(\d)\"[^>]*><span[^>]*>(\d of 5)</span>"
        buttons = re.findall(button, page)
        assert buttons == [(str(n), f"{n} of 5") for n in range(1, 6)]

    def test_only_one_to_five_stars_are_taken(self):
        for stars in ("0", "6", "-1", "4.5", "", "five", "٤", "9" * 5000, "\x00"):
            with self.subTest(stars[:9]):
                self.assertContains(vote(self.client, self.story, stars), "one to five stars", status_code=422)
        assert not Vote.objects.exists()

    def test_foreign_pages_cannot_vote(self):
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
            response = vote(self.client, self.story, 1, **headers)
            assert response.status_code == 403
            assert not response.cookies
        assert not Vote.objects.exists()

    def test_stories_that_are_not_public_take_no_votes(self):
        for status in ("draft", "review", "withdrawn"):
            assert vote(self.client, make_story(status, status=status), 3).status_code == 404
        assert vote(self.client, Vote(pk=10**30), 3).status_code == 404

    def test_the_cookie_names_a_reader_at_random_and_only_after_voting(self):
        self.see(self.story.get_absolute_url())
        self.see(reverse("comments:voted", args=[self.story.pk]))
        assert not self.client.cookies
        cookie = vote(self.client, self.story, 3).cookies["voter"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/comments/"
        assert not cookie["secure"]
        with override_settings(HTTPS=True):
            assert vote(self.client, self.story, 3).cookies["voter"]["secure"]

    def test_a_forged_cookie_is_a_new_reader(self):
        vote(self.client, self.story, 3)
        self.client.cookies["voter"] = f"{Vote.objects.get().voter}:1abc:forged"
        vote(self.client, self.story, 1)
        assert Vote.objects.count() == 2

    @override_settings(VOTES_PER_HOUR=2)
    def test_new_voters_of_one_address_are_limited_but_may_change_their_votes(self):
        clients = [self.client_class() for _ in range(3)]
        assert [vote(client, self.story, 3).status_code for client in clients] == [303, 303, 429]
        assert vote(clients[0], self.story, 5).status_code == 303
        assert Vote.objects.count() == 2

    def test_the_pages_own_script_gets_the_new_line(self):
        response = vote(self.client, self.story, 4, Accept="application/json")
        assert response.json() == {"count": 1, "average": 4.0, "text": "1 user has voted. Average 4.0"}
        refused = vote(self.client, self.story, 9, Accept="application/json")
        assert refused.status_code == 422
        assert refused.json()["text"] == "Choose one to five stars."


class VotesAtOnceTests(TransactionTestCase):
    def test_two_votes_at_once_by_one_reader_are_one_row(self):
        story, client = make_story(), Client()
        vote(client, story, 1)

        def again(number):
            same_reader = Client()
            same_reader.cookies = client.cookies
            return vote(same_reader, story, number + 1).status_code, Vote.objects.count()

        assert at_once(again, 4) == [(303, 1)] * 4

    def test_first_votes_at_once_of_one_name_are_one_row(self):
        story = make_story()

        def cast(number):
            votes.cast(story, "one-reader", number + 1)
            return Vote.objects.count()

        assert at_once(cast, 4) == [1] * 4
