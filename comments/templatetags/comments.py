"""What other apps' pages show of comments and votes."""

import re

from django import template
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from comments import names, votes
from comments.forms import CommentForm
from comments.models import Vote, most_discussed_stories
from comments.threads import thread_page
from newsroom.page_cache import carry

register = template.Library()

ADDRESS = re.compile(r"https?://\w[^\s<>\"“”„«»]*", re.IGNORECASE)
ENDS_A_SENTENCE = ".,;:!?'’)]}*_…"
SHOWN_LENGTH = 60
BREAK = mark_safe("<br>")


@register.inclusion_tag("comments/_vote.html")
def vote_for(article):
    carry(names.votes_on(article.pk))
    tally = Vote.objects.tally(article)
    lit = round(tally["average"] or 0)
    stars = [{"value": value, "is_lit": value <= lit} for value in range(1, 6)]
    return {"article": article, "sentence": votes.sentence(tally), "stars": stars, "lit": lit}


@register.inclusion_tag("comments/_comments.html")
def comments_for(article):
    form = SimpleLazyObject(lambda: CommentForm(article=article))  # its fields are the same under every story
    return {"article": article, "page": thread_page(article), "form": form, "is_empty": True}


@register.simple_tag
def most_discussed():
    """Up to five published stories by what readers wrote under them this week, each with `comment_count`."""
    carry(names.DISCUSSED)
    return most_discussed_stories()


@register.filter
def reader_text(text):
    """A reader's plain text as HTML: escaped, in paragraphs, its http(s) addresses clickable."""
    paragraphs = [paragraph for paragraph in text.split("\n\n") if paragraph.strip()]
    return format_html_join("\n", "<p>{}</p>", ((_lines(paragraph.strip()),) for paragraph in paragraphs))


def _lines(paragraph):
    return format_html_join(BREAK, "{}", ((_linked(line),) for line in paragraph.split("\n")))


def _linked(line):
    parts, at = [], 0
    for match in ADDRESS.finditer(line):
        address = _without_punctuation(match[0])
        parts += [line[at : match.start()], _link(address)]
        at = match.start() + len(address)
    return format_html_join("", "{}", ((part,) for part in [*parts, line[at:]]))


def _without_punctuation(address):
    """A sentence's own full stop or bracket is not part of the address; a bracket that it opened itself is."""
    while address[-1] in ENDS_A_SENTENCE:
        if address[-1] == ")" and address.count("(") >= address.count(")"):
            break
        address = address[:-1]
    return address


def _link(address):
    shown = address if len(address) <= SHOWN_LENGTH else f"{address[: SHOWN_LENGTH - 1]}…"
    return format_html('<a href="{}" rel="ugc nofollow noopener">{}</a>', address, shown)
