"""The door for the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

django = get_wsgi_application()

# Only now are the settings there to be read.
from django.conf import settings  # noqa: E402

from newsroom.page_cache.door import PageCache  # noqa: E402

application = PageCache(django) if settings.PAGE_CACHE else django
