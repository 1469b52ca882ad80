"""An index on an OpenSearch or Elasticsearch server: the same words, found by the same rules.

It holds stems, cut by words.py as in the other indexes, so that the server needs no analyser for any language and no
plugin, and a search finds the same wherever it is made. It holds what readers may see and no story before its time. The
version of an entry is the time at which its story was read: of two tasks that write one story, whoever read it later
wins, in whatever order they arrive.
"""

import hashlib
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from math import ceil
from urllib.parse import parse_qs, urlsplit

import opensearchpy
from opensearchpy.exceptions import NotFoundError, OpenSearchException

from articles import names
from articles.models import Article, Byline
from newsroom.page_cache import changed

from .server import Unavailable
from .words import rules, stems

TIMEOUT = 2  # seconds that a reader waits
PATIENCE = 60  # that the worker does
BATCH = 500  # stories
PAGE = 5000  # entries that are looked through at once
HEADLINE = 5  # what a hit in it weighs; one anywhere weighs 1
COLUMNS = "pk", "kind", "section_id", "published_at", "modified_at"
MAPPING = {
    "dynamic": "strict",
    "properties": {
        "headline": {"type": "text", "analyzer": "stems"},
        "words": {"type": "text", "analyzer": "stems"},
        "section": {"type": "long"},
        "authors": {"type": "long"},
        "kind": {"type": "keyword"},
        "published_at": {"type": "date", "format": "epoch_millis"},
        "key": {"type": "long"},
        "stamp": {"type": "keyword", "index": False, "doc_values": False},
    },
}
ANALYSIS = {"analyzer": {"stems": {"type": "custom", "tokenizer": "whitespace"}}}


class OpenSearch:
    def __init__(self, url: str):
        """`https://user:password@host:9200/name?ca_certs=/path/to/ca.pem`; the name is “newsroom” without one."""
        parts = urlsplit(url)
        self.alias = parts.path.strip("/") or "newsroom"
        options: dict = {name: values[0] for name, values in parse_qs(parts.query).items() if name == "ca_certs"}
        self.client = opensearchpy.OpenSearch(
            [f"{parts.scheme}://{parts.netloc}"], timeout=TIMEOUT, max_retries=1, **options
        )

    def _ask(self, deed, *args, **kwargs):
        try:
            return deed(*args, **kwargs)
        except NotFoundError as error:
            raise Unavailable("it has no index; the worker makes it, or manage.py rebuild_search") from error
        except OpenSearchException as error:
            raise Unavailable(f"{type(error).__name__}: {str(error)[:300]}") from error

    # For readers

    def hits(self, query, joiner, filters, limit, headline_only=False) -> dict[int, float]:
        """{key: relevance} of the newest (or oldest) stories that match and whose status lets readers see them."""
        order = "asc" if filters.oldest_first else "desc"
        answer = self._ask(
            self.client.search,
            index=self.alias,
            body={
                "query": {"bool": asked(query, joiner, headline_only) | {"filter": narrowed(filters)}},
                "sort": [{"published_at": order}, {"key": order}],
                "size": limit,
                "track_scores": True,
                "track_total_hits": False,
                "_source": False,
            },
        )
        return {int(hit["_id"]): hit["_score"] for hit in answer["hits"]["hits"]}

    # For the worker

    def write(self, keys: Iterable[int], index: str = "") -> None:
        """Make the entries of these stories what the stories are, or none."""
        keys = list(keys)
        for start in range(0, len(keys), BATCH):
            self._write(keys[start : start + BATCH], index)
        if keys and not index:
            changed(names.WORDS)  # searches that were kept since the stories changed have not seen them

    def _write(self, keys, index):
        version = time.time_ns() // 1000  # before they are read
        entries = dict(documents(keys))
        actions = []
        for key in keys:
            deed = "index" if key in entries else "delete"
            actions.append({deed: {"_id": str(key), "version": version, "version_type": "external_gte"}})
            actions += [entries[key]] if key in entries else []
        answer = self._ask(
            self.client.bulk,
            body=actions,
            index=index or self.alias,
            refresh="false" if index else "wait_for",
            # Without it a server makes an index of its own where there is none.
            require_alias="false" if index else "true",
            request_timeout=PATIENCE,
        )
        for item in answer["items"]:
            (result,) = item.values()
            if "error" in result and result["status"] != 409:  # a later look at the story was written before
                raise Unavailable(f"an entry was refused: {result['error']}")

    def mend(self, index: str = "") -> int:
        """Write what differs from the stories as they are; how many did. Builds the index where it is missing, or was
        made by other rules."""
        if not index and not self.is_ours():
            return self.rebuild()
        held, wanted = dict(self.stamps(index or self.alias)), dict(stamps())
        wrong = sorted(key for key in held.keys() | wanted.keys() if held.get(key) != wanted.get(key))
        self.write(wrong, index)
        return len(wrong)

    def rebuild(self) -> int:
        """Make a new index beside the one that readers search, then let it take its place in one step."""
        new = f"{self.alias}-{datetime.now():%Y%m%d%H%M%S%f}"
        body = {
            "settings": {"number_of_shards": 1, "analysis": ANALYSIS},
            "mappings": MAPPING | {"_meta": self.made_by()},
        }
        self._ask(self.client.indices.create, index=new, body=body, request_timeout=PATIENCE)
        number = self.mend(new)
        self._ask(self.client.indices.refresh, index=new, request_timeout=PATIENCE)
        self.mend(new)  # what changed meanwhile
        old = [{"remove_index": {"index": name}} for name in self.in_place()]
        add = {"add": {"index": new, "alias": self.alias}}
        self._ask(self.client.indices.update_aliases, body={"actions": [*old, add]}, request_timeout=PATIENCE)
        self._ask(self.client.indices.refresh, index=new, request_timeout=PATIENCE)
        self.mend()  # and in the moment of the exchange
        changed(names.WORDS)
        return number

    @staticmethod
    def made_by():
        return {"rules": rules(), "mapping": hashlib.sha256(repr((MAPPING, ANALYSIS)).encode()).hexdigest()[:12]}

    def in_place(self) -> list[str]:
        """The indexes that have our name, as an alias or, where somebody let the server make it, as their own."""
        try:
            return list(self.client.indices.get(index=self.alias))
        except NotFoundError:
            return []
        except OpenSearchException as error:
            raise Unavailable(str(error)[:300]) from error

    def is_ours(self) -> bool:
        """Whether the index is there and was made by these rules."""
        found = self.in_place()
        if len(found) != 1 or found == [self.alias]:
            return False
        mapping = self._ask(self.client.indices.get_mapping, index=self.alias)
        return mapping[found[0]]["mappings"].get("_meta") == self.made_by()

    def stamps(self, index) -> Iterator[tuple[int, str]]:
        """What each entry was made of."""
        after: list = []
        while True:
            body = {"size": PAGE, "sort": [{"key": "asc"}], "_source": ["stamp"], "track_total_hits": False}
            body |= {"search_after": after} if after else {}
            answer = self._ask(self.client.search, index=index, body=body, request_timeout=PATIENCE)
            hits = answer["hits"]["hits"]
            yield from ((int(hit["_id"]), hit["_source"]["stamp"]) for hit in hits)
            if len(hits) < PAGE:
                return
            after = hits[-1]["sort"]


