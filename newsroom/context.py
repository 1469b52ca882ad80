"""What every template may name."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language_bidi

from newsroom.page_cache import carry


def site(request):
    carry(until=next_midnight())  # every page carries the day
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "direction": "rtl" if get_language_bidi() else "ltr",
    }


def next_midnight():
    """In the newsroom's own time zone."""
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return timezone.make_aware(today.replace(tzinfo=None) + timedelta(days=1))
