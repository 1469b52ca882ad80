import time
from unittest.mock import patch

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse

from newsroom import tasks, worker
from newsroom.celery import app
from tests.cast import NewsroomTestCase

BANNER = "The worker has been silent"


class WorkerTests(NewsroomTestCase):
    def later(self, seconds):
        return patch("newsroom.worker.time.time", return_value=time.time() + seconds)

    def test_the_desk_says_that_the_worker_is_silent(self):
        self.sign_in(self.editor)
        tasks.worker_seen()
        pages = [reverse(f"admin:{name}") for name in ("index", "articles_article_changelist", "articles_article_add")]
        for page in pages:
            assert BANNER not in self.see(page), page
            with self.later(worker.PATIENCE + 1):
                assert self.see(page).count(BANNER) == 1, page

    def test_a_sign_of_life_ends_it(self):
        with self.later(worker.PATIENCE + 1):
            assert worker.is_silent()
            tasks.worker_seen()
            assert not worker.is_silent()

    def test_a_newsroom_that_has_just_started_is_given_time(self):
        with patch.object(worker, "STARTED", time.time()):
            assert not worker.is_silent()

    def test_without_a_cache_the_desk_works_and_says_so(self):
        self.sign_in(self.editor)
        with patch.object(cache, "get", side_effect=ConnectionError):
            assert worker.is_silent()

    def test_strangers_are_told_nothing(self):
        with self.later(worker.PATIENCE + 1):
            assert BANNER not in self.see(reverse("admin:login"))

    def test_beat_asks_for_the_tasks_that_there_are(self):
        app.loader.import_default_modules()
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            assert entry["task"] in app.tasks, entry
