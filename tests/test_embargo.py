"""Embargo as law: a story that is not public stands at no public address, whatever keeps it from readers.

The addresses come from the URL configuration. A new one is hunted through as soon as it stands in ADDRESSES, and until
then the first test here fails.
"""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from articles import archive
from articles.models import Article, Correction, Page, Part, Series, Takedown
from articles.models.article import ArticleQuerySet
from articles.sitemap_files import RANGE
from articles.sitemaps import LISTED
from comments.models import Comment, Vote
from comments.tests.cast import WORDS, make_comment
from digest import letters
from digest.models import Edition, EditionStory
from reading.models import Ranked
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag, make_user

HOUR = timedelta(hours=1)
OF_STORY = ["kwodlibet", "brimborion", "galimatias", "zibaldone", "farrago", "mumpsimus", "sockdolager", "gallimaufry"]
HEADLINE, STANDFIRST, BODY, SLUG, CAPTION, COMMENT, CORRECTION, CREDIT = OF_STORY
OF_PAGES = GUEST, WORD = ["borborygmus", "quomodocunque"]  # an author and a tag that stand on this story alone
SECRETS = OF_STORY + OF_PAGES
DESK = "admin/"  # behind the sign-in

# What keeps a story from readers, and what its own address then answers.
STATES = {
    "draft": 404,
    "in review": 404,
    "approved": 404,
    "back to draft": 404,
    "scheduled": 404,
    "under embargo": 404,
    "under embargo again": 404,
    "over": 410,
    "withdrawn": 410,
    "taken down": 410,
    "withdrawn before its time": 404,
    "in the trash": 410,
    "a draft in the trash": 404,
}
# Readers have known the pages of an author and a tag by then; what stands on hidden stories alone they do not.
ONCE_PUBLIC = {"back to draft", "under embargo again", "over", "withdrawn", "taken down", "in the trash"}


def bring(story, state):
    """The story as it is in a state, by the columns alone: no save() helps published() along."""
    if state == "taken down":
        Takedown.of(story, by=None, reason="A judge asked for it.")
        return
    if state == "in the trash":
        Article.objects.filter(pk=story.pk).trash()
        return
    now = timezone.now()
    fields = {
        "draft": {"status": "draft", "first_public_at": None},
        "in review": {"status": "review", "first_public_at": None},
        "approved": {"status": "approved", "first_public_at": None},
        "a draft in the trash": {"status": "draft", "first_public_at": None, "trashed_at": now},
        "back to draft": {"status": "draft"},
        "scheduled": {"published_at": now + HOUR, "first_public_at": None},
        "under embargo": {"embargo_until": now + HOUR, "first_public_at": None},
        "under embargo again": {"embargo_until": now + HOUR},
        "over": {"unpublish_at": now - HOUR / 2, "first_public_at": None},
        "withdrawn": {"status": "withdrawn"},
        "withdrawn before its time": {"status": "withdrawn", "published_at": now + HOUR, "first_public_at": None},
    }[state]
    super(ArticleQuerySet, Article.objects.filter(pk=story.pk)).update(**fields)
    story.refresh_from_db()


