from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("comments", "0002_count_from_the_index")]

    operations = [
        migrations.AddIndex(model_name="vote", index=models.Index(fields=["voted_at", "article"], name="vote_recent")),
    ]
