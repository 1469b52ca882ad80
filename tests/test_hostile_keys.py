"""No address of the desk breaks by a key that no row can have, whatever view stands there."""

import re

from django.contrib.auth.models import User
from django.urls import URLResolver, get_resolver

from comments.models import Vote
from comments.tests.cast import make_comment
from digest.models import Subscriber
from tests.cast import NewsroomTestCase, make_author, make_story

KEYS = ("0", "9" * 25, "abc", "%00", "-1", "%ED%A0%80")
PART = re.compile(r"<[^>]+>")


def desk_routes(patterns=None, before=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from desk_routes(pattern.url_patterns, route)
        elif route.startswith("admin/"):
            yield route


class HostileKeyTests(NewsroomTestCase):
    def test_no_proposal_breaks_a_new_form(self):
        self.sign_in(User.objects.create_superuser("ada"))
        for path in (
            "article/add/?lead_picture=<b>",
            "author/add/?picture=x&user=2026-13-45",
            "section/add/?editors=a,b",
        ):
            self.see(f"/admin/articles/{path}")
        author = make_author()
        self.see(f"/admin/articles/author/{author.pk}/change/?_to_field=")
        self.see(f"/admin/articles/author/{author.pk}/delete/?_to_field=")

    def test_an_empty_field_of_the_key_means_the_key(self):
        self.sign_in(User.objects.create_superuser("ada"))
        rows = [make_comment(make_story()), Vote.objects.create(article=make_story("Voted"), voter="a", stars=3)]
        rows += [Subscriber.objects.create(email="a@example.org")]
        for row in rows:
            for deed in ("change", "delete"):
                path = f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{deed}/?_to_field="
                assert self.client.get(path).status_code < 500, path

    def test_no_key_breaks_the_desk(self):
        routes = [route for route in desk_routes() if PART.search(route) and "(?P" not in route]
        assert len(routes) > 50
        self.sign_in(User.objects.create_superuser("ada"))
        for route in routes:
            for key in KEYS:
                path = f"/{PART.sub(lambda part, key=key: key, route)}"
                for ask in (self.client.get, self.client.post):
                    assert ask(path).status_code < 500, path
