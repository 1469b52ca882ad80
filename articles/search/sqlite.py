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


class SQLite:
    TABLE = "articles_search"

    def __init__(self, connection):
        self.connection = connection

    def objects(self):
        """Name → SQL of the index and of the triggers that keep it."""
        learn = f"INSERT INTO {self.TABLE}(rowid, headline, words, facets) VALUES ({self._row('new')});"
        forget = (
            f"INSERT INTO {self.TABLE}({self.TABLE}, rowid, headline, words, facets) "
            f"VALUES ('delete', {self._row('old')});"
        )
        columns = "headline", "search_text", "status", "published_at", "section_id", "kind"
        changed = " OR ".join(f"old.{column} IS NOT new.{column}" for column in columns)
        trigger = f"CREATE TRIGGER {self.TABLE}_%s AFTER %s ON articles_article"
        return {
            self.TABLE: f"CREATE VIRTUAL TABLE {self.TABLE} USING fts5(headline, words, facets, content='', "
            "tokenize='unicode61 remove_diacritics 0')",
            f"{self.TABLE}_insert": f"{trigger % ('insert', 'INSERT')} BEGIN {learn} END",
            f"{self.TABLE}_delete": f"{trigger % ('delete', 'DELETE')} BEGIN {forget} END",
            f"{self.TABLE}_update": f"{trigger % ('update', 'UPDATE OF ' + ', '.join(columns))} "
            f"WHEN {changed} BEGIN {forget} {learn} END",
        }

    @staticmethod
    def _row(row):
        return (
            f"CASE WHEN {row}.status = 'published' THEN strftime('%%s', {row}.published_at) * {KEYS} "
            f"ELSE {HIDDEN} END + {row}.id, "
            f"newsroom_stems('{rules()}', {row}.headline), newsroom_stems('{rules()}', {row}.search_text), "
            f"'section' || ifnull({row}.section_id, 0) || ' kind' || {row}.kind"
        ).replace("%%", "%")

    def install(self, cursor):
        """Nothing when all is there as it should be; a rebuilt table of stories has lost its triggers."""
        objects, into = self.objects(), f"INSERT INTO {self.TABLE}(rowid, headline, words, facets)"
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE name LIKE %s", [f"{self.TABLE}%"])
        there = dict(cursor.fetchall())
        if all(there.get(name) == sql for name, sql in objects.items()):
            return
        for name in objects:
            cursor.execute(f"DROP {'TABLE' if name == self.TABLE else 'TRIGGER'} IF EXISTS {name}")
        for sql in objects.values():
            cursor.execute(sql)
        cursor.execute(f"{into} SELECT {self._row('story')} FROM articles_article AS story")

    def expression(self, query, joiner="AND"):
        """Each term stands in quotes: FTS5 reads no operator in it."""
        expression = f" {joiner} ".join(f'"{stems(rules(), term)}"' for term in query.wanted)
        for term in query.unwanted:
            expression = f'({expression}) NOT "{stems(rules(), term)}"'
        return expression

    def holding(self, expression, headline_only=False):
        """A subquery of the stories that match, whatever their state."""
        match = f"headline : ({expression})" if headline_only else f"- facets : ({expression})"
        return RawSQL(f"SELECT rowid & {KEYS - 1} FROM {self.TABLE} WHERE {self.TABLE} MATCH %s", [match])

    def hits(self, query, joiner, filters, limit, headline_only=False):
        """{key: relevance} of the newest (or oldest) stories that match and whose status lets readers see them."""
        said = self.expression(query, joiner)
        match = f"- facets : ({said})"
        if headline_only:
            match = f"({match}) AND headline : ({said})"
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
        # A score is dear, and only what leaves the walk in its own order is scored.
        sql = (
            f"SELECT rowid & {KEYS - 1}, -bm25({self.TABLE}, {HEADLINE}, {WORDS}, {FACETS}) FROM {self.TABLE} "
            f"WHERE {self.TABLE} MATCH %s AND rowid >= %s AND rowid < %s {where} "
            f"ORDER BY rowid {'ASC' if filters.oldest_first else 'DESC'} LIMIT %s"
        )
        with self.connection.cursor() as cursor:
            cursor.execute(sql, [match, begin, end, *values, limit])
            return dict(cursor.fetchall())


def teach(connection, **kwargs):
    if connection.vendor == "sqlite":
        connection.connection.create_function("newsroom_stems", 2, stems, deterministic=True)


connection_created.connect(teach, dispatch_uid="newsroom_stems")
