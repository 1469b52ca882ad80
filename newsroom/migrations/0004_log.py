"""Editors read the log of who did what; its indexes keep each page of it as quick as the first."""

from django.contrib.auth.management import create_permissions
from django.db import migrations

INDEXES = {
    "newsroom_log_time": "(action_time, id)",
    "newsroom_log_person": "(user_id, action_time, id)",
    "newsroom_log_kind": "(content_type_id, action_time, id)",
}


def let_editors(apps, schema_editor):
    using = schema_editor.connection.alias
    config = apps.get_app_config("admin")
    config.models_module = getattr(config, "models_module", None) or True
    create_permissions(config, verbosity=0, using=using, apps=apps)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    editors = apps.get_model("auth", "Group").objects.using(using).filter(name="Editors").first()
    if editors:  # an operator may have taken the group away
        editors.permissions.add(*permissions.filter(codename="view_logentry"))


class Migration(migrations.Migration):
    dependencies = [("newsroom", "0003_takedowns"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [
        migrations.RunPython(let_editors, migrations.RunPython.noop, elidable=False),
        *(
            migrations.RunSQL(
                f"CREATE INDEX IF NOT EXISTS {name} ON django_admin_log {columns}", f"DROP INDEX IF EXISTS {name}"
            )
            for name, columns in INDEXES.items()
        ),
    ]
