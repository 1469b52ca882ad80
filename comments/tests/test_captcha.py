import re
from datetime import timedelta

from captcha.models import CaptchaStore
from django.test import Client, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from comments import captcha
from comments.captcha import Outcome
from comments.models import Comment
from comments.tasks import forget_expired_questions
from comments.tests.cast import at_once, send, solved
from tests.cast import NewsroomTestCase, make_story


def expire(key):
    CaptchaStore.objects.filter(hashkey=key).update(expiration=timezone.now() - timedelta(seconds=1))


class QuestionTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story()

    def test_the_question_is_asked_in_text_and_is_never_cached(self):
        response = self.client.get(reverse("comments:question"))
        html = response.content.decode()
        assert response["Cache-Control"] == "no-store"
        assert "This question is for testing whether or not you are a human visitor" in html
        assert " and to prevent automated spam submissions." in html
        assert "Solve this simple math problem and enter the result. E.g. for 1+3, enter 4." in html
        assert re.search(r"\d \+ \d =", html)

    def test_question_and_help_belong_to_the_answer_field(self):
        html = self.see(reverse("comments:question"))
        for described in re.search(r'name="captcha_1".*aria-describedby="([^"]+)"', html)[1].split():
            assert f'id="{described}"' in html

    def test_answers_in_other_digits_and_with_spaces_are_right(self):
        for typed in (" 7 ", "٧", "۷", "७", "7", "07", "\u200f7"):
            question = CaptchaStore.objects.create(challenge="3 + 4 =", response="7")
            assert captcha.use_up(*captcha.QuestionField().clean([question.hashkey, typed])) is Outcome.RIGHT, typed

    def test_other_answers_are_wrong(self):
        for typed in ("8", "", "seven", "7.0", "-7", "7\x00", "\ud800", "passed", "7" * 5000):
            question = CaptchaStore.objects.create(challenge="3 + 4 =", response="7")
            assert captcha.use_up(*captcha.QuestionField().clean([question.hashkey, typed])) is Outcome.WRONG, typed

    def test_a_wrong_answer_gets_a_new_question_and_keeps_the_text(self):
        answer = {**solved(), "captcha_1": "99"}
        page = send(self.client, self.story, **answer)
        self.assertContains(page, "That is not the answer.", status_code=422)
        self.assertContains(page, "The bees were not impressed.", status_code=422)
        self.assertNotContains(page, answer["captcha_0"], status_code=422)
        assert 'aria-invalid="true"' in page.content.decode()
        assert not Comment.objects.exists()

    def test_a_question_wrongly_answered_is_used_up(self):
        answer = solved()
        send(self.client, self.story, **{**answer, "captcha_1": "99"})
        self.assertContains(send(self.client, self.story, **answer), "too old or had been answered", status_code=422)

    def test_a_replayed_answer_stores_nothing(self):
        answer = solved()
        send(self.client, self.story, **answer)
        page = send(self.client, self.story, body="Buy my boat", **answer)
        self.assertContains(page, "too old or had been answered", status_code=422)
        assert Comment.objects.count() == 1

    def test_an_expired_question_is_replaced(self):
        answer = solved()
        expire(answer["captcha_0"])
        page = send(self.client, self.story, **answer)
        self.assertContains(page, "too old or had been answered", status_code=422)
        self.assertNotContains(page, answer["captcha_0"], status_code=422)

    def test_keys_that_were_never_made_ask_for_the_question(self):
        for key in ("", "x", "\x00", "0" * 41, "' OR 1=1"):
            self.assertContains(send(self.client, self.story, captcha_0=key, captcha_1="1"), "One more step")

    def test_expired_questions_are_forgotten(self):
        old, live = solved()["captcha_0"], solved()["captcha_0"]
        expire(old)
        forget_expired_questions()
        assert list(CaptchaStore.objects.values_list("hashkey", flat=True)) == [live]

    @override_settings(COMMENTS_PER_HOUR=1)
    def test_questions_without_end_are_refused(self):
        statuses = [self.client.get(reverse("comments:question")).status_code for _ in range(21)]
        assert statuses == [200] * 20 + [429]

    def test_an_answer_is_taken_by_one_statement(self):
        question = captcha.ask()
        with self.assertNumQueries(1):
            assert captcha.use_up(question.hashkey, question.response) is Outcome.RIGHT
        assert captcha.use_up(question.hashkey, question.response) is Outcome.GONE


class AnsweredAtOnceTests(TransactionTestCase):
    """Several at once with one answer, on real connections."""

    def test_one_answer_lets_one_comment_in(self):
        story, answer = make_story(), solved()
        statuses = at_once(lambda number: send(Client(), story, body=f"Number {number}", **answer).status_code, 4)
        assert sorted(statuses) == [303, 422, 422, 422]

    def test_a_double_click_is_received_once(self):
        story, answer = make_story(), solved()

        def click(number):
            return send(Client(), story, **answer).status_code, Comment.objects.count()

        assert at_once(click, 3) == [(303, 1)] * 3
