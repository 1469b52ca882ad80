"""What other apps' pages show of what is read."""

from django import template

from newsroom.page_cache import carry
from reading.models import Ranked
from reading.most_read import BESIDE, beside

register = template.Library()


@register.inclusion_tag("reading/_count.html")
def count_reading(article):
    """The script that reports a reading once the page was looked at for some seconds."""
    return {"article": article}


@register.simple_tag
def most_read():
    """The short list: its stories, none while there is too little, and whether it is of the day."""
    carry(BESIDE)
    stories = list(beside())
    return {"stories": stories, "is_of_the_day": all(story.span == Ranked.Span.DAY for story in stories)}
