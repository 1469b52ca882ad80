import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

WRONG = [
    ({"SITE_URL": "news.example.org"}, "newsroom.E001"),
    ({"SITE_URL": "ftp://news.example.org"}, "newsroom.E001"),
    ({"SITE_URL": "https://"}, "newsroom.E001"),
    ({"TIME_ZONE": "Mars/Base"}, "newsroom.E002"),
    ({"TIME_ZONE": "../etc"}, "newsroom.E002"),
    ({"DIGEST_HOUR": 24}, "newsroom.E003"),
    ({"DIGEST_HOUR": -1}, "newsroom.E003"),
    ({"STORAGE_URL": "https://bucket"}, "newsroom.E004"),
    ({"STORAGE_URL": "s3://k:s@host/bucket"}, "newsroom.E005"),
    ({"DIGEST_STORIES": 0}, "newsroom.E006"),
    ({"PUBLISH_BLOCKERS": ["alt-missing", "alt-mising"]}, "newsroom.E007"),
]
PRODUCTION = {
    "SECRET_KEY": "2nZbnJw7c0zqV5mJ8Cw9YtR1uEoXhK4sD6fGpAqLvBxNyTzM3e",
    "SITE_URL": "https://news.example.org",
    "DATABASE_URL": "postgres://news:secret@db.example.org/newsroom",
    "BROKER_URL": "redis://valkey.example.org/0",
    "CACHE_URL": "redis://valkey.example.org/1",
    "EMAIL_URL": "smtp+tls://news:secret@mail.example.org:587",
    "COLLECTED_STATIC": "1",
}


@pytest.mark.parametrize(("values", "check"), WRONG, ids=lambda value: str(value))
def test_a_senseless_value_is_refused_with_a_hint(values, check):
    with override_settings(**values):
        found = run_checks(tags=["newsroom"])
    assert [error.id for error in found] == [check]
    assert all(error.hint for error in found)


def test_a_bare_clone_passes():
    assert run_checks(tags=["newsroom"]) == []


def manage(folder, *arguments, **environment):
    """`manage.py` in an environment of its own: (exit code, all it wrote)."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), *arguments]
    env = {**kept, "DATA_DIR": str(folder), **environment}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_production_settings_are_clean(tmp_path):
    code, words = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert code == 0, words


def test_defaults_are_refused_in_production(tmp_path):
    (tmp_path / "sign-ins.txt").write_text("admin secret")
    code, words = manage(tmp_path, "check", "--deploy")
    assert code == 1
    for number in ("E101", "E102", "E103", "E104", "W105", "W106", "W107"):
        assert f"newsroom.{number}" in words


UNREADABLE = [
    ("DIGEST_HOUR", "seven"),
    ("DATABASE_URL", "mysequel://db/newsroom"),
    ("DATABASE_URL", "newsroom.sqlite3"),
    ("DATABASE_URL", "postgres://db:port/newsroom"),
    ("EMAIL_URL", "pigeon://coop"),
    ("EMAIL_URL", "smtp://mail:port"),
    ("TIME_ZONE", "Mars/Base"),
]


@pytest.mark.parametrize(("name", "value"), UNREADABLE)
def test_what_cannot_be_read_is_said_in_one_line(name, value, tmp_path):
    code, words = manage(tmp_path, "check", **{name: value})
    assert code == 1
    assert len(words.strip().splitlines()) == 1, words
    assert name in words or "timezone" in words


def test_a_variable_that_is_set_to_nothing_counts_as_not_set(tmp_path):
    code, words = manage(tmp_path, "check", DIGEST_HOUR="", DATABASE_URL="", EMAIL_URL="", SITE_URL="")
    assert code == 0, words


def test_any_folder_may_hold_the_data(tmp_path):
    code, words = manage(tmp_path / "a b#c?d%20é", "migrate", "--verbosity", "0", CACHE_URL="locmemcache://")
    assert code == 0, words
