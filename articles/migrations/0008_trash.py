from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0007_workflow")]

    operations = [
        migrations.AddField(
            model_name="article", name="trashed_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.AddIndex(
            model_name="article",
            index=models.Index(
                condition=models.Q(("trashed_at__isnull", False)), fields=["trashed_at"], name="article_trash"
            ),
        ),
    ]
