"""The end of a story that nobody took out of the trash."""

from django.db import transaction

from articles import addresses
from articles.models import Article


def delete(stories):
    """For good, unless somebody puts it back at this moment. Where readers knew it, a page says that it is gone."""
    for key in list(stories.values_list("pk", flat=True)):
        with transaction.atomic():
            story = Article.objects.trashed().select_for_update().filter(pk=key).first()
            if story is None:
                continue
            path = addresses.path_of(story) if story.has_been_public else None
            if path:
                addresses.move(path, "")
            story.delete()
