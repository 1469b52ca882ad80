"""What the pages about the paper, its people and its series say to machines."""

from django import template
from django.utils.text import Truncator

from articles import structured
from articles.markup import to_text
from articles.models import Page
from articles.templatetags.articles import json_ld
from newsroom.links import absolute

register = template.Library()
TYPES = {"about": "AboutPage", "contact": "ContactPage"}


@register.simple_tag
def house_text(slug):
    """What the paper says at the head of a list of its own: the corrections, the masthead."""
    page = Page.named(slug)
    return page.html if page.is_shown else ""


@register.simple_tag
def page_data(page):
    data = {
        "@context": "https://schema.org",
        "@type": TYPES.get(page.slug, "WebPage"),
        "name": page.name,
        "url": absolute(page.get_absolute_url()),
        "description": Truncator(to_text(page.html)).chars(250),
        "publisher": structured.publisher(),
    }
    if page.changed_at and page.body:
        data["dateModified"] = structured.instant(page.changed_at)
    return json_ld(data)
