"""Pictures whose files are gone from the storage: a disk that was restored in part, a bucket that somebody cleaned.

The desk says so on the picture, readers' pages leave out what has no file left, and a file that is back is shown again.
"""

import logging
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.db import transaction

from articles import changes
from articles.models import Article, Picture, Rendition
from newsroom.page_cache import changed

log = logging.getLogger(__name__)
CHUNK = 500
SOME = 20  # files; when more than these and half of all are gone, the storage itself is not there


def look() -> int:
    """Mark what is lost and what is back; returns how many pictures have no file."""
    pictures, renditions = list(lost(Picture)), list(lost(Rendition))
    if len(pictures) > max(SOME, Picture.objects.count() / 2):
        log.error("%d pictures have no file: is the storage there? Nothing was marked", len(pictures))
        return len(pictures)
    for keys in _chunks(renditions):
        _forget(keys)
    for keys in _chunks(pictures):
        _mark(Picture.objects.filter(pk__in=keys, is_unreadable=False), True)
    gone = set(pictures)
    back = [key for key in Picture.objects.filter(is_unreadable=True).values_list("pk", flat=True) if key not in gone]
    for keys in _chunks(back):
        _mark(Picture.objects.filter(pk__in=keys), False)
    if pictures:
        log.warning("%d pictures have no file, among them %s", len(pictures), pictures[:5])
    return len(pictures)


def lost(model) -> Iterator[int]:
    """Keys of the rows whose file is not there; folders are listed, for a bucket answers slowly one by one."""
    listed: dict[str, set[str]] = {}
    for key, name in model._default_manager.exclude(file="").order_by("pk").values_list("pk", "file").iterator():
        folder, _, last = name.rpartition("/")
        if folder not in listed:
            listed[folder] = _names_in(folder)
        if last not in listed[folder] and not default_storage.exists(name):  # it may be newer than the list
            yield key


def is_lost(picture) -> bool:
    return not picture.file or not picture.file.storage.exists(picture.file.name)


def _names_in(folder) -> set[str]:
    try:
        return set(default_storage.listdir(folder)[1])
    except FileNotFoundError:
        return set()


@transaction.atomic
def _forget(keys):
    """The sweep makes them anew, where the picture's own file is there."""
    rows = Rendition.objects.filter(pk__in=keys)
    pictures = set(rows.order_by().values_list("picture", flat=True))
    rows.delete()
    Picture.objects.filter(pk__in=pictures).update(sizes_made=0)
    _tell(pictures)


@transaction.atomic
def _mark(rows, is_unreadable):
    keys = list(rows.values_list("pk", flat=True))
    Picture.objects.filter(pk__in=keys).update(is_unreadable=is_unreadable)
    _tell(keys)


def _tell(keys):
    shown_by = Article.objects.filter(lead_picture__in=keys) | Article.objects.filter(body_pictures__picture__in=keys)
    changes.changed(set(shown_by.order_by().values_list("pk", flat=True)))
    changed(*(f"picture:{key}" for key in keys))  # on the pages of authors too


def _chunks(keys):
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))
