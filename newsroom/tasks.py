"""Work for the worker that belongs to no app."""

from celery import shared_task

from newsroom import statistics


@shared_task
def refresh_statistics():
    """Running twice is looking twice."""
    statistics.refresh()
