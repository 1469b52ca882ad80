from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.models import Article
from tests.cast import NewsroomTestCase, make_story

HOUR = timedelta(hours=1)


class PublishedTests(NewsroomTestCase):
    def test_a_published_story_is_public(self):
        story = make_story()
        assert story in Article.objects.published()

    def test_a_future_time_waits_for_the_clock(self):
        story = make_story(age=-timedelta(hours=1))
        assert story not in Article.objects.published()
        assert story in Article.objects.published(at=story.published_at)

    def test_other_states_are_not_public(self):
        for status in ("draft", "review", "withdrawn"):
            make_story(f"A {status} story", status=status)
        assert not Article.objects.published().exists()

    def test_an_embargo_holds_whatever_the_publication_time_says(self):
        story = make_story(embargo_until=timezone.now() + HOUR)
        assert story not in Article.objects.published()
        assert story in Article.objects.published(at=story.embargo_until)
        assert story in Article.objects.scheduled()
        assert not story.is_public
        assert story.is_scheduled
        assert str(story.state).startswith("Embargoed until ")

    def test_what_was_under_embargo_is_new_when_that_ends(self):
        """In lists, feeds and mail, which go by the publication time."""
        story = make_story(embargo_until=timezone.now() + HOUR)
        assert story.published_at == story.embargo_until
        Article.objects.filter(pk=story.pk).update(published_at=timezone.now())
        story.refresh_from_db()
        assert story.published_at == story.embargo_until

    def test_a_story_ends_at_its_time(self):
        story = make_story(unpublish_at=timezone.now() + HOUR)
        assert story in Article.objects.published()
        assert story not in Article.objects.published(at=story.unpublish_at)
        story.unpublish_at = timezone.now()
        assert not story.is_public
        assert story.state == "Taken away"

    def test_a_story_cannot_end_before_it_begins(self):
        now = timezone.now()
        for begins in ({"published_at": now}, {"published_at": now - HOUR, "embargo_until": now}):
            with pytest.raises(ValidationError) as refused:
                Article(headline="Weather", unpublish_at=now, **begins).clean()
            assert "unpublish_at" in refused.value.error_dict

    def test_that_a_story_was_public_is_remembered(self):
        """However it leaves the readers, and though nothing was saved when the clock brought it there."""
        ways = {
            "by its form": lambda story: story.save(),
            "in the list": lambda story: Article.objects.filter(pk=story.pk).update(status="withdrawn"),
        }
        for way, leave in ways.items():
            story = make_story(f"Left {way}", age=-HOUR)
            assert story.first_public_at is None
            with patch("django.utils.timezone.now", return_value=timezone.now() + 2 * HOUR):
                story.status = Article.Status.WITHDRAWN
                leave(story)
            story.refresh_from_db()
            assert story.first_public_at == story.published_at, way

    def test_what_never_was_public_has_no_memory_of_it(self):
        story = make_story(age=-HOUR)
        Article.objects.filter(pk=story.pk).update(status="withdrawn")
        with patch("django.utils.timezone.now", return_value=timezone.now() + 2 * HOUR):
            assert not Article.objects.gone().exists()
            Article.objects.get().save()
            assert not Article.objects.gone().exists()
