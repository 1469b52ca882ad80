"""What the readers' templates ask for."""

import json
import re
from datetime import timedelta

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from articles import body_pictures, embeds, front, structured, typesetting
from articles.feeds.formats import FORMATS
from articles.lists import address_of, carried, section_tree
from articles.models import Article, Section
from articles.names import BREAKING, MENU, PAGES, STORIES
from newsroom.context import next_midnight
from newsroom.direction import isolated
from newsroom.links import absolute
from newsroom.page_cache import carry
from newsroom.page_cache.parts import remembered

register = template.Library()

# Crops by name: what a page reserves while the worker has not made the renditions yet.
RATIOS = {"wide": (960, 640), "square": (320, 320), "social": (1200, 675)}
JSON_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}  # as Django's json_script does
OPEN_OR_CLOSE = re.compile(r"<(/?)(\w+)[^>]*>")
LATEST = 5  # stories
VOID = {"br", "hr", "img"}
UPDATED_FOR = timedelta(hours=6)
BODY_SIZES = "(min-width: 48rem) 39rem, 96vw"  # how wide a picture in the text is shown (static/css/article.css)


# The frame of every page


@register.simple_tag(takes_context=True)
def site_sections(context):
    """The top sections in the order of the navigation, each with its `.parts`; one query where the view has not asked
    already (`section_tree`)."""
    carry(MENU)
    sections = context.get("section_tree") or section_tree()
    return [section for section in sections if section.parent_id is None]


@register.simple_tag(takes_context=True)
def here(context):
    """The entry of the navigation that the page belongs to: a section's slug, "blogs", "search" or ""."""
    article = context.get("article")
    if isinstance(article, Article):
        return "blogs" if article.kind == Article.Kind.BLOG or not article.section else article.section.trail[0].slug
    if isinstance(context.get("section"), Section):
        return context["section"].trail[0].slug
    match = getattr(context.get("request"), "resolver_match", None)
    return match.url_name if match and match.view_name in {"articles:blogs", "articles:search"} else ""


@register.simple_tag(takes_context=True)
def breaking_story(context):
    """What stands in the strip of breaking news, or None; `footer_pages`, which the same query brings, beside it."""
    strip, context["footer_pages"] = remembered("on-every-page", _on_every_page)
    return strip


def _on_every_page():
    carry(BREAKING, PAGES)
    return front.on_every_page()


@register.simple_tag
def latest_stories():
    """For pages that have nothing else to offer; one query at most, and none while nothing new came."""
    return remembered("latest", _latest)


def _latest():
    carry(STORIES)
    return list(Article.objects.published().newest().heads()[:LATEST])


register.filter(carried)
register.filter("address", address_of)


# A story's parts


@register.filter
def names(authors):
    """“Ruth Okafor, Dan Meyer and Lena Abt”."""
    return _in_words([isolated(author.name) for author in authors])


@register.filter
def author_links(authors):
    """The same, each name linked to its page."""
    links = [format_html('<bdi><a rel="author" href="{}">{}</a></bdi>', a.get_absolute_url(), a.name) for a in authors]
    return SafeString(_in_words(links))


def _in_words(parts):
    """One after the other as the language joins them; Arabic has a comma of its own, and its “and” is no word."""
    words = "".join(parts[:1])
    for part in parts[1:-1]:
        words = _("%(names)s, %(next)s") % {"names": words, "next": part}
    return _("%(names)s and %(last)s") % {"names": words, "last": parts[-1]} if len(parts) > 1 else words


@register.simple_tag
def moment(value, form="list"):
    """A time as readers see it, never relative: a page that was kept stays true.

    `form`: "full" is day, year and hour; "day" is the date; "list" is the hour alone on the day that stands on top
    of the page, the day alone later, with its year once that is over.
    """
    if not value:
        return ""
    local, now = timezone.localtime(value), timezone.localtime()
    if form == "list":
        carry(until=next_midnight())
        near = "MONTH_DAY_FORMAT" if local.year == now.year else "DATE_FORMAT"
        name = "TIME_FORMAT" if local.date() == now.date() else near
    else:
        name = {"full": "DATETIME_FORMAT", "day": "DATE_FORMAT"}[form]
    return format_html('<time datetime="{}">{}</time>', structured.instant(value), date_format(local, name))


@register.filter
def hung(text):
    """The class of a headline whose first mark hangs in the margin."""
    return "hung" if typesetting.opens_with_quote(text) else ""


@register.simple_tag
def news_moment(story):
    """When a story in a list is from; for some hours after an update, when that was.

    The page is made anew when they are over, so that one that was kept calls nothing new that is old."""
    fresh_until = story.updated_at and story.updated_at + UPDATED_FOR
    if not fresh_until or fresh_until <= timezone.now() or story.updated_at <= story.published_at:
        return moment(story.published_at)
    carry(until=fresh_until)
    return format_html('<b class="is-updated">{} {}</b>', _("Updated"), moment(story.updated_at))


def _first_paragraph(html):
    """Where the text of the first paragraph begins that stands in no other block, or None."""
    depth = 0
    for tag in OPEN_OR_CLOSE.finditer(html):
        closing, name = tag.groups()
        if name == "p" and not closing and depth == 0:
            return tag.end()
        if name not in VOID:
            depth += -1 if closing else 1
    return None


