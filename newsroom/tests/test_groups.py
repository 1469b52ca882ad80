from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection

from tests.cast import NewsroomTestCase

GRANTED = {
    "Reporters": {"articles.add_article", "articles.change_article", "articles.add_picture", "articles.add_tag"},
    "Editors": {
        "articles.publish_article",
        "articles.delete_article",
        "articles.add_section",
        "comments.moderate_comment",
    },
    "Moderators": {"comments.moderate_comment", "articles.view_article"},
    "Newsletter desk": {"digest.view_edition", "digest.change_subscriber"},
}
WITHHELD = {
    "Reporters": {"articles.publish_article", "articles.delete_article", "comments.moderate_comment"},
    "Editors": {"auth.change_user", "digest.delete_subscriber"},
    "Moderators": {"articles.change_article", "digest.view_subscriber"},
    "Newsletter desk": {"articles.change_article", "comments.moderate_comment"},
}


class GroupTests(NewsroomTestCase):
    def member(self, group):
        return {
            "Reporters": self.reporter,
            "Editors": self.editor,
            "Moderators": self.moderator,
            "Newsletter desk": self.newsletter_desk,
        }[group]

    def test_each_group_may_do_its_work(self):
        for group, permissions in GRANTED.items():
            assert self.member(group).has_perms(permissions), group

    def test_each_group_is_kept_from_others_work(self):
        for group, permissions in WITHHELD.items():
            member = self.member(group)
            assert not [permission for permission in permissions if member.has_perm(permission)], group

    def test_running_it_again_changes_nothing(self):
        migration = import_module("newsroom.migrations.0001_groups")
        before = self.rights()

        migration.make_groups(apps, SimpleNamespace(connection=connection))

        assert self.rights() == before

    def rights(self):
        return {group.name: group.permissions.count() for group in Group.objects.all()}
