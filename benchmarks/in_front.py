"""nginx and Varnish with the files of deploy/ in front of a newsroom: a publish, a takedown, a web server that is gone.

`python -m benchmarks.in_front`; it needs both installed, on Debian: apt install nginx-light varnish.
"""

import contextlib
import http.client
import os
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.visible import editor_of, ms
from tests.live import ROOT, free_port, opened, wait_for

ROUNDS = 10
PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"])
AGAIN = 5  # seconds until names were told once more
PROBED = 4  # seconds until Varnish knows that nobody answers


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="newsroom-") as folder:
        Path(folder).chmod(0o755)  # Varnish reads it as somebody else
        for name, start, told in (("nginx", nginx, False), ("Varnish", varnish, True)):
            web, front = free_port(), free_port()
            asked = {"SURROGATE_KEY_HEADER": "xkey", "CDN_PURGE_METHOD": "PURGE"} if told else {}
            asked |= {"CDN_PURGE_URL": f"http://127.0.0.1:{front}/"} if told else {}
            with (
                tempfile.TemporaryDirectory(prefix="newsroom-") as data,
                start(Path(folder), web, front),
                opened(Path(data), DEMO="1", WEB_WORKERS="2", PORT=str(web), **asked) as newsroom,
            ):
                print(name)
                measure(newsroom, web, front)


@contextlib.contextmanager
def nginx(folder: Path, web, front):
    site = (ROOT / "deploy/nginx.conf").read_text()
    site = site.replace("listen 80;", f"listen 127.0.0.1:{front};").replace("127.0.0.1:8000", f"127.0.0.1:{web}")
    site = site.replace("/var/cache/nginx/newsroom", str(folder / "kept"))
    config = folder / "nginx.conf"
    config.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr warn;\nevents {{}}\nhttp {{ access_log off;\n{site}}}"
    )
    with running(["nginx", "-p", str(folder), "-c", str(config)]):
        yield


@contextlib.contextmanager
def varnish(folder: Path, web, front):
    rules = folder / "newsroom.vcl"
    rules.write_text((ROOT / "deploy/varnish.vcl").read_text().replace('"8000"', f'"{web}"'))
    place = folder / "varnish"
    with running(
        ["varnishd", "-F", "-a", f"127.0.0.1:{front}", "-f", str(rules), "-n", str(place), "-s", "malloc,64m"]
    ):
        yield


@contextlib.contextmanager
def running(command):
    process = subprocess.Popen([shutil.which(command[0], path=PATHS) or command[0], *command[1:]])
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def measure(newsroom, web, front) -> None:
    def ask(path, **headers):
        line = http.client.HTTPConnection("127.0.0.1", front, timeout=30)
        line.request("GET", path, headers={"Host": f"127.0.0.1:{web}"} | headers)
        answer = line.getresponse()
        body = answer.read().decode(errors="replace")
        line.close()
        return answer, body

    wait_for(lambda: newsroom.found("Picture.objects.without_renditions().count()") == 0, 120)  # they change pages too
    editor = editor_of(newsroom)
    slug, section = f"tide-{time.time_ns()}", newsroom.found("Section.objects.first().pk")
    form = editor.new_story(headline="Tide 0", slug=slug, section=section, body="<p>It came in.</p>")
    path = newsroom.found(f"Article.objects.get(slug={slug!r}).get_absolute_url()")
    for _ in range(3):
        wait_for(lambda: ask(path)[0].status == 200)
        ask("/corrections/")
    signed_in = kept(ask(path, Cookie="sessionid=x"))
    print(f"  once more: X-Front {ask(path)[0].headers['X-Front']}, signed in {signed_in}")
    took = []
    for number in range(1, ROUNDS + 1):
        for where in (path, "/"):
            ask(where)
        answer = editor.save(form, "_publish", headline=f"Tide {number}")
        assert answer.status == 302
        answered = time.time()
        for where in (path, "/", "/feed/"):
            wait_for(
                lambda where=where, number=number: (
                    f"Tide {number}<" in ask(where)[1] or f"Tide {number} " in ask(where)[1]
                ),
                10,
            )
        took.append(time.time() - answered)
    print(f"  from the desk's answer until three pages have it {ms(statistics.median(took))} {ms(max(took))} ms")
    other, _ = ask("/corrections/")
    print(f"  a page that carries none of it: X-Front {other.headers['X-Front']}, age {other.headers['Age']}")
    longest = max((len(ask(where)[0].headers.get("xkey") or "") for where in (path, "/")), default=0)
    assert longest == 0, "the names are for the cache in front alone"
    time.sleep(AGAIN)
    for where in (path, "/", "/nowhere/"):
        ask(where)
    os.kill(newsroom.process.pid, signal.SIGSTOP)  # so that nobody starts the web server anew
    for pid in web_servers(newsroom):
        os.kill(pid, signal.SIGKILL)
    time.sleep(PROBED)
    gone = {where: ask(where)[0].status for where in (path, "/", "/nowhere/")}
    print(f"  with no web server: {gone}")
    os.kill(newsroom.process.pid, signal.SIGCONT)
    print(f"  and back after {wait_back(ask):.1f} s")


def kept(answer):
    return f"{answer[0].headers['X-Front']} {answer[0].status}"


def wait_back(ask):
    began = time.time()
    wait_for(lambda: ask("/search/?q=tide")[0].status == 200)
    return time.time() - began


def web_servers(newsroom):
    """The processes of granian, found by the port that they were given."""
    port = newsroom.environment["PORT"]
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"granian" in words and port.encode() in words:
                yield int(folder.name)


if __name__ == "__main__":
    main()
