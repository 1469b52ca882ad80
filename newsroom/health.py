"""Is the process up, and do its engines answer?"""

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse, JsonResponse
from django.views.static import serve

from newsroom.celery import app


def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain")


def _database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _cache():
    cache.set("readyz", 1, timeout=10)
    if cache.get("readyz") != 1:
        raise ConnectionError("the cache forgot what it was told")


def _broker():
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)


def readyz(request):
    """200 when database, cache and broker answer; else 503 and which does not."""
    state = {}
    for name, ask in (("database", _database), ("cache", _cache), ("broker", _broker)):
        try:
            ask()
            state[name] = "ok"
        except Exception as error:  # whatever it is, the operator wants it named, not a traceback
            state[name] = f"{type(error).__name__}: {error}"[:200]
    ready = all(value == "ok" for value in state.values())
    return JsonResponse(state, status=200 if ready else 503)


def media(request, path):
    """Uploads of a newsroom that keeps them on its own disk."""
    response = serve(request, path, document_root=settings.MEDIA_ROOT)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
