from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .article import Article


class RevisionQuerySet(models.QuerySet):
    def record(self, article, content, by, deed, note=""):
        """The story's next revision; a save that changes nothing is not kept twice.

        Numbers are given under the lock on the story's row that the caller holds.
        """
        last = self.filter(article=article).order_by("-number").first()
        changed = [key for key in content if last is None or last.differs(key, content[key])]
        if last and not changed and deed == Revision.Deed.SAVED:
            return last
        return self.create(
            article=article,
            number=last.number + 1 if last else 1,
            content=content,
            changed=changed if last else [],
            deed=deed,
            note=note[:200],
            by=by,
            by_name=(by.get_full_name() or by.get_username())[:150] if by else "",
        )


class Revision(models.Model):
    """What a story said at one moment: all its fields, who saved them, when, and as what. Never changed, never lost.

    `content` is plain JSON as articles/revisions.py writes it. Authors, pictures and sections stand in it by key, so
    one that was deleted since is simply missing when the text comes back.
    """

    class Deed(models.TextChoices):
        BEFORE = "before", _("As it was before")
        SAVED = "saved", _("Saved")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RESTORED = "restored", _("Brought back")

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    changed = models.JSONField(default=list)  # names of the fields that differ from the revision before
    deed = models.CharField(max_length=10, choices=Deed)
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)  # outlives the account
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RevisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["article", "number"], name="revision_number_once")]

    def __str__(self):
        return f"{self.article_id} #{self.number}"

    def differs(self, name, value) -> bool:
        """Whether a field said something else. One that this revision is too old to know of was empty."""
        return self.content[name] != value if name in self.content else bool(value)
