import contextlib
import errno
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError

from newsroom import engine, statistics
from newsroom.supervisor import Child, Lock, Refused, stop_leftovers

WEB_READY_SECONDS = 60
ENGINE_LOOK_SECONDS = 5
ROOM = 10  # MB


class Command(BaseCommand):
    help = "Run the newsroom: database, embedded Valkey, web server, worker and beat, until Ctrl-C."

    def handle(self, **options):
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, signal.default_int_handler)
        self.children, self.has_engine = [], False
        try:
            self.open()
            self.watch()
        except Refused as reason:
            self.stop()
            self.stderr.write(str(reason))
            sys.exit(1)
        except KeyboardInterrupt:
            self.say("\nStopping")
            self.stop()
            self.say("Stopped")
        except BaseException:
            self.stop()
            raise

    def say(self, words):
        with contextlib.suppress(OSError):  # a full disk under a log, a terminal that is gone: readers read on
            self.stdout.write(words)
            self.stdout.flush()

    # Opening

    def open(self):
        host, port = os.environ.get("HOST") or "127.0.0.1", port_number(settings.PORT)
        check_room(settings.DATA_DIR)
        self.lock = Lock(settings.DATA_DIR / "run.lock", f"{settings.SITE_URL}/ (process {os.getpid()})")
        if stop_leftovers(settings.DATA_DIR):
            self.say("Stopped what an earlier run had left behind")
        check_port(host, port)
        settings.PORT_FILE.write_text(f"{port}\n")
        self.start_engine()
        self.prepare_database()
        self.fill_demo()
        self.say("Starting the web server and the worker")
        self.children = [web(host, port), worker()]
        for child in self.children:
            child.start()
        self.wait_for_web(host, port)
        self.say(welcome(host, port))

    def start_engine(self):
        if not settings.EMBEDDED_ENGINE:
            return
        try:
            engine.start(settings.DATA_DIR)
        except engine.EngineError as error:
            raise Refused(str(error)) from error
        self.has_engine = True

    def prepare_database(self):
        self.say("Preparing the database")
        try:
            call_command("migrate", verbosity=0, interactive=False)
            statistics.refresh()
        except OperationalError as error:
            raise Refused(f"The database does not answer: {one_line(error)}") from error

    def fill_demo(self):
        from articles.models import Article

        done = settings.DATA_DIR / "demo-done"
        if os.environ.get("DEMO") == "0" or done.exists() or Article.objects.exists():
            return
        self.say("Filling the demo newsroom, this once (DEMO=0 leaves it empty)")
        try:
            call_command("demo", stdout=self.stdout)
        except CommandError as error:
            raise Refused(f"The demo newsroom could not be filled: {one_line(error)}") from error
        done.touch()

    def wait_for_web(self, host, port):
        server = self.children[0]
        deadline = time.monotonic() + WEB_READY_SECONDS
        while not answers(host, port):
            if server.has_ended or time.monotonic() > deadline:
                raise Refused(f"The web server did not start: {server.last_line()} (all of it: {server.log})")
            time.sleep(0.1)

    # Watching

    def watch(self):
        looked = time.monotonic()
        while True:
            time.sleep(0.3)
            for child in self.children:
                for line in child.errors():
                    self.say(line)
                if news := child.look_after():
                    self.say(news)
            if self.has_engine and time.monotonic() - looked > ENGINE_LOOK_SECONDS:
                self.look_after_engine()
                looked = time.monotonic()

    def look_after_engine(self):
        if engine.is_up(settings.DATA_DIR):
            return
        self.say("The embedded Valkey is gone; starting it again")
        try:
            self.start_engine()
        except Refused as reason:  # the disk is full, say; what is kept is read on, and it is tried again
            self.say(str(reason))

    # Stopping

    def stop(self):
        """Readers first, then the work in hand, then the engine that both use. Ctrl-C again: at once."""
        again = []
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, lambda *_: again.append(1))
        for child in self.children:
            child.ask_to_end()
            child.end(hurry=lambda: again)
        if self.has_engine:
            engine.stop(settings.DATA_DIR)


