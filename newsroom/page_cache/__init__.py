"""The cache of whole pages that stands in front of Django, and how it stays exact.

While a page is rendered it takes the names of what it carries (carried.py): rows by themselves as they are loaded,
lists as its view says. Whoever changes something names it (purge.py), and the store (store.py) drops exactly the pages
that carry it, in this process, in its siblings and on every machine of the same Redis. door.py is the WSGI application.
"""

from .carried import Page, carry, keep, track, withhold
from .purge import changed, everything_changed

__all__ = ["Page", "carry", "changed", "everything_changed", "keep", "track", "withhold"]
