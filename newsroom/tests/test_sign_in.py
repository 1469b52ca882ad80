from unittest.mock import patch

from django.contrib.admin.models import LogEntry
from django.core.cache import cache

from tests.cast import NewsroomTestCase, make_user

DOOR = "/admin/login/"


class SignInTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.user = make_user("eve", "Editors")

    def knock(self, username="eve", password="harbour-lights"):
        return self.client.post(DOOR, {"username": username, "password": password})

    def said(self):
        return [(entry.user.username, entry.change_message) for entry in LogEntry.objects.order_by("pk")]

    def test_who_came_in_stands_in_the_log(self):
        assert self.knock().status_code == 302
        assert self.said() == [("eve", "Signed in.")]
        self.sign_in(make_user("ada", is_superuser=True))
        assert "Signed in." in self.see("/admin/log/")

    def test_an_editor_does_not_read_who_signed_in(self):
        self.knock()
        assert "Signed in." not in self.see("/admin/log/")

    def test_failures_with_the_name_of_an_account_are_told_at_one_ten_and_a_hundred(self):
        for _n in range(11):
            assert self.knock(password="wrong").status_code == 200
        assert self.said() == [
            ("eve", "1 sign-in with this name failed within an hour."),
            ("eve", "10 sign-ins with this name failed within an hour."),
        ]

    def test_what_was_typed_is_kept_nowhere(self):
        for name in ("harbour-lights", "x" * 500, "a\0b", "\ud800", "", "\u202eeve", "EVE"):
            name = name.encode("utf-8", "replace").decode()
            assert self.knock(name, "wrong").status_code == 200, name
        assert self.said() == []
        assert cache.get("sign-in-failed:nobody") == 5  # an empty name, and one with a NUL, ask for no account

    def test_who_may_not_come_in_has_failed(self):
        self.user.is_active = False
        self.user.save()
        assert self.knock().status_code == 200
        assert self.said() == [("eve", "1 sign-in with this name failed within an hour.")]

    def test_without_a_cache_the_door_opens(self):
        with patch.object(cache, "add", side_effect=ConnectionError):
            assert self.knock(password="wrong").status_code == 200
            assert self.knock().status_code == 302
        assert self.said() == [("eve", "Signed in.")]
