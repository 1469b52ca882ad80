"""A story as readers would see it, before they do: at the desk, and by the links that are given to outsiders."""

from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.views.decorators.http import require_safe

from articles import body_pictures, markup, revisions
from articles.models import Article, BodyPicture, PreviewLink, PreviewOpening
from articles.models.article import load_listed
from articles.models.preview_link import USER_AGENT
from articles.related import beside
from newsroom.limits import visitor_address


def render_preview(request, article, **context):
    """The story's page for whoever may see it early; nothing keeps it, finds it, or is told of it."""
    _as_if_published(article)
    others = beside(article)
    load_listed(others.related)
    context = {"article": article, "related": others.related, "series": others, "is_preview": True, **context}
    return private(render(request, "articles/article.html", context))


def private(response):
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _as_if_published(article):
    """What save() and the clock would make of the story, in memory alone."""
    article.compute_text()
    article.published_at = article.published_at or timezone.now()
    rows = body_pictures.pictures_in(article.body) if "<img" in article.body else []
    article.expired_in_body = [BodyPicture(picture=picture) for picture in rows if picture.is_expired]


def show_corrections(article, corrections):
    """Those on the page, newest first, also what waits for "Publish changes"."""
    for correction in corrections:
        correction.is_waiting = False
    newest = sorted(corrections, key=lambda correction: correction.corrected_at, reverse=True)
    article.__dict__.setdefault("_prefetched_objects_cache", {})["corrections"] = newest


@require_safe
def shared(request: HttpRequest, token: str):
    """What an outsider sees by a link; whoever has no open link learns nothing of the story, not even its headline."""
    link = PreviewLink.objects.select_related("revision").filter(token=token).first()
    stories = Article.objects.full().select_related("section__parent", "lead_picture", "pending")
    article = stories.filter(pk=link.article_id, trashed_at=None).first() if link and link.is_open else None
    if link is None or article is None:
        return private(render(request, "articles/preview_closed.html", status=410 if link else 404))
    public = article.get_absolute_url() if article.is_public else ""
    differs = bool(link.revision_id or article.pending_id)
    _bind(article, link)
    if request.method == "GET":
        _note_opening(request, link)
    return render_preview(request, article, link=link, public=public, differs=differs)


def _bind(article, link):
    """A revision never changes, so corrections of a later time are no part of it."""
    corrections = list(article.corrections.all())
    if link.revision is None:
        revisions.with_pending(article)
    else:
        revisions.overlay(article, link.revision.content)
        corrections = [record for record in corrections if record.corrected_at <= link.revision.created_at]
    show_corrections(article, corrections)


def _note_opening(request, link):
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return  # the browser fetched it, nobody read it yet
    address = salted_hmac("articles.previews", visitor_address(request)).hexdigest()[:16]
    agent = markup.INVISIBLE.sub("", request.headers.get("User-Agent", ""))[:USER_AGENT]
    PreviewOpening.objects.create(link=link, address_hash=address, user_agent=agent)
