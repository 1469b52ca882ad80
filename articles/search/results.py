"""What stands above the snippet of a story: printed once, and kept by the page cache until the story changes."""

from functools import partial

from django.template.loader import render_to_string

from articles import names
from articles.models import Article
from articles.models.article import bylines
from articles.templatetags.articles import carried
from newsroom.context import next_midnight
from newsroom.page_cache import carry
from newsroom.page_cache.parts import is_at_hand, remembered


def print_heads(results) -> None:
    """Loads the stories of those that are not at hand, in two queries for all of them."""
    loaded = _loaded([result.pk for result in results if not is_at_hand(_key(result.pk))])
    for result in results:
        result.head = remembered(_key(result.pk), partial(_head, result.pk, loaded))


def _key(pk):
    return f"result:{pk}"


def _loaded(keys):
    """Without pictures: loading and printing their sizes would cost more than all the rest."""
    rows = Article.objects.select_related("section__parent").prefetch_related(bylines()).defer("body", "search_text")
    return rows.order_by().in_bulk(keys) if keys else {}


def _head(pk, loaded):
    story = loaded.get(pk) or _loaded([pk]).get(pk)
    if story is None:  # deleted since it was found
        carry(names.story(pk))
        return ""
    carry(*carried(story), until=next_midnight(), over=story.unpublish_at)
    return render_to_string(
        "articles/_story.html", {"story": story, "variant": "result", "level": "h2", "byline": True}
    )
