import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.db import transaction

from articles import tasks
from newsroom import commits
from newsroom.models import Promise
from newsroom.page_cache import changed, everything_changed, store
from tests.cast import NewsroomTestCase
from tests.live import ROOT, opened, wait_for


class PromiseTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        cache.delete(commits.SEEN)
        self.done, self.error, self.answer = [], None, None
        self.enterContext(patch.dict(commits.deeds))
        commits.promised(self.deed)
        self.deed_ = self.deed  # one and the same function each time

    def deed(self, things):
        if self.error:
            raise self.error
        self.done.append(things)
        return self.answer

    def ask(self, *things):
        commits.gather(self.deed_, things)

    def killed(self, *things):
        """Committed, and dead before what it was to do."""
        with self.captureOnCommitCallbacks():
            self.ask(*things)

    def left(self):
        return [(row.deed.rpartition(".")[2], row.things) for row in Promise.objects.order_by("pk")]

    def test_what_is_done_after_the_commit_leaves_nothing(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.ask(1)
            self.ask(2, 1)
            assert self.left() == [("deed", [1]), ("deed", [2])]
        assert self.done == [{1, 2}]
        assert self.left() == []

    def test_what_a_killed_process_left_is_done_at_the_second_look(self):
        self.killed(1, 2)
        self.killed(3)
        tasks.keep_promises()
        assert self.done == []  # it may be at it
        tasks.keep_promises()
        assert self.done == [{1, 2, 3}]
        assert self.left() == []

    def test_what_is_asked_for_again_within_is_written_once(self):
        with self.captureOnCommitCallbacks(execute=True):
            self.ask(1)
            with transaction.atomic():
                self.ask(1)
            assert self.left() == [("deed", [1])]
        assert self.done == [{1}]

    def test_what_was_rolled_back_is_not_promised(self):
        with self.captureOnCommitCallbacks(execute=True):
            with transaction.atomic():
                self.ask(1)
                transaction.set_rollback(True)
            assert self.left() == []
            self.ask(1)
        assert self.done == [{1}]

    def test_what_failed_is_tried_until_it_is_done(self):
        self.error = ConnectionError("away")
        with self.assertLogs("django.test", "ERROR"), self.captureOnCommitCallbacks(execute=True):
            self.ask(1)
        commits.keep_promises()
        with self.assertLogs("newsroom.commits", "ERROR"):
            commits.keep_promises()
        assert self.left() == [("deed", [1])]
        self.error = None
        commits.keep_promises()
        assert (self.done, self.left()) == ([{1}], [])

    def test_a_deed_may_say_that_it_is_to_be_done_again(self):
        self.answer = False
        with self.captureOnCommitCallbacks(execute=True):
            self.ask(1)
        assert self.left() == [("deed", [1])]

    def test_what_never_works_is_given_up(self):
        self.killed(1)
        self.error = ConnectionError("away")
        Promise.objects.update(made_at=Promise.objects.get().made_at - timedelta(hours=2))
        commits.keep_promises()
        with self.assertLogs("newsroom.commits", "ERROR"):
            commits.keep_promises()
        assert self.left() == []

    def test_a_deed_that_this_version_does_not_know_is_struck_out(self):
        self.killed(1)
        Promise.objects.update(deed="newsroom.gone")
        commits.keep_promises()
        commits.keep_promises()
        assert self.left() == []

    def test_without_a_cache_it_is_done_at_the_first_look(self):
        self.killed(1)
        with patch.object(cache, "get", side_effect=ConnectionError), self.assertLogs("newsroom.commits"):
            commits.keep_promises()
        assert self.done == [{1}]

    def test_while_redis_is_away_names_wait_for_it(self):
        away = patch.object(store.shared(), "purge", return_value=False)
        empty = patch.object(store.shared(), "forget_all", return_value=False)
        with away, empty, self.captureOnCommitCallbacks(execute=True):
            changed("menu")
            everything_changed()
        assert self.left() == [("_purge", ["menu"]), ("_empty", [""])]

    def test_nothing_left_is_one_question(self):
        with self.assertNumQueries(1):
            commits.keep_promises()


# Old, so that a worker that has just started does not name it for its hour.
MADE = """
from datetime import timedelta
from tests.cast import make_story
make_story("The dam opens", age=timedelta(days=30))
"""
KILLED = """
import os, signal
from unittest.mock import patch
from django.db import transaction
from articles.models import Article
from newsroom.page_cache.store import Store
story = Article.objects.get()
story.headline = "The dam is opened"
with patch.object(Store, "purge", lambda *_: os.kill(os.getpid(), signal.SIGKILL)), transaction.atomic():
    story.save()
"""


@pytest.mark.processes
def test_a_process_that_is_killed_after_its_commit_leaves_no_old_page():
    with tempfile.TemporaryDirectory(prefix="newsroom-") as name, opened(Path(name)) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", MADE)
        assert "The dam opens" in newsroom.asked("/") + newsroom.asked("/")
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v", "0", "-c", KILLED], cwd=ROOT, env=newsroom.environment
        )
        assert done.returncode == -signal.SIGKILL
        killed_at = time.monotonic()
        wait_for(lambda: "The dam is opened" in newsroom.asked("/"))
        assert time.monotonic() - killed_at < 30  # two looks of a worker on a busy machine
        assert (
            newsroom.found("list(__import__('newsroom.models').models.Promise.objects.values('deed', 'things'))") == []
        )
