"""`manage.py run` as an operator meets it: real processes in a folder of their own."""

import errno
import io
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

from newsroom import engine
from newsroom.management.commands.run import Command, check_port, check_room, port_number
from newsroom.supervisor import Child, Lock, Refused, leftovers, stop_leftovers
from tests.live import PATIENCE, Newsroom, free_port, opened, wait_for


@pytest.fixture
def folder():
    """A data folder with a path that is short enough for a socket and has a space."""
    with tempfile.TemporaryDirectory(prefix="news room ") as name:
        path = Path(name)
        yield path
        stop_leftovers(path)
        engine.stop(path)


@pytest.mark.processes
def test_a_newsroom_opens_serves_and_leaves_nothing_behind(folder):
    with opened(folder) as newsroom:
        assert newsroom.asked("/healthz") == "ok\n"
        assert newsroom.asked("/readyz").count('"ok"') == 3
        second = Newsroom(folder)
        assert second.process.wait(PATIENCE) == 1
        assert "runs already" in second.said()
        assert newsroom.end(signal.SIGINT) == 0
    assert newsroom.said().endswith("Stopped\n")
    assert not leftovers(folder)
    assert not engine.is_up(folder)


@pytest.mark.processes
def test_after_a_kill_the_next_start_clears_up_and_keeps_what_the_broker_held(folder):
    with opened(folder) as first:
        first.process.kill()
        first.process.wait()
        orphans = leftovers(folder)
        assert orphans
    with opened(folder) as second:
        assert "earlier run" in second.said()
        assert not set(orphans) & set(leftovers(folder))
        assert second.asked("/healthz") == "ok\n"


@pytest.mark.processes
def test_a_child_that_dies_is_started_again(folder):
    with opened(folder) as newsroom:
        old = leftovers(folder)
        for pid in old:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: newsroom.said().count("starting it again") >= 2)
        wait_for(lambda: set(leftovers(folder)) - set(old))


@pytest.mark.processes
def test_a_busy_port_is_said_in_one_line(folder):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        newsroom = Newsroom(folder, PORT=str(port))
        assert newsroom.process.wait(PATIENCE) == 1
    assert newsroom.said() == f"Port {port} is in use; stop what uses it or choose another: make run PORT={port + 1}\n"
    assert not engine.is_up(folder)


@pytest.mark.processes
def test_a_database_that_does_not_answer_is_said_in_one_line(folder):
    newsroom = Newsroom(folder, DATABASE_URL=f"postgres://u:p@127.0.0.1:{free_port()}/x")
    assert newsroom.process.wait(PATIENCE) == 1
    assert newsroom.said().splitlines()[-1].startswith("The database does not answer: ")
    assert not engine.is_up(folder)


@pytest.mark.parametrize("value", ["", "abc", "0", "65536", "-1", "8000 ", "٨٠٠٠"])
def test_a_port_is_a_number(value):
    with pytest.raises(Refused, match="PORT"):
        port_number(value)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(Refused, match="cannot listen"):
        check_port("192.0.2.1", 8000)


def test_a_full_disk_is_said_before_anything_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(2**30, 2**30, 2**20))
    with pytest.raises(Refused, match="Only 1 MB are free"):
        check_room(tmp_path)


def test_a_full_disk_under_its_own_words_stops_nothing():
    full = io.StringIO()
    full.write = Mock(side_effect=OSError(errno.ENOSPC, "No space left on device"))
    Command(stdout=full).say("The worker stopped")
    assert full.write.called


def test_an_engine_that_cannot_be_started_again_stops_nothing(monkeypatch):
    def fails(folder):
        raise engine.EngineError("no room")

    monkeypatch.setattr(engine, "is_up", lambda folder: False)
    monkeypatch.setattr(engine, "start", fails)
    monkeypatch.setattr("newsroom.management.commands.run.settings.EMBEDDED_ENGINE", True)
    said = io.StringIO()
    Command(stdout=said).look_after_engine()
    assert "no room" in said.getvalue()


