"""Stories that belong beside a story: those that share most of its tags, then the newest of its section."""

from django.db.models import Count

from articles.models import Article

WEIGHED = 60  # newest stories with a shared tag that are compared; a tag may have thousands


def related_to(article, number=4):
    """At most `number` published stories, without the story itself."""
    published = Article.objects.published().exclude(pk=article.pk)
    tags = [tag.pk for tag in article.tags.all()]
    keys = []
    if tags:
        newest = published.filter(tags__in=tags).newest().annotate(shared=Count("pk"))
        weighed = list(newest.values_list("pk", "shared")[:WEIGHED])
        keys = [pk for pk, _ in sorted(weighed, key=lambda row: -row[1])][:number]
    if len(keys) < number and article.section_id:
        fill = published.filter(section_id=article.section_id).exclude(pk__in=keys).newest()
        keys += fill.values_list("pk", flat=True)[: number - len(keys)]
    stories = Article.objects.listing().in_bulk(keys)
    return [stories[key] for key in keys]
