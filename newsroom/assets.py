"""The readers' style sheets and scripts: joined by page, at addresses whose content never changes, compressed.

`collectstatic` does the same for everything and takes most of a minute; a bare clone makes what readers load when it is
first asked for, into DATA_DIR/assets.
"""

import gzip
import hashlib
import os
import posixpath
import re
import secrets
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import brotli
from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage
from whitenoise.middleware import WhiteNoiseMiddleware

# name: what it is joined from, in this order
BUNDLES = {
    "css/readers.css": (
        *("tokens", "page", "story", "forms", "comments", "front", "lists", "discovery", "article", "embeds", "print"),
    ),
    "js/story.js": ("share", "embeds", "progress"),
}
FOLDERS = ("css", "js", "fonts", "img")  # of static/
STAMPED = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w-]+\.[0-9a-f]{{12}}\.\w+")
WANTED_FOR = 90 * 86400
SHRINKS = {".css", ".js", ".svg"}
URL = re.compile(r'url\("([^":]+)"\)')
REMARK = re.compile(r"/\*.*?\*/\s*|^\s+", re.S | re.M)


def sources() -> Path:
    return Path(settings.BASE_DIR) / "static"


def made() -> Path:
    return Path(settings.DATA_DIR) / "assets"


def names() -> list[str]:
    """Everything that a reader's page may load."""
    files = (path for folder in FOLDERS for path in sorted((sources() / folder).glob("*.*")))
    own = [str(path.relative_to(sources())) for path in files if path.suffix not in {".txt", ".md"}]
    return [*BUNDLES, *own]


def text_of(name: str) -> bytes | None:
    """The file as it is written, a bundle without its remarks; None where it is none of ours."""
    if name in BUNDLES:
        folder, suffix = name.split("/")[0], Path(name).suffix
        parts = ((sources() / folder / f"{part}{suffix}").read_text() for part in BUNDLES[name])
        joined = "\n".join(parts)
        return (REMARK.sub("", joined) if suffix == ".css" else joined).encode()
    if posixpath.dirname(name) not in FOLDERS or ".." in name or "\0" in name:
        return None
    try:
        return (sources() / name).read_bytes()
    except OSError:
        return None


def stamped(name: str) -> str | None:
    """The name that this content alone has; the file is there once the name is known."""
    return _look(name) if settings.DEBUG else _remember(name)


@lru_cache(512)
def _remember(name):
    return _look(name)


def _look(name: str) -> str | None:
    content = text_of(name)
    if content is None:
        return None
    stem, suffix = posixpath.splitext(name)
    if suffix == ".css":  # what it loads is stamped too, so that a page that preloads a font loads it once
        content = URL.sub(lambda link: _stamped_link(name, link), content.decode()).encode()
    address = f"{stem}.{hashlib.blake2b(content, digest_size=6).hexdigest()}{suffix}"
    target = made() / address
    if not target.exists():
        if suffix in SHRINKS:
            write(Path(f"{target}.br"), brotli.compress(content, quality=11))
            write(Path(f"{target}.gz"), gzip.compress(content, compresslevel=9, mtime=0))
        write(target, content)
    return address


def _stamped_link(name, link):
    folder = posixpath.dirname(name)
    address = stamped(posixpath.normpath(posixpath.join(folder, link[1])))
    return f'url("{posixpath.relpath(address, folder)}")' if address else link[0]


def write(target: Path, content: bytes) -> None:
    """Whole or not at all: another process may write the same. It is written beside the folder, which a server that
    starts at this moment lists and reads."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = made().with_name(f"{made().name}.{secrets.token_hex(8)}")
    part.write_bytes(content)
    os.replace(part, target)


def is_wanted(path: Path) -> bool:
    """Whether pages that somebody kept may still ask for this file of an earlier version; it is removed later."""
    with suppress(OSError):
        if time.time() - path.stat().st_mtime < WANTED_FOR:
            return True
        path.unlink()
    return False


class Files(WhiteNoiseMiddleware):
    """Serves, beside what was there when this process began, what another one has stamped since: the page that it
    rendered may be sent by any."""

    def __call__(self, request):
        path = request.path_info
        if path not in self.files and path.startswith(self.static_prefix):
            name = path.removeprefix(self.static_prefix)
            if STAMPED.fullmatch(name) and (made() / name).is_file():
                self.add_file_to_dictionary(path, str(made() / name))
        return super().__call__(request)

    def immutable_file_test(self, path, url):
        return bool(STAMPED.fullmatch(url.removeprefix(self.static_prefix))) or super().immutable_file_test(path, url)


class Storage(StaticFilesStorage):
    def url(self, name):
        return super().url(stamped(name) or name)


class Finder(BaseFinder):
    """Bundles under their own names for `collectstatic`, else everything under its stamped name."""

    storage = property(lambda self: FileSystemStorage(location=made()))

    def check(self, **kwargs):
        return []

    def list(self, ignore_patterns):
        if settings.COLLECTED_STATIC:
            for name in BUNDLES:
                write(made() / name, text_of(name) or b"")
                yield name, self.storage
            return
        now = {stamped(name) for name in names()}
        for path in sorted(made().rglob("*.*")):
            name = str(path.relative_to(made()))
            if name.removesuffix(".br").removesuffix(".gz") in now or is_wanted(path):
                yield name, self.storage

    def find(self, path, find_all=False, **kwargs):
        if path in BUNDLES:
            write(made() / path, text_of(path) or b"")
        file = made() / path
        found = [str(file)] if ".." not in path and "\0" not in path and file.is_file() else []
        return found[0] if found and not find_all else found
