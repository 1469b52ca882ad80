from datetime import timedelta
from urllib.parse import parse_qs

import pytest
from django.http import Http404
from django.utils import timezone

from articles.models import Article
from articles.pages import page_of
from tests.cast import NewsroomTestCase, make_story


class PageTests(NewsroomTestCase):
    def walk(self, size):
        """The headlines of each page, following the marks."""
        pages, before = [], ""
        while True:
            page = page_of(Article.objects.published(), before, size)
            pages.append([story.headline for story in page.stories])
            if not page.older:
                return pages
            before = parse_qs(page.older)["before"][0]

    def test_the_pages_hold_every_story_once_newest_first(self):
        for number in range(5):
            make_story(f"Story {number}", age=timedelta(hours=number))
        assert self.walk(2) == [["Story 0", "Story 1"], ["Story 2", "Story 3"], ["Story 4"]]

    def test_stories_of_the_same_instant_are_neither_lost_nor_doubled(self):
        at = timezone.now() - timedelta(hours=1)
        for number in range(5):
            make_story(f"Story {number}", published_at=at)
        assert self.walk(2) == [["Story 4", "Story 3"], ["Story 2", "Story 1"], ["Story 0"]]

    def test_a_mark_that_is_none_is_not_found(self):
        for before in ("x", "1", "-", "1-", "9" * 40 + "-1", "1e3-1", "1-" + "9" * 40, "\0", "１２-٣x"):
            with pytest.raises(Http404):
                page_of(Article.objects.published(), before)

    def test_a_new_story_does_not_shift_the_older_page(self):
        for number in range(4):
            make_story(f"Story {number}", age=timedelta(hours=number + 1))
        mark = parse_qs(page_of(Article.objects.published(), "", 2).older)["before"][0]
        make_story("Just in", age=timedelta(0))
        assert [s.headline for s in page_of(Article.objects.published(), mark, 2).stories] == ["Story 2", "Story 3"]
