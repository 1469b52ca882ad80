"""The WSGI application: a page that is kept is answered here, everything else by Django.

Only GET and HEAD without a session come here; such a request reaches Django without cookies, languages or conditions,
so that nothing of one reader can get into a page for all.
"""

import io
import threading
from functools import lru_cache
from os import getpid
from time import monotonic, sleep, time
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import connections
from django.http.request import split_domain_port, validate_host
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from . import store
from .carried import rendering
from .kept import SHORT, Kept, as_of_now, encoding_for, is_unchanged, make

LONGEST = 500  # characters of an address; longer ones are never kept
WAIT = 5.0  # seconds for somebody else's rendering
LOOK = 0.01  # how often it is looked for
AGAIN = 5.0  # seconds after which a page that could not be made again is tried anew
UNKEPT = 10_000
UNKEPT_FOR = 2.0  # seconds
ASKED_FOR = 3600.0  # seconds in which a page of endlessly many is asked for twice to be kept
RENEWERS = 4  # threads of a process that make pages anew whose time is over
RENEWAL = 2.0  # seconds that a reader waits for one when the page is known to be another one by now
KNOWN = "newsroom.known_query"


class PageCache:
    def __init__(self, application):
        self.application = application
        self.session = f"{settings.SESSION_COOKIE_NAME}="
        self.secures = settings.SECURE_SSL_REDIRECT
        self.store = store.shared()
        self.process = 0  # that listens: the door is made before the server forks
        self.unkept: dict[str, float] = {}  # addresses whose last answer was not kept, and until when that is believed
        self.asked: dict[
            str, float
        ] = {}  # those of endlessly many that were asked for once, and until when that counts
        self.renewers = threading.BoundedSemaphore(RENEWERS)

    def __call__(self, environ, start_response):
        method = environ["REQUEST_METHOD"]
        if (method != "GET" and method != "HEAD") or self.session in environ.get("HTTP_COOKIE", ""):
            return self.application(environ, start_response)
        if not is_ours(environ.get("HTTP_HOST", "")) or (self.secures and is_to_be_secured(environ)):
            return self.application(environ, start_response)
        if self.process != getpid():
            self.begin()
        key, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
        if query:
            query = known_part(environ, query)
            if query:
                key = f"{len(key)}{key}?{query}"  # paths begin with a slash
        kept = self.store.near(key)
        if kept is not None and time() < kept.until:
            return send(kept, environ, start_response)
        path = get_path_info(environ)
        if parameters_of(path) is None or len(key) > LONGEST:
            return self.application(environ, start_response)
        if query and is_endless(path):
            return self.one_of_endless(key, {**environ, KNOWN: query}, start_response)
        return self.make_sure(key, {**environ, KNOWN: query}, start_response)

    def begin(self):
        self.store = store.shared()
        self.store.listen()
        self.process = getpid()

    def make_sure(self, key, environ, start_response):
        """A page that nobody holds, or one whose time is over: one request makes it, the others get what there is, or
        wait for it."""
        if self.unkept.get(key, 0) > monotonic():
            return self.application(environ, start_response)
        deadline = monotonic() + WAIT
        while True:
            kept = self.present(key)
            if kept and is_due(kept):
                kept = self.renewed(key, kept, environ)
            if kept:
                return send(kept, environ, start_response, "hit" if time() < kept.until else "stale")
            token = self.store.take_turn(key)
            if token:
                return self.in_turn(key, token, environ, start_response)
            if monotonic() > deadline:
                return self.render(key, environ, start_response)
            sleep(LOOK)

    def one_of_endless(self, key, environ, start_response):
        """Kept by the process that is asked for it again, while nothing that it carries changes: what is asked for once
        takes no room and is not compressed."""
        deadline = monotonic() + WAIT
        while not (is_mine := self.store.take_turn_here(key)) and monotonic() < deadline:
            sleep(LOOK)
        try:
            kept = self.store.near(key)
            if kept and not is_due(kept):
                return send(kept, environ, start_response)
            keep = self.store.keep_here if kept or self.is_asked_again(key) else None
            new, status, headers, body = self.make(key, kept, environ, keep)
        finally:
            if is_mine:
                self.store.in_turn.discard(key)
        if new:
            return send(new, environ, start_response, "miss")
        if kept and status[:1] == "5" and time() < kept.facts.over:
            kept.retry_at = time() + AGAIN
            return send(kept, environ, start_response, "stale")
        return self.send_unkept(status, headers, body, environ, start_response)

    def is_asked_again(self, key) -> bool:
        if self.asked.get(key, 0) > monotonic():
            return True
        if len(self.asked) >= UNKEPT:
            self.asked.clear()
        self.asked[key] = monotonic() + ASKED_FOR
        return False

    def present(self, key) -> Kept | None:
        """What may be shown, if need be; another process may have made it anew."""
        kept = self.store.near(key)
        # What this process is rendering need not be looked for in Redis.
        if (kept is None or is_due(kept)) and key not in self.store.in_turn:
            kept = self.store.find(key, kept)
        return kept if kept and time() < kept.facts.over else None

    def in_turn(self, key, token, environ, start_response):
        try:
            kept = self.store.near(key) or self.store.find(key)  # made between the look and the turn
            if kept and time() < kept.until:
                return send(kept, environ, start_response)
            return self.render(key, environ, start_response)
        finally:
            self.store.end_turn(key, token)

    def renewed(self, key, kept, environ) -> Kept | None:
        """The page anew, or as it is while somebody else makes it, or when that fails or takes long; None where there
        is none any more. A page that has only grown old is made anew behind the reader's back."""
        is_another = time() >= min(kept.facts.turns, kept.until + settings.PAGE_CACHE_SECONDS)
        token = self.store.take_turn(key)
        if token is None:
            return kept
        if not self.renewers.acquire(timeout=RENEWAL if is_another else 0):
            self.store.end_turn(key, token)
            return kept
        done = threading.Event()

        def renew():
            try:
                new, status, _headers, _body = self.make(key, kept, environ, self.store.keep)
                if new is None and status[:1] != "5":
                    self.store.discard(key)
                elif new is None:
                    kept.retry_at = time() + AGAIN
            finally:
                self.store.end_turn(key, token)
                self.renewers.release()
                done.set()

        self.behind(renew)
        if is_another and done.wait(RENEWAL):
            return self.store.near(key)
        return kept

    def behind(self, work):
        """A daemon: a database that does not answer keeps no process from ending."""

        def run():
            try:
                work()
            finally:
                connections.close_all()

        threading.Thread(target=run, name="page-cache-renew", daemon=True).start()

    def render(self, key, environ, start_response):
        kept, status, headers, body = self.make(key, None, environ, self.store.keep)
        if kept:
            return send(kept, environ, start_response, "miss")
        self.note_unkept(key)
        return self.send_unkept(status, headers, body, environ, start_response)

    def send_unkept(self, status, headers, body, environ, start_response):
        # A redirect brings along what the reader came with.
        if status[:1] == "3" and environ[KNOWN] != environ.get("QUERY_STRING", ""):
            return self.application(environ, start_response)
        start_response(status, headers)
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def make(self, key, before, environ, keep):
        """The page, held from now on unless it may not be, and what Django said."""
        now = self.store.moment()
        with rendering(now.parts) as page:
            status, headers, body = answer(self.application, impersonal(environ))
        kept = None
        if keep and status[:3] == "200" and page.is_kept and is_for_all(headers):
            kept = make(page, now.number, headers, body, time() + settings.PAGE_CACHE_SECONDS, before)
            keep(key, kept, now.mark)
        return kept, status, headers, body

    def note_unkept(self, key):
        """Requests for it need not wait for each other."""
        if len(self.unkept) >= UNKEPT:
            self.unkept.clear()
        self.unkept[key] = monotonic() + UNKEPT_FOR


