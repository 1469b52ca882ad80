"""What tests of comments share."""

import contextlib
import sqlite3
import tempfile
import threading
from pathlib import Path

from django.db import connection, connections
from django.urls import reverse

from comments import captcha
from comments.models import Comment

WORDS = {"name": "Agnes Roth", "email": "agnes@example.org", "body": "The bees were not impressed."}


def make_comment(story, body="I was on the bridge.", **fields):
    fields = {"name": "Peter V.", "email": "peter@example.org", "status": Comment.Status.APPROVED, **fields}
    return Comment.objects.create(article=story, body=body, **fields)


def solved():
    """A fresh question with its answer, as the form sends them."""
    question = captcha.ask()
    return {"captcha_0": question.hashkey, "captcha_1": question.response}


def send(client, story, headers=None, **fields):
    """Post the comment form, with a solved question unless another is given."""
    answer = {} if "captcha_0" in fields else solved()
    return client.post(reverse("comments:add", args=[story.pk]), {**WORDS, **answer, **fields}, headers=headers)


def at_once(deed, count):
    """What `deed(number)` returned in each of `count` threads that started together, on connections of their own.

    SQLite's test database is in memory, where writers do not wait for each other: they get a copy in a file.
    """
    results, barrier = [], threading.Barrier(count)
    copy = _copy_in_a_file()

    def run(number):
        own = connections["default"]
        own.settings_dict = {**own.settings_dict, **copy}
        try:
            barrier.wait()
            results.append(deed(number))
        finally:
            own.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _copy_in_a_file():
    if connection.vendor != "sqlite":
        return {}
    path = Path(tempfile.mkdtemp(prefix="newsroom-test-")) / "copy.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(path)])
    with contextlib.closing(sqlite3.connect(path)) as copy:
        copy.execute("PRAGMA journal_mode=WAL")  # one that changes the mode does not wait for the others
    return {"NAME": str(path)}
