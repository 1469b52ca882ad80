"""What the page that is being rendered carries, and until when it is true."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models.signals import post_init
from django.views.decorators.http import require_safe

_rendering = threading.local()


@dataclass
class Page:
    """The names of what a page carries; `until`: Unix time at which the clock alone makes it another page; `over`: at
    which it may not be shown any more, whatever fails."""

    names: set[str] = field(default_factory=set)
    until: float = float("inf")
    over: float = float("inf")
    is_kept: bool = True
    began: int | None = None


@contextmanager
def rendering(began: int | None = None) -> Iterator[Page]:
    """Also of a part within a page, which then adopts it. `began`: how many purges of parts there were before."""
    around = getattr(_rendering, "page", None)
    page = _rendering.page = Page(began=around.began if around else began)
    try:
        yield page
    finally:
        _rendering.page = around


def adopt(part: Page) -> None:
    """The page that is being rendered carries what this part of it carries."""
    page = getattr(_rendering, "page", None)
    if page is not None:
        page.names |= part.names
        page.until, page.over = min(page.until, part.until), min(page.over, part.over)
        page.is_kept = page.is_kept and part.is_kept


def carry(*names: str, until: datetime | None = None, over: datetime | None = None) -> None:
    """Say that the page which is being rendered carries these; of several times the first counts."""
    page = getattr(_rendering, "page", None)
    if page is None:
        return
    page.names.update(names)
    if until is not None:
        page.until = min(page.until, until.timestamp())
    if over is not None:
        page.over = min(page.over, over.timestamp())


def withhold() -> None:
    """The page that is being rendered is true, but one of endlessly many that a visitor can ask for: it is not kept."""
    page = getattr(_rendering, "page", None)
    if page is not None:
        page.is_kept = False


def keep(*parameters: str, endless: bool = False):
    """For a view whose page is the same for every reader: it may be kept. `parameters`: of the address, those that it
    reads; all others make no page of their own. `endless`: a visitor can ask with them for pages without end."""

    def mark(view):
        view = require_safe(view)  # whoever sends something is refused
        view.kept_by = frozenset(parameters)
        view.is_endless = endless
        return view

    return mark


def track(model, name: str, over: str = "") -> None:
    """Every page that loads a row of `model` carries it as “name:key”, and is over at the time in its column `over`.

    A signal, since no view or template can be trusted to remember all that it prints.
    """

    def note(sender, instance, **kwargs):
        page = getattr(_rendering, "page", None)
        if page is not None and instance.pk is not None:
            page.names.add(f"{name}:{instance.pk}")
            ends = instance.__dict__.get(over)
            if ends is not None:
                page.over = min(page.over, ends.timestamp())

    post_init.connect(note, sender=model, weak=False, dispatch_uid=f"page-cache-{name}")
