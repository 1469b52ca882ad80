"""The readers' pages. Whatever a reader without a session gets is the same bytes for everyone."""

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from articles import addresses, names
from articles import front as front_page
from articles import search as full_text
from articles.lists import section_tree
from articles.middleware import gone
from articles.models import Article, Author, Correction, Tag
from articles.models.article import load_page
from articles.pages import page_of
from articles.related import beside
from articles.search.form import SearchForm, page_number
from articles.search.results import print_heads
from articles.search.suggestions import suggestions
from articles.search.words import clean
from newsroom.page_cache import carry, keep
from newsroom.page_cache.parts import remembered


@keep()
def front(request):
    carry(names.FRONT, names.STORIES)
    return render(request, "articles/front.html", front_page.compose())


def _list(request, template, articles, coming=None, sections=None, **context):
    """`coming`: the same stories, asked for in the way in which those to come are found fastest."""
    coming = articles if coming is None else coming
    page = page_of(articles.published(), request.GET.get("before", ""), coming=coming, sections=sections)
    return render(request, template, {"page": page, "section_tree": page.sections, **context})


@keep("before")
def section(request, slug):
    tree = section_tree()
    section = next((section for section in tree if section.slug == slug), None)
    if section is None:
        raise Http404
    carry(names.stories_of(section))
    articles = Article.objects.in_section(section)
    return _list(request, "articles/section.html", articles, sections=tree, section=section, parts=section.parts)


@keep("before")
def author(request, slug):
    people = Author.objects.introduced().select_related("picture").prefetch_related("picture__renditions")
    author = get_object_or_404(people, slug=slug)
    carry(names.stories_of(author))
    coming = Article.objects.filter(authors=author)
    return _list(request, "articles/author.html", Article.objects.of_author(author), coming, author=author)


@keep()
def authors(request):
    carry(names.AUTHORS, names.STORIES)
    introduced = Author.objects.introduced().order_by("position", "name", "pk").select_related("picture")
    groups: dict[bool, list[Author]] = {False: [], True: []}
    for author in introduced.prefetch_related("picture__renditions"):
        groups[author.is_agency].append(author)
    return render(request, "articles/authors.html", {"people": groups[False], "agencies": groups[True]})


@keep("before")
def tag(request, slug):
    near = list(Tag.objects.around(slug))
    tag = next((tag for tag in near if tag.slug == slug and tag.is_known), None)
    if tag is None:
        return _meant_tag(slug)
    carry(names.stories_of(tag), *(names.stories_of(other) for other in near if not other.is_known))
    context = {"tag": tag, "near": [other for other in near if other.is_known and other != tag]}
    coming = Article.objects.filter(tags=tag)
    return _list(request, "articles/tag.html", Article.objects.of_tag(tag), coming, **context)


def _meant_tag(slug):
    meant = Tag.objects.known().meant_by(slug).first()
    if meant is None:
        raise Http404
    return redirect(meant, permanent=True)


@keep("before")
def blogs(request):
    carry(names.stories_of_kind(Article.Kind.BLOG))
    return _list(request, "articles/blogs.html", Article.objects.of_kind(Article.Kind.BLOG))


@keep("q", "section", "kind", "author", "since", "until", "sort", "page", endless=True)
def search(request):
    sections = section_tree()
    form = SearchForm(request.GET, sections)
    number, found = page_number(request.GET.get("page", "")), None
    if form.is_valid() and form.cleaned_data["q"]:
        remembered("search-due", _carry_what_is_found)
        found = full_text.search(form.cleaned_data["q"], form.filters(), form.order, number)
        print_heads(found.stories)
    if number > (found.pages if found else 1):
        raise Http404
    context = {"form": form, "query": clean(request.GET.get("q", "")), "found": found, "page": number}
    if found:
        context["newer"] = number > 1 and form.address(page=number - 1)
        context["older"] = number < found.pages and form.address(page=number + 1)
        context["wider"] = form.address_of_words()
    return render(request, "articles/search.html", {**context, "section_tree": sections})


def _carry_what_is_found():
    carry(names.WORDS, until=Article.objects.next_due())


def suggest(request):
    return JsonResponse(suggestions(request.GET.get("q", "")), safe=False)


@keep()
def corrections(request):
    carry(names.CORRECTIONS, names.STORIES)
    records = Correction.objects.public()[:100]
    return render(request, "articles/corrections.html", {"corrections": records})


@keep()
def article(request, section, slug):
    article = Article.objects.published().page().filter(slug=slug).first()
    if article is None:
        return _gone_or_not_found(request, slug)
    if request.path != addresses.path_of(article):  # the request’s is decoded
        return redirect(article.get_absolute_url(), permanent=True)
    others = beside(article)
    load_page(article, others.related)
    context = {"article": article, "related": others.related, "series": others}
    return render(request, "articles/article.html", context)


def _gone_or_not_found(request, slug):
    """What readers once could see is gone, and says so; what they never could see does not exist."""
    if Article.objects.gone().filter(slug=slug).exists():
        return gone(request)
    raise Http404
