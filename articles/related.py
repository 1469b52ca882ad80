"""Stories beside a story: its series; those picked by hand, that share most of its tags, the newest of its section."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Case, Count, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles import names
from articles.models import Article, Part, TaggedArticle
from newsroom.page_cache import carry

WEIGHED = 40  # newest stories of each tag that are compared; a tag may have thousands
TAGS = 8  # of a story's tags that are asked
PICKS = 8  # of a story
SPARE = 6  # times as many are looked at as are shown: some of them may not be public


@dataclass
class Beside:
    """The `related` stories, and the public `parts` of the story's series with itself among them, in their order."""

    related: list
    parts: list
    article: Article

    @property
    def place(self) -> int:
        """Which part the story is; the first is 1."""
        return next((n for n, part in enumerate(self.parts, 1) if part.pk == self.article.pk), 0)

    @property
    def previous(self):
        return self.parts[self.place - 2] if self.place > 1 else None

    @property
    def next(self):
        return self.parts[self.place] if 0 < self.place < len(self.parts) else None


def related_to(article, number=4):
    """`number` published stories at most, or twice as many where more are picked; never the story itself.

    One query, none of their bylines and renditions.
    """
    return beside(article, number).related


def beside(article, number=4) -> Beside:
    """One query for all, whatever the story has."""
    tags = [tag for tag in article.tags.all() if tag.pk][:TAGS]  # a preview may have one that is not saved
    part = getattr(article, "part", None) if article.pk else None
    carry(*map(names.stories_of, tags), *([names.stories_of(article.section)] if article.section else []))
    carry(names.series_of(article.pk), *([names.stories_of(part.series)] if part else []))
    picked = (article.picked or [])[:PICKS]
    carry(*map(names.story, picked))  # one that is not public yet shows by itself when it is
    if not tags and not article.section_id and not part and not picked:
        return Beside([], [], article)
    near = Article.objects.published().filter(
        pk__in=_candidates(article, [tag.pk for tag in tags], part, picked, number)
    )
    stories = near.exclude(pk=article.pk).heads().select_related("part").annotate(shared=_shared(tags))
    if part:  # all parts are shown, wherever they stand
        stories = stories.order_by()
    else:
        picks_first = [Case(When(pk__in=picked, then=0), default=1)] if picked else []
        stories = stories.order_by(*picks_first, "-shared", "-published_at", "-pk")[: len(picked) + number]
    parts = [article] if part else []
    others: list = []  # of stories with `shared`
    chosen = []
    for story in stories:
        if story.pk in picked:
            chosen.append(story)
        place = getattr(story, "part", None)
        if part and place and place.series_id == part.series_id:
            parts.append(story)
        elif story.pk not in picked and (story.shared or story.section_id == article.section_id):
            others.append(story)
    chosen.sort(key=lambda story: picked.index(story.pk))
    others.sort(key=lambda story: (story.shared, story.published_at, story.pk), reverse=True)
    rows = max(1, -(-len(chosen) // number))  # picks may be more than fill one
    related = [*chosen, *others][: rows * number]
    return Beside(related, sorted(parts, key=lambda story: (story.part.position, story.part.pk)), article)


def _shared(tags):
    """How many of these tags a story has."""
    lines = TaggedArticle.objects.filter(content_object=OuterRef("pk"), tag__in=tags).order_by()
    number = lines.values("content_object").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number), Value(0), output_field=IntegerField())


def _candidates(article, tags: list[int], part: Part | None, picked: list[int], number: int) -> RawSQL:
    """Keys: of the newest stories of each tag those that have most of them, the newest of the section, the series, and
    what was picked.

    One bounded index range for each; the ORM cannot put a LIMIT inside a UNION on SQLite, plain SQL can.
    """
    models = (Article, TaggedArticle, Part)
    stories, lines, places = (connection.ops.quote_name(model._meta.db_table) for model in models)
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
    if part:
        parts.append(f"SELECT article_id FROM {places} WHERE series_id = %s")
        values.append(part.series_id)
    if picked:
        parts.append(f"SELECT id FROM {stories} WHERE id IN ({', '.join(['%s'] * len(picked))})")
        values += picked
    return RawSQL(" UNION ALL ".join(parts), values)
