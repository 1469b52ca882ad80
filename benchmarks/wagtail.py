"""A plain Wagtail site with the same stories, pictures, sections and tags as the small newsroom, on SQLite as that is:
what its pages cost uncached. It is installed from PyPI into an environment of its own.
"""

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

from benchmarks.newsrooms import manage

PACKAGES = ("wagtail>=7,<9", "granian>=2.8,<3")
EXPORT = """
import json
from articles.models import Article
rows = Article.objects.published().newest().full()
for a in rows.iterator(chunk_size=500):
    print(json.dumps({
        "title": a.headline, "slug": a.slug, "kicker": a.kicker, "standfirst": a.standfirst, "body": a.body,
        "section": a.section.name if a.section else "Blogs", "at": a.published_at.isoformat(),
        "byline": [author.name for author in a.byline], "tags": [tag.name for tag in a.tags.all()],
        "picture": a.lead_picture.file.path if a.lead_picture else "",
        "caption": a.lead_picture.caption if a.lead_picture else "",
    }))
"""
SOURCE = Path(__file__).parent / "wagtail_site"


def site(folder: Path, newsroom: dict) -> tuple[dict[str, list[str]], Path]:
    """Build it there from the newsroom's stories; the addresses of its pages, and its Python."""
    python = folder / "venv" / "bin" / "python"
    found = folder / "found.json"
    if not found.exists():
        venv.create(folder / "venv", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        stories = manage(newsroom, "shell", "--verbosity", "0", "-c", EXPORT)
        (folder / "stories.json").write_text(stories)
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
        done = subprocess.run([python, "fill.py"], cwd=folder, env=plain(), capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the Wagtail site was not filled:\n{done.stderr[-3000:]}")
    return json.loads(found.read_text()), python


def plain() -> dict:
    return {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}


def version(python: Path) -> str:
    code = "import wagtail; print(wagtail.__version__)"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
