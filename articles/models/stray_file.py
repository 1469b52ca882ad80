from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StrayFile(models.Model):
    """A file in the storage that no row names, and since when that is known (articles/stray_files.py)."""

    name = models.CharField(max_length=200, unique=True)
    found_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("stray file")
        verbose_name_plural = _("stray files")
        default_permissions = ()

    def __str__(self):
        return self.name
