"""Files that nothing names any more: those of deleted and replaced pictures, and of a worker that died before its row.

A file is removed STRAY_FILE_DAYS days after a sweep first found it without a row, so that sent mails, caches and a
deletion that is regretted have their time; and never while a text shows it by its address: a story's, in the trash too,
a revision's that could be brought back, or one that somebody has not saved yet. Only the storage's own words are used
(listdir, delete), so it is the same on a disk and in a bucket.
"""

import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from urllib.parse import unquote

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.utils import timezone

from articles.models import Article, Picture, Rendition, Revision, StrayFile, WorkingCopy

log = logging.getLogger(__name__)
FOLDERS = {"pictures": Picture, "renditions": Rendition}
NAMED = re.compile(rf"(?:{'|'.join(FOLDERS)})/[^\s\"'<>?#\\]+")
CHUNK = 500
LONGEST = 200  # characters of a name that a row can hold; no column of ours names a longer one


def sweep() -> int:
    """Note what is stray now, and remove what has been for long enough; returns how many files were removed."""
    now = timezone.now()
    _note(set(strays()), now)
    due = StrayFile.objects.filter(found_at__lte=now - timedelta(days=settings.STRAY_FILE_DAYS))
    names = set(due.values_list("name", flat=True))
    shown = names & named_in_texts() if names else set()
    for chunk in _chunks(sorted(shown)):
        StrayFile.objects.filter(name__in=chunk).update(found_at=now)  # asked again after as many days
    return sum(_remove(name) for name in sorted(names - shown))


def strays() -> Iterator[str]:
    for top, model in FOLDERS.items():
        for folder, names in _walk(top):
            rows = model._default_manager.filter(file__startswith=f"{folder}/")
            yield from names - set(rows.values_list("file", flat=True))


def _walk(folder: str) -> Iterator[tuple[str, set[str]]]:
    """(folder, the full names of its files) for it and all below it."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was stored yet; a bucket says so by an empty list
        return
    yield folder, {f"{folder}/{name}" for name in files if name}
    for name in folders:
        yield from _walk(f"{folder}/{name}")


def _note(found: set[str], now) -> None:
    """What has a row again, or is gone, is stray no more."""
    known = set(StrayFile.objects.values_list("name", flat=True))
    for chunk in _chunks(sorted(known - found)):
        StrayFile.objects.filter(name__in=chunk).delete()
    new = (StrayFile(name=name, found_at=now) for name in sorted(found - known) if len(name) <= LONGEST)
    StrayFile.objects.bulk_create(new, batch_size=CHUNK, ignore_conflicts=True)


def _chunks(names: list[str]) -> Iterator[list[str]]:
    return (names[start : start + CHUNK] for start in range(0, len(names), CHUNK))


def named_in_texts() -> set[str]:
    """The files that stand in texts. Every text with a picture is read: this is asked once a day, by the worker."""
    return {name for text in _texts() for name in names_in(text)}


def _texts() -> Iterator[str]:
    bodies, contents = Q(), Q()
    for folder in FOLDERS:
        bodies |= Q(body__contains=f"{folder}/")
        contents |= Q(content__body__icontains=f"{folder}/")
    yield from Article.objects.order_by().filter(bodies).values_list("body", flat=True).iterator()
    revisions = Revision.objects.order_by().filter(contents).values_list("content__body", flat=True)
    yield from (str(body) for body in revisions.iterator())
    for data in WorkingCopy.objects.order_by().values_list("data", flat=True).iterator():
        yield str(data)


def names_in(text: str) -> Iterator[str]:
    for found in NAMED.findall(text):
        yield unquote(unescape(found)).rstrip(",")


def _remove(name: str) -> bool:
    """Whether the file is gone; one that the storage will not let go is tried again tomorrow."""
    top = name.partition("/")[0]
    if FOLDERS[top]._default_manager.filter(file=name).exists():
        return False
    try:
        default_storage.delete(name)
    except Exception:  # storages raise what they like; one file must not keep the others
        log.exception("the stray file %s could not be removed", name)
        return False
    StrayFile.objects.filter(name=name).delete()
    return True
