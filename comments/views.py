"""Where readers answer a story. What they get by GET is the same for everyone, but for the math question."""

from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.models import Article
from comments import votes
from comments.forms import QUESTIONS_A_COMMENT, CommentForm, QuestionForm
from comments.models import Comment, Vote
from comments.threads import thread_page
from newsroom.limits import is_too_often
from newsroom.origin import reader_form
from newsroom.page_cache import keep


def public_story(pk) -> Article:
    """A story that readers may see now, by the one question that decides it; else not found."""
    return get_object_or_404(Article.objects.published().select_related("section").defer("body", "search_text"), pk=pk)


def see_other(*to):
    response = redirect(*to)
    response.status_code = 303
    return response


@require_safe
@cache_control(no_store=True)
def question(request):
    """A fresh math question for the form of a page that was the same for everyone."""
    if is_too_often(request, "question", settings.COMMENTS_PER_HOUR * QUESTIONS_A_COMMENT):
        return HttpResponse(_("Too many questions were asked. Wait an hour."), status=429)
    return HttpResponse(str(QuestionForm()["captcha"]))  # a field given as it is would be taken for a list of lines


@require_http_methods(["GET", "HEAD", "POST"])
@reader_form
def add(request, article):
    article = public_story(article)
    posted = request.POST if request.method == "POST" else None
    form = CommentForm(posted, article=article, request=request)
    if posted is not None and article.comments_open and form.is_valid() and not form.lacks_question and form.receive():
        return see_other("comments:received", article.pk)
    return form_page(request, form)


def form_page(request, form):
    closed = not form.article.comments_open
    status = 403 if closed and form.is_bound else form.status
    return render(request, "comments/form.html", {"article": form.article, "form": form}, status=status)


@require_safe
def reply(request, article, parent):
    article = public_story(article)
    parent = get_object_or_404(Comment.objects.visible().filter(article=article), pk=parent)
    return form_page(request, CommentForm(article=article, initial={"parent": parent}))


@keep()
@require_safe
def thread(request, article, number):
    """The further pages of a conversation that does not fit under its story."""
    article = public_story(article)
    page = thread_page(article, number)
    if not page.comments:
        raise Http404
    return render(request, "comments/thread.html", {"article": article, "page": page})


@require_safe
def received(request, article):
    return render(request, "comments/received.html", {"article": public_story(article)})


@require_POST
@reader_form
def vote(request, article):
    article = public_story(article)
    voter = votes.known_voter(request)
    if refusal := votes.why_refused(request, voter):
        return vote_answer(request, article, *refusal)
    voter = voter or votes.new_voter()
    votes.cast(article, voter, int(request.POST["stars"]))
    response = vote_answer(request, article)
    votes.remember_voter(response, voter)
    return response


def vote_answer(request, article, status=200, message=""):
    """For the page's own script the new line in JSON; else a page, after a redirect when the vote was taken."""
    tally = Vote.objects.tally(article)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({**tally, "text": message or votes.sentence(tally)}, status=status)
    if not message:
        return see_other("comments:voted", article.pk)
    context = {"article": article, "sentence": votes.sentence(tally), "message": message}
    return render(request, "comments/voted.html", context, status=status)


@require_safe
def voted(request, article):
    article = public_story(article)
    context = {"article": article, "sentence": votes.sentence(Vote.objects.tally(article))}
    return render(request, "comments/voted.html", context)
