"""Full-text search over published stories: FTS5 on SQLite, a table of tsvectors on PostgreSQL.

Both keep their index by triggers, so that every way in (form, import, bulk_create) is found. A search weighs the newest
stories that hold the words, and the newest that hold them in the headline, by relevance and age: its cost stays bounded
however large the archive is and however common the word.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connections, router, transaction
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from articles.models import Article

NEWEST = 300  # stories with the words that are weighed
NEWEST_HEADLINES = 200  # and those with the words in the headline, which may be much older
TERMS = 12
HALF_LIFE = timedelta(days=180)
EVERGREEN = 0.3  # the part of a story's relevance that no age takes from it
SNIPPET = 220  # characters
LEAD_IN = 60  # of which so many stand before the first hit
TERM = re.compile(r'(-?)(?:"([^"]*)"?|([^\s"]+))')
LANGUAGES = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip


def language() -> str:
    """PostgreSQL's name for the rules of the site's language; "simple" takes each word as it stands."""
    return LANGUAGES.get(settings.LANGUAGE_CODE.partition("-")[0], "simple")


@dataclass(frozen=True)
class Query:
    """What was typed, as words and phrases that must be there and those that must not."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]

    @classmethod
    def read(cls, typed: str) -> "Query":
        """The way of search engines: words, "a phrase", -not. Anything may be typed; nothing raises."""
        typed = "".join(c if c.isprintable() else " " for c in typed[:1000])
        wanted: list[str] = []
        unwanted: list[str] = []
        for minus, phrase, word in TERM.findall(typed):
            term = phrase or word
            if any(c.isalnum() for c in term):
                (unwanted if minus else wanted).append(term)
        return cls(tuple(wanted[:TERMS]), tuple(unwanted[:TERMS]))


class SQLite:
    """An FTS5 index over the table of stories itself ("external content")."""

    TABLE = "articles_search"

    def __init__(self, connection):
        self.connection = connection

    def objects(self):
        """Name → SQL of the index and of the triggers that keep it."""
        tokenizer = "unicode61 remove_diacritics 2"
        if language() == "english":
            tokenizer = f"porter {tokenizer}"  # "river" finds "rivers"
        forget = (
            f"INSERT INTO {self.TABLE}({self.TABLE}, rowid, headline, search_text) "
            "VALUES ('delete', old.id, old.headline, old.search_text);"
        )
        learn = (
            f"INSERT INTO {self.TABLE}(rowid, headline, search_text) VALUES (new.id, new.headline, new.search_text);"
        )
        changed = "old.headline IS NOT new.headline OR old.search_text IS NOT new.search_text"
        return {
            self.TABLE: f"CREATE VIRTUAL TABLE {self.TABLE} USING fts5(headline, search_text, "
            f"content='articles_article', content_rowid='id', tokenize='{tokenizer}')",
            f"{self.TABLE}_insert": f"CREATE TRIGGER {self.TABLE}_insert AFTER INSERT ON articles_article "
            f"BEGIN {learn} END",
            f"{self.TABLE}_delete": f"CREATE TRIGGER {self.TABLE}_delete AFTER DELETE ON articles_article "
            f"BEGIN {forget} END",
            f"{self.TABLE}_update": f"CREATE TRIGGER {self.TABLE}_update "
            f"AFTER UPDATE OF headline, search_text ON articles_article WHEN {changed} BEGIN {forget} {learn} END",
        }

    def install(self, cursor):
        """Nothing when all is there as it should be; a rebuilt table of stories has lost its triggers."""
        objects = self.objects()
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE %s", [f"{self.TABLE}%"])
        there = dict(cursor.fetchall())
        if all(there.get(name) == sql for name, sql in objects.items()):
            return
        for name in objects:
            cursor.execute(f"DROP {'TABLE' if name == self.TABLE else 'TRIGGER'} IF EXISTS {name}")
        for sql in objects.values():
            cursor.execute(sql)
        cursor.execute(f"INSERT INTO {self.TABLE}({self.TABLE}) VALUES ('rebuild')")

    def expression(self, query, joiner):
        """Each term stands in quotes: FTS5 reads no operator in it, and takes "foo-bar" for the phrase it is."""
        expression = f" {joiner} ".join(f'"{term}"' for term in query.wanted)
        for term in query.unwanted:
            expression = f'({expression}) NOT "{term}"'
        return expression

    def holding(self, expression, headline_only=False):
        """A subquery of the stories that match."""
        match = f"headline : ({expression})" if headline_only else expression
        return RawSQL(f"SELECT rowid FROM {self.TABLE} WHERE {self.TABLE} MATCH %s", [match])

    def scores(self, expression, keys):
        return self._of(keys, f"-bm25({self.TABLE}, 5, 1)", [], expression)

    def highlighted(self, expression, keys, start, stop):
        return self._of(keys, f"highlight({self.TABLE}, 1, %s, %s)", [start, stop], expression)

    def _of(self, keys, column, values, expression):
        marks = ", ".join(["%s"] * len(keys))
        # The unary plus keeps SQLite from running the whole match once for each key.
        sql = f"SELECT rowid, {column} FROM {self.TABLE} WHERE {self.TABLE} MATCH %s AND +rowid IN ({marks})"
        with self.connection.cursor() as cursor:
            cursor.execute(sql, [*values, expression, *keys])
            return dict(cursor.fetchall())


