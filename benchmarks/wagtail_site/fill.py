"""Run in its folder: the stories of stories.json become pages, whose addresses are written to found.json."""

import json
import os
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from django.core.files.images import ImageFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils.text import slugify  # noqa: E402
from paper.models import Front, SectionPage, Story  # noqa: E402
from wagtail.images import get_image_model  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

sections: dict = {}
images: dict = {}
found: dict[str, list[str]] = {"front": ["/"], "section": [], "article": []}


def front():
    Site.objects.all().delete()
    for page in Page.objects.filter(depth=2):
        page.delete()
    root = Page.objects.get(depth=1).add_child(instance=Front(title="Paper", slug="paper"))
    Site.objects.create(hostname="localhost", root_page=root, is_default_site=True)
    return root


def section(root, name):
    if name not in sections:
        sections[name] = root.add_child(instance=SectionPage(title=name, slug=slugify(name), show_in_menus=True))
        found["section"].append(f"/{sections[name].slug}/")
    return sections[name]


def image(path, title):
    if path not in images:
        with open(path, "rb") as file:
            images[path] = get_image_model().objects.create(
                title=title[:200], file=ImageFile(file, name=os.path.basename(path))
            )
    return images[path]


def story(root, row, number):
    parent = section(root, row["section"])
    page = Story(
        title=row["title"],
        slug=f"{slugify(row['slug'])[:200]}-{number}",
        kicker=row["kicker"],
        standfirst=row["standfirst"],
        body=row["body"],
        byline=", ".join(row["byline"]),
        published_at=row["at"],
        lead_image=image(row["picture"], row["title"]) if os.path.exists(row["picture"]) else None,
        caption=row["caption"][:1000],
    )
    parent.add_child(instance=page)
    page.tags.set(row["tags"])
    page.save()
    found["article"].append(f"/{parent.slug}/{page.slug}/")


call_command("makemigrations", "paper", verbosity=0)
call_command("migrate", verbosity=0)
paper = front()
for number, line in enumerate(Path("stories.json").read_text().split("\n")):
    if line:
        story(paper, json.loads(line), number)
Path("found.json").write_text(json.dumps(found))
