"""The environment as settings read it: an empty variable counts as not set, a wrong one is named in one line."""

import os
import warnings

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):
    def get_value(self, var, cast=None, default=environ.Env.NOTSET, parse_default=False):
        if default is not self.NOTSET and not os.environ.get(var):
            return default
        try:
            return super().get_value(var, cast=cast, default=default, parse_default=parse_default)
        except ValueError as error:
            wanted = "a whole number" if cast is int else f"readable ({error})"
            raise ImproperlyConfigured(f"{var} must be {wanted}.") from error

    def database(self, var, default):
        """A database by its address; `default` are Django's own options."""
        if not os.environ.get(var):
            return default
        try:
            with warnings.catch_warnings(action="ignore"):  # it warns of what is refused below
                database = self.db_url(var)
        except ValueError as error:
            raise ImproperlyConfigured(f"{var} cannot be read: {error}") from error
        if not database.get("ENGINE", "").startswith("django.db.backends."):
            raise ImproperlyConfigured(f"{var} names no database; it begins with postgres:// or sqlite:///")
        return database

    def mail_server(self, var):
        """Django's mail settings by the address of a server."""
        try:
            return self.email_url(var)
        except (ValueError, ImproperlyConfigured) as error:
            raise ImproperlyConfigured(
                f"{var} cannot be read: {error}. Examples: smtp+tls://user:password@mail.example.org:587, consolemail://"
            ) from error
