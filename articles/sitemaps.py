"""What search engines are told: every public address (https://www.sitemaps.org/protocol.html), and the stories of the
last two days (https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).

Rows are read as columns and addresses put together by section: a file of two thousand stories is made in a blink.
"""

from datetime import timedelta
from functools import lru_cache
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models import Exists, Max, OuterRef
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.translation import get_language
from django.views.decorators.http import conditional_page

from articles import names, sitemap_files
from articles.feeds import xml_text
from articles.models import Article, Author, Byline, Correction, Page, Section, Series, SitemapFile, Tag, TaggedArticle
from articles.structured import instant
from newsroom.links import absolute
from newsroom.page_cache import carry, keep

LISTED = 2000  # primary keys of authors or tags in one file
NEWS_AGE = timedelta(days=2)
NEWS = 1000
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS_NAMESPACE = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
COLUMNS = ("pk", "kind", "slug", "section__slug", "published_at")
CHINESE = {"zh-hans": "zh-cn", "zh-hant": "zh-tw"}
PAGES = ("front", "blogs", "authors", "corrections", "archive")


def element(name, text):
    return f"<{name}>{escape(xml_text(text))}</{name}>"


def entry(kind, path, changed_at=None, more=""):
    """`kind` is "url" or "sitemap"."""
    changed = f"<lastmod>{instant(changed_at)}</lastmod>" if changed_at else ""
    return f"<{kind}><loc>{escape(absolute(path))}</loc>{changed}{more}</{kind}>\n"


def document(root, namespaces, entries):
    xml = f"{HEAD}<{root} {namespaces}>\n{''.join(entries)}</{root}>\n"
    return HttpResponse(xml, content_type="application/xml; charset=utf-8")


def of_authors():
    return Byline.objects.filter(author=OuterRef("pk")), "article"


def of_tags():
    return TaggedArticle.objects.filter(tag=OuterRef("pk")), "content_object"


# By the name of their files: the rows that have a page, and what ties them to stories.
LISTS = {"authors": (Author, of_authors), "tags": (Tag, of_tags)}


def with_stories(model, ties):
    rows, story = ties()
    public = Article.objects.order_by().published().filter(pk=OuterRef(story))
    return model.objects.order_by("pk").filter(Exists(rows.filter(Exists(public))))


def in_file(rows, number):
    return rows.filter(pk__gte=number * LISTED, pk__lt=(number + 1) * LISTED)


def numbers(rows):
    """Of the files that have one of these rows, found by steps from one to the next."""
    number = 0
    while (first := rows.filter(pk__gte=number * LISTED).values_list("pk", flat=True).first()) is not None:
        yield first // LISTED
        number = first // LISTED + 1


@keep()
@conditional_page
def index(request):
    """The files there are; what each of them has is known beforehand (articles/sitemap_files.py)."""
    carry(sitemap_files.INDEX, names.AUTHORS, names.STORIES)
    entries = [entry("sitemap", reverse("articles:sitemap_pages"))]
    for kind, (model, ties) in LISTS.items():
        there = numbers(with_stories(model, ties))
        entries += [entry("sitemap", reverse("articles:sitemap_list", args=[kind, number])) for number in there]
    files = SitemapFile.objects.order_by("number").values_list("number", "changed_at")
    entries += [entry("sitemap", reverse("articles:sitemap_stories", args=[number]), at) for number, at in files]
    return document("sitemapindex", NAMESPACE, entries)


@keep()
@conditional_page
def stories(request, number):
    here = sitemap_files.stories_in(number)
    carry(sitemap_files.name_of(number), names.MENU, until=here.next_due())
    rows = list(here.published().order_by("pk").values_list(*COLUMNS, "updated_at", "unpublish_at"))
    if not rows:
        raise Http404
    carry(over=min((row[-1] for row in rows if row[-1]), default=None))
    shown = Correction.objects.shown().order_by().filter(article_id__gte=rows[0][0], article_id__lte=rows[-1][0])
    corrected = dict(shown.values_list("article_id").annotate(at=Max("corrected_at")))
    now = timezone.now()
    entries = []
    for pk, kind, slug, section, *times, _over in rows:
        at = min(now, max(time for time in (*times, corrected.get(pk)) if time))
        entries.append(story_entry(kind, slug, section, at))
    return document("urlset", NAMESPACE, entries)


def story_entry(kind, slug, section, changed_at=None, more=""):
    part = "blogs" if kind == Article.Kind.BLOG or section is None else section
    return entry("url", f"{below(part)}{iri_to_uri(slug)}/", changed_at, more)


@lru_cache(1024)
def below(part) -> str:
    """Where the addresses of a section's stories begin."""
    return reverse("articles:article", args=[part, "-"]).removesuffix("-/")


@keep()
@conditional_page
def pages(request):
    """The pages that are few; sections once they have a story to list."""
    carry(names.STORIES, names.MENU)
    public = Article.objects.order_by().published().filter(section=OuterRef("pk"))
    used = set(Section.objects.order_by().filter(Exists(public)).values_list("pk", flat=True))
    sections = (s for s in Section.objects.tree() if used & {s.pk, *(part.pk for part in s.parts)})
    carry(names.PAGES, names.SERIES)
    shown = Article.objects.order_by().published().filter(part__series=OuterRef("pk"))
    rows = [*sections, *Page.objects.linked(), *Series.objects.filter(Exists(shown)).order_by("pk")]
    paths = [*(reverse(f"articles:{name}") for name in PAGES), *(row.get_absolute_url() for row in rows)]
    return document("urlset", NAMESPACE, [entry("url", path) for path in paths])


@keep()
@conditional_page
def listed(request, kind, number):
    """Pages of authors or of tags, once they have a story to list."""
    carry(names.STORIES, names.AUTHORS)
    model, ties = LISTS[kind]
    name = model.__name__.lower()
    rows = list(in_file(with_stories(model, ties), number).values_list("pk", "slug"))
    if not rows:
        raise Http404
    carry(*(f"{name}:{pk}" for pk, _slug in rows))
    above = reverse(f"articles:{name}", args=["-"]).removesuffix("-/")
    return document("urlset", NAMESPACE, [entry("url", f"{above}{iri_to_uri(slug)}/") for _pk, slug in rows])


@keep()
@conditional_page
def news(request):
    since = timezone.now() - NEWS_AGE
    fresh = Article.objects.published().filter(published_at__gte=since).newest()
    rows = list(fresh.values_list(*COLUMNS, "headline", "unpublish_at")[:NEWS])
    carry(names.STORIES, names.MENU, *(names.story(row[0]) for row in rows), until=Article.objects.next_due())
    carry(until=min((row[4] + NEWS_AGE for row in rows), default=None))
    carry(over=min((row[-1] for row in rows if row[-1]), default=None))
    publication = element("news:name", settings.SITE_NAME) + element("news:language", language_of(get_language()))
    head = f"<news:news><news:publication>{publication}</news:publication>"
    entries = []
    for _pk, kind, slug, section, published_at, headline, _over in rows:
        date = element("news:publication_date", instant(published_at))
        entries.append(
            story_entry(kind, slug, section, more=f"{head}{date}{element('news:title', headline)}</news:news>")
        )
    # The protocol's schema wants an address, and on a quiet weekend there is no story to name.
    return document("urlset", f"{NAMESPACE} {NEWS_NAMESPACE}", entries or [entry("url", reverse("articles:front"))])


def language_of(code: str) -> str:
    """As the news schema wants it: ISO 639, and two kinds of Chinese."""
    return CHINESE.get(code, code if code in CHINESE.values() else code.partition("-")[0])
