"""From an editor's press to readers' pages, and from a story's hour to its readers, in a newsroom that `make run` runs.

The pages are asked as a reader's browser asks, with the ETag of what it has, so that the figures hold whatever caches
stand in front. A page counts from the answer that carries the new text and no longer the old.
"""

import http.client
import re
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.newsrooms import LARGE
from tests.editor import Editor
from tests.live import Newsroom, opened, wait_for

ROUNDS = 5
PAUSE = 0.01  # seconds between two looks at a page
PATIENCE = 20  # seconds
AHEAD = 12  # seconds from the saving of the first story to its hour
APART = 2  # seconds between the hours of two stories
FIRST_WORD = "Quayside"


class Reader:
    """One connection, and what its browser keeps of each page."""

    def __init__(self, newsroom: Newsroom):
        self.place = ("127.0.0.1", int(newsroom.environment["PORT"]))
        self.connection = http.client.HTTPConnection(*self.place, timeout=30)
        self.kept: dict[str, tuple[str, str]] = {}

    def see(self, path: str) -> str:
        """The page's text, "" where there is none."""
        etag, text = self.kept.get(path, ("", ""))
        try:
            self.connection.request("GET", path, headers={"If-None-Match": etag} if etag else {})
            answer = self.connection.getresponse()
        except (http.client.HTTPException, OSError):  # an idle connection that the server closed
            self.connection.close()
            self.connection = http.client.HTTPConnection(*self.place, timeout=30)
            return self.see(path)
        body = answer.read().decode(errors="replace")
        if answer.status == 304:
            return text
        text = body if answer.status == 200 else ""
        self.kept[path] = (answer.headers.get("ETag", "") if text else "", text)
        return text


class Watch(threading.Thread):
    """Looks at pages, one after the other, until each says what it should; `seen_at` has the clock's times of that."""

    def __init__(self, newsroom, paths, wanted="", unwanted="", begins=0.0):
        super().__init__(daemon=True)
        self.reader, self.paths = Reader(newsroom), list(dict.fromkeys(paths))
        self.wanted, self.unwanted, self.begins = wanted, unwanted, begins
        self.seen_at: dict[str, float] = {}
        self.start()

    def run(self):
        time.sleep(max(0, self.begins - time.time()))
        until = time.time() + PATIENCE
        while len(self.seen_at) < len(self.paths) and time.time() < until:
            for path in self.paths:
                if path not in self.seen_at and self.is_right(self.reader.see(path)):
                    self.seen_at[path] = time.time()
            time.sleep(PAUSE)

    def is_right(self, text):
        return self.wanted in text and not (self.unwanted and self.unwanted in text)

    def result(self) -> dict[str, float]:
        self.join()
        if never := set(self.paths) - set(self.seen_at):
            raise AssertionError(f"“{self.wanted or 'gone: ' + self.unwanted}” never came to {never}")
        return self.seen_at


def together(newsroom, paths, wanted, unwanted=""):
    """A reader for each page; calling what is returned waits for them all."""
    watches = [Watch(newsroom, [path], wanted, unwanted) for path in paths]
    return lambda: {path: at for watch in watches for path, at in watch.result().items()}


def editor_of(newsroom: Newsroom) -> Editor:
    signs = Path(newsroom.environment["DATA_DIR"], "sign-ins.txt").read_text()
    password = re.search(r"^editor +(\S+)", signs, re.M)
    assert password
    return Editor(newsroom.address, "editor", password[1])


def run(newsrooms: dict) -> None:
    folder = Path(newsrooms[LARGE]["DATA_DIR"])
    print(f"From the press of Publish to what readers get, {LARGE:,} stories, ms (median and longest of {ROUNDS})")
    with opened(folder, WEB_WORKERS="2") as newsroom:
        measure(newsroom)


def measure(newsroom: Newsroom) -> None:
    editor = editor_of(newsroom)
    form, pages = first_story(newsroom, editor)
    changes(newsroom, editor, form, pages)
    by_the_clock(newsroom, editor)


# By a press


def first_story(newsroom, editor):
    """Publish a story; its form, and the pages that carry it by name."""
    section, author, tag = newsroom.found(
        "[Section.objects.first().pk, Author.objects.first().pk, Tag.objects.first().name]"
    )
    fields = {
        "headline": f"{FIRST_WORD}aa opens",
        "slug": f"opens-{time.time_ns()}",
        "standfirst": "A line of it.",
        "body": "<p>The gates stood open at dawn.</p>",
        "section": section,
        "bylines-0-author": author,
        "tags": tag,
    }
    started = time.time()
    form = editor.new_story("_publish", **fields)
    reader = Reader(newsroom)
    pages = carrying(newsroom, reader, fields["slug"]) | {"search": f"/search/?q={FIRST_WORD}aa"}
    seen = together(newsroom, pages.values(), f"{FIRST_WORD}aa opens")()
    print(f"  a new story was on all {len(pages)} pages {max(seen.values()) - started:.2f} s after the press")
    return form, pages


