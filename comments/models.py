"""What readers answer: comments and votes."""

from collections import Counter
from datetime import timedelta

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Avg, Count, F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from comments import names


class CommentQuerySet(models.QuerySet):
    def visible(self):
        """What readers see."""
        return self.filter(status=Comment.Status.APPROVED)

    def pending(self):
        return self.filter(status=Comment.Status.PENDING)

    def approve(self, by):
        return self._decide(Comment.Status.APPROVED, by)

    def reject(self, by):
        return self._decide(Comment.Status.REJECTED, by)

    def mark_spam(self, by):
        return self._decide(Comment.Status.SPAM, by)

    def _decide(self, status, by):
        """State, who and when in one statement, and a log entry for each; comments that stand there already keep
        their first decision. Returns how many changed.
        """
        with transaction.atomic():
            # Locked, so that of two moderators at once one decides and the other finds it decided.
            changed = list(self.exclude(status=status).order_by("pk").select_for_update(of=("self",)))
            self.model.objects.filter(pk__in=[comment.pk for comment in changed]).update(
                status=status, decided_by=by, decided_at=timezone.now()
            )
            LogEntry.objects.log_actions(by.pk, changed, CHANGE, str(status.label))
            names.tell_comments({comment.article_id for comment in changed})
        return len(changed)


class Comment(models.Model):
    """A reader's words under a story: plain text, shown escaped, once a moderator has approved it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        SPAM = "spam", _("Spam")

    article = models.ForeignKey(Article, models.CASCADE, related_name="comments", verbose_name=_("story"))
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="replies", verbose_name=_("in reply to")
    )
    name = models.CharField(_("name"), max_length=80)
    email = models.EmailField(_("e-mail"), help_text=_("Never shown to readers."))
    body = models.TextField(_("comment"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PENDING)
    reasons = models.JSONField(_("reasons"), default=list, blank=True, editable=False)  # why the door chose the status
    created_at = models.DateTimeField(_("sent"), default=timezone.now)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ["created_at", "pk"]
        permissions = [("moderate_comment", _("Can approve, reject and mark comments as spam"))]
        indexes = [
            models.Index(fields=["article", "status", "created_at"], name="comment_on_article"),
            models.Index(fields=["status", "created_at", "article"], name="comment_queue"),
        ]

    def __str__(self):
        return f"{self.name}: {self.body[:60]}"

    def get_absolute_url(self):
        return f"{self.article.get_absolute_url()}#comment-{self.pk}"


def most_discussed_stories(limit=5, days=7):
    """Published stories by their visible comments of the last days, most first, each with `comment_count`."""
    counts = _most(_recent_comments(days), limit)
    return _public(counts, comment_count=counts)[:limit]


def most_talked_about_stories(limit=5, days=1):
    """Published stories by comments and votes of the last days, each with `comment_count` and `vote_count`."""
    comments = _most(_recent_comments(days), limit)
    votes = _most(Vote.objects.filter(voted_at__gte=timezone.now() - timedelta(days=days)), limit)
    together = Counter(comments) + Counter(votes)
    ordered = [key for key, _number in together.most_common()]
    return _public(ordered, comment_count=comments, vote_count=votes)[:limit]


def _recent_comments(days):
    return Comment.objects.visible().filter(created_at__gte=timezone.now() - timedelta(days=days))


def _most(rows, limit):
    """Counted from the index alone; which are public is asked of the few on top, with some to spare."""
    # "+ 0": to group by the plain column SQLite would rather walk the rows of all years in that column's order.
    stories = rows.order_by().annotate(story=F("article_id") + 0).values_list("story")
    return dict(stories.annotate(count=Count("pk")).order_by("-count", "-story")[: limit * 5])


def _public(keys, **counts):
    """The public stories among them, in their order, with each count under its name."""
    public = Article.objects.published().select_related("section").defer("body", "search_text")
    stories = public.order_by().in_bulk(keys)
    for pk, story in stories.items():
        for name, numbers in counts.items():
            setattr(story, name, numbers.get(pk, 0))
    return [stories[pk] for pk in keys if pk in stories]


class VoteQuerySet(models.QuerySet):
    def tally(self, article):
        """{"count": int, "average": float or None} of a story's votes, always counted from the rows."""
        return self.filter(article=article).aggregate(count=Count("pk"), average=Avg("stars"))


class Vote(models.Model):
    """One reader's one to five stars for a story; a second vote changes the first."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="votes", verbose_name=_("story"))
    voter = models.CharField(max_length=64, editable=False)  # a random name kept in the voter's own cookie
    stars = models.PositiveSmallIntegerField(_("stars"), validators=[MinValueValidator(1), MaxValueValidator(5)])
    voted_at = models.DateTimeField(_("voted"), default=timezone.now)

    objects = VoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(fields=["article", "voter"], name="one_vote_a_reader_and_story"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="stars_from_one_to_five"),
        ]
        indexes = [models.Index(fields=["voted_at", "article"], name="vote_recent")]

    def __str__(self):
        return f"{self.stars}/5"

    def get_absolute_url(self):
        return reverse("comments:voted", args=[self.article_id])
