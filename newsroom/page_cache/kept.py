"""A page as it is sent: compressed once, with its headers, and what makes it untrue."""

import gzip
import hashlib
import json
import re
import time
from dataclasses import asdict, dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache

import brotli
import zstandard
from django.conf import settings

from . import cdn
from .carried import Page

COMPRESSED = ("zstd", "br", "gzip")
ENCODINGS = (*COMPRESSED, "identity")  # by how much is gained and how fast it is unpacked
REPLACED = {"content-length", "content-encoding", "etag", "last-modified", "vary", "cache-control", "set-cookie"}
ACCEPTED = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([\d.]+))?")
PREFIX = 4  # bytes that hold the length of what stands before the bodies
Headers = list[tuple[str, str]]
SHORT = 10  # seconds that a cache in front may keep a page whatever the clock brings
KEPT_FOR = 86_400  # seconds, in front and in Redis: what is shown when the database is gone


@dataclass(slots=True)
class Facts:
    """What Redis and this process must know of a page."""

    names: list[str]
    number: int  # of the sequence of purges, before its rendering began
    made_at: float
    until: float  # then it is made again; meanwhile, and when that fails, this one is shown
    turns: float  # then the clock makes it another page
    over: float  # then it is not shown any more
    changed_at: str  # as an HTTP date
    digest: str
    headers: Headers
    lengths: list[int]


class Kept:
    __slots__ = (
        "bodies",
        "facts",
        "headers",
        "held_since",
        "is_used",
        "made_at",
        "names",
        "not_modified",
        "retry_at",
        "sent",
        "size",
        "tags",
        "until",
    )

    def __init__(self, facts: Facts, bodies: dict[str, bytes]):
        self.facts = facts
        self.bodies = bodies
        self.sent = {encoding: [body] for encoding, body in bodies.items()}
        self.made_at, self.until = facts.made_at, facts.until
        self.names = frozenset(facts.names)
        self.tags = {encoding: f'"{facts.digest}-{encoding}"' for encoding in bodies}
        self.headers = {encoding: self._headers(encoding) for encoding in bodies}
        self.not_modified = {encoding: self._not_modified(encoding) for encoding in bodies}
        self.size = sum(map(len, bodies.values())) + 200 * len(facts.names) + 5000
        self.held_since = time.monotonic()  # a clock that is set back gives a page no longer life
        self.is_used = True
        self.retry_at = 0.0

    def _headers(self, encoding) -> Headers:
        coding = [] if encoding == "identity" else [("Content-Encoding", encoding)]
        length = [("Content-Length", str(len(self.bodies[encoding])))]
        return [*self.facts.headers, *self._validators(encoding), *coding, *length, ("X-Cache", "hit")]

    def _validators(self, encoding) -> Headers:
        return [("ETag", self.tags[encoding]), ("Last-Modified", self.facts.changed_at)]

    def _not_modified(self, encoding) -> Headers:
        """RFC 9110, section 15.4.5: what a 304 must repeat."""
        repeated = [(name, value) for name, value in self.facts.headers if name in {"Cache-Control", "Vary"}]
        return [*repeated, *self._validators(encoding), ("X-Cache", "hit")]

    def packed(self) -> bytes:
        facts = json.dumps(asdict(self.facts)).encode()
        return len(facts).to_bytes(PREFIX, "big") + facts + b"".join(self.bodies[name] for name in COMPRESSED)

    @classmethod
    def unpacked(cls, data: bytes) -> "Kept":
        end = PREFIX + int.from_bytes(data[:PREFIX], "big")
        facts = Facts(**json.loads(data[PREFIX:end]))
        facts.headers = [(name, value) for name, value in facts.headers]
        bodies = {}
        for encoding, length in zip(COMPRESSED, facts.lengths, strict=True):
            bodies[encoding] = data[end : end + length]
            end += length
        bodies["identity"] = zstandard.ZstdDecompressor().decompress(bodies["zstd"])
        return cls(facts, bodies)


def make(page: Page, number: int, headers: Headers, body: bytes, until: float, before: Kept | None) -> Kept:
    """`before`: what stood here until now, whose date stays when nothing changed."""
    digest = hashlib.blake2b(body, digest_size=12).hexdigest()
    now = time.time()
    same = before is not None and before.facts.digest == digest
    bodies = compressed(body)
    facts = Facts(
        names=sorted(page.names),
        number=number,
        made_at=now,
        until=min(until, page.until, page.over),
        turns=min(page.until, page.over),
        over=page.over,
        changed_at=before.facts.changed_at if same and before else formatdate(now, usegmt=True),
        digest=digest,
        headers=[(name, value) for name, value in headers if name.lower() not in REPLACED],
        lengths=[len(bodies[encoding]) for encoding in COMPRESSED],
    )
    facts.headers += [("Vary", "Accept-Encoding"), ("Cache-Control", cache_control(facts.turns))]
    facts.headers += cdn.surrogate_keys(facts.names)
    return Kept(facts, bodies)


def cache_control(turns: float) -> str:
    """Browsers ask each time, which costs a 304; a cache in front of us may keep a page for as long as the setting
    says, but not past the moment when the clock makes it another one (RFC 9111, RFC 5861)."""
    seconds, left = settings.SHARED_CACHE_SECONDS, turns - time.time()
    if seconds <= SHORT:
        return f"public, max-age=0, s-maxage={seconds}"
    if left <= seconds:
        return f"public, max-age=0, s-maxage={max(0, int(left))}"
    return f"public, max-age=0, s-maxage={seconds}, stale-while-revalidate=10, stale-if-error={KEPT_FOR}"


def as_of_now(headers: Headers, turns: float) -> Headers:
    """What a page said of its life when it was made is shorter now."""
    return [(name, cache_control(turns) if name == "Cache-Control" else value) for name, value in headers]


def compressed(body: bytes) -> dict[str, bytes]:
    return {
        "zstd": zstandard.ZstdCompressor(level=9).compress(body),
        "br": brotli.compress(body, quality=6),
        "gzip": gzip.compress(body, compresslevel=6, mtime=0),
        "identity": body,
    }


@lru_cache(256)
def encoding_for(accepted: str) -> str:
    """The best of ours that the client takes (RFC 9110, section 12.5.3)."""
    weights = {}
    for part in accepted.lower().split(","):
        if match := ACCEPTED.fullmatch(part.strip()):
            try:
                weights[match[1]] = float(match[2] or 1)
            except ValueError:
                continue
    anything = weights.get("*", 0)
    for encoding in ENCODINGS:
        if weights.get(encoding, anything) > 0:
            return encoding
    return "identity"


def is_unchanged(kept: Kept, tag: str, environ) -> bool:
    """Whether the client has this page (RFC 9110, section 13.2.2): a tag decides, a date only without one."""
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None:
        return known.strip() == "*" or any(part.strip().removeprefix("W/") == tag for part in known.split(","))
    since = environ.get("HTTP_IF_MODIFIED_SINCE")
    if since is None:
        return False
    try:
        return parsedate_to_datetime(kept.facts.changed_at) <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False
