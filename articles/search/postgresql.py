"""A table of tsvectors beside the stories, with what a search is narrowed by.

Generated columns would bind later migrations: PostgreSQL refuses to change a column that a generated column, or the
column list of a trigger, names.
"""

from django.db.models.expressions import RawSQL

from .words import ALIKE, LETTER, MARKS, PREFIX, SUFFIX, VERSION, language, light

PUNCTUATION = "./-_@:+~#=&*\\'’"  # its parser would read addresses, paths and numbers; words.py reads words alone
HEADLINE, WORDS = 5, 1  # what a hit in each weighs


class PostgreSQL:
    TABLE = "articles_search"
    READER = "articles_search_read"
    RULES = "newsroom_words"  # PostgreSQL's name for how words are read
    LONGEST = 150_000  # characters; a tsvector holds a megabyte, and a story must be stored whatever its length

    def __init__(self, connection):
        self.connection = connection

    def reader(self):
        """The body of a function text → tsvector: the way of words.fold() and words.light()."""
        punctuation = PUNCTUATION.replace("'", "''")
        return f"""
-- {language()} {VERSION}
BEGIN
    said := lower(left(said, {self.LONGEST}));
    IF said ~ '[^\x01-\x7f]' THEN
        said := regexp_replace(normalize(said, NFKD), '{MARKS}', '', 'g');
        IF said ~ '{LETTER}' THEN
            said := translate(said, '{ALIKE[0]}', '{ALIKE[1]}');
            said := regexp_replace(regexp_replace(said, '{PREFIX}', '', 'g'), '{SUFFIX}', '', 'g');
        END IF;
    END IF;
    RETURN to_tsvector('{self.RULES}', translate(said, '{punctuation}', '{" " * len(PUNCTUATION)}'));
END
"""

    def columns(self, row):
        return (
            f"{row}.id, CASE WHEN {row}.status = 'published' THEN {row}.published_at END, "
            f"{row}.section_id, {row}.kind, {self.READER}({row}.headline), {self.READER}({row}.search_text)"
        )

    def function(self):
        return f"""
-- {language()} {VERSION}
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE {self.TABLE};
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM {self.TABLE} WHERE article_id = OLD.id;
    ELSIF TG_OP = 'INSERT' OR (OLD.headline, OLD.search_text) IS DISTINCT FROM (NEW.headline, NEW.search_text) THEN
        INSERT INTO {self.TABLE} SELECT {self.columns("NEW")}
        ON CONFLICT (article_id) DO UPDATE SET published_at = EXCLUDED.published_at,
            section_id = EXCLUDED.section_id, kind = EXCLUDED.kind,
            headline = EXCLUDED.headline, words = EXCLUDED.words;
    ELSIF (OLD.status, OLD.published_at, OLD.section_id, OLD.kind)
            IS DISTINCT FROM (NEW.status, NEW.published_at, NEW.section_id, NEW.kind) THEN
        UPDATE {self.TABLE}
        SET published_at = CASE WHEN NEW.status = 'published' THEN NEW.published_at END,
            section_id = NEW.section_id, kind = NEW.kind
        WHERE article_id = NEW.id;
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
            DROP TEXT SEARCH CONFIGURATION IF EXISTS {self.RULES};
            DROP TEXT SEARCH DICTIONARY IF EXISTS {self.RULES};
            CREATE TEXT SEARCH DICTIONARY {self.RULES} ({self.dictionary()});
            CREATE TEXT SEARCH CONFIGURATION {self.RULES} (COPY = simple);
            ALTER TEXT SEARCH CONFIGURATION {self.RULES}
                ALTER MAPPING FOR asciiword, word, numword WITH {self.RULES};
            CREATE TABLE {self.TABLE} (
                article_id bigint PRIMARY KEY, published_at timestamptz, section_id bigint, kind varchar(10) NOT NULL,
                headline tsvector NOT NULL, words tsvector NOT NULL
            );
            CREATE OR REPLACE FUNCTION {self.READER}(said text) RETURNS tsvector
                LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS %s;
            CREATE OR REPLACE FUNCTION {self.TABLE}_keep() RETURNS trigger LANGUAGE plpgsql AS %s;
            CREATE OR REPLACE TRIGGER {self.TABLE}_row AFTER INSERT OR UPDATE OR DELETE ON articles_article
                FOR EACH ROW EXECUTE FUNCTION {self.TABLE}_keep();
            CREATE OR REPLACE TRIGGER {self.TABLE}_all AFTER TRUNCATE ON articles_article
                FOR EACH STATEMENT EXECUTE FUNCTION {self.TABLE}_keep();
            INSERT INTO {self.TABLE} SELECT {self.columns("story")} FROM articles_article AS story;
            CREATE INDEX {self.TABLE}_headline ON {self.TABLE} USING gin (headline) WITH (fastupdate = off);
            CREATE INDEX {self.TABLE}_words ON {self.TABLE} USING gin (words) WITH (fastupdate = off);
            CREATE INDEX {self.TABLE}_newest ON {self.TABLE} (published_at, article_id);
            """,
            [self.reader(), self.function()],
        )

    @staticmethod
    def dictionary():
        """Without stop words: every word of a phrase counts."""
        name = language()
        return "TEMPLATE = simple" if name == "simple" else f"TEMPLATE = snowball, Language = {name}"

    def expression(self, query, joiner="AND"):
        """In the language of to_tsquery(). Terms are folded words, so that it can read no operator in them."""
        between = " | " if joiner == "OR" else " & "
        said = f"({between.join(map(self._phrase, query.wanted))})"
        return " & ".join([said, *(f"!{self._phrase(term)}" for term in query.unwanted)])

    @staticmethod
    def _phrase(term):
        return "(" + " <-> ".join(f"'{word}'" for word in light(term).split()) + ")"

    def holding(self, expression, headline_only=False):
        """A subquery of the stories that match, whatever their state."""
        column = "headline" if headline_only else "words"
        return RawSQL(
            f"SELECT article_id FROM {self.TABLE} WHERE {column} @@ to_tsquery('{self.RULES}', %s)", [expression]
        )

    def hits(self, query, joiner, filters, limit, headline_only=False):
        """{key: relevance} of the newest (or oldest) stories that match and whose status lets readers see them."""
        said = self.expression(query, joiner)
        where = [f"{'headline' if headline_only else 'words'} @@ to_tsquery('{self.RULES}', %s)", "published_at < %s"]
        values = [said, filters.until]
        for condition, value in (
            ("published_at >= %s", filters.since),
            ("section_id = ANY(%s)", list(filters.sections)),
            ("kind = %s", filters.kind),
            ("article_id IN (SELECT article_id FROM articles_byline WHERE author_id = %s)", filters.author),
        ):
            if value:
                where.append(condition)
                values.append(value)
        order = "ASC" if filters.oldest_first else "DESC"
        sql = (
            f"SELECT article_id, {HEADLINE} * ts_rank(headline, query) + {WORDS} * ts_rank(words, query, 1) "
            f"FROM (SELECT article_id, published_at, headline, words FROM {self.TABLE} WHERE {' AND '.join(where)} "
            f"ORDER BY published_at {order}, article_id {order} LIMIT %s) AS hit, "
            f"to_tsquery('{self.RULES}', %s) AS query ORDER BY published_at {order}, article_id {order}"
        )
        with self.connection.cursor() as cursor:
            cursor.execute(sql, [*values, limit, said])
            return dict(cursor.fetchall())