class World:
    """One story that uses every place where a story can show, beside one that is always public."""

    def __init__(self):
        self.section, self.author, self.tag = make_section("Harbour"), make_author(), make_tag("Dredging")
        self.guest, self.word = make_author(GUEST.title(), bio=f"{GUEST} knows."), make_tag(WORD.title())
        everywhere = {"section": self.section, "authors": [self.author], "tags": [self.tag]}
        self.open = make_story("The ferry sails again", body="<p>All about the quay.</p>", **everywhere)
        self.story = make_story(
            f"{HEADLINE} at the gate",
            kind=Article.Kind.BLOG,
            slug=f"{SLUG}-at-the-gate",
            standfirst=f"{STANDFIRST} of the year.",
            body=f"<p>All about the {BODY} at the quay.</p>",
            lead_picture=make_picture(caption=CAPTION, credit=CREDIT),
            placement=Article.Placement.LEAD,
            breaking_until=timezone.now() + HOUR,
            section=self.section,
            authors=[self.author, self.guest],
            tags=[self.tag, self.word],
        )
        Article.objects.filter(pk=self.open.pk).update(picked=[self.story.pk])
        self.series = Series.objects.create(name="The quay", slug="the-quay")
        self.ethics = Page.objects.create(slug="ethics", title="Ethics")
        Part.objects.create(series=self.series, article=self.open)
        Part.objects.create(series=self.series, article=self.story, position=1)
        Ranked.objects.bulk_create(
            Ranked(span="day", position=place, article=story, count=99, is_beside=place < 2)
            for place, story in enumerate([self.story, self.open, self.story, self.open])
        )
        self.comment = make_comment(self.story, f"I saw the {COMMENT} too.")
        Correction.objects.create(article=self.story, wrong=f"A {CORRECTION}.", right="None.")


def of_story(name, *more):
    return lambda world: reverse(name, args=[world.story.pk, *more])


def day_of(story):
    return archive.day_of(story.published_at)