class PostgreSQL:
    """A table of tsvectors beside the stories. Generated columns would bind later migrations: PostgreSQL refuses to
    change a column that a generated column, or the column list of a trigger, names."""

    TABLE = "articles_search"
    LONGEST = 150_000  # characters; a tsvector holds a megabyte, and a story must be stored whatever its length

    def __init__(self, connection):
        self.connection = connection

    def columns(self, row):
        return (
            f"{row}.id, to_tsvector('{language()}', {row}.headline), "
            f"to_tsvector('{language()}', left({row}.search_text, {self.LONGEST}))"
        )

    def function(self):
        return f"""
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE {self.TABLE};
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM {self.TABLE} WHERE article_id = OLD.id;
    ELSIF TG_OP = 'INSERT' OR (OLD.headline, OLD.search_text) IS DISTINCT FROM (NEW.headline, NEW.search_text) THEN
        INSERT INTO {self.TABLE} (article_id, headline, words) SELECT {self.columns("NEW")}
        ON CONFLICT (article_id) DO UPDATE SET headline = EXCLUDED.headline, words = EXCLUDED.words;
    END IF;
    RETURN NULL;
END
"""

    def install(self, cursor):
        """Nothing when all is there as it should be."""
        cursor.execute(
            "SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE tgrelid = 'articles_article'::regclass AND tgname LIKE %s AND prosrc = %s",
            [f"{self.TABLE}_%", self.function()],
        )
        if cursor.fetchone() == (2,):
            return
        # Two that start together take turns; whoever comes second makes it once more.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [self.TABLE])
        cursor.execute(
            f"""
            DROP TABLE IF EXISTS {self.TABLE};
            CREATE TABLE {self.TABLE} (
                article_id bigint PRIMARY KEY, headline tsvector NOT NULL, words tsvector NOT NULL
            );
            -- Kept in the row and not beside it: the planner does not count what fetching it from there costs.
            ALTER TABLE {self.TABLE} ALTER COLUMN words SET STORAGE MAIN;
            CREATE OR REPLACE FUNCTION {self.TABLE}_keep() RETURNS trigger LANGUAGE plpgsql AS %s;
            CREATE OR REPLACE TRIGGER {self.TABLE}_row AFTER INSERT OR UPDATE OR DELETE ON articles_article
                FOR EACH ROW EXECUTE FUNCTION {self.TABLE}_keep();
            CREATE OR REPLACE TRIGGER {self.TABLE}_all AFTER TRUNCATE ON articles_article
                FOR EACH STATEMENT EXECUTE FUNCTION {self.TABLE}_keep();
            INSERT INTO {self.TABLE} SELECT {self.columns("story")} FROM articles_article AS story;
            CREATE INDEX {self.TABLE}_headline ON {self.TABLE} USING gin (headline) WITH (fastupdate = off);
            CREATE INDEX {self.TABLE}_words ON {self.TABLE} USING gin (words) WITH (fastupdate = off);
            """,
            [self.function()],
        )

    def expression(self, query, joiner):
        """In the words of websearch_to_tsquery, which never raises. It would look for "foo-bar" as one compound."""
        between = " or " if joiner == "OR" else " "
        wanted = between.join(f'"{term}"'.replace("-", " ") for term in query.wanted)
        unwanted = (f'-"{term.replace("-", " ")}"' for term in query.unwanted)
        return " ".join([wanted, *unwanted])

    def holding(self, expression, headline_only=False):
        """A subquery of the stories that match."""
        column = "headline" if headline_only else "words"
        sql = f"SELECT article_id FROM {self.TABLE} WHERE {column} @@ websearch_to_tsquery('{language()}', %s)"
        return RawSQL(sql, [expression])

    def scores(self, expression, keys):
        query = f"websearch_to_tsquery('{language()}', %s)"
        sql = (
            f"SELECT article_id, 5 * ts_rank(headline, query) + ts_rank(words, query, 1) "
            f"FROM {self.TABLE}, {query} AS query WHERE article_id = ANY(%s)"
        )
        return self._of([expression, list(keys)], sql)

    def highlighted(self, expression, keys, start, stop):
        sql = (
            f"SELECT id, ts_headline('{language()}', left(search_text, 20000), "
            f"websearch_to_tsquery('{language()}', %s), %s) FROM articles_article WHERE id = ANY(%s)"
        )
        return self._of([expression, f"HighlightAll=true, StartSel={start}, StopSel={stop}", list(keys)], sql)

    def _of(self, values, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values)
            return dict(cursor.fetchall())


