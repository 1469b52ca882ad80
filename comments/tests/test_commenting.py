import re
from datetime import timedelta
from unittest import mock

from django.db import IntegrityError
from django.test import override_settings
from django.urls import reverse

from comments import moderation
from comments.models import Comment
from comments.tests.cast import WORDS, make_comment, send, solved
from tests.cast import NewsroomTestCase, make_story

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
]
BAD_FIELDS = [
    ({"name": ""}, "Enter the name"),
    ({"name": "   "}, "Enter the name"),
    ({"name": "\u200b\u200d\ufeff"}, "Enter the name"),
    ({"name": "n" * 81}, "81 characters long. Shorten it to 80"),
    ({"name": "A\x00B"}, "cannot be printed"),
    ({"email": ""}, "Enter your e-mail"),
    ({"email": "agnes"}, "not an e-mail address"),
    ({"email": "a@exa\ufffdmple.org"}, "cannot be printed"),
    ({"email": f"{'a' * 250}@example.org"}, "Shorten it to 254"),
    ({"body": ""}, "Write your comment"),
    ({"body": " \r\n\t "}, "Write your comment"),
    ({"body": "\u2800\u3164"}, "Write your comment"),
    ({"body": "x" * 4001}, "4001 characters long"),
    ({"body": "x" * 1_000_000}, "Shorten it to 4000"),
    ({"body": "nul \x00 here"}, "cannot be printed"),
    ({"body": "bell \x07"}, "cannot be printed"),
    ({"parent": "abc"}, "no longer shown"),
    ({"parent": "9" * 40}, "no longer shown"),
    ({"parent": "1\x00"}, "Null characters are not allowed"),
    ({"website": "http://spam.example"}, "people do not see"),
]


class CommentDoorTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story()

    def test_a_comment_waits_for_the_moderators(self):
        response = send(self.client, self.story)
        comment = Comment.objects.get()
        assert response.status_code == 303
        assert (comment.name, comment.email, comment.body, comment.status) == (*WORDS.values(), "pending")
        assert "An editor reads each comment" in self.see(response.url)
        assert "bees" not in self.see(self.story.get_absolute_url())

    def test_bad_fields_are_refused_beside_the_field_and_nothing_is_stored(self):
        for fields, message in BAD_FIELDS:
            with self.subTest(str(fields)[:60]):
                response = send(self.client, self.story, **fields)
                assert response.status_code == 422
                assert message in response.content.decode()
        assert not Comment.objects.exists()

    def test_what_was_typed_and_the_answer_are_kept_when_something_else_is_wrong(self):
        answer = solved()
        page = send(self.client, self.story, email="agnes", **answer).content.decode()
        for kept in ("Agnes Roth", "The bees were not impressed.", 'value="agnes"', *answer.values()):
            assert kept in page
        assert send(self.client, self.story, **answer).status_code == 303

    def test_bytes_that_are_no_text_are_refused(self):
        body = b"name=Agnes&email=agnes%40example.org&body=odd+%ED%A0%80"
        url = reverse("comments:add", args=[self.story.pk])
        response = self.client.post(url, body, content_type="application/x-www-form-urlencoded")
        self.assertContains(response, "cannot be printed", status_code=422)

    def test_names_are_one_line(self):
        send(self.client, self.story, name=" Agnes\n  Roth ")
        assert Comment.objects.get().name == "Agnes Roth"

    def test_emoji_and_html_are_kept_as_text(self):
        send(self.client, self.story, body="<b>Hm</b> 🐝 https://bees.example")
        assert Comment.objects.get().body == "<b>Hm</b> 🐝 https://bees.example"

    def test_a_foreign_page_cannot_send_a_comment(self):
        for headers in FOREIGN:
            with self.subTest(headers):
                response = send(self.client, self.story, headers=headers)
                self.assertContains(response, "The bees were not impressed.", status_code=403)
        assert not Comment.objects.exists()

    def test_our_own_page_can(self):
        for number, headers in enumerate([{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://testserver"}]):
            assert send(self.client, self.story, headers=headers, body=f"{number}").status_code == 303

    @override_settings(COMMENTS_PER_HOUR=2)
    def test_too_many_comments_are_refused_with_the_text_kept(self):
        for number in range(2):
            send(self.client, self.story, body=f"Number {number}")
        response = send(self.client, self.story, body="Number 3")
        self.assertContains(response, "Wait an hour", status_code=429)
        self.assertContains(response, "Number 3", status_code=429)
        assert Comment.objects.count() == 2

    def test_without_javascript_the_question_is_a_second_step(self):
        url = reverse("comments:add", args=[self.story.pk])
        page = self.client.post(url, WORDS)
        self.assertContains(page, "One more step")
        html = page.content.decode()
        key = re.search(r'name="captcha_0" value="(\w+)"', html)[1]
        a, b = re.search(r"(\d) \+ (\d) =", html).groups()
        assert "The bees were not impressed." in html
        assert self.client.post(url, {**WORDS, "captcha_0": key, "captcha_1": int(a) + int(b)}).status_code == 303
        assert Comment.objects.count() == 1

    def test_another_question_keeps_the_text_and_stores_nothing(self):
        answer = solved()
        page = send(self.client, self.story, another="1", **answer)
        self.assertContains(page, "The bees were not impressed.")
        assert not Comment.objects.exists()

    def test_an_empty_form_is_answered_with_what_to_enter(self):
        response = self.client.post(reverse("comments:add", args=[self.story.pk]))
        self.assertContains(response, "Write your comment here.", status_code=422)

    def test_a_second_click_stores_one_comment_and_says_received(self):
        answer = solved()
        assert [send(self.client, self.story, **answer).status_code for _ in range(2)] == [303, 303]
        assert Comment.objects.count() == 1

    def test_the_same_words_within_a_day_are_stored_once(self):
        for _ in range(2):
            assert send(self.client, self.story).status_code == 303
        assert Comment.objects.count() == 1
        Comment.objects.update(created_at=Comment.objects.get().created_at - timedelta(days=2))
        send(self.client, self.story)
        assert Comment.objects.count() == 2

    def test_many_links_are_told_to_the_moderators(self):
        send(self.client, self.story, body="http://a.example www.b.example https://c.example http://d.example")
        assert Comment.objects.get().reasons == ["many links"]

    def test_the_first_rule_with_a_verdict_decides(self):
        spam = moderation.Verdict(Comment.Status.SPAM, "test")
        with mock.patch.object(moderation, "RULES", [lambda comment: None, lambda comment: spam, moderation.policy]):
            send(self.client, self.story)
        assert (Comment.objects.get().status, Comment.objects.get().reasons) == ("spam", ["test"])

    def test_stories_that_are_not_public_take_no_comments(self):
        hidden = [make_story("Later", age=-timedelta(hours=1)), make_story("Gone", status="withdrawn")]
        for story in hidden:
            assert send(self.client, story).status_code == 404
            for page in ("add", "received", "voted"):
                self.see(reverse(f"comments:{page}", args=[story.pk]), 404)
        assert not Comment.objects.exists()

    def test_ids_that_are_no_story_are_not_found(self):
        for pk in (0, 10**6, 10**30):
            self.see(reverse("comments:add", args=[pk]), 404)
            self.see(reverse("comments:reply", args=[self.story.pk, pk]), 404)
            self.see(reverse("comments:thread", args=[self.story.pk, pk]), 404)

    def test_closed_comments_say_so(self):
        story = make_story("Closed", comments_open=False)
        response = send(self.client, story)
        self.assertContains(response, "Comments on this story are closed.", status_code=403)
        self.assertContains(response, "The bees were not impressed.", status_code=403)
        assert "closed" in self.see(reverse("comments:add", args=[story.pk]))
        assert not Comment.objects.exists()

    def test_a_reply_keeps_its_parent(self):
        parent = make_comment(self.story)
        page = self.see(reverse("comments:reply", args=[self.story.pk, parent.pk]))
        assert "I was on the bridge." in page
        assert f'name="parent" value="{parent.pk}"' in page
        assert 'content="noindex"' in page
        send(self.client, self.story, parent=parent.pk)
        assert parent.replies.get().name == "Agnes Roth"

    def test_only_visible_comments_of_the_same_story_are_answered(self):
        others = [make_comment(make_story("Another")), make_comment(self.story, status=Comment.Status.REJECTED)]
        for parent in others:
            self.see(reverse("comments:reply", args=[self.story.pk, parent.pk]), 404)
            response = send(self.client, self.story, parent=parent.pk)
            self.assertContains(response, "no longer shown", status_code=422)
            self.assertNotContains(response, 'name="parent"', status_code=422)

    def test_a_parent_deleted_in_the_same_moment_is_told(self):
        with mock.patch.object(Comment, "save", side_effect=IntegrityError):
            response = send(self.client, self.story)
        self.assertContains(response, "has just been removed", status_code=422)

    def test_what_is_got_is_the_same_for_everyone_and_sets_no_cookie(self):
        parent = make_comment(self.story)
        pages = [reverse(f"comments:{name}", args=[self.story.pk]) for name in ("add", "received", "voted")]
        for url in [*pages, reverse("comments:reply", args=[self.story.pk, parent.pk])]:
            first, second = self.client.get(url), self.client.get(url)
            assert first.content == second.content
            assert not first.cookies
            assert "Cookie" not in first.get("Vary", "")

    def test_other_methods_are_refused(self):
        assert self.client.put(reverse("comments:add", args=[self.story.pk])).status_code == 405
        assert self.client.post(reverse("comments:received", args=[self.story.pk])).status_code == 405
        assert self.client.get(reverse("comments:vote", args=[self.story.pk])).status_code == 405
