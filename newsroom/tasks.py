"""Work for the worker that belongs to no app."""

from celery import shared_task

from newsroom import statistics, worker
from newsroom.page_cache import cdn

purge_cdn = cdn.purge  # the worker finds its tasks here


@shared_task
def refresh_statistics():
    """Running twice is looking twice."""
    statistics.refresh()


@shared_task
def worker_seen():
    """A sign of life; twice is as good as once."""
    worker.seen()
