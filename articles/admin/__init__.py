"""The desk of the stories, split by noun."""

from . import article, author, correction, picture, redirect, section, tag, takedown  # noqa: F401
