import django.db.models.deletion
from django.db import migrations, models

import articles.models.tag


def fill_keys(apps, schema_editor):
    Tag = apps.get_model("articles", "Tag")
    tags = list(Tag.objects.using(schema_editor.connection.alias).only("pk", "name"))
    for tag in tags:
        tag.key = articles.models.tag.key_of(tag.name)
    Tag.objects.using(schema_editor.connection.alias).bulk_update(tags, ["key"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("articles", "0005_revisions")]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="key",
            field=articles.models.tag.KeyField(db_index=True, default="", editable=False, max_length=300),
        ),
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.CreateModel(
            name="TagSynonym",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("key", articles.models.tag.KeyField(default="", editable=False, max_length=300, unique=True)),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="synonyms",
                        to="articles.tag",
                        verbose_name="tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "synonym",
                "verbose_name_plural": "synonyms",
                "ordering": ["name"],
            },
        ),
    ]
