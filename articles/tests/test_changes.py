from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.utils import timezone

from articles import changes, tasks
from articles.models import Article, Takedown
from tests.cast import NewsroomTestCase, make_story

HOUR = timedelta(hours=1)


class ChangesTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.heard, self.waited_for = [], []
        mine = patch.object(changes, "listeners", [self.heard.append])
        mine.start()
        self.addCleanup(mine.stop)
        waiting = patch("articles.tasks.wait_until", self.waited_for.append)
        waiting.start()
        self.addCleanup(waiting.stop)
        promises = patch("articles.tasks.keep_promises")  # a test's transaction never ends, so all are left
        promises.start()
        self.addCleanup(promises.stop)

    def deed(self, do):
        """What was named by what was done, once it was committed."""
        self.heard.clear()
        with self.captureOnCommitCallbacks(execute=True):
            do()
        return set().union(*self.heard)

    def at(self, moment):
        return patch("django.utils.timezone.now", return_value=moment)

    def test_publishing_saving_and_taking_down_name_the_story(self):
        story = make_story(status="draft")
        other = make_story("Another")
        assert self.deed(lambda: Article.objects.filter(pk=story.pk).update(status="published")) == {story.pk}
        assert self.deed(other.save) == {other.pk}
        assert self.deed(lambda: Takedown.of(other, by=None, reason="No.")) == {other.pk}
        assert self.deed(lambda: Takedown.objects.get().lift(by=None)) == {other.pk}

    def test_what_readers_never_saw_is_not_named(self):
        assert self.deed(lambda: make_story(status="draft").save()) == set()
        assert self.deed(lambda: make_story("Later", age=-HOUR).save()) == set()

    def test_a_change_that_is_undone_is_not_named(self):
        story = make_story()
        self.heard.clear()
        with self.captureOnCommitCallbacks() as callbacks:
            story.save()
        assert callbacks
        assert self.heard == []

    def test_the_clock_is_named_at_its_second_and_once(self):
        tasks.announce_due()
        now = timezone.now()
        coming = make_story("Coming", age=-HOUR)
        embargoed = make_story("Embargoed", embargo_until=now + HOUR)
        going = make_story("Going", unpublish_at=now + HOUR)
        self.heard.clear()
        with self.at(now + HOUR - timedelta(seconds=1)):
            tasks.announce_due()
        assert self.heard == []
        assert self.waited_for == sorted([coming.published_at, now + HOUR])  # the second itself
        with self.at(now + HOUR + timedelta(seconds=5)):
            tasks.announce_due()
            tasks.announce_due()
        assert self.heard == [{coming.pk, embargoed.pk, going.pk}]
        coming.refresh_from_db()
        assert coming.first_public_at == coming.published_at

    def test_a_worker_that_was_away_catches_up(self):
        tasks.announce_due()
        story = make_story(age=-HOUR)
        self.heard.clear()
        with self.at(timezone.now() + timedelta(days=30)):
            tasks.announce_due()
        assert self.heard == [{story.pk}]

    def test_a_lost_mark_tells_the_last_days_again(self):
        story = make_story()
        tasks.announce_due()
        cache.clear()
        self.heard.clear()
        tasks.announce_due()
        assert self.heard == [{story.pk}]

    def test_a_listener_that_fails_is_told_again_and_spoils_no_save(self):
        story = make_story()

        def fails(keys):
            raise ConnectionError

        with patch.object(changes, "listeners", [fails]), self.assertLogs("django.test", "ERROR"):
            self.deed(story.save)
        with patch.object(changes, "listeners", [fails]), pytest.raises(ExceptionGroup):
            tasks.announce_due()
        self.heard.clear()
        tasks.announce_due()
        assert self.heard == [{story.pk}]
