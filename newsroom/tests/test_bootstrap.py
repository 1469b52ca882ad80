"""The environment that `make` builds on a machine with nothing but Python."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from newsroom import bootstrap

SCRIPT = Path(bootstrap.__file__)
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": ""}


@pytest.fixture
def clone(tmp_path):
    """A clone with the script alone, in a path with a space."""
    root = tmp_path / "a clone"
    (root / "newsroom").mkdir(parents=True)
    shutil.copy(SCRIPT, root / "newsroom")
    return root


def make_ready(clone, requirements):
    (clone / "requirements.txt").write_text(requirements)
    command = [sys.executable, "-I", "newsroom/bootstrap.py", "requirements.txt"]
    env = {**os.environ, **NOWHERE}
    return subprocess.run(command, cwd=clone, env=env, capture_output=True, text=True)


@pytest.mark.processes
def test_the_second_time_nothing_is_done_and_nothing_is_said(clone):
    first = make_ready(clone, "# nothing is needed\n")
    assert (first.returncode, first.stderr) == (0, "")
    assert "Making .venv" in first.stdout
    again = make_ready(clone, "# nothing is needed\n")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


@pytest.mark.processes
def test_no_network_is_said_in_one_line(clone):
    done = make_ready(clone, "Django==5.2.19\n")
    assert done.returncode == 1
    assert done.stderr.startswith("The package index does not answer")
    assert len(done.stderr.splitlines()) == 1


def test_a_changed_file_that_is_included_is_installed_again(tmp_path):
    (tmp_path / "base.txt").write_text("one==1\n")
    (tmp_path / "dev.txt").write_text("-r base.txt\ntwo==2\n")
    before = bootstrap.fingerprint(tmp_path / "dev.txt")
    (tmp_path / "base.txt").write_text("one==2\n")
    assert bootstrap.fingerprint(tmp_path / "dev.txt") != before


def test_what_pip_could_not_do_is_said_in_its_own_words(tmp_path, monkeypatch):
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "install.log")
    bootstrap.LOG.write_text("Collecting x\nERROR: No matching distribution found for x==9\nbye\n")
    assert "No matching distribution found for x==9" in bootstrap.why_not("requirements.txt")


def test_an_older_python_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert "needs Python 3.11" in bootstrap.main(["requirements.txt"])
