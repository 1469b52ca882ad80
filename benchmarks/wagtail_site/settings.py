"""A plain Wagtail site as a competent team builds it from Wagtail's own start project, tutorial and performance page.

What those pages advise is done: PostgreSQL, Redis as the cache with one for renditions, templates compiled once,
images and renditions prefetched for lists, bodies deferred there, addresses by {% pageurl %}, the menu in one query.
Where the documentation leaves a choice, the cheaper one is taken: live() without public(), srcset in one format, one
rich text block for a run of paragraphs, no translated strings, no view of who may see a page. Only fragments and pages
are not cached: both sides are measured making them. Each page shows what the newsroom's page shows: the same lists
with as many stories, pictures in a srcset, menu and foot, breadcrumbs, most read and most discussed, votes, comments
with their form, the same meta tags and structured data.
"""

import os

from psycopg.conninfo import conninfo_to_dict

BASE = os.path.dirname(os.path.abspath(__file__))
SECRET_KEY, DEBUG, ALLOWED_HOSTS, ROOT_URLCONF = "bench", False, ["*"], "urls"
INSTALLED_APPS = [
    "paper",
    "wagtail.contrib.redirects",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
_place = conninfo_to_dict(os.environ["DATABASE_URL"])
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _place["dbname"],
        "USER": _place.get("user", ""),
        "PASSWORD": _place.get("password", ""),
        "HOST": _place.get("host", ""),
        "PORT": _place.get("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
CACHES = {
    name: {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["CACHE_URL"],
        "KEY_PREFIX": name,
    }
    for name in ("default", "renditions")
}
MEDIA_ROOT, MEDIA_URL, STATIC_URL = BASE + "/media", "/media/", "/static/"
WAGTAIL_SITE_NAME, WAGTAILADMIN_BASE_URL, USE_TZ = "The Harbour Post", "http://127.0.0.1", True
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database", "AUTO_UPDATE": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
