"""Work for the worker."""

import logging

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from articles import pictures
from articles.models import Picture

log = logging.getLogger(__name__)
BATCH = 20  # pictures of one sweep; about half a minute's work


@shared_task
def make_renditions(pk):
    """Run twice, the second finds the sizes there and leaves."""
    picture = Picture.objects.filter(pk=pk).first()
    if picture:
        pictures.make_renditions(picture)


@shared_task
def make_missing_renditions():
    """What was never queued, or was lost with a broker or a worker. Run twice, both find the same and one keeps it."""
    for picture in Picture.objects.without_renditions().order_by("pk")[:BATCH]:
        try:
            pictures.make_renditions(picture)
        except Exception:  # one picture that its storage will not give must not keep the others waiting
            log.exception("no renditions of picture %s this time", picture.pk)


def renditions_on_commit(picture):
    """Queue the sizes once the row is there to be found; a broker that is down costs nothing but a sweep's wait."""

    def queue():
        try:
            make_renditions.delay(picture.pk)
        except OperationalError as error:
            log.warning("picture %s waits for the sweep, the broker does not answer: %s", picture.pk, error)

    transaction.on_commit(queue, robust=True)
