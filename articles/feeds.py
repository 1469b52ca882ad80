"""RSS 2.0 of the newest stories, whole (https://www.rssboard.org/rss-specification): the site's, and one for each
section, author, tag and the blogs."""

import re
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page

from articles import names
from articles.models import Article, Author, Correction, Section, Tag
from articles.models.article import load_expired_in_bodies
from articles.structured import card_picture, instant
from newsroom.links import absolute
from newsroom.page_cache import carry, keep

STORIES = 30
NAMESPACES = {
    "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
    "xmlns:dc": "http://purl.org/dc/elements/1.1/",
    "xmlns:media": "http://search.yahoo.com/mrss/",
}
OWN_ADDRESS = re.compile(r'(<[^>]+\s(?:href|src)=")(/(?!/)|#)')
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


def xml_text(text: str) -> str:
    """The text without the characters that no XML 1.0 document may hold, escaped or not."""
    return FORBIDDEN.sub("", text)


class NewsFeed(Rss201rev2Feed):
    def root_attributes(self):
        return {**super().root_attributes(), **NAMESPACES}

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        article = item["article"]
        for author in article.byline:
            handler.addQuickElement("dc:creator", xml_text(author.name))
        handler.addQuickElement("atom:updated", instant(article.modified_for_readers_at))
        handler.addQuickElement("content:encoded", xml_text(whole_story(article)))
        if article.picture:
            self.add_picture(handler, article)

    def add_picture(self, handler, article):
        """Media RSS and not an enclosure, which must say the file's length: that asks the storage once a story."""
        url = card_picture(article.picture)
        handler.startElement("media:content", {"url": url, "medium": "image"})
        for name, text in (("description", article.caption), ("credit", article.picture.credit)):
            if text:
                handler.addQuickElement(f"media:{name}", xml_text(text))
        handler.endElement("media:content")


def whole_story(article) -> str:
    """The HTML of a story for readers elsewhere: lead picture, dateline, body, corrections, with full addresses."""
    parts = []
    if picture := article.picture:
        credit = f" ({picture.credit})" if picture.credit else ""
        parts.append(
            format_html(
                '<figure><img src="{}" alt="{}"><figcaption>{}{}</figcaption></figure>',
                card_picture(picture),
                picture.alt,
                article.caption,
                credit,
            )
        )
    corrections = (
        format_html("<p><strong>{}</strong> {} {}</p>", _("Correction:"), record.wrong, record.right)
        for record in article.shown_corrections
    )
    return "\n".join([*parts, with_dateline(article), *corrections])


def with_dateline(article) -> str:
    """The body; its dateline runs into the first paragraph."""
    story = absolute(article.get_absolute_url())

    def full(match):
        return f"{match[1]}{story}#" if match[2] == "#" else f"{match[1]}{settings.SITE_URL}/"

    body = OWN_ADDRESS.sub(full, article.body_for_readers)
    if not article.dateline:
        return body
    dateline = format_html("{} — ", article.dateline)
    first = re.match(r"<p[^>]*>", body)
    return f"{first[0]}{dateline}{body[first.end() :]}" if first else f"<p>{dateline}</p>{body}"


def add_story(feed, article):
    feed.add_item(
        title=xml_text(article.headline),
        link=absolute(article.get_absolute_url()),
        description=xml_text(escape(article.standfirst)),
        unique_id=f"{urlsplit(settings.SITE_URL).netloc}/story/{article.pk}",  # outlives a changed headline and slug
        unique_id_is_permalink=False,
        pubdate=article.published_at,
        categories=[xml_text(name) for name in categories(article)],
        article=article,
    )


def categories(article):
    return [*([article.section.name] if article.section else []), *(tag.name for tag in article.tags.all())]


def answer(request, title, page, description, articles):
    """The feed of the newest of `articles`, whose page for people is at `page`."""
    feed = NewsFeed(
        title=xml_text(title),
        link=absolute(page),
        description=xml_text(description) or title,
        language=get_language(),
        feed_url=absolute(request.path),
    )
    carry(until=articles.next_due())
    stories = list(articles.published().newest().full()[:STORIES])
    load_expired_in_bodies(stories)
    for article in stories:
        add_story(feed, article)
    response = HttpResponse(content_type="application/rss+xml; charset=utf-8")
    feed.write(response, "utf-8")
    return response


def titled(name):
    return f"{name} – {settings.SITE_NAME}"


@keep()
@conditional_page
def site(request):
    carry(names.STORIES)
    about = _("News, opinion and blogs from %(site)s.") % {"site": settings.SITE_NAME}
    return answer(request, settings.SITE_NAME, reverse("articles:front"), about, Article.objects.all())


@keep()
@conditional_page
def section(request, slug):
    section = get_object_or_404(Section, slug=slug)
    articles = Article.objects.in_section(section)
    carry(names.stories_of(section))
    return answer(request, titled(section.name), section.get_absolute_url(), section.description, articles)


@keep()
@conditional_page
def author(request, slug):
    author = get_object_or_404(Author.objects.introduced(), slug=slug)
    articles = Article.objects.filter(authors=author)
    carry(names.stories_of(author))
    return answer(request, titled(author.name), author.get_absolute_url(), author.role, articles)


@keep()
@conditional_page
def tag(request, slug):
    tag = get_object_or_404(Tag.objects.known(), slug=slug)
    articles = Article.objects.filter(tags=tag)
    carry(names.stories_of(tag))
    return answer(request, titled(tag.name), tag.get_absolute_url(), tag.description, articles)


@keep()
@conditional_page
def corrections(request):
    """Of the corrections, not of the stories: an item is what was wrong and what is right."""
    carry(names.CORRECTIONS, names.STORIES)
    page = reverse("articles:corrections")
    about = _("What %(site)s had wrong, and what is right.") % {"site": settings.SITE_NAME}
    feed = Rss201rev2Feed(
        title=xml_text(titled(_("Corrections"))),
        link=absolute(page),
        description=xml_text(about),
        language=get_language(),
        feed_url=absolute(request.path),
    )
    for record in Correction.objects.public()[:STORIES]:
        add_correction(feed, record)
    response = HttpResponse(content_type="application/rss+xml; charset=utf-8")
    feed.write(response, "utf-8")
    return response


def add_correction(feed, record):
    feed.add_item(
        title=xml_text(_("Correction: %(headline)s") % {"headline": record.article.headline}),
        link=absolute(record.article.get_absolute_url()),
        description=xml_text(escape(f"{record.wrong} {record.right}")),
        unique_id=f"{urlsplit(settings.SITE_URL).netloc}/correction/{record.pk}",
        unique_id_is_permalink=False,
        pubdate=record.corrected_at,
    )


@keep()
@conditional_page
def blogs(request):
    carry(names.stories_of_kind(Article.Kind.BLOG))
    posts = Article.objects.of_kind(Article.Kind.BLOG)
    return answer(request, titled(_("Blogs")), reverse("articles:blogs"), "", posts)
