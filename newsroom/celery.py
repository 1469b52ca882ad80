"""The Celery application. What is due is always a question to the database; beat only asks it often."""

import os

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

app = Celery("newsroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def look_around(**_):
    """A worker that has just come up says so, and makes at once what an earlier one left or a first start brought."""
    for name in ("newsroom.tasks.worker_seen", "articles.tasks.make_missing_renditions"):
        app.send_task(name)
