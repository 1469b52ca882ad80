"""How the database goes about the lists of readers: by an index and no further than the page is long.

Asked of the database itself (EXPLAIN), with the statements that the pages really send.
"""

import json
import re
from datetime import timedelta

from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Byline, Correction, TaggedArticle
from comments.models import Comment
from reading.models import Ranked, Reads
from tests.cast import NewsroomTestCase, make_author, make_section, make_tag

STORIES = 2400
EACH = 60  # authors, tags: what one of them costs grows with its own stories, and no further than 4,000 of them
READ = 600  # rows of one table that one statement may read, of STORIES
STEPS = 15_000  # of SQLite, where walking STORIES rows takes more than 20,000
BIG = {
    "articles_article", "articles_byline", "articles_taggedarticle", "articles_correction", "comments_comment",
    "reading_reads",
}  # fmt: skip


class PlanTests(NewsroomTestCase):
    @classmethod
    def setUpTestData(cls):
        super().setUpTestData()
        sections, authors = [make_section(f"S{n}") for n in range(4)], [make_author(f"A {n}") for n in range(EACH)]
        tags, now = [make_tag(f"t{n}") for n in range(EACH)], timezone.now()
        cls.stories = Article.objects.bulk_create(
            Article(
                headline=f"Brief {n}",
                slug=f"b{n}",
                section=sections[n % 4],
                kind=Article.Kind.BLOG if n % 5 == 0 else Article.Kind.NEWS,
                status="published",
                published_at=now - timedelta(hours=n + 1),
                first_public_at=now - timedelta(hours=n + 1),
            )
            for n in range(STORIES)
        )
        numbered = list(enumerate(cls.stories))
        Byline.objects.bulk_create(Byline(article=story, author=authors[n % EACH]) for n, story in numbered)
        TaggedArticle.objects.bulk_create(
            TaggedArticle(content_object=story, tag=tag)
            for n, story in numbered
            for tag in {tags[n % EACH], tags[n // 7 % EACH]}
        )
        Correction.objects.bulk_create(
            Correction(article=story, wrong="Nine.", right="Ten.", corrected_at=now - timedelta(hours=n))
            for n, story in numbered
        )
        Comment.objects.bulk_create(
            Comment(
                article=cls.stories[n % 600], name="Ada", email="a@example.org", body="So.", status="approved",
                created_at=now - timedelta(days=8, hours=n),
            )
            for n in range(STORIES)
        )  # fmt: skip
        Reads.objects.bulk_create(
            Reads(article=story, hour=now - timedelta(days=9, hours=n), count=3) for n, story in numbered
        )
        Ranked.objects.bulk_create(
            Ranked(span="week", position=n, article=story, count=20, is_beside=n < 5) for n, story in numbered[:10]
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def walked(self, path):
        """What each statement of a page reads too much of."""
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            response = self.client.get(path)
        assert response.status_code == 200, path
        assert queries.captured_queries, path
        too_much = too_much_on_sqlite if connection.vendor == "sqlite" else too_much_on_postgresql
        return [f"{path}: {wrong}\n{q['sql'][:1500]}" for q in queries for wrong in too_much(q["sql"])]

    def assert_walks_nowhere(self, *paths):
        wrong = [line for path in paths for line in self.walked(path)]
        assert not wrong, "\n\n".join(wrong)

    def test_front_page_and_blogs(self):
        self.assert_walks_nowhere("/", "/blogs/")

    def test_section_tag_and_author_first_and_later_pages(self):
        story = self.stories[1500]
        mark = f"?before={int(story.published_at.timestamp() * 1_000_000)}-{story.pk}"
        lists = ["/s1/", "/tags/t1/", "/authors/a-1/"]
        self.assert_walks_nowhere(*lists, *(path + mark for path in lists))

    def test_archive(self):
        year = f"/archive/{self.stories[1200].published_at:%Y}/"
        self.assert_walks_nowhere("/archive/", year, f"{year}{self.stories[1200].published_at:%m/}")

    def test_feeds_and_news_sitemap(self):
        self.assert_walks_nowhere("/feed/", "/s1/feed/", "/tags/t1/feed/", "/authors/a-1/feed/", "/news-sitemap.xml")

    def test_a_story_with_its_comments(self):
        self.assert_walks_nowhere(self.stories[100].get_absolute_url(), self.stories[2200].get_absolute_url())

    def test_corrections_and_most_read(self):
        self.assert_walks_nowhere("/corrections/", "/corrections/feed/", "/most-read/")

    def test_a_walk_is_seen(self):
        with CaptureQueriesContext(connection) as queries:
            list(Article.objects.filter(standfirst="", kicker="").order_by("dateline")[:20])
        assert list(
            (too_much_on_sqlite if connection.vendor == "sqlite" else too_much_on_postgresql)(queries[0]["sql"])
        )


def too_much_on_sqlite(sql):
    """A whole table by the plan, or more steps of SQLite's machine than the rows of a page take."""
    taken = 0

    def step():
        nonlocal taken
        taken += 1
        return 0

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + sql.replace("%", "%%"))
        plan = [row[-1] for row in cursor.fetchall()]
        connection.connection.set_progress_handler(step, 100)
        try:
            cursor.execute(sql.replace("%", "%%"))
            cursor.fetchall()
        finally:
            connection.connection.set_progress_handler(None, 0)
    for line in plan:
        found = re.match(r"SCAN (\w+)(.*)", line)
        if found and found[1] in BIG and "USING" not in found[2]:
            yield line
    if taken * 100 > STEPS:
        yield f"{taken * 100} steps"


def too_much_on_postgresql(sql):
    """Rows that were read of one table, counted while it does so."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):  # of so few rows it would rather read all
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"), ())
        answer = cursor.fetchone()[0]
    plans = json.loads(answer) if isinstance(answer, str) else answer
    yield from read_too_much(plans[0]["Plan"])


def read_too_much(node):
    rows = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    if node.get("Relation Name") in BIG and rows > READ:
        yield f"{node['Node Type']} read {rows} rows of {node['Relation Name']} by {node.get('Index Name')}"
    for part in node.get("Plans", []):
        yield from read_too_much(part)
