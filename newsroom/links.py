"""Addresses for the world outside the page: feeds, sitemaps, e-mail, structured data."""

from django.conf import settings
from django.utils.encoding import iri_to_uri


def absolute(path: str) -> str:
    """The full address of a path of this site; what is absolute already stays as it is."""
    return path if path.startswith(("https://", "http://")) else f"{settings.SITE_URL}{iri_to_uri(path)}"
