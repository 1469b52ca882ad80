"""Editors write the pages about the paper and put stories into series; reporters see the series."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

GRANTS = {
    "Editors": [
        f"{verb}_{model}" for model in ("page", "series", "part") for verb in ("view", "add", "change", "delete")
    ],
    "Reporters": ["view_series", "view_part"],
}


def grant(apps, schema_editor):
    using = schema_editor.connection.alias
    config = apps.get_app_config("articles")
    config.models_module = getattr(config, "models_module", None) or True
    create_permissions(config, verbosity=0, using=using, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(using).filter(content_type__app_label="articles")
    for name, codenames in GRANTS.items():
        group = apps.get_model("auth", "Group").objects.using(using).filter(name=name).first()
        if group:  # an operator may have taken the group away
            group.permissions.add(*permissions.filter(codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [("newsroom", "0005_log_begun"), ("articles", "0018_pages_and_series")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop, elidable=False)]
