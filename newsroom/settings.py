"""The one settings file, driven by the environment; docs/settings.md lists every name and default.

A bare clone needs no environment at all: the embedded database, broker, uploads and mail live under DATA_DIR.
"""

import contextlib
import secrets
from datetime import timedelta
from email.utils import formataddr
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from newsroom import desk, engine
from newsroom.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()


def _kept_secret(path: Path) -> str:
    """The secret key of a newsroom that was given none: made once, then kept beside its data."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{secrets.token_hex(4)}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(new)  # atomic: of two processes that start together, one key wins
        new.unlink()
    return path.read_text().strip()


# The place

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).absolute()
DATA_DIR.mkdir(parents=True, exist_ok=True)
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret(DATA_DIR / "secret-key")
SITE_NAME = env.str("SITE_NAME", default="The Harbour Post")
# `make run` keeps its port here, so that other commands on the same data put the same address into mail.
PORT_FILE = DATA_DIR / "port"
PORT = env.str("PORT", default="") or (PORT_FILE.read_text().strip() if PORT_FILE.exists() else "8000")
SITE_URL = env.str("SITE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
_site = urlsplit(SITE_URL)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=list(dict.fromkeys(["127.0.0.1", "localhost", "[::1]", _site.hostname or ""]))
)
CSRF_TRUSTED_ORIGINS = [f"{_site.scheme}://{_site.netloc}"]

SITE_ID = 1  # one site a newsroom; newsroom/site.py names it after the settings above
INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.sites",
    "django.contrib.redirects",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "ckeditor",
    "captcha",
    "taggit",
    "newsroom",
    "articles",
    "comments",
    "digest",
    "reading",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "newsroom.assets.Files",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "articles.middleware.FormerAddresses",
]

ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "newsroom.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# The engines: embedded by default, each replaced by one variable

SQLITE = {"ENGINE": "django.db.backends.sqlite3", "NAME": DATA_DIR / "newsroom.sqlite3"}
DATABASES = {"default": env.database("DATABASE_URL", default=SQLITE)}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN: two writers queue for it rather than fail in the middle.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"].setdefault("CONN_HEALTH_CHECKS", True)
DATABASES["default"].setdefault("CONN_MAX_AGE", 60)  # on SQLite a new one reads the whole schema first
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

BROKER_URL = env.str("BROKER_URL", default="") or engine.broker_url(DATA_DIR)
CACHE_URL = env.str("CACHE_URL", default="") or engine.cache_url(DATA_DIR)
EMBEDDED_ENGINE = not (env.str("BROKER_URL", default="") and env.str("CACHE_URL", default=""))
if CACHE_URL.startswith("locmem"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "KEY_PREFIX": "newsroom",
            "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
        }
    }

# Whole pages, in front of Django (newsroom/page_cache). Without Redis each process would know its own changes only.
PAGE_CACHE_REDIS = not CACHE_URL.startswith("locmem")
PAGE_CACHE = env.bool("PAGE_CACHE", default=PAGE_CACHE_REDIS and not DEBUG)
PAGE_CACHE_MEGABYTES = env.int("PAGE_CACHE_MEGABYTES", default=64)  # in each web process
PAGE_CACHE_SHARED_MEGABYTES = env.int("PAGE_CACHE_SHARED_MEGABYTES", default=128)  # in Redis
PAGE_CACHE_SECONDS = env.int("PAGE_CACHE_SECONDS", default=600)  # then a page is made anew, changed or not
# For a proxy or CDN in front of us: long only where it can be told what changed.
SURROGATE_KEY_HEADER = env.str("SURROGATE_KEY_HEADER", default="")
CDN_PURGE_URL = env.str("CDN_PURGE_URL", default="")
CDN_PURGE_METHOD = env.str("CDN_PURGE_METHOD", default="POST")
CDN_PURGE_HEADERS = [line for line in env.str("CDN_PURGE_HEADERS", default="").split("|") if ":" in line]
SHARED_CACHE_SECONDS = env.int("SHARED_CACHE_SECONDS", default=3600 if CDN_PURGE_URL else 1)

EMAIL_URL = env.str("EMAIL_URL", default="")
MAIL_DIR = DATA_DIR / "mail"
if EMAIL_URL:
    vars().update(env.mail_server("EMAIL_URL"))
else:
    EMAIL_BACKEND = "newsroom.mailbox.EmailBackend"  # one file a message, read at /admin/mailbox/
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=formataddr((SITE_NAME, f"news@{_site.hostname or 'localhost'}"))
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# Files

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "newsroom.assets.Finder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
# Collecting takes most of a minute: a production image does it once, a bare clone serves from the sources, what readers
# load under stamped names (newsroom/assets.py).
COLLECTED_STATIC = env.bool("COLLECTED_STATIC", default=False)
STATIC_ROOT = env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")) if COLLECTED_STATIC else None
WHITENOISE_USE_FINDERS = not COLLECTED_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
STORAGE_URL = env.str("STORAGE_URL", default="")
STORAGES: dict = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED_STATIC
        else "newsroom.assets.Storage"
    },
}
if STORAGE_URL:
    from newsroom.storage import public_address, s3_options

    MEDIA_URL = public_address(STORAGE_URL)
    STORAGES["default"] = {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": s3_options(STORAGE_URL)}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20  # a paste from a word processor with everything in it
FILE_UPLOAD_PERMISSIONS = 0o644

# Language, time

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [
    ("en", _("English")),
    ("ar", _("Arabic")),
    ("de", _("German")),
    ("fr", _("French")),
    ("es", _("Spanish")),
]
if LANGUAGE_CODE not in dict(LANGUAGES):
    LANGUAGES.append((LANGUAGE_CODE, LANGUAGE_CODE))
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True
FORMAT_MODULE_PATH = "newsroom.formats"

# Tasks

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # What a killed worker held is redelivered after this; it must be longer than any task.
    "visibility_timeout": 20 * 60,
    "socket_timeout": 30,
    "socket_connect_timeout": 2,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
# A hundred pictures that were uploaded together let everything else go first; to Redis and Valkey 0 is the first.
CELERY_TASK_ROUTES = {"articles.tasks.make_*renditions": {"priority": 9}}
CELERY_BEAT_SCHEDULE = {
    "stories-due": {"task": "articles.tasks.announce_due", "schedule": timedelta(seconds=1), "options": {"expires": 1}},
    "worker-seen": {
        "task": "newsroom.tasks.worker_seen",
        "schedule": timedelta(seconds=20),
        "options": {"expires": 20},
    },
    "copies-old": {"task": "articles.tasks.forget_old_copies", "schedule": timedelta(hours=6)},
    "digest-due": {
        "task": "digest.tasks.send_what_is_due",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},  # while no worker runs, no questions pile up
    },
    "renditions-missing": {
        "task": "articles.tasks.make_missing_renditions",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 120},
    },
    "statistics": {"task": "newsroom.tasks.refresh_statistics", "schedule": timedelta(hours=1)},
    "words-new": {
        "task": "articles.tasks.learn_words",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 120},
    },
    "trash-old": {"task": "articles.tasks.empty_trash", "schedule": timedelta(hours=1)},
    "sitemap": {"task": "articles.tasks.refresh_sitemap", "schedule": timedelta(hours=6)},
    "files-lost": {"task": "articles.tasks.find_lost_files", "schedule": timedelta(hours=6)},
    "files-stray": {"task": "articles.tasks.remove_stray_files", "schedule": timedelta(hours=24)},
    "readings-move": {
        "task": "reading.tasks.move_readings",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "readings-rank": {
        "task": "reading.tasks.rank_stories",
        "schedule": timedelta(minutes=5),
        "options": {"expires": 300},
    },
    "readings-old": {"task": "reading.tasks.forget_old_readings", "schedule": timedelta(hours=1)},
    "captchas-expired": {"task": "comments.tasks.forget_expired_questions", "schedule": timedelta(hours=1)},
}

# Editors and their tools

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
CKEDITOR_BASEPATH = f"{STATIC_URL}ckeditor/ckeditor/"
CKEDITOR_CONFIGS = {"default": desk.EDITOR}
# django-ckeditor warns that its CKEditor 4 is past its end of life. The editor was named for this product; what it
# sends and what it loads is cleaned in articles/markup.py (docs/decisions.md).
# Its upload dialog answers into a frame of the same site, so frames are not denied altogether.
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001", "security.W019"]
TAGGIT_CASE_INSENSITIVE = True

TRASH_DAYS = env.int("TRASH_DAYS", default=30)
# A bucket may be shared with another newsroom (a copy for trying things out), whose files no row of ours names.
STRAY_FILE_DAYS = env.int("STRAY_FILE_DAYS", default=0 if STORAGE_URL else 30)
PICTURE_MAX_BYTES = env.int("PICTURE_MAX_BYTES", default=30 * 2**20)
PICTURE_MAX_PIXELS = env.int("PICTURE_MAX_PIXELS", default=60_000_000)
# Rules of articles/checklist.py that hold a story back until they are met or an editor says why not.
# “none”: nothing does, for an empty variable counts as not set.
_blockers = env.str("PUBLISH_BLOCKERS", default="headline-missing,section-missing,alt-missing,credit-missing")
PUBLISH_BLOCKERS = [code.strip() for code in _blockers.split(",") if code.strip() not in {"", "none"}]
WORKING_COPY_DAYS = env.int("WORKING_COPY_DAYS", default=30)

# Readers

CAPTCHA_CHALLENGE_FUNCT = "comments.captcha.sum_to_solve"
CAPTCHA_TIMEOUT = 60  # minutes: a reader may think before answering
COMMENT_MAX_LENGTH = env.int("COMMENT_MAX_LENGTH", default=4000)
COMMENTS_PER_HOUR = env.int("COMMENTS_PER_HOUR", default=120)
VOTES_PER_HOUR = env.int("VOTES_PER_HOUR", default=600)
SIGNUPS_PER_HOUR = env.int("SIGNUPS_PER_HOUR", default=60)
READS_PER_HOUR = env.int("READS_PER_HOUR", default=1200)
READERS_PER_NETWORK = max(1, env.int("READERS_PER_NETWORK", default=20))
MOST_READ_FROM = env.int("MOST_READ_FROM", default=10)

# What other machines read and are told (articles/feeds, articles/pings.py)
FEED_FULL_TEXT = env.bool("FEED_FULL_TEXT", default=True)
SEARCH_URL = env.str("SEARCH_URL", default="")
if SEARCH_URL:
    CELERY_BEAT_SCHEDULE["search-mend"] = {
        "task": "articles.tasks.mend_search",
        "schedule": timedelta(minutes=10),
        "options": {"expires": 600},
    }
WEBSUB_HUB = env.str("WEBSUB_HUB", default="")
INDEXNOW_KEY = env.str("INDEXNOW_KEY", default="")
INDEXNOW_ENDPOINT = env.str("INDEXNOW_ENDPOINT", default="https://api.indexnow.org/indexnow")
if WEBSUB_HUB or INDEXNOW_KEY:
    CELERY_BEAT_SCHEDULE["pings"] = {
        "task": "articles.tasks.send_pings",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 5},
    }

DIGEST_HOUR = env.int("DIGEST_HOUR", default=7)
DIGEST_LATE_HOURS = env.int("DIGEST_LATE_HOURS", default=3)
DIGEST_STORIES = env.int("DIGEST_STORIES", default=20)
DIGEST_POSTS = env.int("DIGEST_POSTS", default=10)

# Safety in transit: on as soon as the site's own address is https

HTTPS = _site.scheme == "https"
TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"level": "INFO"},
        "django.server": {"propagate": True},
        # articles/search says in one line what this writes in thirty; and what readers look for is written nowhere.
        "opensearch": {"level": "ERROR"},
        "opensearchpy.trace": {"level": "ERROR"},
    },
}

UNFOLD = desk.UNFOLD  # the look of the desk, a page of its own
