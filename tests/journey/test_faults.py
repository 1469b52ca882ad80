"""Processes that are killed in the middle of their work: what was answered is kept, what was begun is finished."""

import os
import signal
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsroom import engine
from newsroom.supervisor import leftovers, stop_leftovers
from tests.editor import STORIES, Editor, filled
from tests.live import opened, wait_for

pytestmark = pytest.mark.processes

CAST = """
from tests.cast import make_section, make_user
make_user("eve", "Editors")
make_section("City")
"""
UPLOADS = """
from django.core.files.uploadedfile import SimpleUploadedFile
from articles import pictures, tasks
from tests.cast import picture_bytes
for colour in ("teal", "navy", "plum", "tan"):
    picture, _ = pictures.receive(SimpleUploadedFile("a.jpg", picture_bytes((1800, 1200), colour)), None)
    tasks.renditions_on_commit(picture)
"""
HEADLINE = "The gates stood open"


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="newsroom-") as name:
        path = Path(name)
        yield path
        stop_leftovers(path)
        engine.stop(path)


def running(folder, name):
    """The children of this newsroom whose command names it."""

    def command(pid):
        return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout

    return [pid for pid in leftovers(folder) if name in command(pid)]


def kill(*processes):
    for pid in processes:
        os.kill(pid, signal.SIGKILL)


def test_a_worker_killed_among_uploads_leaves_no_picture_without_its_sizes(folder):
    with opened(folder) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", UPLOADS)
        wait_for(lambda: any(folder.rglob("media/renditions/**/*-wide-*")))
        kill(*running(folder, "celery"))
        assert newsroom.found("Picture.objects.without_renditions().count()") > 0
        wait_for(lambda: newsroom.found("Picture.objects.without_renditions().count()") == 0)
        assert newsroom.found("all(r.file.storage.exists(r.file.name) for r in Rendition.objects.all())")


def test_what_was_answered_outlives_the_death_of_everything_and_the_schedule_catches_up(folder):
    """The story comes due while nothing runs."""
    with opened(folder) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", CAST)
        editor = Editor(newsroom.address, "eve", "harbour-lights")
        due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=10)
        story = editor.new_story(
            "_publish",
            headline=HEADLINE,
            section="1",
            body="<p>At dawn.</p>",
            published_at_0=f"{due:%Y-%m-%d}",
            published_at_1=f"{due:%H:%M:%S}",
        )
        draft = editor.new_story("_continue", headline="A draft", body="<p>Half a thought.</p>")
        typed = filled(editor.form(draft), {"body": "<p>Half a thought, and the rest.</p>", "writing": "abcdefgh1"})
        assert editor.send(draft.replace("change/", "copy/"), typed).status == 200
        address = f"/city/{HEADLINE.lower().replace(' ', '-')}/"
        assert editor.ask(address).status == 404
        kill(newsroom.process.pid, *leftovers(folder), int(engine._client(folder).info("server")["process_id"]))
        newsroom.process.wait()
    wait_for(lambda: datetime.now(UTC) >= due)
    with opened(folder) as newsroom:
        assert HEADLINE in newsroom.asked(address)
        wait_for(lambda: newsroom.found("Article.objects.exclude(first_public_at=None).count()") == 1)
        editor = Editor(newsroom.address, "eve", "harbour-lights")
        assert f'value="{HEADLINE}"' in editor.ask(story).text
        assert "Half a thought." in editor.ask(draft).text
        assert "and the rest" in editor.ask(f"{draft}?copy=1").text
        assert editor.ask(STORIES).status == 200
