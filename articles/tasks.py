"""Work for the worker."""

import logging
import time
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from articles import changes, lost_files, pictures, pings, sitemap_files, stray_files, trash
from articles.models import Article, Picture, WorkingCopy
from articles.search import server, spelling
from newsroom.commits import keep_promises

log = logging.getLogger(__name__)
ANNOUNCED = "stories-announced-until"
LOOKS_BACK = timedelta(days=7)  # where the cache has lost the mark
LOOKS_AHEAD = timedelta(seconds=1.5)  # until beat asks again
TRASH_BATCH = 200
SWEEP_SECONDS = 90  # of one sweep; the next comes two minutes after it began (CELERY_BEAT_SCHEDULE)


@shared_task
def announce_due():
    """Name what the clock brought or took since the last look, then wait for what it does before the next one; before
    all, what somebody else has left unsaid."""
    keep_promises()
    announce()
    now = timezone.now()
    for due in changes.instants(Article.objects.all(), now, now + LOOKS_AHEAD):
        wait_until(due)
        announce()


def wait_until(due):
    time.sleep(max(0, (due - timezone.now()).total_seconds()))


def announce():
    """However long the last look is ago. The mark moves on only when every listener was told; run twice at once, both
    tell the same."""
    now = timezone.now()
    keys = changes.by_the_clock(Article.objects.all(), cache.get(ANNOUNCED) or now - LOOKS_BACK, now)
    if keys:
        Article.objects.filter(pk__in=keys).note_first_public()
        changes.tell(keys)
    cache.set(ANNOUNCED, now, timeout=None)


@shared_task
def make_renditions(pk):
    """Run twice, the second finds the sizes there and leaves."""
    picture = Picture.objects.filter(pk=pk).first()
    if picture:
        pictures.make_renditions(picture)


@shared_task
def make_missing_renditions():
    """What was never queued, or was lost with a broker or a worker. Run twice, both find the same and one keeps it.

    The newest first: what is queued is made from the other end.
    """
    until = time.monotonic() + SWEEP_SECONDS
    for key in list(Picture.objects.without_renditions().order_by("-pk").values_list("pk", flat=True)):
        if time.monotonic() > until:
            return
        try:
            make_renditions(key)
        except Exception:  # one picture that its storage will not give must not keep the others waiting
            log.exception("no renditions of picture %s this time", key)


@shared_task
def empty_trash():
    """Run twice, the second finds less to do. One story a transaction: the desk writes in between."""
    since = timezone.now() - timedelta(days=settings.TRASH_DAYS)
    trash.delete(Article.objects.trashed().filter(trashed_at__lt=since).order_by("trashed_at")[:TRASH_BATCH])


def renditions_on_commit(picture):
    """Queue the sizes once the row is there to be found; a broker that is down costs nothing but a sweep's wait."""

    def queue():
        try:
            make_renditions.delay(picture.pk)
        except OperationalError as error:
            log.warning("picture %s waits for the sweep, the broker does not answer: %s", picture.pk, error)

    transaction.on_commit(queue, robust=True)


@shared_task
def forget_old_copies():
    """Unsaved work that nobody took up. Run twice, the second finds nothing."""
    WorkingCopy.objects.filter(saved_at__lt=timezone.now() - timedelta(days=settings.WORKING_COPY_DAYS)).delete()


@shared_task
def remove_stray_files():
    """Run twice, the second finds less to do."""
    if settings.STRAY_FILE_DAYS:
        log.info("%d files that nothing names any more were removed", stray_files.sweep())


@shared_task
def send_pings():
    """Run twice at once, the second leaves; killed in the middle, what was told is told once more."""
    pings.send()


@shared_task
def refresh_sitemap():
    """Run twice, the second finds nothing new."""
    sitemap_files.refresh()


@shared_task
def learn_words():
    """For what readers misspell. Run twice, words count twice, which decides little."""
    spelling.learn_new(SWEEP_SECONDS / 3)


@shared_task(bind=True, max_retries=8)
def index_stories(self, keys):
    """For a search server. Run twice, the later look at a story wins; what was given up is found by mend_search()."""
    try:
        server.server().write(keys)
    except server.Unavailable as error:
        raise self.retry(exc=error, countdown=2**self.request.retries) from error


@shared_task
def mend_search():
    """Also makes the index where there is none. Run twice, the second finds little to do."""
    try:
        if number := server.server().mend():
            log.info("%d entries of the search server were written anew", number)
    except server.Unavailable as error:
        log.warning("the index of the search server could not be looked through: %s", error)


@shared_task
def find_lost_files():
    """Run twice, the second finds the same."""
    lost_files.look()