def index_of(alias):
    """The index of this database, or None where stories are not kept."""
    connection = connections[alias]
    return {"sqlite": SQLite, "postgresql": PostgreSQL}[connection.vendor](connection)


def install(using="default", **kwargs):
    """Make the index of this database if it has none, or not the one that this version wants."""
    connection = connections[using]
    table = Article._meta.db_table
    if not router.allow_migrate_model(using, Article):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if table in connection.introspection.table_names(cursor):
            index_of(using).install(cursor)


def search(typed, limit=30):
    """Published stories that hold the words of `typed`, best first, each with a `snippet`. When no story holds all
    words, those with some of them."""
    query = Query.read(typed)
    if not query.wanted:
        return []
    index = index_of(Article.objects.db)
    for joiner in ("AND", "OR"):
        expression = index.expression(query, joiner)
        if keys := best(index, expression, limit):
            return with_snippets(index, expression, keys)
    return []


def best(index, expression, limit):
    """The keys of the stories that answer best, weighed by relevance and age."""
    published = Article.objects.published().newest().values_list("pk", "published_at")
    few = first_keys(index, expression, NEWEST + 1)
    if len(few) <= NEWEST:
        candidates = dict(published.filter(pk__in=few))
    else:
        headlines = published.filter(pk__in=index.holding(expression, headline_only=True))
        candidates = {
            **dict(published.filter(pk__in=index.holding(expression))[:NEWEST]),
            **dict(headlines[:NEWEST_HEADLINES]),
        }
    if not candidates:
        return []
    relevance = index.scores(expression, candidates)
    now = timezone.now()

    def weight(key):
        freshness = 0.5 ** ((now - candidates[key]) / HALF_LIFE)
        return relevance.get(key, 0) * (EVERGREEN + (1 - EVERGREEN) * freshness), candidates[key]

    return sorted(candidates, key=weight, reverse=True)[:limit]


def first_keys(index, expression, number):
    """Some keys of stories that match, whatever their state: all of them, if they are fewer than `number`."""
    matching = index.holding(expression)
    with index.connection.cursor() as cursor:
        cursor.execute(f"{matching.sql} LIMIT %s", [*matching.params, number])
        return [key for (key,) in cursor.fetchall()]


def with_snippets(index, expression, keys):
    mark = secrets.token_hex(6)  # no text can hold it
    start, stop = f"{mark}a", f"{mark}b"
    texts = index.highlighted(expression, keys, start, stop)
    stories = Article.objects.published().listing().order_by().in_bulk(keys)
    found = [stories[key] for key in keys if key in stories]
    for story in found:
        story.snippet = snippet(story, texts.get(story.pk, ""), start, stop)
    return found


def snippet(story, text, start, stop) -> SafeString:
    """The passage below the headline that holds most hits, each in <mark>."""
    above = {story.kicker, story.headline, story.dateline}
    lines = [line for line in text.split("\n") if line.replace(start, "").replace(stop, "") not in above]
    plain, hits = take_marks(" ".join(lines), start, stop)
    begin, end = passage(plain, [at for at, _ in hits])
    inside = [(max(a, begin), min(b, end)) for a, b in hits if a < end and b > begin]
    return mark_safe(f"{'… ' if begin else ''}{marked(plain, begin, end, inside)}{' …' if end < len(plain) else ''}")


def passage(plain, hits):
    """Where the passage with most hits begins and ends, at spaces where there are some."""
    first = max(hits or [0], key=lambda at: sum(at <= other < at + SNIPPET - LEAD_IN for other in hits))
    begin = 0 if first <= LEAD_IN else plain.find(" ", first - LEAD_IN, first) + 1 or first
    end = begin + SNIPPET
    if end >= len(plain):
        return begin, len(plain)
    space = plain.rfind(" ", first, end)
    return begin, space if space > first else end


def take_marks(text, start, stop):
    """The text without the marks, and where they were: [(begin, end), …]."""
    plain, hits = "", []
    for number, part in enumerate(re.split(f"{start}|{stop}", text)):
        if number % 2:
            hits.append((len(plain), len(plain) + len(part)))
        plain += part
    return plain, hits


def marked(plain, begin, end, hits):
    html, at = "", begin
    for a, b in hits:
        html += f"{escape(plain[at:a])}<mark>{escape(plain[a:b])}</mark>"
        at = b
    return html + escape(plain[at:end])
