from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class CorrectionQuerySet(models.QuerySet):
    def shown(self):
        """What readers see: not those that wait to be published with their story's changes."""
        return self.filter(is_waiting=False)

    def public(self):
        """Shown, of stories that readers may see now, newest first."""
        published = self.model.article.field.related_model.objects.order_by().published()
        # Asked of each correction from the newest on, not of every story that is public.
        return self.shown().filter(Exists(published.filter(pk=OuterRef("article")))).select_related("article__section")


class Correction(models.Model):
    """What a story had wrong, what is right, when and by whom: kept as a record and shown to readers."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="corrections")
    wrong = models.TextField(_("what was wrong"), help_text=_("For example: An earlier version said nine weeks."))
    right = models.TextField(_("what is right"), help_text=_("For example: It is nine days."))
    corrected_at = models.DateTimeField(_("corrected"), default=timezone.now, db_index=True)
    # Written over a live story and not published with it yet: readers do not see it.
    is_waiting = models.BooleanField(default=False, editable=False)
    corrected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-corrected_at", "-pk"]

    def __str__(self):
        return f"{self.wrong} {self.right}"
