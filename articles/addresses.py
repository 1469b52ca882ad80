"""Addresses that never die: where a story, section, author or tag once was public, a redirect leads to where it is now.

A former address is a row of django.contrib.redirects, which articles/middleware.py asks for where no page was found. A
row leads straight to the present address, never to another row. Paths are kept as people read them, since
percent-encoding makes nine characters of an Arabic one and a row holds 200.
"""

from functools import wraps
from urllib.parse import unquote

from django.conf import settings
from django.contrib.redirects.models import Redirect
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Left, Substr
from django.urls import NoReverseMatch

LONGEST = 200  # characters of a path in Redirect
STEPS = 3  # a renamed section, then a renamed story in it, and one to spare
PARTS = frozenset(["slug", "section", "section_id", "kind"])  # columns that an address is made of


def path_of(thing) -> str | None:
    """Its path as people read it; None for a slug that no address can have, such as an import may bring."""
    try:
        return unquote(thing.get_absolute_url())
    except NoReverseMatch:
        return None


def leaves_redirect(save):
    """For the save() of a model with pages: a changed address leaves its redirect in the transaction of the change, so
    that at no moment, and after no crash, a reader's link leads nowhere."""

    @wraps(save)
    def saved(self, *args, **kwargs):
        changed = kwargs.get("update_fields")
        if changed is not None and PARTS.isdisjoint(changed):
            return save(self, *args, **kwargs)
        before = type(self)._base_manager.filter(pk=self.pk).first() if self.pk else None
        old = path_of(before) if before and getattr(before, "has_been_public", True) else None
        with transaction.atomic():
            save(self, *args, **kwargs)
            new = path_of(self)
            if old and new and old != new:
                move(old, new)
            elif new and before is None and getattr(self, "has_been_public", True):
                rows().filter(old_path=new).delete()

    return saved


def rows():
    return Redirect.objects.filter(site_id=settings.SITE_ID)


def move(old: str, new: str) -> None:
    """What is at `old`, and all below it, is at `new` from now on."""
    rows().filter(old_path=new).delete()  # an address in use is no former one, which also keeps loops out
    flatten(old, new)
    Redirect.objects.update_or_create(site_id=settings.SITE_ID, old_path=old, defaults={"new_path": new})


def flatten(old: str, new: str) -> None:
    """Rows that lead to `old`, or to what is below it, lead to `new`."""
    leading = rows().alias(head=Left("new_path", len(old))).filter(head=old)
    leading.update(new_path=Concat(Value(new), Substr("new_path", len(old) + 1)))
    rows().filter(old_path=F("new_path")).delete()


def destination(path: str) -> str | None:
    """Where a former address leads: a path, the full address of another site, "" for what is gone, or None."""
    start = path
    for _step in range(STEPS):
        row = nearest(path)
        if row is None:
            break
        rest = path[len(row.old_path) :]
        if not row.new_path.startswith("/"):
            return None if rest else row.new_path
        path = row.new_path + rest
    return None if path == start else path


def nearest(path: str):
    """The row of the path itself, or of the closest page above it: a renamed section brings its feed and stories."""
    above = [path[: end + 1] for end, character in enumerate(path[:LONGEST]) if character == "/" and end]
    if "\0" in path:  # PostgreSQL refuses it in text
        return None
    found = list(rows().filter(old_path__in={path, *above}))
    return max(found, key=lambda row: len(row.old_path), default=None)


def renamed(slug: str) -> str | None:
    """The present slug of the story that readers knew by this one, whatever section stood before it."""
    for row in rows().filter(old_path__endswith=f"/{slug}/"):
        if slug_in(row.old_path) == slug:  # SQLite does not tell A from a
            return slug_in(row.new_path)
    return None


def is_taken(slug: str, by) -> bool:
    """Whether readers know another story than the one `by` by an address with this slug."""
    now = renamed(slug)
    return now is not None and not (by.pk and type(by)._base_manager.filter(pk=by.pk, slug=now).exists())


def retired(stem: str) -> set[str]:
    """Slugs that begin with `stem` and belong to former addresses of stories."""
    found = rows().filter(old_path__contains=f"/{stem}").values_list("old_path", flat=True)
    return set(filter(None, map(slug_in, found)))


def slug_in(path: str) -> str | None:
    """The slug of a story's address, as articles/urls.py has them."""
    part, _slash, slug = path.strip("/").partition("/")
    return slug if slug and "/" not in slug and part not in {"authors", "tags"} else None
