"""What machines make of the pages: feeds, sitemaps, structured data, and the extractors that read articles."""

import json
import re
import subprocess
from datetime import datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import feedparser

from audit.findings import Finding
from audit.tools import NODE_FOLDER, PYTHON

TITLE = "Machines"
HERE = Path(__file__).resolve().parent
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
LINK = re.compile(r"<link [^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
JSON_LD = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
WORD = re.compile(r"\w+")
# Of the words of a story's body, how many an extractor gives back, and how many of its words are the story's.
WHOLE, CLEAN = 0.98, 0.75
# newspaper4k leaves out tables and some short paragraphs at the end, whatever page it reads.
WITHOUT_TABLES, OFTEN = {"newspaper4k"}, {"newspaper4k": 0.85}
NAMES = {"newspaper4k": 10}  # it gives back so many at most


class Site:
    """The newsroom as a crawler sees it."""

    def __init__(self, newsroom):
        self.newsroom = newsroom
        self.pages: dict[str, str] = {}
        self.missing: list[str] = []

    def get(self, url):
        path = urlsplit(url).path if url.startswith("http") else url
        if path not in self.pages:
            try:
                self.pages[path] = self.newsroom.asked(path)
            except HTTPError as error:
                self.missing.append(f"{path}: {error.code}")
                self.pages[path] = ""
        return self.pages[path]

    def locs(self, path):
        return [node.text for node in ElementTree.fromstring(self.get(path)).iter(LOC)]

    def links(self, path):
        """(attributes) of each link element in a page's head."""
        return [dict(ATTRIBUTE.findall(tag)) for tag in LINK.findall(self.get(path))]


def run(newsroom):
    shell = ("shell", "-v", "0", "-c")
    newsroom.manage(*shell, "from audit.stories import make_odd; make_odd()")
    stories = json.loads(newsroom.manage(*shell, "from audit.stories import expected; print(expected())"))
    site = Site(newsroom)
    maps = ["/sitemap.xml", "/news-sitemap.xml", *site.locs("/sitemap.xml")]
    pages = [url for file in maps[2:] for url in site.locs(file)]
    yield from sitemaps(site, maps, stories)
    yield from feeds(site, pages)
    yield structured_data(site, stories)
    yield head(site, pages)
    later = json.loads(newsroom.manage(*shell, "from audit.stories import expected; print(expected())"))
    made = {story["url"]: story["pictures"] for story in later}  # the worker makes sizes meanwhile
    for story in stories:
        story["pictures"] += made.get(story["url"], [])
    yield from extractors(site, stories)


def sitemaps(site, maps, stories):
    urlset = (NODE_FOLDER / "node_modules/sitemap/schema/sitemap.xsd").read_text()  # the official one
    both = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
        f'<xs:import namespace="http://www.sitemaps.org/schemas/sitemap/0.9" schemaLocation="{NODE_FOLDER}'
        '/node_modules/sitemap/schema/sitemap.xsd"/>'
        '<xs:import namespace="http://www.google.com/schemas/sitemap-news/0.9" schemaLocation="news.xsd"/></xs:schema>'
    )
    schemas = {"/sitemap.xml": (HERE / "schemas/siteindex.xsd").read_text(), "/news-sitemap.xml": both}
    documents = [(path, schemas.get(path, urlset), site.get(path)) for path in maps]
    faults = json.loads(tool([str(PYTHON), str(HERE / "validate.py"), str(HERE / "schemas")], documents))
    yield Finding("XSD of sitemaps.org", f"{len(maps)} files", faults)
    named = {url for path in maps[2:] for url in site.locs(path)}
    yield Finding("sitemap", f"{len(stories)} stories", [s["url"] for s in stories if s["url"] not in named])


def feeds(site, pages):
    urls = {}
    for page in pages:
        for link in site.links(page):
            if link.get("rel") == "alternate":
                urls[urljoin("/", link["href"])] = link["type"]
    xml = [url for url, kind in urls.items() if kind != "application/feed+json"]
    faults, entries = [], 0
    for url in xml:
        feed = feedparser.parse(site.get(url).encode())
        entries += len(feed.entries)
        if feed.bozo:
            faults.append(f"{url}: {feed.bozo_exception}")
        faults += [f"{url}: an entry without {name}" for name in lacking(feed.entries)]
    yield Finding("feedparser", f"{len(xml)} feeds", faults, f"{entries} entries")
    json_feeds = [url for url in urls if url not in xml]
    faults = [fault for url in json_feeds for fault in of_json_feed(url, json.loads(site.get(url)))]
    yield Finding("JSON Feed 1.1", f"{len(json_feeds)} feeds", faults)


