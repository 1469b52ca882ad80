"""Tools that only the audit needs, at fixed versions, in a folder that git ignores: a Python environment of their own,
since what extracts articles brings a hundred megabytes along, and packages of npm."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".audit"
PYTHON = FOLDER / "venv" / "bin" / "python"
NODE_FOLDER = FOLDER / "npm"
PACKAGES = ["lxml==6.1.3", "trafilatura==2.3.1", "newspaper4k==0.9.6", "nltk==3.10.4"]
NODE_PACKAGES = ["@mozilla/readability@0.6.0", "jsdom@29.1.1", "sitemap@9.0.1", "vnu-jar@26.9.27", "lighthouse@12.8.2"]


class Missing(Exception):
    """Why the audit cannot begin, in one line."""


def install():
    if shutil.which("npm") is None:
        raise Missing("The audit needs Node.js 20 or newer with npm: https://nodejs.org/")
    FOLDER.mkdir(exist_ok=True)
    once("python", PACKAGES, install_python)
    once("npm", NODE_PACKAGES, install_node)


def once(name, packages, fetch):
    stamp, wanted = FOLDER / f"installed-{name}", hashlib.sha256("\n".join(packages).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Installing the audit's tools from {name}: {', '.join(packages)}", flush=True)
        fetch()
        stamp.write_text(wanted)


def install_python():
    attempt([sys.executable, "-m", "venv", str(FOLDER / "venv")], "venv")
    for package in PACKAGES:  # one by one: the pip of Python 3.11 fails on two that ask for the same extra of lxml
        attempt(
            [str(PYTHON), "-m", "pip", "install", "-q", "--disable-pip-version-check", package], "The package index"
        )


def install_node():
    NODE_FOLDER.mkdir(exist_ok=True)
    (NODE_FOLDER / "package.json").write_text('{"private": true}\n')
    command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", str(NODE_FOLDER), *NODE_PACKAGES]
    attempt(command, "npm’s registry")


def attempt(command, whose):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        words = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        refused = any(word in done.stderr for word in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "NewConnectionError"))
        refused = refused or "NameResolutionError" in done.stderr or "Network is unreachable" in done.stderr
        said = "does not answer: the audit fetches its tools once, connect to the network and try again."
        raise Missing(f"{whose} {said}" if refused else f"{whose}: {words[-1] if words else 'no reason was given'}")
