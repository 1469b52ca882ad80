"""Work for the worker."""

from celery import shared_task

from reading import counting, most_read


@shared_task
def move_readings():
    """Run twice at once, one of them moves and the other finds the mark gone on."""
    counting.move()


@shared_task
def rank_stories():
    """Run twice, the second finds the same and tells nobody."""
    most_read.refresh()


@shared_task
def forget_old_readings():
    """Run twice, the second finds nothing."""
    counting.forget()
