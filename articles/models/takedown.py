from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .article import Article
from .preview_link import PreviewLink


class TakedownQuerySet(models.QuerySet):
    def open(self):
        return self.filter(lifted_at=None)


class Takedown(models.Model):
    """That a story was taken away from readers in one step: why, when and by whom, and who put it back."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="takedowns", verbose_name=_("story"))
    reason = models.TextField(
        _("reason"), max_length=2000, help_text=_("For the desk’s records; readers are told only that it is gone.")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("taken down by")
    )
    at = models.DateTimeField(_("taken down"), default=timezone.now)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("restored by")
    )
    lifted_at = models.DateTimeField(_("restored"), null=True)

    objects = TakedownQuerySet.as_manager()

    class Meta:
        verbose_name = _("takedown")
        verbose_name_plural = _("takedowns")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["article"], condition=models.Q(lifted_at=None), name="one_open_takedown_a_story"
            )
        ]

    def __str__(self):
        return str(self.article)

    @classmethod
    @transaction.atomic
    def of(cls, article, by, reason):
        """Take the story away at once; None when it is not before readers, or to be, any more.

        One column changes, so that restoring brings back exactly what was there. Preview links close for good:
        whoever shall go on reading gets a new one.
        """
        at = timezone.now()
        live = Article.objects.filter(pk=article.pk, status=Article.Status.PUBLISHED)
        if not live.update(status=Article.Status.WITHDRAWN, modified_at=at):
            return None
        PreviewLink.objects.open(at).filter(article=article).update(revoked_at=at)
        cls.objects.open().filter(article=article).update(lifted_at=at)  # it was published again by hand meanwhile
        return cls.objects.create(article=article, by=by, reason=reason, at=at)

    @transaction.atomic
    def lift(self, by):
        """Put the story back; False when somebody did already, or when the desk did something else with it since."""
        at = timezone.now()
        if not Takedown.objects.open().filter(pk=self.pk).update(lifted_at=at, lifted_by=by):
            return False
        taken = Article.objects.filter(pk=self.article_id, status=Article.Status.WITHDRAWN, trashed_at=None)
        return bool(taken.update(status=Article.Status.PUBLISHED, modified_at=at))
