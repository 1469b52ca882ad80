"""What machines read about a page: schema.org's vocabulary, written as JSON-LD (https://schema.org/NewsArticle)."""

from typing import NamedTuple

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from articles.lists import address_of
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


class Card(NamedTuple):
    """A picture for cards on other sites; a size of 0 is not known."""

    url: str
    width: int
    height: int


def publisher() -> dict:
    return {
        "@type": "NewsMediaOrganization",
        "name": settings.SITE_NAME,
        "url": f"{settings.SITE_URL}/",
        "logo": {"@type": "ImageObject", "url": absolute(static("img/icon-512.png")), "width": 512, "height": 512},
    }


def person(author) -> dict:
    return {
        "@type": "Organization" if author.is_agency else "Person",
        "name": author.name,
        "url": absolute(author.get_absolute_url()),
    }


def card(picture) -> Card | None:
    """The wide crop when the worker has made it, else the picture as it is."""
    if picture is None or not picture.file:
        return None
    ready = next((r for r in picture.renditions.all() if r.crop == "social" and r.format == "jpeg"), picture)
    return Card(absolute(ready.file.url), ready.width, ready.height)


def card_picture(picture) -> str:
    return made.url if (made := card(picture)) else ""


def card_pictures(picture) -> list[str]:
    """The same in the three ratios that search engines ask for (Google Search Central, “Article structured data”)."""
    if picture is None:
        return []
    made = {r.crop: r for r in picture.renditions.all() if r.format == "jpeg"}
    ready = [absolute(made[crop].file.url) for crop in CARD_CROPS if crop in made]
    return ready or [url for url in [card_picture(picture)] if url]


def story(article) -> dict:
    data = {
        "@context": "https://schema.org",
        "@type": TYPES[article.kind],
        "@id": absolute(article.get_absolute_url()),
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
    }
    if article.published_at:
        data["datePublished"] = instant(article.published_at)
        data["dateModified"] = instant(article.modified_for_readers_at)
    # Behind the story's own dates: trafilatura takes the first "datePublished" of the text for the day of the story.
    data["correction"] = [correction(record) for record in article.shown_corrections]
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


def profile(author) -> dict:
    """An author's page (https://developers.google.com/search/docs/appearance/structured-data/profile-page)."""
    about = person(author) | {"jobTitle": author.role, "description": author.bio, "worksFor": publisher()}
    about["image"] = card_picture(author.portrait)
    if author.is_agency:
        del about["jobTitle"], about["worksFor"]
    return {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "mainEntity": {key: value for key, value in about.items() if value},
    }


def collection(name, path, description, stories) -> dict:
    """A page that lists stories."""
    return {
        "@context": "https://schema.org",
        "@type": "CollectionPage",
        "name": name,
        "url": absolute(path),
        **({"description": description} if description else {}),
        "isPartOf": {"@type": "WebSite", "name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"},
        "mainEntity": {
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "url": absolute(address_of(story))}
                for place, story in enumerate(stories, start=1)
            ],
        },
    }
