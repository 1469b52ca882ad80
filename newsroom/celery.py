"""The Celery application. What is due is always a question to the database; beat only asks it often."""

import logging
import os

from celery import Celery
from celery.signals import after_setup_logger, worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def look_around(**_):
    """A worker that has just come up says so, and makes at once what an earlier one left or a first start brought."""
    for name in (
        "newsroom.tasks.worker_seen",
        "articles.tasks.refresh_sitemap",
        "articles.tasks.make_missing_renditions",
    ):
        app.send_task(name)


@after_setup_logger.connect
def say_less(**_):
    """What beat asks every second would fill the disk with “received” and “succeeded”; failures are still told."""
    for name in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(name).setLevel(logging.WARNING)