def test_a_lock_names_its_holder(tmp_path):
    lock = Lock(tmp_path / "run.lock", "here (process 1)")
    with pytest.raises(Refused, match=r"here \(process 1\)"):
        Lock(tmp_path / "run.lock", "there")
    lock.file.close()


class TestChild:
    def child(self, folder, script):
        command = [sys.executable, "-c", script]
        return Child("helper", command, folder / "log" / "helper.log", folder, folder, patience=1)

    def test_it_is_killed_when_it_does_not_end_in_time(self, tmp_path):
        script = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(99)"
        child = self.child(tmp_path, script)
        child.start()
        wait_for(lambda: "up" in child.log.read_text())
        child.ask_to_end()
        child.end()
        assert child.process.returncode == -signal.SIGKILL

    def test_what_it_started_goes_with_it(self, tmp_path):
        child = self.child(tmp_path, "import subprocess; subprocess.Popen(['sleep', '99'])")
        child.start()
        wait_for(lambda: child.has_ended)
        wait_for(lambda: not leftovers(tmp_path))

    def test_one_that_keeps_dying_is_given_up(self, tmp_path, monkeypatch):
        monkeypatch.setattr(time, "monotonic", iter(range(0, 10_000, 10)).__next__)  # each look is ten seconds later
        child = self.child(tmp_path, "raise SystemExit(3)")
        child.start()
        said = []
        with pytest.raises(Refused, match=r"5 times.*helper\.log"):  # noqa: PT012  (until it raises)
            while True:
                child.process.wait()
                said.append(child.look_after())
        assert "The helper stopped (exit code 3); starting it again in 1 s" in said

    def test_one_that_readers_do_without_is_tried_for_ever(self, tmp_path, monkeypatch):
        monkeypatch.setattr(time, "monotonic", iter(range(0, 10_000, 10)).__next__)
        child = self.child(tmp_path, "raise SystemExit(3)")
        child.is_spared = True
        child.start()
        said = []
        while "The helper stopped (exit code 3); starting it again in 60 s" not in said:
            child.process.wait()
            said.append(child.look_after())
            assert len(said) < 200

    def test_only_errors_are_told(self, tmp_path):
        child = self.child(tmp_path, "")
        child.log.parent.mkdir()
        lines = ["2026 INFO a: fine", "2026 ERROR a: broken", "Traceback", "  in f", "2026 WARNING a: hm", "more hm"]
        child.log.write_text("\n".join(lines) + "\nhalf a line")
        assert list(child.errors()) == ["2026 ERROR a: broken", "Traceback", "  in f"]
        assert list(child.errors()) == []


class TestEngine:
    def test_it_is_reused_and_survives_a_kill_with_what_it_held(self, folder):
        first = engine.start(folder)
        client = engine._client(folder)
        client.set("kept", "1")
        assert engine.start(folder) is None
        wait_for(lambda: client.info("persistence")["aof_pending_bio_fsync"] == 0)
        first.kill()
        first.wait()
        client.close()
        engine.start(folder)
        with engine._client(folder) as client:
            assert client.get("kept") == b"1"

    def test_it_listens_on_no_port(self, folder):
        engine.start(folder)
        with engine._client(folder) as client:
            assert client.config_get("port") == {"port": "0"}

    def test_why_it_does_not_start_is_said(self, folder):
        (folder / "valkey").mkdir()
        (folder / "valkey" / "appendonlydir").write_text("in the way")
        with pytest.raises(engine.EngineError, match="did not start"):
            engine.start(folder)

    def test_a_long_path_gets_a_short_socket(self):
        deep = Path("/" + "deep/" * 40)
        assert len(str(engine.socket_path(deep))) < engine.SOCKET_PATH_LIMIT
        assert engine.socket_path(deep) != engine.socket_path(deep / "er")
