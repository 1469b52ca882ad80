"""Who gets the daily e-mail, what was in it, and the ledger that proves who received it."""

import secrets
import unicodedata
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from newsroom.mail import wire_address

CONFIRMATION_AGAIN = timedelta(minutes=10)  # a stranger can have an address mailed this often and no oftener
CONFIRMATION_LATE = timedelta(days=1)  # a confirmation that could not be sent for this long is given up


def new_token() -> str:
    return secrets.token_urlsafe(24)


class SubscriberQuerySet(models.QuerySet):
    def confirmed(self):
        return self.filter(status=Subscriber.Status.CONFIRMED)

    def awaiting_confirmation_mail(self):
        """Those who asked and were not sent the message yet; a lost task or a dead worker leaves them here."""
        unsent = Q(confirmation_sent_at=None) | Q(confirmation_sent_at__lt=F("asked_at"))
        recent = Q(asked_at__gt=timezone.now() - CONFIRMATION_LATE)
        return self.exclude(status=Subscriber.Status.CONFIRMED).filter(unsent & recent)

    def sign_up(self, email):
        """Note that this address asked for the daily e-mail. Nothing tells what was known of it before."""
        now = timezone.now()
        subscriber, _ = self.get_or_create(address_key=Subscriber.key_of(email), defaults={"email": email.strip()})
        often = Q(confirmation_sent_at__gt=now - CONFIRMATION_AGAIN)
        self.filter(pk=subscriber.pk).exclude(status=Subscriber.Status.CONFIRMED).exclude(often).update(asked_at=now)

    def unsubscribe(self):
        leaving = self.exclude(status=Subscriber.Status.UNSUBSCRIBED)
        return leaving.update(status=Subscriber.Status.UNSUBSCRIBED, unsubscribed_at=timezone.now())


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
    asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmation_sent_at = models.DateTimeField(null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True, blank=True)
    unsubscribed_at = models.DateTimeField(_("unsubscribed"), null=True, blank=True)

    objects = SubscriberQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscriber")
        verbose_name_plural = _("subscribers")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["status", "id"], name="subscriber_by_status"),
            models.Index(fields=["asked_at"], name="subscriber_asked"),
        ]

    def __str__(self):
        return self.email

    def save(self, *args, **kwargs):
        self.address_key = self.key_of(self.email)
        super().save(*args, **kwargs)

    @staticmethod
    def key_of(email: str) -> str:
        """One key for every way of writing an address: case, composed letters, a domain in its xn-- form."""
        email = unicodedata.normalize("NFC", email.strip())
        try:
            return wire_address(email).casefold()
        except ValueError:
            return email.casefold()

    def confirm(self):
        self.status, self.confirmed_at = self.Status.CONFIRMED, timezone.now()
        self.save(update_fields=["status", "confirmed_at"])


class EditionQuerySet(models.QuerySet):
    def unfinished(self):
        return self.filter(status__in=[Edition.Status.PLANNED, Edition.Status.SENDING])


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

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-day"]

    def __str__(self):
        return str(self.day)


class EditionStory(models.Model):
    """A story's place in an edition."""

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

    def due(self):
        """Planned, and not put off by the server to a later time."""
        return self.planned().filter(Q(next_try_at=None) | Q(next_try_at__lte=timezone.now()))

    def held(self):
        """In the hands of a worker, living or dead."""
        return self.filter(status__in=[Delivery.Status.CLAIMED, Delivery.Status.SENDING])

    def stale(self):
        """Held by a worker that has not been heard of for longer than any message can take."""
        return self.held().filter(claimed_at__lt=timezone.now() - lease())

    def unfinished(self):
        return self.filter(status__in=[Delivery.Status.PLANNED, Delivery.Status.CLAIMED, Delivery.Status.SENDING])


def lease():
    """How long a claim holds without a sign of life: longer than a server that answers each step at the last moment."""
    return timedelta(seconds=max(120, 6 * settings.EMAIL_TIMEOUT))


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
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
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