# name → (its address in a world, whether it shows a public story)
ADDRESSES = {
    "articles:front": (lambda w: reverse("articles:front"), True),
    "articles:search": (lambda w: reverse("articles:search") + "?q=quay", True),
    "articles:suggest": (lambda w: reverse("articles:suggest") + "?q=the", True),
    "articles:corrections": (lambda w: reverse("articles:corrections"), True),
    "articles:blogs": (lambda w: reverse("articles:blogs"), True),
    "articles:authors": (lambda w: reverse("articles:authors"), True),  # by the strip of what is breaking
    "articles:author": (lambda w: w.author.get_absolute_url(), True),
    "articles:tag": (lambda w: w.tag.get_absolute_url(), True),
    "articles:archive": (lambda w: reverse("articles:archive"), True),  # by the strip of what is breaking
    "articles:archive_year": (lambda w: day_of(w.open).above[0].get_absolute_url(), True),  # by the strip
    "articles:archive_month": (lambda w: day_of(w.open).above[1].get_absolute_url(), True),
    "articles:archive_day": (lambda w: day_of(w.open).get_absolute_url(), True),
    "articles:about": (lambda w: reverse("articles:about"), True),  # these three by the strip
    "articles:contact": (lambda w: reverse("articles:contact"), True),
    "articles:privacy": (lambda w: reverse("articles:privacy"), True),
    "articles:page": (lambda w: w.ethics.get_absolute_url(), True),
    "articles:series": (lambda w: w.series.get_absolute_url(), True),
    "articles:series_feed": (lambda w: reverse("articles:series_feed", args=[w.series.slug]), True),
    "articles:section": (lambda w: w.section.get_absolute_url(), True),
    "articles:article": (lambda w: w.open.get_absolute_url(), True),  # among the related; its own address: see below
    "articles:feed": (lambda w: reverse("articles:feed"), True),
    "articles:corrections_feed": (lambda w: reverse("articles:corrections_feed"), True),
    "articles:blogs_feed": (lambda w: reverse("articles:blogs_feed"), True),
    "articles:author_feed": (lambda w: reverse("articles:author_feed", args=[w.author.slug]), True),
    "articles:tag_feed": (lambda w: reverse("articles:tag_feed", args=[w.tag.slug]), True),
    "articles:section_feed": (lambda w: reverse("articles:section_feed", args=[w.section.slug]), True),
    "articles:kind_feed": (lambda w: reverse("articles:kind_feed", args=["news", "atom"]), False),  # it is a post
    "articles:sitemap": (lambda w: reverse("articles:sitemap"), False),
    "articles:sitemap_pages": (lambda w: reverse("articles:sitemap_pages"), False),
    "articles:sitemap_stories": (lambda w: reverse("articles:sitemap_stories", args=[w.story.pk // RANGE]), True),
    "articles:sitemap_list": (lambda w: reverse("articles:sitemap_list", args=["tags", w.word.pk // LISTED]), True),
    "articles:news_sitemap": (lambda w: reverse("articles:news_sitemap"), True),
    # Its token opens it; without one it is closed to everyone (articles/tests/test_preview.py).
    "articles:shared_preview": (lambda w: reverse("articles:shared_preview", args=["x" * 43]), True),
    "articles:manifest": (lambda w: reverse("articles:manifest"), False),
    "articles:favicon": (lambda w: reverse("articles:favicon"), False),
    "articles:indexnow_key": (lambda w: reverse("articles:indexnow_key", args=["x" * 32]), True),  # the page of a 404
    "articles:robots": (lambda w: reverse("articles:robots"), False),
    "comments:question": (lambda w: reverse("comments:question"), False),
    "comments:add": (of_story("comments:add"), True),
    "comments:reply": (lambda w: reverse("comments:reply", args=[w.story.pk, w.comment.pk]), True),
    "comments:thread": (of_story("comments:thread", 1), True),
    "comments:received": (of_story("comments:received"), True),
    "comments:vote": (of_story("comments:vote"), False),
    "comments:voted": (of_story("comments:voted"), True),
    "digest:subscribe": (lambda w: reverse("digest:subscribe"), True),  # the pages of the e-mail carry the strip too
    "digest:sent": (lambda w: reverse("digest:sent"), True),
    "digest:confirm": (lambda w: reverse("digest:confirm", args=["x"]), True),
    "digest:confirmed": (lambda w: reverse("digest:confirmed"), True),
    "digest:leave": (lambda w: reverse("digest:leave", args=["x"]), True),
    "digest:left": (lambda w: reverse("digest:left"), True),
    "reading:count": (lambda w: reverse("reading:count"), False),
    "reading:most_read": (lambda w: reverse("reading:most_read"), True),
    "healthz": (lambda w: reverse("healthz"), False),
    "readyz": (lambda w: reverse("readyz"), False),
    "media": (lambda w: reverse("media", args=["pictures/none.jpg"]), True),
}
OF_THE_STORY = {"comments:add", "comments:reply", "comments:thread", "comments:received", "comments:vote"}
OF_THE_STORY |= {"comments:voted"}


def public_names(patterns=None, space=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if str(pattern.pattern).startswith(DESK):
            continue
        if not isinstance(pattern, URLResolver):
            yield f"{space}{pattern.name}"
        else:
            inside = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from public_names(pattern.url_patterns, inside)


class EmbargoTests(NewsroomTestCase):
    def test_every_public_address_is_hunted_through(self):
        assert set(public_names()) == set(ADDRESSES)

    def test_the_places_are_the_right_ones(self):
        world = World()
        for name, (address, shows) in ADDRESSES.items():
            assert self.found_at(address(world)) if shows else not self.found_at(address(world)), name
        assert HEADLINE in self.letter(world)
        page = self.see(world.story.get_absolute_url())
        assert all(secret in page for secret in SECRETS)

    def test_no_address_shows_what_is_not_public(self):
        for state in STATES:
            with self.subTest(state):
                self.hunt(state)

    def test_the_hunt_finds_a_leak(self):
        """The one query, broken in each of the ways that it guards against."""
        published = Article.Status.PUBLISHED
        for state, broken in {
            "draft": lambda stories, at=None: stories,
            "scheduled": lambda stories, at=None: stories.filter(status=published),
            "under embargo": lambda stories, at=None: stories.filter(
                status=published, published_at__lte=timezone.now()
            ),
            "over": lambda stories, at=None: stories.begun(at),
        }.items():
            with patch.object(ArticleQuerySet, "published", broken), pytest.raises(AssertionError):
                self.hunt(state)

    @transaction.atomic
    def hunt(self, state):
        world = World()
        bring(world.story, state)
        secrets = OF_STORY if state in ONCE_PUBLIC else SECRETS
        for name, (address, _) in ADDRESSES.items():
            path = address(world)
            assert not set(self.found_at(path)) & set(secrets), (state, path)
            if name in OF_THE_STORY:
                assert self.client.get(path).status_code in (404, 405), (state, path)
        self.knock(world, state)
        self.knock_at_its_own(world, state)
        assert not any(secret in self.letter(world) for secret in SECRETS), state
        transaction.set_rollback(True)

    def knock(self, world, state):
        """At the story's own door, by every section part, and by what readers send."""
        for section in ("blogs", world.section.slug, "elsewhere"):
            path = reverse("articles:article", args=[section, world.story.slug])
            response = self.client.get(path)
            assert response.status_code == STATES[state], (state, path)
            assert self.found_in(response) == [], (state, path)
        comments, votes = Comment.objects.count(), Vote.objects.count()
        for name, data in (("comments:add", WORDS), ("comments:vote", {"stars": "5"})):
            response = self.client.post(reverse(name, args=[world.story.pk]), data)
            assert response.status_code == 404, (state, name)
            assert self.found_in(response) == [], (state, name)
        assert (Comment.objects.count(), Vote.objects.count()) == (comments, votes), state

    def knock_at_its_own(self, world, state):
        """At the pages of the author and the tag that stand on no other story."""
        status = 200 if state in ONCE_PUBLIC else 404
        for page in (world.guest.get_absolute_url(), world.word.get_absolute_url()):
            for path in (page, f"{page}feed/"):
                response = self.client.get(path)
                assert response.status_code == status, (state, path)
                assert not set(self.found_in(response)) & set(OF_STORY), (state, path)

    def test_a_renamed_tag_of_a_draft_does_not_tell_its_new_address(self):
        make_story(status="draft", tags=[tag := make_tag("Dredging")])
        tag.slug = WORD
        tag.save()
        assert self.found_at("/tags/dredging/") == []

    def test_nobody_at_the_desk_is_told_an_address_that_is_not_theirs_to_know(self):
        world = World()
        bring(world.story, "draft")
        address = f"/admin/r/{ContentType.objects.get_for_model(Article).pk}/{world.story.pk}/"
        self.sign_in(make_user("sam"))
        response = self.client.get(address)
        assert (response.status_code, self.found_in(response)) == (403, [])
        self.sign_in(self.editor)
        assert self.client.get(address).status_code == 302

    def test_a_copy_from_before_the_takedown_is_not_called_fresh(self):
        world = World()
        for name in ("articles:feed", "articles:section_feed", "articles:news_sitemap", "articles:sitemap_stories"):
            path = ADDRESSES[name][0](world)
            with transaction.atomic():
                tag = self.client.get(path)["ETag"]
                assert self.client.get(path, headers={"If-None-Match": tag}).status_code == 304
                bring(world.story, "taken down")
                response = self.client.get(path, headers={"If-None-Match": tag})
                assert (response.status_code, self.found_in(response)) == (200, []), path
                transaction.set_rollback(True)

    def found_at(self, path):
        return self.found_in(self.client.get(path))

    @staticmethod
    def found_in(response):
        said = f"{response.content.decode()} {response.headers}".lower() if not response.streaming else ""
        return [secret for secret in SECRETS if secret in said]

    @staticmethod
    def letter(world):
        """The edition as it would be mailed now, planned while the story was public."""
        now = timezone.now()
        edition = Edition.objects.create(day="2026-01-01", since=now - HOUR, until=now, subject="-")
        EditionStory.objects.create(edition=edition, article=world.story, position=0)
        EditionStory.objects.create(edition=edition, article=world.open, position=1)
        letter = letters.edition_letter(edition, letters.public_stories(edition))
        edition.delete()
        return f"{letter.subject} {letter.text} {letter.html}"
