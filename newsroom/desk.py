"""The look of the desk: django-unfold's settings."""

UNFOLD: dict = {}
