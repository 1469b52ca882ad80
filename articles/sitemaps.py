"""What search engines are told: every public address (https://www.sitemaps.org/protocol.html), and the stories of the
last two days (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).

A file of stories is a range of primary keys, so that the last file of a million stories costs what the first one costs.
"""

from datetime import timedelta
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import F, Max
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import conditional_page

from articles import names
from articles.feeds import xml_text
from articles.models import Article, Author, Byline, Section, Tag, TaggedArticle
from articles.structured import instant
from newsroom.links import absolute
from newsroom.page_cache import carry, keep

RANGE = 2000  # primary keys in one file
PAGES = 50_000  # addresses that the protocol allows in one file
NEWS_AGE = timedelta(days=2)
NEWS = 1000
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_NAMESPACE = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def element(name, text):
    return f"<{name}>{escape(xml_text(text))}</{name}>"


def entry(kind, path, changed_at=None, more=""):
    """`kind` is "url" or "sitemap"."""
    changed = element("lastmod", instant(changed_at)) if changed_at else ""
    return f"<{kind}>{element('loc', absolute(path))}{changed}{more}</{kind}>\n"


def document(root, namespaces, entries):
    xml = f"{HEAD}<{root} {namespaces}>\n{''.join(entries)}</{root}>\n"
    return HttpResponse(xml, content_type="application/xml; charset=utf-8")


@keep()
@conditional_page
def index(request):
    """The files there are. Both questions are answered from indexes alone, whatever the stories weigh."""
    carry(names.SITEMAP, names.STORIES)
    number = {"number": F("pk") / RANGE}
    public = Article.objects.published().order_by().values(**number).annotate(at=Max("published_at"))
    saved = dict(
        Article.objects.order_by().values(**number).annotate(at=Max("modified_at")).values_list("number", "at")
    )
    files = {row["number"]: max(row["at"], saved[row["number"]]) for row in public}
    entries = [entry("sitemap", reverse("articles:sitemap_pages"))]
    entries += [entry("sitemap", reverse("articles:sitemap_stories", args=[n]), at) for n, at in sorted(files.items())]
    return document("sitemapindex", NAMESPACE, entries)


@keep()
@conditional_page
def stories(request, number):
    carry(names.STORIES)
    stories = Article.objects.published().filter(pk__gte=number * RANGE, pk__lt=(number + 1) * RANGE).order_by("pk")
    stories = stories.select_related("section").prefetch_related("corrections")
    stories = stories.only("kind", "slug", "section__slug", "published_at", "updated_at")
    entries = [entry("url", story.get_absolute_url(), story.modified_for_readers_at) for story in stories]
    if not entries:
        raise Http404
    return document("urlset", NAMESPACE, entries)


@keep()
@conditional_page
def pages(request):
    """Pages that list stories, once they have one to list."""
    carry(names.STORIES, names.MENU, names.AUTHORS)
    public = Article.objects.published().order_by()
    used = set(public.values_list("section", flat=True).distinct())
    sections = [
        s for s in Section.objects.prefetch_related("children") if used & {s.pk, *(c.pk for c in s.children.all())}
    ]
    authors = Author.objects.filter(pk__in=Byline.objects.filter(article__in=public).values("author"))
    tags = Tag.objects.filter(pk__in=TaggedArticle.objects.filter(content_object__in=public).values("tag"))
    paths = [reverse(f"articles:{name}") for name in ("front", "blogs", "authors", "corrections")]
    for rows in (sections, authors.order_by("pk")[:PAGES], tags.order_by("pk")[:PAGES]):
        paths += [row.get_absolute_url() for row in rows]
    return document("urlset", NAMESPACE, [entry("url", path) for path in paths[:PAGES]])


@keep()
@conditional_page
def news(request):
    carry(names.STORIES)
    fresh = Article.objects.published().filter(published_at__gte=timezone.now() - NEWS_AGE)
    newest = fresh.newest().select_related("section").only("kind", "slug", "section__slug", "published_at", "headline")
    publication = element("news:name", settings.SITE_NAME) + element("news:language", get_language())
    entries = [
        entry(
            "url",
            story.get_absolute_url(),
            more=f"<news:news><news:publication>{publication}</news:publication>"
            f"{element('news:publication_date', instant(story.published_at))}"
            f"{element('news:title', story.headline)}</news:news>",
        )
        for story in newest[:NEWS]
    ]
    return document("urlset", f"{NAMESPACE} {NEWS_NAMESPACE}", entries)