def carrying(newsroom, reader, slug) -> dict[str, str]:
    """What must carry the story, found from its own page and the front page as any reader's program finds it."""
    section = newsroom.found(f"Article.objects.get(slug={slug!r}).section.get_absolute_url()")
    story = f"{section}{slug}/"
    text = wait_for(lambda: reader.see(story))
    pages = {"story": story, "front": "/", "section": section, "news sitemap": "/news-sitemap.xml"}
    for rel in ("author", "tag"):
        if found := re.search(rf'<a[^>]*rel="{rel}"[^>]*href="([^"]+)"', text):
            pages[rel] = found[1]
    for address in re.findall(r'rel="alternate"[^>]*href="([^"]+)"', text + reader.see("/") + reader.see(section)):
        path = urlsplit(address).path
        pages[path] = path
    return {name: path for name, path in pages.items() if slug in reader.see(path)}


def changes(newsroom, editor, form, pages) -> None:
    """The headline of the story that readers have is changed, again and again."""
    took: dict[str, list[float]] = {page: [] for page in pages}
    answers, old, reader = [], f"{FIRST_WORD}aa", Reader(newsroom)
    for number in range(ROUNDS):
        new = f"{FIRST_WORD}b{'abcdefghij'[number]}"
        targets = pages | {"search": f"/search/?q={new}"}
        fields = editor.form(form)
        sent = [(name, value) for name, value in fields if name != "headline"]
        for path in targets.values():
            reader.see(path)  # so that whatever keeps pages has them
        watched = together(newsroom, targets.values(), f"{new} opens", old)
        started = time.time()
        answer = editor.send(form, [*sent, ("headline", f"{new} opens"), ("_publish", "1")])
        answers.append(time.time() - started)
        assert answer.status == 302, answer.text[:2000]
        seen = watched()
        for page, path in targets.items():
            took[page].append(seen[path] - started)
        old = new
    print(f"  {'the answer':<20} {ms(statistics.median(answers))} {ms(max(answers))}")
    for page, times in took.items():
        print(f"  {page:<20} {ms(statistics.median(times))} {ms(max(times))}")
    whole = [max(times[number] for times in took.values()) for number in range(ROUNDS)]
    after = [whole[number] - answers[number] for number in range(ROUNDS)]
    print(f"  all of them          {ms(statistics.median(whole))} {ms(max(whole))}   (target: under 1000)")
    print(f"  … once answered      {ms(statistics.median(after))} {ms(max(after))}")


def ms(seconds: float) -> str:
    return f"{seconds * 1000:7.0f}"


# By the clock


def by_the_clock(newsroom, editor) -> None:
    """Publication times, the end of an embargo and a time to be taken away, each saved by the form before its hour."""
    base = {"body": "<p>The gates stood open at dawn.</p>", "section": newsroom.found("Section.objects.first().pk")}
    section = newsroom.found("Section.objects.first().get_absolute_url()")
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD)
    cases = ["published", "published", "published", "embargo", "taken away"]
    columns = {"published": "published_at", "embargo": "embargo_until", "taken away": "unpublish_at"}
    watches, stamp = [], time.time_ns()
    for number, case in enumerate(cases):
        hour = first + timedelta(seconds=APART * number)
        word, slug = f"Tide{'abcdef'[number]}{stamp}", f"tide-{stamp}-{number}"
        when = {f"{columns[case]}_0": f"{hour:%Y-%m-%d}", f"{columns[case]}_1": f"{hour:%H:%M:%S}"}
        editor.new_story("_publish", headline=word, slug=slug, **base, **when)
        words = {"unwanted": word} if case == "taken away" else {"wanted": word}
        paths = (f"{section}{slug}/", "/", section, "/feed/")
        watches.append((case, hour.timestamp(), Watch(newsroom, paths, begins=hour.timestamp() - 1, **words)))
    print("By the clock: how long after its second a story is there (or gone), ms; first and last of its pages")
    found: dict[str, list[float]] = {}
    for case, due, watch in watches:
        found.setdefault(case, []).extend(at - due for at in watch.result().values())
    for case, late in found.items():
        note = "TOO EARLY" if min(late) < 0 else "(target: under 1000)"
        print(f"  {case:<12} {len(late):2} pages: {ms(min(late))} {ms(max(late))}   {note}")


if __name__ == "__main__":  # on the newsroom of a folder, or on a new one with the demo content
    with (
        tempfile.TemporaryDirectory(prefix="newsroom-") as folder,
        opened(Path(*(sys.argv[1:2] or [folder])), DEMO="1", WEB_WORKERS="2") as newsroom,
    ):
        measure(newsroom)
