"""The tags of Wagtail's tutorial for what stands on every page."""

from django import template
from django.utils import timezone
from wagtail.models import Site

from ..models import POPULAR, Story

register = template.Library()


@register.simple_tag(takes_context=True)
def menu(context):
    """The sections with their parts, and the pages of the foot: the page tree in one query."""
    root = Site.find_for_request(context["request"]).root_page
    entries = list(root.get_descendants().live().in_menu())
    tops = [page for page in entries if page.depth == root.depth + 1]
    for page in tops:
        page.parts = [part for part in entries if part.depth == page.depth + 1 and part.path.startswith(page.path)]
    return tops


@register.simple_tag
def breaking_story():
    return Story.objects.newest().defer_streamfields().filter(breaking_until__gt=timezone.now()).first()


@register.simple_tag
def most_read():
    return list(Story.objects.live().defer_streamfields().order_by("-reads")[:POPULAR])
