"""The door for readers' comments, cheap checks first: fields, origin, honeypot, rate, and the question last."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from comments import captcha, moderation, plain_text
from comments.models import Comment
from newsroom.limits import is_too_often

# A page without JavaScript, a second look, "another question": several questions are asked for one comment.
QUESTIONS_A_COMMENT = 20
ECHO_LIMIT = 200_000  # characters of a text that is far too long that are given back to be shortened
STATUSES = {"foreign": 403, "too_often": 429}


class ReaderTextField(forms.CharField):
    """A reader's words: tidied, or refused with a sentence that says why."""

    default_error_messages = {
        "unprintable": _(
            "This had characters in it that cannot be printed. They are gone now; look it over and send it."
        ),
        "max_length": _("This is %(show_value)d characters long. Shorten it to %(limit_value)d or fewer."),
    }

    def to_python(self, value):
        value = super().to_python(value)
        if len(value) > 4 * self.max_length:  # not worth the work of tidying
            return value
        if plain_text.has_unprintable(value):
            raise ValidationError(self.error_messages["unprintable"], code="unprintable")
        return plain_text.tidy(value)

    def bound_data(self, data, initial):
        return plain_text.without_unprintable(data or "")[:ECHO_LIMIT]


class NameField(ReaderTextField):
    def to_python(self, value):
        return " ".join(super().to_python(value).split())


class ReaderEmailField(ReaderTextField, forms.EmailField):
    pass


class QuestionForm(forms.Form):
    captcha = captcha.QuestionField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"auto_id": "comment-%s", **kwargs})


class CommentForm(QuestionForm):
    """A comment on a story. is_valid() asks what costs nothing; receive() stores it if the question is answered."""

    name = NameField(
        label=_("Name"),
        max_length=80,
        error_messages={"required": _("Enter the name that readers will see.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = ReaderEmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("Never shown."),
        error_messages={
            "required": _("Enter your e-mail address. It is never shown."),
            "invalid": _("This is not an e-mail address. One looks like name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "dir": "ltr"}),
    )
    body = ReaderTextField(
        label=_("Comment"),
        max_length=settings.COMMENT_MAX_LENGTH,
        error_messages={"required": _("Write your comment here.")},
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto"}),
    )
    parent = forms.ModelChoiceField(
        Comment.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid_choice": _(
                "The comment that you answer is no longer shown. Send yours again to post it on its own."
            )
        },
    )
    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, *args, article, request=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.article = article
        self.request = request
        self.fields["parent"].queryset = Comment.objects.visible().filter(article=article)

    def clean(self):
        for check in (self.check_origin, self.check_honeypot, self.check_rate):
            if not self.errors:
                check()
        return self.cleaned_data

    def check_origin(self):
        if not self.request.is_ours:
            self.add_error(
                None, ValidationError(_("This did not come from our own page. Send it from here."), "foreign")
            )

    def check_honeypot(self):
        if self.cleaned_data["website"]:
            message = _("Something filled in a field that people do not see. It is empty again: send once more.")
            self.add_error(None, ValidationError(message, "honeypot"))

    def check_rate(self):
        """Counts tries at an answer; showing a question counts far less."""
        deed, limit = "comment", settings.COMMENTS_PER_HOUR
        if self.lacks_question:
            deed, limit = "question", limit * QUESTIONS_A_COMMENT
        if is_too_often(self.request, deed, limit):
            message = _("Too many comments came from your connection. Wait an hour, then send it again.")
            self.add_error(None, ValidationError(message, "too_often"))

    @property
    def lacks_question(self):
        """The first of two steps for those whose browser did not fetch the question, or who asked for another."""
        return "another" in self.data or not self.cleaned_data["captcha"][0]

    @property
    def status(self):
        """The HTTP status of a page that shows this form."""
        if not self.is_bound or (self.is_valid() and self.lacks_question):
            return 200
        codes = [error.code for error in self.non_field_errors().as_data()]
        return next((STATUSES[code] for code in codes if code in STATUSES), 422)

    @property
    def answered_comment(self):
        """The comment that this one replies to, or None."""
        if not self.is_bound:
            return self.initial.get("parent")
        return None if "parent" in self.errors else self.cleaned_data["parent"]

    def receive(self) -> bool:
        """Store the comment if the question is answered rightly; False leaves a message in the form.

        One transaction: a second click that finds its question used up also finds the comment of the first.
        """
        fields = {name: self.cleaned_data[name] for name in ("name", "email", "body", "parent")}
        comment = Comment(article=self.article, **fields)
        try:
            with transaction.atomic():
                outcome = captcha.use_up(*self.cleaned_data["captcha"])
                verdict = moderation.judge(comment)
                if outcome is captcha.Outcome.RIGHT and not verdict.is_repeat:
                    comment.status, comment.reasons = verdict.status, [verdict.reason] if verdict.reason else []
                    comment.save()
        except IntegrityError:
            # Deleted by the desk between the check and the commit.
            self.add_error(
                None, _("What you answer has just been removed. Your text is kept here; copy it if you need it.")
            )
            return False
        if outcome is not captcha.Outcome.RIGHT and not verdict.is_repeat:
            self.add_error("captcha", WRONG_ANSWER if outcome is captcha.Outcome.WRONG else QUESTION_GONE)
        return not self.errors


WRONG_ANSWER = _("That is not the answer. Here is a new question; everything else is kept.")
QUESTION_GONE = _("That question was too old or had been answered already. Here is a new one; everything else is kept.")
