"""Who gets the daily e-mail, what was in it, and the ledger that proves who received it."""

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article


def new_token() -> str:
    return secrets.token_urlsafe(24)


class SubscriberQuerySet(models.QuerySet):
    def confirmed(self):
        return self.filter(status=Subscriber.Status.CONFIRMED)


class Subscriber(models.Model):
    """An address that asked for the daily e-mail; it gets one only after it has confirmed."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Not confirmed")
        CONFIRMED = "confirmed", _("Confirmed")
        UNSUBSCRIBED = "unsubscribed", _("Unsubscribed")

    email = models.EmailField(_("e-mail"), max_length=254)
    address_key = models.CharField(max_length=320, unique=True, editable=False)  # addresses that differ by case are one
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    # Stands in unsubscribe links, so it must outlive a changed SECRET_KEY: old mails keep working.
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    created_at = models.DateTimeField(_("signed up"), default=timezone.now)
    confirmation_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["status", "id"], name="subscriber_by_status")]

    def __str__(self):
        return self.email

    def save(self, *args, **kwargs):
        self.address_key = self.key_of(self.email)
        super().save(*args, **kwargs)

    @staticmethod
    def key_of(email: str) -> str:
        return email.strip().casefold()


class Edition(models.Model):
    """One day's e-mail."""

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SENDING = "sending", _("Sending")
        SENT = "sent", _("Sent")
        EMPTY = "empty", _("Nothing new, no mail")

    day = models.DateField(_("day"), unique=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PLANNED)
    since = models.DateTimeField(_("stories from"))
    until = models.DateTimeField(_("stories to"))
    stories = models.ManyToManyField(Article, through="EditionStory", related_name="editions")
    planned_at = models.DateTimeField(_("planned"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-day"]

    def __str__(self):
        return str(self.day)


class EditionStory(models.Model):
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="lines")
    article = models.ForeignKey(Article, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["edition", "article"], name="story_once_in_edition")]

    def __str__(self):
        return f"{self.edition_id}: {self.article_id}"


class DeliveryQuerySet(models.QuerySet):
    def planned(self):
        return self.filter(status=Delivery.Status.PLANNED)


class Delivery(models.Model):
    """One subscriber's copy of an edition: the ledger's row.

    planned → claimed (a worker holds it) → sending (its message is on the wire) → sent or failed. A claim carries the
    worker's own name, so that a row is worked on by one worker only; digest/ledger.py settles what a dead worker left.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        CLAIMED = "claimed", _("Claimed")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        SUPPRESSED = "suppressed", _("Left out")

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="deliveries", verbose_name=_("edition"))
    subscriber = models.ForeignKey(Subscriber, models.CASCADE, related_name="deliveries", verbose_name=_("subscriber"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PLANNED)
    claim = models.CharField(max_length=32, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    reply = models.CharField(_("the server’s reply"), max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["edition", "subscriber"], name="one_delivery_a_subscriber_and_edition")
        ]
        indexes = [
            models.Index(fields=["edition", "status", "id"], name="delivery_by_status"),
            models.Index(fields=["claim"], name="delivery_by_claim"),
        ]

    def __str__(self):
        return f"{self.edition_id} → {self.subscriber_id}: {self.status}"
