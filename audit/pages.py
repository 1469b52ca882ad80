"""How pages are built: valid HTML, WCAG 2.2 AA, Lighthouse, weight, and nothing that moves."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections import defaultdict
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from audit.findings import Finding
from audit.tools import NODE_FOLDER
from tests import chromium
from tests.live import wait_for

TITLE = "Pages: Nu HTML checker, axe-core, Lighthouse, weight, stillness"
UNLINKED = ["/search/?q=river", "/search/?q=zzzzqq", "/subscribe/", "/nothing/stands-here/", "/sitemap-nothing/"]
NOT_PAGES = re.compile(r"/(admin|static|media)/|/feed/|\.(xml|txt|ico|webmanifest)$")
LINK = re.compile(r'<a\b[^>]*?\shref="([^"]+)"')
MOST = 400  # pages that are looked at
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREENS = {"phone": (375, 812), "desktop": (1440, 900)}
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
TRIES = 3  # of Lighthouse; a busy machine makes pages slower than they are
STYLES, SCRIPTS = 30_000, 15_000  # bytes, compressed
SHIFTS = """() => { window.shifted = 0; new PerformanceObserver(list => { for (const entry of list.getEntries())
  if (!entry.hadRecentInput) window.shifted += entry.value }).observe({ type: "layout-shift", buffered: true }) }"""
SETTLED = "document.getAnimations().forEach(animation => { try { animation.finish() } catch { animation.cancel() } })"
WIDTHS = (320, 375, 768, 1440)


def run(newsroom):
    pictures_ready(newsroom)
    pages = dict(crawl(newsroom))
    yield valid(pages)
    story, section = leading(pages), "/region/"
    with browser() as program:
        yield from accessible(program, newsroom, sample(pages))
        yield from still(program, newsroom, ["/", section, story, longest(pages)])
        yield reflows(program, newsroom, sample(pages))
    yield from lighthouse(newsroom, {"front": "/", "section": section, "article": story, "search": "/search/"})
    yield from lighthouse(newsroom, {"results": "/search/?q=river"}, skipped=["is-crawlable"])


def pictures_ready(newsroom):
    """Readers of the first two minutes get pictures as they were uploaded; the audit does not wait for the clock."""
    newsroom.manage("shell", "-c", "from articles.tasks import make_missing_renditions as make; make()")
    wait_for(lambda: newsroom.found("Picture.objects.without_renditions().count()") == 0, 300)


# All pages


def crawl(newsroom):
    """(path, HTML) of every page that links lead to from the front page, and of a few more."""
    seen, waiting = {"/", *UNLINKED}, ["/", *UNLINKED]
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        html = html_at(newsroom.address + path)
        if html is None:
            continue
        yield path, html
        for link in LINK.findall(html):
            address = urlsplit(urldefrag(urljoin(newsroom.address + path, unescape(link)))[0])
            if f"{address.scheme}://{address.netloc}" != newsroom.address or NOT_PAGES.search(address.path):
                continue
            if not address.query and address.path not in seen:
                seen.add(address.path)
                waiting.append(address.path)


def html_at(address):
    try:
        with urllib.request.urlopen(address, timeout=30) as response:
            kind, body = response.headers["Content-Type"], response.read()
    except urllib.error.HTTPError as error:
        kind, body = error.headers["Content-Type"], error.read()
    return body.decode() if kind.startswith("text/html") else None


def leading(pages):
    """The story that the front page begins with."""
    links = LINK.findall(pages["/"].split("<main", 1)[1])
    return next(link for link in links if "data-progress=" in pages.get(link, ""))


def longest(pages):
    """The story with the most on its page."""
    stories = {path: html for path, html in pages.items() if "data-progress=" in html}
    return max(stories, key=lambda path: len(stories[path]))


STEPS = 80  # at most, in which a page is scrolled; one story of the audit is as long as a book
ODD = ("<pre>", "embed-film", "table-box", "A. Quayle")  # what few stories have


def sample(pages):
    """One page of each part of the site at each depth: every kind of page, without every page of a kind."""
    chosen = {}
    for path in pages:
        parts = urlsplit(path).path.strip("/").split("/")
        chosen.setdefault((parts[0], len(parts), "?" in path), path)
    stories = [path for path, html in pages.items() if "data-progress=" in html]
    odd = [next((path for path in stories if mark in pages[path]), "/") for mark in ODD]
    return [*dict.fromkeys([*chosen.values(), *odd, *UNLINKED])]


def valid(pages):
    """Nu HTML checker: errors, not its advice."""
    if shutil.which("java") is None:
        return Finding("Nu HTML checker", "nothing", ["Java is needed: install a Java runtime (default-jre-headless)"])
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for number, (path, html) in enumerate(pages.items()):
            file = Path(folder, f"{number}.html")
            file.write_text(html)
            names[file.as_uri()] = path
        jar = NODE_FOLDER / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
        command = ["java", "-Xss8m", "-jar", str(jar), "--errors-only", "--format", "json", folder]
        said = subprocess.run(command, capture_output=True, text=True).stderr
    faults = defaultdict(list)
    for message in json.loads(said)["messages"]:
        path = names.get(message.get("url", "").replace("file:/", "file:///").replace("////", "//"), "?")
        faults[message["message"]].append(path)
    listed = [f"{message} ({len(paths)} pages, {paths[0]})" for message, paths in faults.items()]
    return Finding("Nu HTML checker", f"{len(pages)} pages", listed)


# In a browser


@contextmanager
def browser():
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=chromium.find_or_install(), args=chromium.OPTIONS)
        yield program
        program.close()


def accessible(program, newsroom, paths):
    for name, (width, height) in SCREENS.items():
        for scheme in ("light", "dark"):
            context = program.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            page, faults = context.new_page(), []
            for path in paths:
                page.goto(newsroom.address + path)
                page.evaluate(SETTLED)
                found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
                faults += [f"{path} {rule['id']}: {node['target']}" for rule in found for node in rule["nodes"][:1]]
            context.close()
            yield Finding("axe-core, WCAG 2.2 AA", f"{len(paths)} pages, {name}, {scheme}", faults)


def still(program, newsroom, paths):
    """Layout shift while a page loads and is scrolled to its end, where the comment form gets its question."""
    faults, worst = [], 0.0
    for width in WIDTHS:
        for path in paths:
            page = program.new_page(viewport={"width": width, "height": 900})
            page.goto(newsroom.address + path)
            page.evaluate(SHIFTS)
            height = page.evaluate("document.documentElement.scrollHeight")
            for y in range(0, height, max(600, height // STEPS)):
                page.evaluate(f"scrollTo(0, {y})")
                page.wait_for_timeout(60)
            page.wait_for_timeout(400)
            shifted = page.evaluate("window.shifted")
            worst = max(worst, shifted)
            if shifted > 0.005:
                faults.append(f"{path} at {width} px: {shifted:.3f}")
            page.close()
    yield Finding("Layout shift, scrolled", f"{len(paths)} pages, {len(WIDTHS)} widths", faults, f"worst {worst:.3f}")


def reflows(program, newsroom, paths):
    """WCAG 1.4.10 and 1.4.4: 320 CSS pixels are 1280 at 400 %; and letters twice as large on a phone."""
    faults = []
    for width, letters in ((320, ""), (375, "document.documentElement.style.fontSize = '200%'")):
        page = program.new_page(viewport={"width": width, "height": 900})
        for path in paths:
            page.goto(newsroom.address + path)
            page.evaluate(letters)
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                faults.append(f"{path} at {width} px{', letters 200 %' * bool(letters)}: {over} px too wide")
        page.close()
    return Finding("Reflow at 400 %", f"{len(paths)} pages", faults)


# Lighthouse


def lighthouse(newsroom, paths, skipped=()):
    for name, path in paths.items():
        reports = []
        for _try in range(TRIES):
            reports.append(report(newsroom.address + path, skipped))
            if min(scores(reports[-1]).values()) == 100:
                break
        best = max(reports, key=lambda one: sum(scores(one).values()))
        got = scores(best)
        note = " ".join(f"{score:.0f}" for score in got.values()) + (
            f", without {', '.join(skipped)}" if skipped else ""
        )
        faults = [
            f"{path}: {category} {score:.0f}, {why(best, category)}" for category, score in got.items() if score < 100
        ]
        yield Finding("Lighthouse, mobile", name, faults, note)
        yield weight(name, best)


def report(address, skipped):
    command = [str(NODE_FOLDER / "node_modules" / ".bin" / "lighthouse"), address, "--quiet", "--output=json"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--skip-audits={','.join(skipped)}"] if skipped else []
    command += [f"--chrome-flags=--headless=new {' '.join(chromium.OPTIONS)}"]
    env = {**os.environ, "CHROME_PATH": chromium.find_or_install()}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=180)
    if done.returncode:
        raise RuntimeError(f"Lighthouse: {(done.stderr or done.stdout).strip()[-500:]}")
    return json.loads(done.stdout)


def scores(found):
    return {name: round(100 * (found["categories"][name]["score"] or 0)) for name in CATEGORIES}


def why(found, category):
    weights = {ref["id"]: ref["weight"] for ref in found["categories"][category]["auditRefs"] if ref["weight"]}
    low = [
        name
        for name in weights
        if (found["audits"][name]["score"] or 0) < 1 and found["audits"][name]["score"] is not None
    ]
    return ", ".join(f"{name} {found['audits'][name].get('displayValue', '')}".strip() for name in low)


def weight(name, found):
    sent = found["audits"]["network-requests"]["details"]["items"]

    def bytes_of(kind):
        return sum(item.get("transferSize", 0) for item in sent if item.get("resourceType") == kind)

    styles, scripts, everything = (
        bytes_of("Stylesheet"),
        bytes_of("Script"),
        sum(i.get("transferSize", 0) for i in sent),
    )
    shift = found["audits"]["cumulative-layout-shift"]["numericValue"]
    faults = [f"style sheets {styles:,} bytes"] * (styles > STYLES) + [f"scripts {scripts:,} bytes"] * (
        scripts > SCRIPTS
    )
    faults += [f"layout shift {shift:.3f}"] * (shift > 0)
    elsewhere = {urlsplit(item["url"]).netloc for item in sent} - {urlsplit(found["finalDisplayedUrl"]).netloc, ""}
    faults += [f"asks {host}" for host in sorted(elsewhere)]
    note = f"CSS {styles / 1000:.1f} KB, JS {scripts / 1000:.1f} KB, all {everything / 1000:.0f} KB, shift {shift:.3f}"
    return Finding("Weight", name, faults, note)
