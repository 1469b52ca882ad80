"""An FTS5 index whose rows are numbered by time: what is newest is read first, however many stories hold the words.

It holds the stems and not the text ("contentless"), so what leaves it is said as it was learned. The triggers ask this
process for the stems: only a program that has learned the function may write stories (articles/apps.py).
"""

from math import ceil

from django.db.backends.signals import connection_created
from django.db.models.expressions import RawSQL

from .words import rules, stems

KEYS = 2**25  # a row's number is the second of publication × KEYS + the story's key
HIDDEN = -(2**62)  # + the key, where the status keeps a story from readers: below every second of four-digit years
HEADLINE, WORDS, FACETS = 5, 1, 0  # what a hit in each column weighs
SCORED = 2_000  # stories with the words, from which on none is scored
PLAIN = 1, 5  # what a hit is worth then; and one in the headline


class SQLite:
    TABLE = "articles_search"
    # Headlines have an index of their own too: in that of all words, whoever looks for a headline meets every story.
    HEADLINES = "articles_search_headline"

    def __init__(self, connection):
        self.connection = connection

    def objects(self):
        """Name → SQL of the indexes and of the triggers that keep them."""
        columns = "headline", "search_text", "status", "published_at", "section_id", "kind"
        changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
        trigger = f"CREATE TRIGGER {self.TABLE}_%s AFTER %s ON articles_article"
        made = "CREATE VIRTUAL TABLE %s USING fts5(%s, content='', tokenize='unicode61 remove_diacritics 0')"
        return {
            self.TABLE: made % (self.TABLE, "headline, words, facets"),
            self.HEADLINES: made % (self.HEADLINES, "headline, facets"),
            f"{self.TABLE}_insert": f"{trigger % ('insert', 'INSERT')} BEGIN {self._learn()} END",
            f"{self.TABLE}_delete": f"{trigger % ('delete', 'DELETE')} BEGIN {self._forget()} END",
            f"{self.TABLE}_update": f"{trigger % ('update', 'UPDATE OF ' + ', '.join(columns))} "
            f"WHEN {changed} BEGIN {self._forget()} {self._learn()} END",
        }

    def _learn(self):
        number, headline, words, facets = self._row("new")
        return (
            f"INSERT INTO {self.TABLE}(rowid, headline, words, facets) "
            f"VALUES ({number}, {headline}, {words}, {facets}); "
            f"INSERT INTO {self.HEADLINES}(rowid, headline, facets) VALUES ({number}, {headline}, {facets});"
        )

    def _forget(self):
        number, headline, words, facets = self._row("old")
        return (
            f"INSERT INTO {self.TABLE}({self.TABLE}, rowid, headline, words, facets) "
            f"VALUES ('delete', {number}, {headline}, {words}, {facets}); "
            f"INSERT INTO {self.HEADLINES}({self.HEADLINES}, rowid, headline, facets) "
            f"VALUES ('delete', {number}, {headline}, {facets});"
        )

    @staticmethod
    def _row(row):
        return (
            f"CASE WHEN {row}.status = 'published' THEN strftime('%s', {row}.published_at) * {KEYS} "
            f"ELSE {HIDDEN} END + {row}.id",
            f"newsroom_stems('{rules()}', {row}.headline)",
            f"newsroom_stems('{rules()}', {row}.search_text)",
            f"'section' || ifnull({row}.section_id, 0) || ' kind' || {row}.kind",
        )

    def install(self, cursor):
        """Nothing when all is there as it should be; a rebuilt table of stories has lost its triggers."""
        objects = self.objects()
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE %s", [f"{self.TABLE}%"])
        there = dict(cursor.fetchall())
        if all(there.get(name) == sql for name, sql in objects.items()):
            return
        for name, sql in objects.items():
            cursor.execute(f"DROP {sql.split()[1].replace('VIRTUAL', 'TABLE')} IF EXISTS {name}")
        for sql in objects.values():
            cursor.execute(sql)
        number, headline, words, facets = self._row("story")
        for into, values in (
            (f"{self.TABLE}(rowid, headline, words, facets)", f"{number}, {headline}, {words}, {facets}"),
            (f"{self.HEADLINES}(rowid, headline, facets)", f"{number}, {headline}, {facets}"),
        ):
            cursor.execute(f"INSERT INTO {into} SELECT {values} FROM articles_article AS story")

    def expression(self, query, joiner="AND"):
        """Each term stands in quotes: FTS5 reads no operator in it."""
        expression = f" {joiner} ".join(f'"{stems(rules(), term)}"' for term in query.wanted)
        for term in query.unwanted:
            expression = f'({expression}) NOT "{stems(rules(), term)}"'
        return expression

    def _match(self, said, headline_only):
        """The table to look in, and what for."""
        return (self.HEADLINES if headline_only else self.TABLE), f"- facets : ({said})"

    def holding(self, expression, headline_only=False):
        """A subquery of the stories that match, whatever their state."""
        table, match = self._match(expression, headline_only)
        return RawSQL(f"SELECT rowid & {KEYS - 1} FROM {table} WHERE {table} MATCH %s", [match])

    def hits(self, query, joiner, filters, limit, headline_only=False):
        """{key: relevance} of the newest (or oldest) stories that match and whose status lets readers see them."""
        table, match = self._match(self.expression(query, joiner), headline_only)
        if filters.sections:
            match = f"facets : ({' OR '.join(f'section{key}' for key in filters.sections)}) AND ({match})"
        if filters.kind:
            match = f"facets : kind{filters.kind} AND ({match})"
        begin = int(filters.since.timestamp()) * KEYS if filters.since else HIDDEN + KEYS
        end = ceil(filters.until.timestamp()) * KEYS
        where, values = "", []
        if filters.author:
            where = f"AND (rowid & {KEYS - 1}) IN (SELECT article_id FROM articles_byline WHERE author_id = %s)"
            values = [filters.author]
        where = f"FROM {table} WHERE {table} MATCH %s AND rowid >= %s AND rowid < %s {where}"
        values = [match, begin, end, *values]
        order = "ASC" if filters.oldest_first else "DESC"
        with self.connection.cursor() as cursor:
            cursor.execute(f"SELECT rowid & {KEYS - 1} {where} ORDER BY rowid {order} LIMIT {SCORED}", values)
            keys = [key for (key,) in cursor.fetchall()]
            # A score reads all that holds the words: for those that stand everywhere it costs much and tells nothing.
            if not keys or len(keys) == SCORED:
                return dict.fromkeys(keys[:limit], PLAIN[headline_only])
            score = f"-bm25({table}, {HEADLINE}, {0 if headline_only else WORDS}, {FACETS})"
            cursor.execute(f"SELECT rowid & {KEYS - 1}, {score} {where} ORDER BY rowid {order} LIMIT {limit}", values)
            return dict(cursor.fetchall())


def teach(connection, **kwargs):
    if connection.vendor == "sqlite":
        connection.connection.create_function("newsroom_stems", 2, stems, deterministic=True)


connection_created.connect(teach, dispatch_uid="newsroom_stems")
