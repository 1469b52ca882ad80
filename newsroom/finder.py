"""The desk's search over everything that a person may open: a few of each kind, in a handful of bounded queries.

A new kind is one function, words -> rows, and one line in KINDS.
"""

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.contrib.contenttypes.views import shortcut
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from articles import search
from articles.models import Article, Author, Picture, Section, Tag
from newsroom.desk import navigation

EACH = 6
RECENT = 2000  # rows that are looked at for a part of a word; older stories are found by whole words
LONGEST = 100


def stories(words):
    """Any part of the headline of what was saved lately, then whole words in any headline, newest first."""
    kept = Article.objects.kept().only("headline", "status", "published_at", "embargo_until", "unpublish_at")
    recent = Article.objects.order_by("-modified_at").values("pk")[:RECENT]
    found = list(kept.filter(pk__in=recent, headline__icontains=words).order_by("-modified_at")[:EACH])
    query = search.Query.read(words)
    if len(found) < EACH and query.wanted:
        index = search.index_of(Article.objects.db)
        holding = index.holding(index.expression(query, "AND"), headline_only=True)
        others = kept.filter(pk__in=holding).exclude(pk__in=[story.pk for story in found])
        found += others.order_by("-pk")[: EACH - len(found)]
    return found


def pictures(words):
    recent = Picture.objects.order_by("-uploaded_at", "-pk").values("pk")[:RECENT]
    said = Q(alt__icontains=words) | Q(caption__icontains=words) | Q(credit__icontains=words)
    return Picture.objects.filter(said, pk__in=recent)[:EACH]


def authors(words):
    return Author.objects.filter(name__icontains=words)[:EACH]


def people(words):
    named = Q()
    for field in ("username", "first_name", "last_name", "email"):
        named |= Q(**{f"{field}__icontains": words})
    return User.objects.filter(named).order_by("username")[:EACH]


def sections(words):
    return Section.objects.select_related("parent").filter(name__icontains=words)[:EACH]


def tags(words):
    return Tag.objects.filter(Q(name__icontains=words) | Q(synonyms__name__icontains=words)).distinct()[:EACH]


# (model, icon, function)
KINDS = [
    ("articles.Article", "article", stories),
    ("articles.Picture", "photo_library", pictures),
    ("articles.Author", "signature", authors),
    ("auth.User", "person", people),
    ("articles.Section", "account_tree", sections),
    ("articles.Tag", "sell", tags),
]


@require_safe
def find(request):
    """What the search of the desk shows as somebody types."""
    words = " ".join(request.GET.get("s", "").replace("\0", " ").split())[:LONGEST]
    if not words:
        return HttpResponse()
    found = [*places(request, words), *rows(request, words)]
    context = {"results": found, "page_obj": {"count": len(found)}, "page_counter": 0, "execution_time": 0}
    return render(request, "admin/found.html", context)


def on_site(request, content_type_id, object_id):
    """From a row to its page. Django's own way asks for no permission, and the address of a draft tells what it is."""
    kind = ContentType.objects.filter(pk=content_type_id).first()
    model_admin = admin.site._registry.get(kind.model_class()) if kind else None
    if model_admin is None or not model_admin.has_view_permission(request):
        raise PermissionDenied
    return shortcut(request, content_type_id, object_id)


def places(request, words):
    """Lines of the navigation."""
    for group in navigation(request):
        for line in group["items"]:
            if words.casefold() in str(line["title"]).casefold():
                yield {"title": line["title"], "description": "", "link": line["link"], "icon": line["icon"]}


def rows(request, words):
    for label, icon, look_up in KINDS:
        model = apps.get_model(label)
        if not admin.site._registry[model].has_view_permission(request):
            continue
        meta = model._meta
        for row in look_up(words):
            link = reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])
            kind = row.state if isinstance(row, Article) else meta.verbose_name
            yield {"title": str(row), "description": capfirst(kind), "link": link, "icon": icon}
