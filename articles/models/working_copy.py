from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class WorkingCopyQuerySet(models.QuerySet):
    def of(self, user, article):
        """One person's copy of a story; None stands for a story that was never saved."""
        return self.filter(user=user, article=article)


class WorkingCopy(models.Model):
    """What a person has typed into a story's form and not saved: the raw fields as the browser has them.

    It never publishes and is no revision; a save deletes it.
    """

    article = models.ForeignKey(
        "articles.Article", models.CASCADE, null=True, blank=True, related_name="working_copies"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="working_copies")
    data = models.JSONField()  # name of the field → its values
    base = models.PositiveIntegerField(null=True)  # the newest revision when the form was opened
    writing = models.CharField(max_length=40)  # names the window that it was typed in
    typed = models.PositiveBigIntegerField(default=0)  # when, by that browser's clock, in milliseconds
    saved_at = models.DateTimeField(auto_now=True)

    objects = WorkingCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("working copy")
        verbose_name_plural = _("working copies")
        constraints = [
            models.UniqueConstraint(fields=["article", "user"], name="one_copy_of_a_story"),
            models.UniqueConstraint(fields=["user"], condition=Q(article=None), name="one_copy_of_a_new_story"),
        ]
        indexes = [models.Index(fields=["saved_at"], name="working_copy_age")]

    def __str__(self):
        return f"{self.user_id}: {self.article_id or '-'}"
