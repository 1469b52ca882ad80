import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0010_preview_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WorkingCopy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField()),
                ("base", models.PositiveIntegerField(null=True)),
                ("writing", models.CharField(max_length=40)),
                ("typed", models.PositiveBigIntegerField(default=0)),
                ("saved_at", models.DateTimeField(auto_now=True)),
                (
                    "article",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="working_copies",
                        to="articles.article",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="working_copies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "working copy",
                "verbose_name_plural": "working copies",
                "indexes": [models.Index(fields=["saved_at"], name="working_copy_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("article", "user"), name="one_copy_of_a_story"),
                    models.UniqueConstraint(
                        condition=models.Q(("article", None)), fields=("user",), name="one_copy_of_a_new_story"
                    ),
                ],
            },
        ),
    ]
