"""Double opt-in: an address gets the daily e-mail only after its owner pressed a button that we mailed there."""

import logging
import smtplib
from datetime import timedelta

from django.core import signing
from django.urls import reverse
from django.utils import timezone

from digest.letters import confirmation_letter
from digest.models import Subscriber
from newsroom import mail
from newsroom.links import absolute

log = logging.getLogger(__name__)

LINK_LASTS = timedelta(days=7)
SALT = "digest.confirm"


def _left_at(subscriber) -> int:
    return int(subscriber.unsubscribed_at.timestamp()) if subscriber.unsubscribed_at else 0


def token_for(subscriber) -> str:
    """What the confirmation link carries; it ends after LINK_LASTS, and when the subscriber leaves."""
    return signing.dumps([subscriber.pk, _left_at(subscriber)], salt=SALT)


def subscriber_of(token: str) -> Subscriber:
    """The subscriber whom this link was mailed to.

    Raises signing.SignatureExpired when it has ended, signing.BadSignature when we never made it.
    """
    key, left_at = signing.loads(token, salt=SALT, max_age=LINK_LASTS)
    subscriber = Subscriber.objects.filter(pk=key).first()
    if subscriber is None or _left_at(subscriber) != left_at:
        raise signing.SignatureExpired("the subscriber is gone or has left since")
    return subscriber


def send_confirmations() -> int:
    """Mail everyone who asked and was not mailed yet. Claimed before sending: run twice, it mails once.

    What the mail server could not take now stays owed for a day; what it refuses is not tried again.
    """
    sent = 0
    for subscriber in Subscriber.objects.awaiting_confirmation_mail().order_by("pk").iterator(chunk_size=100):
        if not _claim(subscriber):
            continue
        try:
            mail.send(_message(subscriber))
        except (smtplib.SMTPRecipientsRefused, ValueError) as refused:
            if not _is_put_off(refused):
                log.warning("confirmation for subscriber %s was refused: %s", subscriber.pk, refused)
                continue
            _give_back(subscriber)
        except (smtplib.SMTPException, OSError) as error:
            _give_back(subscriber)
            log.warning("confirmations wait for the mail server: %s", error)
            break
        else:
            sent += 1
    return sent


def _is_put_off(error) -> bool:
    replies = getattr(error, "recipients", {}).values()
    return any(code < 500 for code, _ in replies)


def _claim(subscriber) -> bool:
    owed = Subscriber.objects.awaiting_confirmation_mail().filter(pk=subscriber.pk)
    return owed.update(confirmation_sent_at=timezone.now()) == 1


def _give_back(subscriber):
    Subscriber.objects.filter(pk=subscriber.pk).update(confirmation_sent_at=subscriber.confirmation_sent_at)


def _message(subscriber):
    link = absolute(reverse("digest:confirm", args=[token_for(subscriber)]))
    return confirmation_letter(link, LINK_LASTS.days).to(subscriber.email)
