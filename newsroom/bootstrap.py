"""Makes .venv and installs requirements files into it: `python3 -I newsroom/bootstrap.py requirements.txt`.

It runs on the machine's own Python before anything is installed, so it uses the standard library only. What was
installed is remembered by the content of the files, so a second run costs nothing. Two that run at once take turns.
"""

import fcntl
import hashlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
NO_NETWORK = re.compile(r"NewConnectionError|NameResolutionError|ConnectTimeout|Network is unreachable|ProxyError")


def main(names):
    if sys.version_info < (3, 11):  # noqa: UP036  (this file meets whatever Python the machine has)
        return f"The newsroom needs Python 3.11 or newer; this is {sys.version.split()[0]}."
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return make_environment() or next(filter(None, map(install, names)), None)


def make_environment():
    """Make .venv, or make it anew when its Python is gone. Returns the reason when that cannot be done."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", "import pip"], capture_output=True).returncode == 0:
        return None
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        version = ".".join(map(str, sys.version_info[:2]))
        return f"This Python cannot make environments. On Debian and Ubuntu: apt install python{version}-venv"
    say(f"Making .venv with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], capture_output=True, text=True)
    return None if made.returncode == 0 else f"Could not make .venv: {last_line(made.stderr or made.stdout)}"


def install(name):
    stamp = VENV / f".installed-{name}"
    wanted = fingerprint(ROOT / name)
    if stamp.exists() and stamp.read_text() == wanted:
        return None
    packages = sum(file.read_text().count("==") for file in with_included(ROOT / name))
    say(f"Installing {packages} packages and what they need from {name}; the first time takes a minute or two")
    code = run_pip(["install", "--requirement", str(ROOT / name)])
    if code:
        return why_not(name)
    stamp.write_text(wanted)
    return None


def with_included(file):
    """The file and those that it includes with -r."""
    files = [file]
    for line in file.read_text().splitlines():
        if line.startswith("-r "):
            files += with_included(file.parent / line[3:].strip())
    return files


def fingerprint(file):
    return hashlib.sha256(b"".join(part.read_bytes() for part in with_included(file))).hexdigest()


def run_pip(arguments):
    """Run pip with its words in the log; on a terminal a line counts what has been fetched."""
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", "--retries", "2", "--timeout", "20", *arguments]
    collected = 0
    with (
        LOG.open("w") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip,
    ):
        for line in pip.stdout:
            log.write(line)
            if line.startswith("Collecting "):
                collected += 1
                progress(f"  {collected} fetched")
            elif line.startswith("Installing collected"):
                progress("  putting them in place")
    progress("")
    return pip.returncode


def why_not(name):
    words = LOG.read_text()
    if NO_NETWORK.search(words):
        return "The package index does not answer: connect to the network (or set PIP_INDEX_URL) and try again."
    errors = [line for line in words.splitlines() if line.startswith("ERROR: ")]
    reason = errors[0].removeprefix("ERROR: ") if errors else last_line(words)
    return f"Could not install {name}: {reason} (all of it: {LOG.relative_to(ROOT)})"


def last_line(words):
    return next((line for line in reversed(words.splitlines()) if line.strip()), "no reason was given")


def say(words):
    print(words, flush=True)


def progress(words):
    """A line that is written over, where there is a person to see it."""
    if sys.stdout.isatty():
        print(f"\r\033[K{words}", end="", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"Could not make the environment: {error}")
