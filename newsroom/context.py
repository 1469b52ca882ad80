"""What every template may name."""

from django.conf import settings
from django.utils.translation import get_language_bidi


def site(request):
    return {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "direction": "rtl" if get_language_bidi() else "ltr",
    }