@register.filter
def body_with_dateline(article):
    """The cleaned body, ready for the page: the dateline runs into the first paragraph, wide tables scroll alone."""
    pictures = getattr(article, "pictures_in_body", None)
    html = body_pictures.responsive(article.body_for_readers, BODY_SIZES, pictures).replace(
        "<img ", '<img loading="lazy" decoding="async" '
    )
    html = typesetting.align_numbers(typesetting.hang_quotes(embeds.with_cards(html)))
    label = conditional_escape(_("Table"))
    html = html.replace("<table>", f'<div class="table-box" role="group" tabindex="0" aria-label="{label}"><table>')
    html = html.replace("</table>", "</table></div>")
    if article.dateline:
        dateline = format_html('<span class="dateline">{} —</span> ', article.dateline)
        start = _first_paragraph(html)
        html = f"<p>{dateline}</p>{html}" if start is None else f"{html[:start]}{dateline}{html[start:]}"
    return mark_safe(html)  # articles/markup.py cleaned it when it was stored


# Pictures


def _focus_class(picture):
    """Crops that only the page makes keep the focal point: a class for each tenth (static/css/story.css)."""
    return f"focus-x-{round(picture.focal_x * 10)} focus-y-{round(picture.focal_y * 10)}"


@register.simple_tag
def picture(picture, crop="full", sizes="100vw", eager=False, alt=None):
    """A picture in a crop: the renditions that exist, else its own file cut by the page; AVIF where it is made."""
    if picture.is_expired or picture.is_lost:
        return ""
    webp, avif = _renditions(picture, crop, "webp"), _renditions(picture, crop, "avif")
    width, height = RATIOS.get(crop, (picture.width, picture.height))
    attributes = {"class": f"crop-{crop}", "src": picture.file.url}
    if webp:
        attributes["src"] = webp[min(1, len(webp) - 1)].file.url
        attributes |= {"srcset": _srcset(webp), "sizes": sizes}
        width, height = webp[-1].width, webp[-1].height
    elif crop != "full":
        attributes["class"] += f" {_focus_class(picture)}"
    attributes |= {"width": width, "height": height, "alt": picture.alt if alt is None else alt, "decoding": "async"}
    attributes |= {"fetchpriority": "high"} if eager else {"loading": "lazy"}
    img = format_html("<img {}>", format_html_join(" ", '{}="{}"', attributes.items()))
    if not (avif and webp):
        return img
    source = '<picture><source type="image/avif" srcset="{}" sizes="{}">{}</picture>'
    return format_html(source, _srcset(avif), sizes, img)


def _renditions(picture, crop, form):
    return sorted((r for r in picture.renditions.all() if (r.crop, r.format) == (crop, form)), key=lambda r: r.width)


def _srcset(renditions):
    return ", ".join(f"{rendition.file.url} {rendition.width}w" for rendition in renditions)


# What machines read


@register.simple_tag
def json_ld(data):
    """A data block that no text can break out of."""
    text = json.dumps(data, ensure_ascii=False).translate(JSON_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


@register.simple_tag
def story_data(article):
    return json_ld(structured.story(article))


@register.filter
def schema_type(article):
    """Marks where the story's text stands for whoever reads the page and not its data; both name one thing (“@id”)."""
    return f"https://schema.org/{structured.TYPES[article.kind]}"


@register.simple_tag
def website_data():
    return json_ld(structured.website())


@register.simple_tag
def breadcrumb_data(section, article=None):
    """The trail that the page shows, from the front page down."""
    trail = [(_("Home"), reverse("articles:front"))]
    if section:
        trail += [(part.name, part.get_absolute_url()) for part in section.trail]
    elif article:
        trail.append((_("Blogs"), reverse("articles:blogs")))
    if article:
        trail.append((article.headline, article.get_absolute_url()))
    return json_ld(structured.breadcrumbs(trail))


@register.simple_tag
def profile_data(author):
    return json_ld(structured.profile(author))


@register.simple_tag
def collection_data(name, path, description, stories):
    return json_ld(structured.collection(name, path, description, stories))


@register.simple_tag
def card_of(picture):
    """None of a picture that is not there."""
    return structured.card(picture or None)


@register.simple_tag
def card_of_story(story):
    """The same of a story in a list, with what is seen on it; kept until the story changes."""

    def make():
        carry(*carried(story))
        return {"card": structured.card(story.picture), "alt": story.picture.alt if story.picture else ""}

    return remembered(f"card:{story.pk}", make)


FEED_TYPES = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}


@register.simple_tag
def feed_links(title, view, *arguments):
    """The links in the head of a page to its feed in each format; the first is what most readers take."""
    links = []
    for form, name in FEED_TYPES.items():
        suffix = "" if form == "rss" else f"{form}/"
        href = f"{reverse(f'articles:{view}', args=arguments)}{suffix}"
        links.append((FORMATS[form].type, f"{title} ({name})", href))
    return format_html_join("\n", '<link rel="alternate" type="{}" title="{}" href="{}">', links)


@register.filter
def absolute_url(path):
    return absolute(path)
