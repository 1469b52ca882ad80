"""Small files for browsers and search engines, whose content follows from the settings."""

import json

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi

from newsroom.links import absolute
from newsroom.page_cache import keep

# An address that ends in a bare question mark closes the page of the search itself to Python's own parser.
ROBOTS = """\
User-agent: *
Disallow: /admin/
Disallow: /search/?q=
Disallow: /search/?*
Disallow: /comments/
Disallow: /preview/

Sitemap: {sitemap}
Sitemap: {news}
"""
ICONS = (("icon-192.png", 192, "any"), ("icon-512.png", 512, "any"), ("icon-maskable-512.png", 512, "maskable"))
PAPER = "#fffdf8"  # static/css/tokens.css


@keep()
def robots(request):
    addresses = {"sitemap": absolute(reverse("articles:sitemap")), "news": absolute(reverse("articles:news_sitemap"))}
    return HttpResponse(ROBOTS.format(**addresses), content_type="text/plain; charset=utf-8")


@keep()
def manifest(request):
    """https://www.w3.org/TR/appmanifest/"""
    front = reverse("articles:front")
    about = {
        "id": front,
        "name": settings.SITE_NAME,
        "short_name": settings.SITE_NAME,
        "start_url": front,
        "scope": front,
        "display": "minimal-ui",
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "background_color": PAPER,
        "theme_color": PAPER,
        "icons": [
            {"src": static(f"img/{name}"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in ICONS
        ],
    }
    return HttpResponse(json.dumps(about, ensure_ascii=False), content_type="application/manifest+json")


def favicon(request):
    """Where browsers and feed readers look without asking."""
    return HttpResponsePermanentRedirect(static("img/favicon.ico"))


@keep()
def indexnow_key(request, key):
    """Proves that what we tell IndexNow comes from this site."""
    if key != settings.INDEXNOW_KEY:
        raise Http404
    return HttpResponse(key, content_type="text/plain; charset=utf-8")
