"""Two people who do the same in one instant: one does it, the other is told, and nobody sees an error."""

from unittest.mock import patch

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import ModelAdmin
from django.contrib.auth.models import User
from django.contrib.redirects.models import Redirect
from django.db import IntegrityError
from django.test import Client, TransactionTestCase
from django.urls import reverse

from articles.models import Article, Section, Tag, Takedown
from articles.models.tag import TagSynonym
from articles.tests.test_desk import ADD, DeskTestCase, form
from comments.tests.cast import at_once
from tests.cast import make_author, make_section, make_story, make_tag, make_user

MANY = 3
ROWS = {"synonyms-TOTAL_FORMS": 1, "synonyms-INITIAL_FORMS": 0}


class OvertakenTests(DeskTestCase):
    """Somebody stores the same between this form's look at the database and its save."""

    def setUp(self):
        super().setUp()
        self.sign_in(User.objects.create_superuser("ada"))

    def overtaken(self, rival, path, **data):
        """The answer to a form whose first save the database refuses, because `rival` was faster."""
        original, begun = ModelAdmin.changeform_view, []

        def changeform_view(*args, **kwargs):
            if not begun:
                begun.append(rival())
                raise IntegrityError("duplicate key")
            return original(*args, **kwargs)

        with patch.object(ModelAdmin, "changeform_view", changeform_view):
            response = self.client.post(path, data)
        assert begun
        return response

    def said(self, field, *args, **data):
        response = self.overtaken(*args, **data)
        assert response.status_code == 200
        context = response.context
        forms = [context["adminform"].form, *(f for inline in context["inline_admin_formsets"] for f in inline.formset)]
        return " ".join(error for one in forms for error in one.errors.get(field, []))

    def test_the_slug_of_a_story(self):
        told = self.said("slug", lambda: make_story("First", slug="flood"), ADD, **form(slug="flood"))
        assert "already exists" in told

    def test_a_story_without_a_slug_takes_the_next(self):
        self.overtaken(lambda: make_story("The river comes back"), ADD, **form())
        assert set(Article.objects.values_list("slug", flat=True)) == {"the-river-comes-back", "the-river-comes-back-2"}

    def test_a_section(self):
        data = {"name": "City", "slug": "city", "position": 0}
        assert "already exists" in self.said("slug", make_section, "/admin/articles/section/add/", **data)

    def test_an_author(self):
        data = {"name": "Ruth Okafor", "slug": "ruth-okafor", "kind": "person"}
        assert "already exists" in self.said("slug", make_author, "/admin/articles/author/add/", **data)

    def test_a_tag(self):
        told = self.said(
            "name", lambda: make_tag("Dams"), "/admin/articles/tag/add/", **ROWS, name="Dams", slug="dams-2"
        )
        assert "already" in told

    def test_a_synonym(self):
        tag, other = make_tag("Dams"), make_tag("Weirs")
        data = {"name": "Dams", "slug": "dams", **ROWS, "synonyms-0-name": "Barrage", "synonyms-0-tag": tag.pk}
        rival = lambda: TagSynonym.objects.create(name="barrage", tag=other)  # noqa: E731
        assert "synonym of “Weirs”" in self.said("name", rival, f"/admin/articles/tag/{tag.pk}/change/", **data)

    def test_a_former_address(self):
        rival = lambda: Redirect.objects.create(site_id=1, old_path="/old/", new_path="/city/")  # noqa: E731
        data = {"old_path": "/old/", "new_path": "/world/"}
        assert "already" in self.said("old_path", rival, "/admin/redirects/redirect/add/", **data)

    def test_an_account(self):
        data = {"username": "eve", "password1": "harbour-lights-9", "password2": "harbour-lights-9"}
        assert "already exists" in self.said("username", lambda: make_user("eve"), "/admin/auth/user/add/", **data)

    def test_what_the_database_goes_on_refusing_is_not_tried_for_ever(self):
        always = patch.object(ModelAdmin, "changeform_view", side_effect=IntegrityError)
        with always as tried, pytest.raises(IntegrityError):
            self.client.post(ADD, form())
        assert tried.call_count == MANY

    def test_a_tag_that_was_merged_away_meanwhile(self):
        first, second, third = make_tag("Dams"), make_tag("Weirs"), make_tag("Locks")
        stale = list(Tag.objects.all())
        first.absorb([second])
        assert third.absorb([tag for tag in stale if tag == second]) == 0
        with pytest.raises(Tag.DoesNotExist):
            stale[[tag.pk for tag in stale].index(second.pk)].absorb([third])
        assert set(Tag.objects.all()) == {first, third}