def asked(query, joiner, headline_only) -> dict:
    """What must be there, what must not, and what counts for more."""

    def phrases(terms, column, boost=1):
        return [{"match_phrase": {column: {"query": stems(rules(), term), "boost": boost}}} for term in terms]

    column = "headline" if headline_only else "words"
    wanted = phrases(query.wanted, column, HEADLINE if headline_only else 1)
    if joiner == "OR":
        wanted = [{"bool": {"should": wanted, "minimum_should_match": 1}}]
    better = [] if headline_only else phrases(query.wanted, "headline", HEADLINE)
    return {"must": wanted, "should": better, "must_not": phrases(query.unwanted, column)}


def narrowed(filters) -> list[dict]:
    during = {"lt": ceil(filters.until.timestamp() * 1000)}
    if filters.since:
        during["gte"] = milliseconds(filters.since)
    conditions: list[dict] = [{"range": {"published_at": during}}]
    if filters.sections:
        conditions.append({"terms": {"section": list(filters.sections)}})
    if filters.kind:
        conditions.append({"term": {"kind": filters.kind}})
    if filters.author:
        conditions.append({"term": {"authors": filters.author}})
    return conditions


def milliseconds(moment) -> int:
    return int(moment.timestamp() * 1000)


def documents(keys) -> Iterator[tuple[int, dict]]:
    authors = authors_of(Byline.objects.filter(article__in=keys))
    for *facts, headline, text in (
        Article.objects.published().order_by().filter(pk__in=keys).values_list(*COLUMNS, "headline", "search_text")
    ):
        key, kind, section, published_at, _modified_at = facts
        yield (
            key,
            {
                "key": key,
                "headline": stems(rules(), headline),
                "words": stems(rules(), text),
                "section": section,
                "authors": authors[key],
                "kind": kind,
                "published_at": milliseconds(published_at),
                "stamp": stamp(facts, authors[key]),
            },
        )


def stamps() -> Iterator[tuple[int, str]]:
    """What the entry of each story would be made of, without reading the texts: saving moves `modified_at`."""
    authors = authors_of(Byline.objects.all())
    for facts in Article.objects.published().order_by().values_list(*COLUMNS).iterator():
        yield facts[0], stamp(facts, authors[facts[0]])


def authors_of(lines) -> dict[int, list[int]]:
    found = defaultdict(list)
    for story, author in lines.order_by("article", "author").values_list("article", "author"):
        found[story].append(author)
    return found


def stamp(facts, authors) -> str:
    return hashlib.blake2b(repr((*map(str, facts), authors)).encode(), digest_size=8).hexdigest()
