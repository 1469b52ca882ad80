#!/usr/bin/env python
"""Django's command line for the newsroom."""

import os
import sys


def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        settings.DATABASES  # noqa: B018  (reads the environment, before anything is started on it)
    except (ImproperlyConfigured, OSError, ValueError) as error:
        sys.exit(f"The newsroom’s environment is not right. {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
