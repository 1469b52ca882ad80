"""The door for the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")

application = get_wsgi_application()

from django.conf import settings  # noqa: E402

if settings.PAGE_CACHE:
    from newsroom.page_cache.door import PageCache

    application = PageCache(application)
