"""Stories that belong beside a story: those that share most of its tags, then the newest of its section."""

from collections import Counter

from django.db import connection

from articles import names
from articles.models import Article, TaggedArticle
from newsroom.page_cache import carry

WEIGHED = 40  # newest stories of each tag that are compared; a tag may have thousands
TAGS = 8  # of a story's tags that are asked
SPARE = 6  # times as many are looked at as are shown: some of them may not be public


def related_to(article, number=4):
    """At most `number` published stories, without the story itself."""
    published = Article.objects.published().exclude(pk=article.pk)
    tags = list(article.tags.all())[:TAGS]
    carry(*map(names.stories_of, tags))
    shared = _shared_tags([tag.pk for tag in tags])
    keys: list[int] = []
    if shared:
        best = sorted(shared, key=lambda pk: (shared[pk], pk), reverse=True)[: number * SPARE]
        times = dict(published.filter(pk__in=best).order_by().values_list("pk", "published_at"))
        keys = sorted(times, key=lambda pk: (shared[pk], times[pk], pk), reverse=True)[:number]
    if len(keys) < number and article.section_id:
        carry(names.stories_of(article.section))
        fill = published.filter(section_id=article.section_id).exclude(pk__in=keys).newest()
        keys += fill.values_list("pk", flat=True)[: number - len(keys)]
    stories = Article.objects.listing().order_by().in_bulk(keys)
    return [stories[key] for key in keys]


def _shared_tags(tags: list[int]) -> Counter:
    """How many of the tags each of their newest stories has.

    One bounded index range for each tag; the ORM cannot put a LIMIT inside a UNION on SQLite, plain SQL can.
    """
    if not tags:
        return Counter()
    table = connection.ops.quote_name(TaggedArticle._meta.db_table)
    part = (
        f"SELECT * FROM (SELECT content_object_id FROM {table} WHERE tag_id = %s"
        f" ORDER BY content_object_id DESC LIMIT {WEIGHED}) AS newest"
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([part] * len(tags)), tags)
        return Counter(row[0] for row in cursor)
