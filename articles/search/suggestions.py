"""What the paper has that begins as a reader types: sections, tags, and headlines of the last weeks."""

import re
from functools import partial

from django.db.models import Q

from articles import names
from articles.models import Article, Section, Tag
from newsroom.page_cache import carry
from newsroom.page_cache.parts import remembered

from .words import clean, fold

RECENT = 1000  # headlines that are looked through
SHORTEST = 2  # letters
MOST = 8


def suggestions(typed: str) -> list[str]:
    """At most so many names and headlines in which a word begins as was typed."""
    wanted = fold(clean(typed))
    if len(wanted) < SHORTEST:
        return []
    begins = partial(re.compile(rf"(?<![^\W_]){re.escape(wanted)}").search)
    found = [name for name, folded in remembered("suggest-sections", _sections) if begins(folded)]
    found += Tag.objects.known().filter(_begins("name", clean(typed))).values_list("name", flat=True)[:MOST]
    keys = [key for key, folded in remembered("suggest-headlines", _headlines) if begins(folded)][:MOST]
    if keys:  # what was remembered may be over by now, or have another headline
        public = dict(Article.objects.published().order_by().filter(pk__in=keys).values_list("pk", "headline"))
        found += [public[key] for key in keys if key in public]
    return list(dict.fromkeys(found))[:MOST]


def _begins(column, typed):
    """Case is folded by the database; both know how for ASCII at least."""
    return Q(**{f"{column}__istartswith": typed}) | Q(**{f"{column}__icontains": f" {typed}"})


def _sections():
    carry(names.MENU)
    return [(section.name, fold(section.name)) for section in Section.objects.tree()]


def _headlines():
    carry(names.STORIES, until=Article.objects.next_due())
    newest = Article.objects.published().newest().values_list("pk", "headline")[:RECENT]
    return [(key, fold(headline)) for key, headline in newest]
