"""Which stories a person began, asked by the dashboard: without it, every entry of the log about stories is read."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("newsroom", "0004_log")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS newsroom_log_begun ON django_admin_log"
            " (user_id, content_type_id, action_flag, action_time)",
            "DROP INDEX IF EXISTS newsroom_log_begun",
        )
    ]
