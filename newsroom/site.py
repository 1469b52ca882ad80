"""The one row of django.contrib.sites, which django.contrib.redirects hangs its rows on: it follows the settings."""

from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sites.models import Site
from django.db import connections, router


def follow_settings(using="default", **kwargs):
    """After each migrate, which every start of a newsroom does."""
    if not router.allow_migrate_model(using, Site):
        return
    with connections[using].cursor() as cursor:
        if Site._meta.db_table not in connections[using].introspection.table_names(cursor):
            return
    names = {"domain": urlsplit(settings.SITE_URL).netloc[:100], "name": settings.SITE_NAME[:50]}
    Site.objects.using(using).update_or_create(pk=settings.SITE_ID, defaults=names)
