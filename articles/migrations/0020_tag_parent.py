import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("articles", "0019_article_picked")]

    operations = [
        migrations.AddField(
            model_name="tag",
            name="parent",
            field=models.ForeignKey(
                blank=True,
                help_text="Their pages lead to each other. Stories are listed under the tag that they have, no other.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="children",
                to="articles.tag",
                verbose_name="broader tag",
            ),
        ),
    ]
