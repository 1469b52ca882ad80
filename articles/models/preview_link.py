import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article
from .revision import Revision

USER_AGENT = 200


def new_token() -> str:
    return secrets.token_urlsafe(32)


class PreviewLinkQuerySet(models.QuerySet):
    def open(self, at=None):
        """Those that still show their story."""
        return self.filter(revoked_at=None, expires_at__gt=at or timezone.now())

    def with_openings(self):
        """Each with `opened`, how often, and `last_opened_at`."""
        openings = models.Count("openings"), models.Max("openings__opened_at")
        return self.annotate(opened=openings[0], last_opened_at=openings[1])


class PreviewLink(models.Model):
    """A story shown to one outsider before readers see it, as a revision says it or as it stands at the desk.

    Whoever has the token reads the story, so it is kept as it is: the desk copies it out again.
    """

    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    name = models.CharField(_("for whom"), max_length=80)
    article = models.ForeignKey(Article, models.CASCADE, related_name="preview_links")
    # Empty is always the latest. A revision that goes takes its links along: none of them may show more than was meant.
    revision = models.ForeignKey(Revision, models.CASCADE, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")
        ordering = ["-created_at", "-pk"]

    def __str__(self):
        return self.name

    @property
    def is_open(self):
        return self.revoked_at is None and self.expires_at > timezone.now()


class PreviewOpening(models.Model):
    """One time that a preview link was opened. The address is a keyed hash: two openings compare, nobody is traced."""

    link = models.ForeignKey(PreviewLink, models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField(auto_now_add=True)
    address_hash = models.CharField(max_length=16, blank=True)
    user_agent = models.CharField(max_length=USER_AGENT, blank=True)

    class Meta:
        verbose_name = _("opening of a preview")
        verbose_name_plural = _("openings of previews")
        ordering = ["-opened_at", "-pk"]

    def __str__(self):
        return f"{self.link_id} {self.opened_at:%Y-%m-%d %H:%M}"
