"""How often stories were read: numbers by the hour, and nothing about who read."""

from django.db import models

from articles.models import Article


class Reads(models.Model):
    """How often one story was read in one hour."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="reads", db_index=False)
    hour = models.DateTimeField()  # its first second
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "hour"], name="reads_of_an_hour")]
        # With all that the ranking asks, so that it reads no rows.
        indexes = [models.Index(fields=["hour", "article", "count"], name="reads_by_hour")]

    def __str__(self):
        return f"{self.article_id} at {self.hour:%Y-%m-%d %H:00}: {self.count}"


class Ranked(models.Model):
    """A story's place among the most read of a span, as the worker found it last."""

    class Span(models.TextChoices):
        DAY = "day"
        WEEK = "week"

    span = models.CharField(max_length=4, choices=Span)
    position = models.PositiveSmallIntegerField()
    article = models.ForeignKey(Article, models.CASCADE, related_name="ranked")
    count = models.PositiveIntegerField()
    is_beside = models.BooleanField(default=False)  # on the short list that stands beside stories and on lists

    class Meta:
        constraints = [models.UniqueConstraint(fields=["span", "position"], name="one_story_a_place")]

    def __str__(self):
        return f"{self.span} {self.position}: {self.article_id}"


class Mark(models.Model):
    """How far the worker is: one row."""

    moved = models.BigIntegerField(default=0)  # up to this number, what the cache counted stands in rows
    seen = models.BigIntegerField(
        default=0
    )  # the newest number of the last look; everything up to it is written by now
    shown = models.JSONField(default=dict)  # the lists, as they were named last to the pages that carry them

    def __str__(self):
        return f"moved {self.moved}, seen {self.seen}"

    @classmethod
    def current(cls):
        return cls.objects.get_or_create(pk=1)[0]