class AtOnceTests(TransactionTestCase):
    """In one instant, on real connections; PostgreSQL lets both look before either has stored."""

    def setUp(self):
        user = User.objects.create_superuser("ada")
        client = Client()
        client.force_login(user)
        self.cookies = client.cookies

    def send(self, path, data, of=None):
        """(status, what `of()` counts afterwards) for each of several who press the same button together."""

        def press(number):
            client = Client(raise_request_exception=True)
            client.cookies = self.cookies.copy()
            sent = data(number) if callable(data) else data
            return client.post(path, sent).status_code

        def last(number):
            return press(number), of() if of else None

        return at_once(last, MANY)

    @staticmethod
    def statuses(answers):
        return sorted(status for status, _count in answers)

    def test_stories_of_one_slug(self):
        answers = self.send(ADD, form(slug="flood"), Article.objects.count)
        assert self.statuses(answers) == [200, 200, 302]
        assert {count for _status, count in answers} == {1}

    def test_sections_of_one_slug(self):
        data = {"name": "City", "slug": "city", "position": 0}
        answers = self.send("/admin/articles/section/add/", data, Section.objects.count)
        assert self.statuses(answers) == [200, 200, 302]

    def test_former_addresses(self):
        data = {"old_path": "/old/", "new_path": "/world/"}
        answers = self.send("/admin/redirects/redirect/add/", data, Redirect.objects.count)
        assert self.statuses(answers) == [200, 200, 302]

    def test_synonyms(self):
        tag = make_tag("Dams")
        data = {"name": "Dams", "slug": "dams", **ROWS, "synonyms-0-name": "Barrage", "synonyms-0-tag": tag.pk}
        answers = self.send(f"/admin/articles/tag/{tag.pk}/change/", data, TagSynonym.objects.count)
        assert self.statuses(answers) == [200, 200, 302]

    def test_merges_of_one_tag_into_different_ones(self):
        tags = [make_tag(name) for name in ("Dams", "Weirs", "Locks", "Sluices")]
        make_story(tags=[tags[0]])

        def data(number):
            stays = tags[number + 1].pk
            return {"action": "merge", "_selected_action": [tags[0].pk, stays], "stays": stays}

        answers = self.send("/admin/articles/tag/", data, lambda: set(Tag.objects.values_list("name", flat=True)))
        assert self.statuses(answers) == [302] * MANY
        assert all(names == {"Weirs", "Locks", "Sluices"} for _status, names in answers)

    def test_merges_across(self):
        one, other = make_tag("Dams"), make_tag("Weirs")

        def data(number):
            stays = (one, other)[number % 2].pk
            return {"action": "merge", "_selected_action": [one.pk, other.pk], "stays": stays}

        answers = self.send("/admin/articles/tag/", data, Tag.objects.count)
        assert self.statuses(answers) == [302] * MANY
        assert {count for _status, count in answers} == {1}

    def test_takedowns_and_their_end(self):
        story = make_story()
        address = reverse("admin:articles_article_takedown", args=[story.pk])
        answers = self.send(address, {"reason": "A court order."}, Takedown.objects.count)
        assert answers == [(302, 1)] * MANY
        Takedown.of(story, by=None, reason="A court order.")
        address = reverse("admin:articles_article_restore", args=[story.pk])
        answers = self.send(address, {}, Article.objects.published().count)
        assert answers == [(302, 1)] * MANY

    def test_trash_and_undo(self):
        story, move = make_story(), {"post": "yes", "to_trash": "yes"}
        answers = self.send(f"/admin/articles/article/{story.pk}/delete/", move, LogEntry.objects.count)
        assert answers == [(302, 1)] * MANY
        Article.objects.trash()
        LogEntry.objects.all().delete()
        answers = self.send(f"/admin/articles/article/{story.pk}/put-back/", {}, LogEntry.objects.count)
        assert answers == [(302, 1)] * MANY
