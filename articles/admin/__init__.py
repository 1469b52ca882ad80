"""The desk of the stories, split by noun."""

from . import article, author, correction, page, picture, redirect, section, series, tag, takedown  # noqa: F401