def lacking(entries):
    needed = ("title", "link", "id", "published", "summary")
    return {name for entry in entries for name in needed if not entry.get(name) and name != "summary"}


def of_json_feed(url, feed):
    if feed.get("version") != "https://jsonfeed.org/version/1.1" or not feed.get("title"):
        yield f"{url}: no version or title"
    for item in feed["items"]:
        if not isinstance(item.get("id"), str) or not ({"content_html", "content_text"} & item.keys()):
            yield f"{url}: an item without id or content"
        if datetime.fromisoformat(item["date_published"]).tzinfo is None:
            yield f"{url}: a date without zone"


ARTICLE = {
    "headline", "image", "datePublished", "dateModified", "author", "publisher", "mainEntityOfPage", "articleSection",
    "wordCount", "isAccessibleForFree", "inLanguage",
}  # fmt: skip


def structured_data(site, stories):
    faults = []
    for story in stories:
        blocks = {block["@type"]: block for block in map(json.loads, JSON_LD.findall(site.get(story["url"])))}
        article = next((b for kind, b in blocks.items() if kind.endswith(("Article", "Posting"))), {})
        needed = ARTICLE - ({"image"} if not story["pictures"] else set())
        missing = {
            name for name in needed - article.keys() if not (name == "articleSection" and "/blogs/" in story["url"])
        }
        if missing or "BreadcrumbList" not in blocks:
            faults.append(f"{story['url']}: without {', '.join(sorted(missing)) or 'breadcrumbs'}")
        elif article["headline"] != story["headline"] or "logo" not in article["publisher"]:
            faults.append(f"{story['url']}: another headline, or a publisher without logo")
    return Finding("JSON-LD", f"{len(stories)} stories", faults)


def head(site, pages):
    """Links of the head lead somewhere; pages say who they are; nothing in the sitemap is another address."""
    faults = []
    for page in pages:
        links = site.links(page)
        canonical = [link["href"] for link in links if link.get("rel") == "canonical"]
        if canonical != [page]:
            faults.append(f"{page}: canonical is {canonical}")
        for link in links:
            if link.get("rel") in {"manifest", "alternate"}:
                site.get(urljoin("/", link["href"]))
        cards = (f'property="og:{name}"' for name in ("title", "url", "type"))
        faults += [f"{page}: no {card}" for card in cards if card not in site.get(page)]
    return Finding("head of the page", f"{len(pages)} pages", [*faults, *site.missing])


def extractors(site, stories):
    sent = [{"url": s["url"], "language": s["language"], "html": site.get(s["url"])} for s in stories]
    found = json.loads(tool([str(PYTHON), str(HERE / "extract.py")], sent))
    found |= json.loads(tool(["node", str(HERE / "readability.mjs"), str(NODE_FOLDER)], sent))
    for name, results in found.items():
        faults, parts = [], []
        for story, result in zip(stories, results, strict=True):
            body = story["without_tables" if name in WITHOUT_TABLES else "body"]
            whole, clean = compared(body, result["text"])
            parts.append(whole)
            faults += [f"{story['headline'][:50]}: {fault}" for fault in judged(name, story, result, whole, clean)]
        note = f"{100 * sum(parts) / len(parts):.1f} % of the words, {100 * min(parts):.0f} % at least"
        yield Finding(name, f"{len(stories)} stories", faults, note)


def judged(tool, story, result, whole, clean):
    if result["title"] != story["headline"]:
        yield f"the headline is “{result['title']}”"
    said = " ".join(words(" ".join(result["authors"])))  # some leave out the point of “Dr.”
    if not all(" ".join(words(name)) in said for name in story["authors"][: NAMES.get(tool)]):
        yield f"the byline is {result['authors']}"
    if result["date"][:10] != story["published"][:10]:
        yield f"the date is “{result['date']}”"
    if story["pictures"] and result["picture"] not in story["pictures"]:
        yield f"the picture is “{result['picture']}”"
    if whole < OFTEN.get(tool, WHOLE) and len(words(story["body"])) > 10:  # a caption alone is no text to some
        yield f"{100 * whole:.0f} % of the body"
    if clean < CLEAN and len(words(story["body"])) > 60:
        yield f"{100 * (1 - clean):.0f} % of the text is something else"


def compared(body, text):
    """The part of the body that is in the text, and the part of the text that is the body."""
    body, said = words(body), words(text)
    there = [*said]
    kept = 0
    for word in body:
        if word in there:
            there.remove(word)
            kept += 1
    return kept / max(1, len(body)), kept / max(1, len(said))


def words(text):
    return WORD.findall(text)


def tool(command, data):
    done = subprocess.run(command, input=json.dumps(data), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return done.stdout
