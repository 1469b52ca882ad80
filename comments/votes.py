"""One to five stars for a story. The voter is a random name in a signed cookie of the reader's own."""

import secrets

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from comments import names
from comments.models import Vote
from newsroom.limits import is_too_often

COOKIE = "voter"
COOKIE_PATH = "/comments/"  # it does not travel with stories, so their pages stay the same for everyone
STARS = frozenset("12345")
A_YEAR = 365 * 24 * 3600


def known_voter(request) -> str | None:
    return request.get_signed_cookie(COOKIE, default=None, salt=COOKIE, max_age=A_YEAR)


def why_refused(request, voter) -> tuple[int, str] | None:
    """The status and the sentence for a vote that is not taken. New voters are counted: a cookie is cheap to drop."""
    if not request.is_ours:
        return 403, _("This vote did not come from our own page. Vote on the story’s page.")
    if request.POST.get("stars") not in STARS:
        return 422, _("Choose one to five stars.")
    if voter is None and is_too_often(request, "vote", settings.VOTES_PER_HOUR):
        return 429, _("Too many votes came from your connection. Wait an hour, then vote again.")
    return None


def new_voter() -> str:
    return secrets.token_urlsafe(24)


def remember_voter(response, voter: str) -> None:
    response.set_signed_cookie(
        COOKIE,
        voter,
        salt=COOKIE,
        max_age=A_YEAR,
        path=COOKIE_PATH,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


@transaction.atomic
def cast(article, voter: str, stars: int) -> None:
    """One statement on the unique constraint: of two votes at once by one reader, one row stays."""
    Vote.objects.bulk_create(
        [Vote(article=article, voter=voter, stars=stars, voted_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["article", "voter"],
        update_fields=["stars", "voted_at"],
    )
    names.tell_votes(article.pk)


def sentence(tally) -> str:
    """“66 users have voted. Average 4.2”"""
    count = tally["count"]
    if not count:
        return _("Nobody has voted yet.")
    voted = ngettext("%(count)s user has voted.", "%(count)s users have voted.", count)
    voted %= {"count": number_format(count, use_l10n=True, force_grouping=True)}
    return _("%(voted)s Average %(average)s") % {
        "voted": voted,
        "average": number_format(round(tally["average"], 1), 1),
    }
