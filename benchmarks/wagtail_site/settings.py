"""A plain Wagtail site, as its own start project makes it."""

import os

BASE = os.path.dirname(os.path.abspath(__file__))
SECRET_KEY, DEBUG, ALLOWED_HOSTS, ROOT_URLCONF = "bench", False, ["*"], "urls"
INSTALLED_APPS = [
    "paper",
    "wagtail.contrib.redirects",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.snippets",
    "wagtail.embeds",
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
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.security.SecurityMiddleware",
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
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": BASE + "/db.sqlite3",
        "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"},
    }
}
MEDIA_ROOT, MEDIA_URL, STATIC_URL = BASE + "/media", "/media/", "/static/"
WAGTAIL_SITE_NAME, WAGTAILADMIN_BASE_URL, USE_TZ = "Paper", "http://127.0.0.1", True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
