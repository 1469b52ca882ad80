"""The browser of the journeys: the machine's own, else one from its packages, else Playwright's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACS = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


class Missing(Exception):
    """Why there is no browser, in one line."""


def find() -> str | None:
    """The path of a browser, or None. CHROMIUM=… chooses another."""
    named = os.environ.get("CHROMIUM")
    on_path = next(filter(None, map(shutil.which, NAMES)), None)
    on_mac = MACS if Path(MACS).exists() else None
    return named or on_path or on_mac or _playwrights()


def find_or_install() -> str:
    path = find()
    for way in (_from_packages, _from_playwright):
        if path is None:
            way()
            path = find()
    if path is None:
        raise Missing(
            "The browser tests need Chromium, and it could neither be found nor installed: install chromium, "
            "or set CHROMIUM to the path of a browser."
        )
    return path


def _playwrights() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _from_packages():
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("Installing Chromium from the system’s packages", flush=True)
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        if subprocess.run(install, capture_output=True).returncode:
            subprocess.run(["apt-get", "update"], capture_output=True)
            subprocess.run(install, capture_output=True)


def _from_playwright():
    print("Fetching Playwright’s Chromium", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True)
