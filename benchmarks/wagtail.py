"""A plain Wagtail site with the newsroom's own content, on PostgreSQL and Redis as the newsroom is: what its pages cost
uncached. It is installed from PyPI into an environment of its own; wagtail_site/settings.py says how it was built.
"""

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

from benchmarks.newsrooms import manage

PACKAGES = ("wagtail>=7,<9", "granian>=2.8,<3", "psycopg[binary]>=3.2,<4", "redis>=5", "hiredis")
EXPORT = """
import json
from django.conf import settings
from django.db.models import Count
from articles.models import Article, Author, Picture, Section, Tag
from comments.models import Comment, Vote
from reading.models import Ranked
places = {key: 1000 - place for place, key in enumerate(Ranked.objects.values_list("article_id", flat=True))}
moment = lambda time: time and time.isoformat()
print(json.dumps({
    "name": settings.SITE_NAME,
    "sections": [
        {"name": s.name, "slug": s.slug, "parent": s.parent.slug if s.parent else ""}
        for s in sorted(Section.objects.select_related("parent"), key=lambda s: s.parent_id is not None)
    ],
    "authors": dict(Author.objects.values_list("slug", "name")),
    "tags": dict(Tag.objects.values_list("slug", "name")),
    "pictures": [
        {"key": p.pk, "file": p.file.path, "alt": p.alt, "width": p.width, "height": p.height}
        for p in Picture.objects.all()
    ],
    "stories": [
        {
            "key": a.pk, "kind": a.kind, "title": a.headline, "slug": a.slug, "standfirst": a.standfirst,
            "kicker": a.kicker or (a.section.name if a.section else ""), "dateline": a.dateline, "body": a.body,
            "section": a.section.slug if a.section and a.kind != "blog" else "", "words": a.word_count,
            "at": moment(a.published_at), "updated": moment(a.updated_at), "breaking": moment(a.breaking_until),
            "reads": places.get(a.pk, 0), "picture": a.lead_picture_id, "caption": a.caption,
            "byline": [author.name for author in a.byline], "tags": [tag.name for tag in a.tags.all()],
        }
        for a in Article.objects.published().newest().full().iterator(chunk_size=500)
    ],
    "comments": [
        {"key": c.pk, "story": c.article_id, "parent": c.parent_id, "name": c.name, "body": c.body,
         "approved": c.status == "approved", "at": moment(c.created_at)}
        for c in Comment.objects.iterator(chunk_size=2000)
    ],
    "votes": list(Vote.objects.values_list("article_id", "stars")),
}))
"""
SOURCE = Path(__file__).parent / "wagtail_site"


def python(folder: Path) -> Path:
    """Its own, made once."""
    own = folder / "venv" / "bin" / "python"
    if not own.exists():
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([own, "-m", "pip", "install", "-qq", *PACKAGES], check=True)
    return own


def site(folder: Path, newsroom: dict, env: dict) -> dict[str, list[str]]:
    """Fill the database of `env` with what the newsroom shows; the addresses of its pages."""
    found = folder / "found.json"
    if not found.exists():
        content = manage(newsroom, "shell", "--verbosity", "0", "-c", EXPORT)
        (folder / "content.json").write_text(content)
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
        done = subprocess.run([python(folder), "fill.py"], cwd=folder, env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the Wagtail site was not filled:\n{done.stderr[-3000:]}")
    return json.loads(found.read_text())


def plain() -> dict:
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def version(python: Path) -> str:
    code = "import wagtail; print(wagtail.__version__)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
