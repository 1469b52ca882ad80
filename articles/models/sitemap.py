from django.db import models


class SitemapFile(models.Model):
    """That a file of the sitemap has stories, and when readers last saw one of them change: a million of them are not
    asked each time. Kept by articles/sitemap_files.py; no row is a file without public stories."""

    number = models.PositiveIntegerField(primary_key=True)
    changed_at = models.DateTimeField()

    def __str__(self):
        return str(self.number)
