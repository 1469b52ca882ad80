from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from newsroom.limits import is_too_often
from newsroom.mail import MAX_ADDRESS, wire_address


class SignUpForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=MAX_ADDRESS,
        error_messages={
            "required": _("Type the address that the daily e-mail should go to."),
            "invalid": _("This is not a complete e-mail address. It looks like name@example.org."),
            "max_length": _("This address is too long; addresses have at most %(limit_value)d characters."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "dir": "ltr"}),
    )
    website = forms.CharField(required=False)  # people do not see it, machines fill it

    def __init__(self, *args, request=None, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)
        self.request = request
        if self.has_error("email"):
            self.fields["email"].widget.attrs.update({"aria-invalid": "true", "aria-describedby": "email-error"})

    @property
    def is_from_machine(self):
        return bool(self.cleaned_data["website"])

    def clean_email(self):
        email = self.cleaned_data["email"]
        try:
            wire_address(email)
        except ValueError as error:
            raise ValidationError(_("Mail cannot be sent to this address. Please use another.")) from error
        return email

    def clean(self):
        if not self.request.is_ours:
            raise ValidationError(
                _("This form was sent from another site. Please press the button here."), code="foreign"
            )
        if not self.errors and is_too_often(self.request, "sign-up", settings.SIGNUPS_PER_HOUR):
            raise ValidationError(
                _("Too many sign-ups came from your connection. Please try again in an hour."), code="often"
            )
        return super().clean()

    @property
    def http_status(self):
        if self.has_error("__all__", "foreign"):
            return 403
        if self.has_error("__all__", "often"):
            return 429
        return 422 if self.errors else 200
