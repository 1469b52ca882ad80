from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0018_pages_and_series")]

    operations = [
        # Nullable: SQLite then adds a column, and does not write the table, with the triggers of the search, anew.
        migrations.AddField(
            model_name="article",
            name="picked",
            field=models.JSONField(blank=True, null=True, verbose_name="related stories"),
        ),
    ]
