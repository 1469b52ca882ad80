"""A newsroom that runs as an operator runs it: real processes on a free port, in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

PATIENCE = 60  # seconds
ROOT = Path(__file__).resolve().parent.parent


def wait_for(what, seconds=PATIENCE):
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := what():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Newsroom:
    """One `manage.py run`."""

    def __init__(self, folder, **environment):
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "TMPDIR"}}
        own = {"DATA_DIR": str(folder), "PORT": str(free_port()), "DEMO": "0", "WEB_WORKERS": "1"}
        self.environment = {**kept, **own, **environment}
        self.address = f"http://127.0.0.1:{self.environment['PORT']}"
        self.words = folder / f"said-{self.environment['PORT']}.txt"
        with self.words.open("ab") as words:
            self.process = subprocess.Popen(self._manage("run"), stdout=words, stderr=words, **self._place)

    @property
    def _place(self):
        return {"cwd": ROOT, "env": self.environment}

    def _manage(self, *arguments):
        return [sys.executable, "manage.py", *arguments]

    def said(self):
        return self.words.read_text()

    def is_open(self):
        assert self.process.poll() is None, self.said()
        return "Ctrl-C stops it" in self.said()

    def asked(self, path):
        with urllib.request.urlopen(f"{self.address}{path}", timeout=10) as response:
            return response.read().decode()

    def manage(self, *arguments):
        """What a command of this newsroom prints."""
        done = subprocess.run(self._manage(*arguments), capture_output=True, text=True, **self._place)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def found(self, expression):
        """A Python expression over the models, answered by this newsroom's database."""
        imports = "from articles.models import *; from comments.models import *; from digest.models import *"
        return json.loads(
            self.manage("shell", "-v", "0", "-c", f"import json; {imports}; print(json.dumps({expression}))")
        )

    def end(self, by=signal.SIGTERM):
        self.process.send_signal(by)
        return self.process.wait(PATIENCE)


@contextmanager
def opened(folder, **environment):
    newsroom = Newsroom(folder, **environment)
    try:
        wait_for(newsroom.is_open)
        yield newsroom
    finally:
        if newsroom.process.poll() is None:
            newsroom.end()