def port_number(value):
    if value.isascii() and value.isdecimal() and 0 < int(value) < 65536:
        return int(value)
    raise Refused(f"PORT is “{value[:20]}”; it must be a number from 1 to 65535.")


def check_port(host, port):
    """Refuse a port that cannot be had, before anything is started."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection's echo does not count
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65535 else 8000
            raise Refused(
                f"Port {port} is in use; stop what uses it or choose another: make run PORT={other}"
            ) from error
        raise Refused(f"The newsroom cannot listen on {host}, port {port}: {error.strerror}") from error


def check_room(data_dir):
    """A full disk refuses the database, the engine and the uploads, each with words of its own."""
    free = shutil.disk_usage(data_dir).free // 2**20
    if free < ROOM:
        raise Refused(f"Only {free} MB are free where {near(data_dir)} is; make room there first ({ROOM} MB at least).")


def web(host, port):
    workers = os.environ.get("WEB_WORKERS") or min(2, os.cpu_count() or 1)
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "newsroom.wsgi:application"),
        *("--host", host, "--port", str(port), "--workers", str(workers)),
        *("--blocking-threads", os.environ.get("WEB_THREADS") or "4", "--no-ws", "--log-level", "warning"),
        *("--respawn-failed-workers", "--workers-kill-timeout", "10"),
    ]
    return child("web server", "web.log", command, patience=15)


def worker():
    """One process is both worker and beat; threads, because its work is mail and pictures, not Python."""
    schedule = settings.DATA_DIR / "beat" / "schedule"
    schedule.parent.mkdir(parents=True, exist_ok=True)
    command = [
        *(sys.executable, "-m", "celery", "-A", "newsroom", "worker", "-P", "threads"),
        *("-c", os.environ.get("WORKER_THREADS") or "4", "-B", "-s", str(schedule)),
        *("--loglevel", "INFO", "--without-gossip", "--without-mingle"),
    ]
    return child("worker", "worker.log", command, patience=25, is_spared=True)


def child(name, log, command, patience, is_spared=False):
    return Child(
        name=name,
        command=command,
        log=settings.DATA_DIR / "log" / log,
        data_dir=settings.DATA_DIR,
        cwd=settings.BASE_DIR,
        patience=patience,
        is_spared=is_spared,
    )


def answers(host, port):
    """Whether something speaks HTTP there; what it says is /readyz's affair."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"[{host}]" if ":" in host else host
    try:
        urllib.request.urlopen(f"http://{address}:{port}/healthz", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def welcome(host, port):
    site = settings.SITE_URL
    rows = [("Site", f"{site}/"), ("Desk", f"{site}/admin/")]
    if not settings.EMAIL_URL:
        rows.append(("Mail it sent", f"{site}/admin/mailbox/"))
    rows += [("Listens on", f"{host}, port {port}"), ("Data, logs", str(near(settings.DATA_DIR)))]
    block = "\n".join(f"  {name:<14}{value}" for name, value in rows)
    return f"\n  {settings.SITE_NAME} is open.\n\n{block}\n\n{sign_ins()}\n\n  Ctrl-C stops it.\n"


def sign_ins():
    """Who may sign in, where the demo wrote it down; else how to make the first account."""
    file = settings.DATA_DIR / "sign-ins.txt"
    if file.exists():
        return "\n".join(f"  {line}" for line in file.read_text().strip().splitlines())
    from django.contrib.auth.models import User

    if User.objects.filter(is_staff=True).exists():
        return "  Sign in with your own account."
    return "  No account yet: .venv/bin/python manage.py createsuperuser"


def near(path: Path):
    """The path as a person in the current folder would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def one_line(error):
    return " ".join(str(error).split())
