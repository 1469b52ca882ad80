"""What machines read about a page: schema.org's vocabulary, written as JSON-LD (https://schema.org/NewsArticle)."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from articles.models import Article
from newsroom.links import absolute

TYPES = {
    Article.Kind.NEWS: "NewsArticle",
    Article.Kind.OPINION: "OpinionNewsArticle",
    Article.Kind.BLOG: "BlogPosting",
}

CARD_CROPS = ("social", "social43", "social11")  # 16:9, 4:3, 1:1


def instant(moment) -> str:
    """ISO 8601 with the site's own offset."""
    return timezone.localtime(moment).isoformat(timespec="seconds")


def publisher() -> dict:
    return {"@type": "NewsMediaOrganization", "name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"}


def person(author) -> dict:
    return {
        "@type": "Organization" if author.is_agency else "Person",
        "name": author.name,
        "url": absolute(author.get_absolute_url()),
    }


def card_picture(picture) -> str:
    """The address of a picture for cards on other sites: the wide crop when the worker has made it."""
    if picture is None or not picture.file:
        return ""
    ready = [r for r in picture.renditions.all() if r.crop == "social" and r.format == "jpeg"]
    return absolute((ready[0] if ready else picture).file.url)


def card_pictures(picture) -> list[str]:
    """The same in the three ratios that search engines ask for (Google Search Central, “Article structured data”)."""
    if picture is None:
        return []
    made = {r.crop: r for r in picture.renditions.all() if r.format == "jpeg"}
    ready = [absolute(made[crop].file.url) for crop in CARD_CROPS if crop in made]
    return ready or [card_picture(picture)]


def story(article) -> dict:
    data = {
        "@context": "https://schema.org",
        "@type": TYPES[article.kind],
        "headline": article.headline,
        "description": article.standfirst,
        "mainEntityOfPage": absolute(article.get_absolute_url()),
        "author": [person(author) for author in article.byline] or publisher(),
        "publisher": publisher(),
        "image": card_pictures(article.picture),
        "articleSection": article.section.name if article.section else "",
        "keywords": [tag.name for tag in article.tags.all()],
        "dateline": article.dateline,
        "wordCount": article.word_count,
        "inLanguage": get_language(),
        "isAccessibleForFree": True,
        "correction": [correction(record) for record in article.shown_corrections],
    }
    if article.published_at:
        data["datePublished"] = instant(article.published_at)
        data["dateModified"] = instant(article.modified_for_readers_at)
    return {key: value for key, value in data.items() if value not in ("", [])}


def correction(record) -> dict:
    return {
        "@type": "CorrectionComment",
        "text": f"{record.wrong} {record.right}",
        "datePublished": instant(record.corrected_at),
    }


def breadcrumbs(trail) -> dict:
    """`trail`: (name, path) from the front page down."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": name, "item": absolute(path)}
            for place, (name, path) in enumerate(trail, start=1)
        ],
    }


def website() -> dict:
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": settings.SITE_NAME,
        "url": f"{settings.SITE_URL}/",
        "publisher": publisher(),
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{absolute(reverse('articles:search'))}?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }
