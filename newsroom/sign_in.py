"""The desk's door. Who came in stands in the log at /admin/log/, and how often somebody tried a name that is there."""

import logging

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from unfold.forms import AuthenticationForm

log = logging.getLogger(__name__)
HOUR = 3600
TOLD = frozenset(10**n for n in range(7))  # of failures within an hour: whoever guesses writes no log full


class SignInForm(AuthenticationForm):
    def clean(self):
        try:
            cleaned = super().clean()
        except ValidationError:
            failed(self.cleaned_data.get("username", ""))
            raise
        if self.get_user():
            _write(self.get_user(), gettext("Signed in."))
        return cleaned


def failed(name: str) -> None:
    """What was typed is kept nowhere: it may be a password. Only an account that exists is named."""
    user = User.objects.filter(username=name).first()
    number = _count(f"sign-in-failed:{user.pk if user else 'nobody'}")
    if user and number in TOLD:
        said = ngettext(
            "%(n)d sign-in with this name failed within an hour.",
            "%(n)d sign-ins with this name failed within an hour.",
            number,
        )
        _write(user, said % {"n": number})


def _count(key: str) -> int:
    """How often within an hour; 0 while there is no cache to count in."""
    try:
        cache.add(key, 0, timeout=HOUR)
        return cache.incr(key)
    except Exception:  # the cache's client has errors of its own for each backend; ValueError: it expired in between
        log.warning("no cache to count sign-ins in", exc_info=True)
        return 0


def _write(user, message) -> None:
    LogEntry.objects.log_actions(user.pk, [user], CHANGE, message, single_object=True)
