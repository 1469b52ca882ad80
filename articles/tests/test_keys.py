"""Whatever stands where the desk expects the key of a row, it is answered."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.urls import reverse

from articles.models import Article, Section
from articles.tests.test_desk import ADD, DeskTestCase, form
from tests.cast import make_author, make_section, make_story

NO_KEYS = ["9" * 19, "9" * 40, "abc", "1.5", "-1", "\0", "\N{ARABIC-INDIC DIGIT ONE}", "[]", " \t"]
ROWS = {"bylines-TOTAL_FORMS": 1, "parts-TOTAL_FORMS": 1, "parts-INITIAL_FORMS": 0}
FIELDS = [
    *((ADD, name) for name in ("lead_picture", "section", "assigned_to", "bylines-0-author")),
    *(("/admin/articles/author/add/", name) for name in ("picture", "user")),
    *(("/admin/articles/section/add/", name) for name in ("parent", "editors")),
    ("/admin/articles/series/add/", "parts-0-article"),
    ("/admin/auth/group/add/", "permissions"),
]


class KeyTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.root = self.sign_in(User.objects.create_superuser("ada"))

    def test_a_choice_that_is_none_is_told_beside_its_field(self):
        for path, name in FIELDS:
            for key in NO_KEYS:
                response = self.client.post(path, {**form(), **ROWS, name: key})
                assert response.status_code in (200, 302), (path, name, key)
        refused = self.client.post(ADD, form(lead_picture="9" * 19))
        assert "lead_picture" in refused.context["adminform"].form.errors
        refused = self.client.post(
            "/admin/articles/section/add/", {"name": "City", "slug": "city", "editors": "9" * 19}
        )
        assert "editors" in refused.context["adminform"].form.errors

    def test_a_choice_that_is_one_is_kept(self):
        self.send(ADD, authors=[make_author()])
        assert Article.objects.get().byline == [make_author()]
        self.client.post(
            "/admin/articles/section/add/", {"name": "City", "slug": "city", "position": 0, "editors": self.root.pk}
        )
        assert list(Section.objects.get().editors.all()) == [self.root]

    def test_lists_and_their_actions_answer(self):
        make_story(section=make_section())
        for model, desk in admin.site._registry.items():
            path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            names = [field.name for field in model._meta.get_fields() if field.is_relation and field.concrete]
            for key in NO_KEYS:
                for name in ["pk", *names, *(f"{name}__id__exact" for name in names)]:
                    assert self.client.get(path, {name: key}).status_code in (200, 302, 400), (path, name, key)
                actions = desk.get_actions(self.client.get(path).wsgi_request)
                for action in actions:
                    data = {"action": action, ACTION_CHECKBOX_NAME: [key]}
                    assert self.client.post(path, data).status_code in (200, 302, 403), (path, action, key)
