"""What a newsroom must have right before it starts, and before it is shown to the world; each says what to set."""

import os
import re
import zoneinfo
from importlib.util import find_spec
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Warning, register

NUMBERS = (
    "WORKING_COPY_DAYS",
    "COMMENT_MAX_LENGTH",
    "COMMENTS_PER_HOUR",
    "VOTES_PER_HOUR",
    "SIGNUPS_PER_HOUR",
    "DIGEST_STORIES",
    "TRASH_DAYS",
)
SEARCH_INDEX = r"/?|/[a-z0-9][a-z0-9_-]{0,99}/?"
ADDRESSES = ("WEBSUB_HUB", "INDEXNOW_ENDPOINT", "CDN_PURGE_URL")


@register("newsroom")
def environment(app_configs, **kwargs):
    """Values that can be read and still make no sense."""
    found = [
        site_address(),
        time_zone(),
        digest_hour(),
        storage(),
        search_server(),
        indexnow_key(),
        surrogate_keys(),
        *map(told_address, ADDRESSES),
        *map(positive, NUMBERS),
    ]
    return list(filter(None, found))


@register("newsroom", deploy=True)
def production(app_configs, **kwargs):
    """Defaults that are right on a desk and wrong on the open internet."""
    found = [secret_key(), https(), mail_server(), demo_accounts(), database(), engine(), static_files()]
    return list(filter(None, found))


def site_address():
    parts = urlsplit(settings.SITE_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return Error(
            f"SITE_URL is “{settings.SITE_URL}”, which is no address of a site.",
            hint="Write it with its scheme: SITE_URL=https://news.example.org",
            id="newsroom.E001",
        )


def time_zone():
    try:
        zoneinfo.ZoneInfo(settings.TIME_ZONE)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return Error(
            f"TIME_ZONE is “{settings.TIME_ZONE}”, which is no time zone.",
            hint="Use a name of the tz database: TIME_ZONE=Asia/Baghdad",
            id="newsroom.E002",
        )


def digest_hour():
    if not 0 <= settings.DIGEST_HOUR <= 23:
        return Error(
            f"DIGEST_HOUR is {settings.DIGEST_HOUR}; a day has the hours 0 to 23.",
            hint="Set the hour of the daily e-mail in the site’s own time zone: DIGEST_HOUR=7",
            id="newsroom.E003",
        )


def storage():
    if not settings.STORAGE_URL:
        return None
    if urlsplit(settings.STORAGE_URL).scheme != "s3":
        return Error(
            "STORAGE_URL does not begin with s3://.",
            hint="Write it as s3://KEY:SECRET@endpoint.example/bucket, or leave it out to keep uploads in DATA_DIR.",
            id="newsroom.E004",
        )
    if find_spec("storages") is None:
        return Error(
            "STORAGE_URL is set, but django-storages is not installed.",
            hint="Install it: .venv/bin/python -m pip install -r requirements-s3.txt",
            id="newsroom.E005",
        )


def search_server():
    if not settings.SEARCH_URL:
        return None
    parts = urlsplit(settings.SEARCH_URL)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not re.fullmatch(SEARCH_INDEX, parts.path):
        return Error(
            "SEARCH_URL is no address of a search server.",
            hint="Write it as https://user:password@search.example.org:9200/newsroom; the last part is the name of the "
            "index, in small letters. Leave it out to search with the database.",
            id="newsroom.E010",
        )
    if find_spec("opensearchpy") is None:
        return Error(
            "SEARCH_URL is set, but opensearch-py is not installed.",
            hint="Install it: .venv/bin/python -m pip install -r requirements-search.txt",
            id="newsroom.E011",
        )


def told_address(name):
    parts = urlsplit(getattr(settings, name))
    if getattr(settings, name) and (parts.scheme not in {"http", "https"} or not parts.hostname):
        return Error(
            f"{name} is “{getattr(settings, name)}”, which is no address.",
            hint=f"Write it with its scheme: {name}=https://hub.example.org/",
            id="newsroom.E007",
        )


def indexnow_key():
    if settings.INDEXNOW_KEY and not re.fullmatch("[a-zA-Z0-9-]{8,128}", settings.INDEXNOW_KEY):
        return Error(
            "INDEXNOW_KEY is not 8 to 128 letters, digits and hyphens.",
            hint="Make one: INDEXNOW_KEY=$(openssl rand -hex 16)",
            id="newsroom.E008",
        )


def surrogate_keys():
    if settings.CDN_PURGE_URL and not settings.SURROGATE_KEY_HEADER:
        return Error(
            "CDN_PURGE_URL is set, but no page says what it carries.",
            hint="Name the header that your CDN reads: SURROGATE_KEY_HEADER=Surrogate-Key, xkey or Cache-Tag.",
            id="newsroom.E009",
        )


def positive(name):
    if getattr(settings, name) < 1:
        return Error(f"{name} is {getattr(settings, name)}.", hint="It must be 1 or more.", id="newsroom.E006")


def secret_key():
    if not os.environ.get("SECRET_KEY"):
        return Error(
            "SECRET_KEY is not set: a key was made and kept in DATA_DIR.",
            hint="Give each machine the same one: SECRET_KEY=$(openssl rand -base64 48)",
            id="newsroom.E101",
        )


def https():
    if not settings.SITE_URL.startswith("https://"):
        return Error(
            "SITE_URL is not https: sign-ins would travel in the open.",
            hint="Put a proxy with a certificate in front and set SITE_URL=https://…",
            id="newsroom.E102",
        )


def mail_server():
    if not settings.EMAIL_URL:
        return Error(
            "EMAIL_URL is not set: mail is written to DATA_DIR/mail and reaches nobody.",
            hint="Name your mail server: EMAIL_URL=smtp+tls://user:password@mail.example.org:587",
            id="newsroom.E103",
        )


def demo_accounts():
    if (settings.DATA_DIR / "sign-ins.txt").exists():
        return Error(
            "The demo’s accounts are there, and their passwords stand in DATA_DIR/sign-ins.txt.",
            hint="Start with an empty DATA_DIR and DEMO=0, or remove these accounts and then the file.",
            id="newsroom.E104",
        )


def database():
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return Warning(
            "The database is SQLite: good for one machine, one writer at a time.",
            hint="For more, use PostgreSQL: DATABASE_URL=postgres://user:password@host/newsroom",
            id="newsroom.W105",
        )


def engine():
    if settings.EMBEDDED_ENGINE:
        return Warning(
            "Broker and cache are the embedded Valkey: good for one machine.",
            hint="For more, name a Redis or Valkey server in BROKER_URL and CACHE_URL.",
            id="newsroom.W106",
        )


def static_files():
    if not settings.COLLECTED_STATIC:
        return Warning(
            "The desk’s static files are served from their sources, uncompressed.",
            hint="Set COLLECTED_STATIC=1 and run manage.py collectstatic.",
            id="newsroom.W107",
        )
