"""Stories beside a story: those that share most of its tags, then the newest of its section."""

from django.db import connection
from django.db.models import Count, IntegerField, OuterRef, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles import names
from articles.models import Article, TaggedArticle
from newsroom.page_cache import carry

WEIGHED = 40  # newest stories of each tag that are compared; a tag may have thousands
TAGS = 8  # of a story's tags that are asked
SPARE = 6  # times as many are looked at as are shown: some of them may not be public


def related_to(article, number=4):
    """At most `number` published stories, without the story itself; one query, none of their bylines and renditions."""
    tags = [tag for tag in article.tags.all() if tag.pk][:TAGS]  # a preview may have one that is not saved
    carry(*map(names.stories_of, tags), *([names.stories_of(article.section)] if article.section else []))
    if not tags and not article.section_id:
        return []
    near = Article.objects.published().filter(pk__in=_candidates(article, [tag.pk for tag in tags], number))
    stories = near.exclude(pk=article.pk).order_by().heads().annotate(shared=_shared(tags))
    ranked = sorted(stories, key=lambda story: (story.shared, story.published_at, story.pk), reverse=True)
    return [story for story in ranked if story.shared or story.section_id == article.section_id][:number]


def _shared(tags):
    """How many of these tags a story has."""
    lines = TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__in=tags).order_by()
    number = lines.values("content_object").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number), Value(0), output_field=IntegerField())


def _candidates(article, tags: list[int], number: int) -> RawSQL:
    """Keys: of the newest stories of each tag those that have most of them, and the newest of the section.

    One bounded index range for each; the ORM cannot put a LIMIT inside a UNION on SQLite, plain SQL can.
    """
    stories, lines = map(connection.ops.quote_name, (Article._meta.db_table, TaggedArticle._meta.db_table))
    parts: list[str] = []
    values: list = []
    if tags:
        of_tag = f"SELECT content_object_id AS id FROM {lines} WHERE tag_id = %s ORDER BY id DESC LIMIT {WEIGHED}"
        tagged = " UNION ALL ".join([f"SELECT * FROM ({of_tag}) AS one"] * len(tags))
        most = f"GROUP BY id ORDER BY COUNT(*) DESC, id DESC LIMIT {number * SPARE}"
        parts.append(f"SELECT * FROM (SELECT id FROM ({tagged}) AS tagged {most}) AS best")
        values += tags
    if article.section_id:
        due = "section_id = %s AND status = %s AND published_at <= %s"
        newest = f"ORDER BY published_at DESC, id DESC LIMIT {number * 2}"
        parts.append(f"SELECT * FROM (SELECT id FROM {stories} WHERE {due} {newest}) AS newest")
        values += [article.section_id, Article.Status.PUBLISHED, timezone.now()]
    return RawSQL(" UNION ALL ".join(parts), values)
