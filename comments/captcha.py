"""The math question, asked in text. django-simple-captcha's store keeps the answers; a question is answered once.

Its own check reads, deletes, then compares, so that two requests at once may both pass; here one conditional DELETE
decides. Its pictures and addresses (captcha.urls) are not needed and not mounted.
"""

import re
import secrets
from enum import Enum

from captcha.conf.settings import get_challenge
from captcha.fields import BaseCaptchaTextInput, CaptchaField
from captcha.models import CaptchaStore
from django.utils import timezone

KEY = re.compile(r"[0-9a-f]{40}")


def sum_to_solve():
    """A question and its answer, as django-simple-captcha wants them: ("3 + 4 =", "7")."""
    a, b = secrets.randbelow(10), secrets.randbelow(10)
    return f"{a} + {b} =", str(a + b)


def ask() -> CaptchaStore:
    challenge, response = get_challenge()()
    return CaptchaStore.objects.create(challenge=challenge, response=response)


def live_question(key: str) -> CaptchaStore | None:
    return CaptchaStore.objects.filter(hashkey=key, expiration__gt=timezone.now()).first() if key else None


class Outcome(Enum):
    RIGHT = "right"
    WRONG = "wrong"
    GONE = "gone"  # expired, used before, or never asked


def use_up(key: str, answer: str) -> Outcome:
    """Answer a question for good, rightly or not. Of any number of right answers at once, one is told RIGHT."""
    question = CaptchaStore.objects.filter(hashkey=key, expiration__gt=timezone.now())
    if question.filter(response=answer).delete()[0]:
        return Outcome.RIGHT
    return Outcome.WRONG if question.delete()[0] else Outcome.GONE


class QuestionInput(BaseCaptchaTextInput):
    """The question as text with a field for its answer. One that was not used up yet is shown again."""

    template_name = "comments/_question.html"

    def get_context(self, name, value, attrs):
        key, answer = value or ("", "")
        question = live_question(key if KEY.fullmatch(key or "") else "")
        if question is None:
            question, answer = ask(), ""
        context = super().get_context(name, [question.hashkey, answer], attrs)
        context["question"] = {"text": question.challenge, "key": question.hashkey, "answer": answer}
        context["is_invalid"] = "aria-invalid" in (attrs or {})
        return context


class QuestionField(CaptchaField):
    """Reads key and answer without using the question up: that is `use_up()`, once everything else is right."""

    def __init__(self, **kwargs):
        super().__init__(widget=QuestionInput(), **kwargs)

    def clean(self, value):
        """(key, answer); the key is empty when no question was asked, the answer a number in plain digits or empty."""
        key, answer = value or ("", "")
        answer = (answer or "")[:32].strip(" \t\n\xa0\u200e\u200f\u061c")
        return (
            key if KEY.fullmatch(key or "") else "",
            str(int(answer)) if answer.isdecimal() else "",
        )
