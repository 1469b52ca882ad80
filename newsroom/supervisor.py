"""Long-running children of `manage.py run`: started, watched, started again, stopped, found again after a kill -9."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

QUICK = 20  # seconds; a child that dies sooner than this after its start counts as a quick death
QUICK_DEATHS = 5
LONGEST_WAIT = 60  # seconds before a child that keeps dying is tried again
LOG_LIMIT = 10 * 2**20
# Every child carries this name in its environment, with its data folder, so that a later start knows it for its own.
MARK = "NEWSROOM_CHILD_OF"
LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")


class Refused(Exception):
    """Why the newsroom does not start, in one line for the operator."""


class Lock:
    """Held by the one process that runs the newsroom of a data folder; the system drops it however that one ends."""

    def __init__(self, path: Path, note: str):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("a+")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.file.seek(0)
            holder = self.file.read().strip()
            self.file.close()
            raise Refused(f"This newsroom runs already: {holder}. Stop it there with Ctrl-C first.") from error
        self.file.truncate(0)
        self.file.write(note)
        self.file.flush()


@dataclass
class Child:
    """A process in a session of its own, whose words go to a log file."""

    name: str
    command: list[str]
    log: Path
    data_dir: Path
    cwd: Path
    patience: float  # seconds it may take to end what it is at
    is_spared: bool = False  # readers do without it: it is tried for ever
    process: subprocess.Popen | None = None
    started: float = 0
    quick_deaths: int = 0
    start_at: float = 0
    told: int = 0  # bytes of the log that were looked at for errors
    is_telling: bool = False

    def start(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.told = log.tell()
            self.process = subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env={**os.environ, MARK: str(self.data_dir), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started = time.monotonic()
        self.is_telling = False

    @property
    def has_ended(self) -> bool:
        """Whether it is gone; what it started itself is then gone too."""
        if self.process is None or self.process.returncode is not None:
            return True
        # WNOWAIT leaves its number taken until its group was ended, so that no stranger can have it.
        if os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            return False
        self._end_group()
        self.process.wait()
        return True

    def look_after(self):
        """Start it again when it died. Returns a line to say, if there is one; raises Refused if it keeps dying."""
        if not self.has_ended:
            return None
        if self.start_at:
            if time.monotonic() >= self.start_at:
                self.start_at = 0
                self.start()
            return None
        lived = time.monotonic() - self.started
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK else 1
        if self.quick_deaths >= QUICK_DEATHS and not self.is_spared:
            raise Refused(f"The {self.name} stopped {QUICK_DEATHS} times in a row; why stands in {self.log}")
        wait = min(2 ** (self.quick_deaths - 1), LONGEST_WAIT)
        self.start_at = time.monotonic() + wait
        return f"The {self.name} stopped ({self.how_it_ended}); starting it again in {wait} s"

    @property
    def how_it_ended(self):
        code = self.process.returncode
        return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"

    def errors(self):
        """Lines of errors that it logged since the last call."""
        with self.log.open("rb") as log:
            log.seek(self.told)
            new = log.read()
        new = new[: new.rfind(b"\n") + 1]
        self.told += len(new)
        for line in new.decode(errors="replace").splitlines():
            if level := LEVEL.search(line[:80]):
                self.is_telling = level[0] in {"ERROR", "CRITICAL"}
            elif line.startswith("Traceback"):
                self.is_telling = True
            if self.is_telling and line.strip():
                yield line

    def last_line(self):
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def ask_to_end(self):
        if not self.has_ended:
            self.process.terminate()  # it alone, not its group: it ends its own children in its own order

    def end(self, hurry=lambda: False):
        """Wait until it ended; kill it when its patience is over or `hurry` says so."""
        deadline = time.monotonic() + self.patience
        while not self.has_ended:
            if time.monotonic() > deadline or hurry():
                self._end_group()
            time.sleep(0.05)

    def _end_group(self):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


def leftovers(data_dir: Path) -> list[int]:
    """Children of a newsroom in this data folder that was killed before it could stop them."""
    mark = f"{MARK}={data_dir}"
    return [pid for pid, environment in _processes() if mark in environment and pid != os.getpid()]


def stop_leftovers(data_dir: Path) -> int:
    """Ask them to end, then kill them. Returns how many there were."""
    found = leftovers(data_dir)
    for ask, patience in ((signal.SIGTERM, 15), (signal.SIGKILL, 3)):
        for pid in leftovers(data_dir):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, ask)
        deadline = time.monotonic() + patience
        while leftovers(data_dir) and time.monotonic() < deadline:
            time.sleep(0.1)
    return len(found)


def _processes():
    """(pid, its environment as a list of NAME=value) of every process that this user may ask about."""
    if not Path("/proc/self/environ").exists():  # macOS
        words = subprocess.run(["ps", "-AwwE", "-o", "pid=,command="], capture_output=True, text=True).stdout
        for line in words.splitlines():
            pid, _, command = line.strip().partition(" ")
            if MARK in command:
                yield int(pid), re.findall(rf"{MARK}=.*?(?= \w+=|$)", command)
        return
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield int(folder.name), os.fsdecode((folder / "environ").read_bytes()).split("\0")
