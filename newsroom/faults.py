"""What a person is told when the machine cannot: no room on the disk, a database that does not answer.

It is the handler of uncaught exceptions, so that it holds for middleware too; Django has logged the exception by then.
"""

import errno
import shutil
import sys

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import gettext as _
from django.views import defaults

NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
ROOM = 2**20  # bytes; with less, SQLite cannot write its log
RETRY = 60  # seconds


def server_error(request):
    reason = reason_of(sys.exception())
    if not reason:
        return defaults.server_error(request)
    headers = {"Retry-After": str(RETRY), "Cache-Control": "no-store"}
    is_sent = request.method not in ("GET", "HEAD")
    nothing = _("Nothing was saved.")
    if is_script(request):
        said = f"{nothing} {reason}" if is_sent else reason
        answer = {"said": said, "uploaded": 0, "error": {"message": said}}  # as the story's form and the editor read it
        return JsonResponse(answer, status=503, headers=headers)
    page = loader.get_template("503.html").render({"reason": reason, "nothing": nothing, "is_sent": is_sent})
    return HttpResponse(page, status=503, headers=headers)


def reason_of(error) -> str:
    """A sentence for people; "" for whatever is a mistake of ours."""
    is_database = isinstance(error, OperationalError | InterfaceError)
    if is_full(error) or (is_database and has_no_room()):
        return _("There is no room left on the newsroom’s disk.")
    return _("The newsroom’s database does not answer.") if is_database else ""


def is_full(error) -> bool:
    return isinstance(error, OSError) and error.errno in NO_ROOM


def has_no_room() -> bool:
    """SQLite says “full” or “I/O error”, as it happens."""
    try:
        return shutil.disk_usage(settings.DATA_DIR).free < ROOM
    except OSError:
        return False


def is_script(request) -> bool:
    wanted = request.headers.get("Accept", ""), request.headers.get("Sec-Fetch-Dest", "")
    return "application/json" in wanted[0] or wanted[1] == "empty"
