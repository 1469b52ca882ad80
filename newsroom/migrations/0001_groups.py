"""The groups of a newsroom. Operators may change them afterwards; this only makes sure that they are there."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

APPS = ("auth", "articles", "comments", "digest")
VIEW = ("view",)
WRITE = ("view", "add", "change")
ALL = ("view", "add", "change", "delete")

GROUPS = {
    # Writes stories and hands them in; what readers can see already is out of reach (articles/admin/article.py).
    "Reporters": {
        "articles": {
            "article": WRITE, "byline": ALL, "picture": WRITE, "tag": ("view", "add"),
            "author": VIEW, "correction": VIEW, "section": VIEW,
        },
        "comments": {"comment": VIEW},
    },
    "Editors": {
        "articles": {
            "article": (*ALL, "publish"), "byline": ALL, "correction": ALL, "picture": ALL, "tag": ALL, "author": ALL,
            "section": ALL,
        },
        "comments": {"comment": ("view", "change", "moderate"), "vote": VIEW},
        "digest": {"edition": VIEW, "subscriber": VIEW},
    },
    "Moderators": {
        "articles": {"article": VIEW},
        "comments": {"comment": (*ALL, "moderate"), "vote": VIEW},
    },
    "Newsletter desk": {
        "articles": {"article": VIEW},
        "digest": {"subscriber": ALL, "edition": ("view", "change"), "delivery": VIEW},
    },
}  # fmt: skip


def permissions_first(apps, using):
    """Django makes permissions after all migrations have run; the groups need them now."""
    for label in APPS:
        config = apps.get_app_config(label)
        # A migration's own stand-in for an app has no models module, and without one Django makes nothing.
        config.models_module = getattr(config, "models_module", None) or True
        create_permissions(config, verbosity=0, using=using, apps=apps)


def make_groups(apps, schema_editor):
    using = schema_editor.connection.alias
    permissions_first(apps, using)
    groups = apps.get_model("auth", "Group").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    for name, grants in GROUPS.items():
        group, _ = groups.get_or_create(name=name)
        for label, models in grants.items():
            for model, verbs in models.items():
                codenames = [f"{verb}_{model}" for verb in verbs]
                group.permissions.add(
                    *permissions.filter(
                        content_type__app_label=label, content_type__model=model, codename__in=codenames
                    )
                )


class Migration(migrations.Migration):
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("articles", "__first__"),
        ("comments", "__first__"),
        ("digest", "__first__"),
    ]

    operations = [migrations.RunPython(make_groups, migrations.RunPython.noop, elidable=False)]
