"""The readers' pages. Whatever a reader without a session gets is the same bytes for everyone."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from articles import front as front_page
from articles import search as full_text
from articles.middleware import gone
from articles.models import Article, Author, Correction, Section, Tag
from articles.pages import page_of
from articles.related import related_to


def front(request):
    return render(request, "articles/front.html", front_page.compose())


def _list(request, template, articles, **context):
    page = page_of(articles, request.GET.get("before", ""))
    return render(request, template, {"page": page, **context})


def section(request, slug):
    section = get_object_or_404(Section.objects.select_related("parent").prefetch_related("children"), slug=slug)
    articles = Article.objects.published().in_section(section)
    return _list(request, "articles/section.html", articles, section=section, parts=section.children.all())


def author(request, slug):
    author = get_object_or_404(Author.objects.introduced().select_related("picture"), slug=slug)
    return _list(request, "articles/author.html", Article.objects.published().filter(authors=author), author=author)


def authors(request):
    people = Author.objects.introduced().select_related("picture")
    return render(request, "articles/authors.html", {"people": people})


def tag(request, slug):
    tag = get_object_or_404(Tag.objects.known(), slug=slug)
    return _list(request, "articles/tag.html", Article.objects.published().filter(tags=tag), tag=tag)


def blogs(request):
    return _list(request, "articles/blogs.html", Article.objects.published().of_kind(Article.Kind.BLOG))


def search(request):
    query = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
    results = full_text.search(query) if query else None
    return render(request, "articles/search.html", {"query": query, "results": results})


def corrections(request):
    records = Correction.objects.public()[:100]
    return render(request, "articles/corrections.html", {"corrections": records})


def article(request, section, slug):
    article = Article.objects.published().full().filter(slug=slug).first()
    if article is None:
        return _gone_or_not_found(request, slug)
    if request.path != article.get_absolute_url():
        return redirect(article.get_absolute_url(), permanent=True)
    return render(request, "articles/article.html", {"article": article, "related": related_to(article)})


def _gone_or_not_found(request, slug):
    """What readers once could see is gone, and says so; what they never could see does not exist."""
    if Article.objects.gone().filter(slug=slug).exists():
        return gone(request)
    raise Http404