def is_due(kept) -> bool:
    """To be made anew; one that could not be is tried again after a while."""
    return time() >= max(kept.until, kept.retry_at)


def send(kept, environ, start_response, how="hit"):
    encoding = encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))
    if ("HTTP_IF_NONE_MATCH" in environ or "HTTP_IF_MODIFIED_SINCE" in environ) and is_unchanged(
        kept, kept.tags[encoding], environ
    ):
        status, headers, body = "304 Not Modified", kept.not_modified[encoding], []
    else:
        status, headers, body = "200 OK", kept.headers[encoding], kept.sent[encoding]
        if environ["REQUEST_METHOD"] == "HEAD":
            body = []
    if settings.SHARED_CACHE_SECONDS > SHORT:
        headers = as_of_now(headers, kept.facts.turns)
    start_response(status, headers if how == "hit" else [*headers[:-1], ("X-Cache", how)])
    return body


def impersonal(environ) -> dict:
    """The request as it is for every reader: of the headers Django sees none, of the host the site's own."""
    site = urlsplit(settings.SITE_URL)
    is_secure = settings.SECURE_SSL_REDIRECT or site.scheme == "https"
    plain = {name: value for name, value in environ.items() if name[:5] != "HTTP_"}
    return plain | {
        "HTTP_HOST": site.netloc if is_ours(site.netloc) else environ["HTTP_HOST"],
        "wsgi.url_scheme": "https" if is_secure else "http",
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": environ[KNOWN],
        "CONTENT_LENGTH": "",
        "wsgi.input": io.BytesIO(),
    }


def answer(application, environ):
    """What the application says, whole."""
    said: list = []

    def start_response(status, headers, exc_info=None):
        said[:] = [status, list(headers)]
        return lambda data: None

    result = application(environ, start_response)
    try:
        body = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    return said[0], said[1], body


def is_for_all(headers) -> bool:
    for name, value in headers:
        name = name.lower()
        if name == "set-cookie" or (name == "vary" and "cookie" in value.lower()):
            return False
        if name == "cache-control" and ("private" in value or "no-store" in value):
            return False
    return True


@lru_cache(4096)
def parameters_of(path: str) -> frozenset[str] | None:
    """The parameters that this address reads; None where its page is not one for all, or where the address is another
    way of writing one."""
    try:
        match = resolve(path)
        parameters = getattr(match.func, "kept_by", None)
        is_address = parameters is not None and unquote(reverse(match.view_name, kwargs=match.kwargs)) == path
    except (Resolver404, NoReverseMatch):
        return None
    return parameters if is_address else None


@lru_cache(4096)
def is_endless(path: str) -> bool:
    """Of an address that parameters_of() knows."""
    return getattr(resolve(path).func, "is_endless", False)


def known_part(environ, query: str) -> str:
    """The query without what makes no difference, in one order."""
    parameters = parameters_of(get_path_info(environ)) or ()
    try:
        pairs = parse_qsl(query, keep_blank_values=False, max_num_fields=50)
    except ValueError:
        return ""
    return urlencode(sorted({name: value for name, value in pairs if name in parameters}.items()))


@lru_cache(256)
def is_ours(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def is_to_be_secured(environ) -> bool:
    header = settings.SECURE_PROXY_SSL_HEADER
    if header:
        return environ.get(header[0], "").split(",")[0].strip() != header[1]
    return environ.get("wsgi.url_scheme") != "https"
