"""Work for the worker. Each task asks the database what there is to do, so running one twice does nothing twice."""

import logging

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from digest import consent, editions, ledger
from digest.models import Edition

log = logging.getLogger(__name__)

CHUNK_EXPIRES = 60  # seconds; the next sweep asks anew, so that no queue grows while workers are away


@shared_task
def send_what_is_due():
    """Beat's question, every half minute: is an edition due, is one unfinished, does a confirmation wait?"""
    if day := editions.due(timezone.now()):
        editions.plan(day)
    for edition in Edition.objects.unfinished():
        if edition.status == Edition.Status.PLANNED:
            editions.plan_deliveries(edition)
        for _ in range(ledger.workers_wanted(edition)):
            send_chunk.apply_async([edition.pk], expires=CHUNK_EXPIRES)
    consent.send_confirmations()


@shared_task
def send_chunk(edition_pk):
    """Send until nothing is left or the time is up; twice at once is two workers with rows of their own."""
    edition = Edition.objects.filter(pk=edition_pk).first()
    if edition is not None:
        ledger.send(edition, seconds=ledger.TIME_BUDGET)


@shared_task
def send_confirmations():
    """Mail those who signed up; the ones who were mailed already are not found again."""
    consent.send_confirmations()


def queue_confirmations():
    """Without a broker the sweep mails them when it is back."""
    try:
        send_confirmations.delay()
    except OperationalError:
        log.warning("no broker: confirmations wait for the next sweep", exc_info=True)
