"""Run in its folder: what content.json tells of the newsroom becomes pages; their addresses go to found.json."""

import json
import os
import re
from pathlib import Path

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()

from bs4 import BeautifulSoup  # noqa: E402
from django.core.files.images import ImageFile  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from paper.models import (  # noqa: E402
    PICKED,
    Author,
    Authorship,
    Comment,
    Front,
    Pick,
    Plain,
    SectionPage,
    Story,
    StoryTag,
    Vote,
)
from taggit.models import Tag  # noqa: E402
from wagtail.images import get_image_model  # noqa: E402
from wagtail.models import Page, Site  # noqa: E402

found: dict[str, list[str]] = {"front": ["/"], "section": [], "article": []}
Image = get_image_model()


def front(name):
    Site.objects.all().delete()
    for page in Page.objects.filter(depth=2):
        page.delete()
    root = Page.objects.get(depth=1).add_child(instance=Front(title=name, slug="paper"))
    Site.objects.create(hostname="localhost", root_page=root, is_default_site=True, site_name=name)
    return root


def sections(root, rows):
    """By the newsroom's slug; those of the top come first."""
    made = {}
    for row in rows:
        parent = made[row["parent"]] if row["parent"] else root
        page = SectionPage(title=row["name"], slug=row["slug"], show_in_menus=True)
        made[row["slug"]] = Page.objects.get(pk=parent.pk).add_child(instance=page)
        found["section"].append(page.url)
    return made


def images(rows):
    """A row for each picture; those that share a file in the newsroom share one here."""
    files: dict[str, str] = {}
    for row in rows:
        if row["file"] not in files and os.path.exists(row["file"]):
            with open(row["file"], "rb") as file:
                first = Image.objects.create(title="-", file=ImageFile(file, name=os.path.basename(row["file"])))
            files[row["file"]] = first.file.name
    known = [row for row in rows if row["file"] in files]
    size = {"file_size": 1}
    made = Image.objects.bulk_create(
        Image(title=row["alt"][:200] or "-", file=files[row["file"]], width=row["width"], height=row["height"], **size)
        for row in known
    )
    return {row["key"]: image for row, image in zip(known, made, strict=True)}


def blocks(html, pictures):
    """The body as an editor enters it: a run of paragraphs is one rich text block."""
    parts: list[tuple] = []
    for element in BeautifulSoup(html, "html.parser").find_all(recursive=False):
        picture = re.search(r'data-picture="(\d+)"', str(element))
        if picture and int(picture[1]) in pictures:
            parts.append(("figure", {"image": pictures[int(picture[1])], "caption": element.get_text(" ", strip=True)}))
        elif element.name in ("h2", "h3"):
            parts.append(("heading", element.get_text()))
        elif element.name == "blockquote":
            parts.append(("quote", {"text": element.get_text()}))
        elif parts and parts[-1][0] == "paragraph":
            parts[-1] = ("paragraph", parts[-1][1] + str(element))
        else:
            parts.append(("paragraph", str(element)))
    return parts


def story(parent, row, pictures):
    picture = pictures.get(row["picture"])
    page = Story(
        title=row["title"],
        slug=row["slug"],
        kind=row["kind"],
        kicker=row["kicker"],
        standfirst=row["standfirst"],
        dateline=row["dateline"],
        published_at=row["at"],
        updated_at=row["updated"],
        breaking_until=row["breaking"],
        reads=row["reads"],
        word_count=row["words"],
        search_description=row["standfirst"][:250],
        lead_image=picture,
        caption=row["caption"][:1000],
    )
    page.body = blocks(row["body"], pictures)
    return parent.add_child(instance=page)


def fill(content):
    root = front(content["name"])
    under = sections(root, content["sections"])
    under[""] = root.__class__.objects.get().add_child(
        instance=SectionPage(title="Blogs", slug="blogs", show_in_menus=True)
    )
    for title in ("About", "Contact", "Privacy"):
        page = Plain(title=title, slug=title.lower(), body="<p>The paper.</p>", show_in_menus=True)
        Front.objects.get().add_child(instance=page)
    under = {slug: SectionPage.objects.get(pk=page.pk) for slug, page in under.items()}
    pictures = images(content["pictures"])
    authors = {name: Author.objects.create(name=name, slug=slug) for slug, name in content["authors"].items()}
    tags = {name: Tag.objects.create(name=name, slug=slug) for slug, name in content["tags"].items()}
    made, lines, tagged = {}, [], []
    for row in content["stories"]:
        page = made[row["key"]] = story(under[row["section"]], row, pictures)
        lines += [Authorship(story=page, author=authors[name], sort_order=n) for n, name in enumerate(row["byline"])]
        tagged += [StoryTag(content_object=page, tag=tags[name]) for name in row["tags"]]
        found["article"].append(page.url)
    Authorship.objects.bulk_create(lines, batch_size=2000)
    StoryTag.objects.bulk_create(tagged, batch_size=2000)
    picks = [page for row in content["stories"] if row["kind"] == "news" and (page := made[row["key"]])][:PICKED]
    Pick.objects.bulk_create(Pick(front=Front.objects.get(), story=page, sort_order=n) for n, page in enumerate(picks))
    comments = {}
    for row in content["comments"]:
        if row["story"] in made:
            body = {"name": row["name"], "body": row["body"], "is_approved": row["approved"], "created_at": row["at"]}
            comments[row["key"]] = Comment(story=made[row["story"]], **body)
    Comment.objects.bulk_create(comments.values(), batch_size=2000)
    answers = [row for row in content["comments"] if row["parent"] in comments and row["key"] in comments]
    for row in answers:
        comments[row["key"]].parent = comments[row["parent"]]
    Comment.objects.bulk_update([comments[row["key"]] for row in answers], ["parent"], batch_size=500)
    Vote.objects.bulk_create(Vote(story=made[key], stars=stars) for key, stars in content["votes"] if key in made)


call_command("makemigrations", "paper", verbosity=0)
call_command("migrate", verbosity=0)
with transaction.atomic():
    fill(json.loads(Path("content.json").read_text()))
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
Path("found.json").write_text(json.dumps(found))
