"""Rate limits, counted in the cache by a keyed hash of the visitor's address: no address is kept."""

import hashlib
import hmac
import logging

from django.conf import settings
from django.core.cache import cache

log = logging.getLogger(__name__)


def visitor_address(request) -> str:
    """The visitor's address; the last proxy's word for it only when there is a proxy to trust."""
    if settings.TRUST_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded
    return request.META.get("REMOTE_ADDR", "")


def is_too_often(request, deed: str, per_hour: int) -> bool:
    """Count one deed of this visitor; True once more than `per_hour` fell into the current hour.

    Without a cache nobody is counted: readers keep writing while it is away.
    """
    who = hmac.new(settings.SECRET_KEY.encode(), visitor_address(request).encode(), hashlib.sha256).hexdigest()[:24]
    key = f"limit:{deed}:{who}"
    try:
        cache.add(key, 0, timeout=3600)
        return cache.incr(key) > per_hour
    except ValueError:
        return False  # it expired between the two calls
    except Exception:  # the cache's client has errors of its own for each backend
        log.warning("no cache to count %s in", deed, exc_info=True)
        return False
