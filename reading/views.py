import re

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from newsroom.origin import reader_form
from newsroom.page_cache import carry, keep
from reading import counting
from reading.most_read import PAGE, lists
from reading.robots import is_robot

LONGEST = 18  # digits of a story's key


@reader_form
@require_POST
def count(request):
    """One reading of the story whose key is the body. Counted or not, known or not, the answer is the same."""
    if not request.is_ours:
        return HttpResponse(status=403)
    story = _story(request)
    if story is None:
        return HttpResponse(status=400)
    if not is_robot(request):
        counting.count(story, request)
    return HttpResponse(status=204)


def _story(request) -> int | None:
    """Never more than a few bytes are read, whatever is sent."""
    try:
        body = request.read(LONGEST + 1)
    except OSError:  # it was cut off
        return None
    return int(body) if re.fullmatch(rb"[1-9][0-9]{0,%d}" % (LONGEST - 1), body) else None


@keep()
@require_safe
def most_read(request):
    carry(PAGE)
    return render(request, "reading/most_read.html", {"lists": lists()})
