"""The names of what pages carry of comments and votes, and who says that one of them changed."""

import logging

from django.apps import apps
from django.core.cache import cache
from django.db.models.signals import post_delete, post_save

from articles import changes
from newsroom.commits import gather, promised
from newsroom.page_cache import changed

log = logging.getLogger(__name__)

DISCUSSED = "discussed"
SHOWN = "most-discussed-shown"


def comments_on(key) -> str:
    return f"comments:{key}"


def votes_on(key) -> str:
    return f"votes:{key}"


def tell_comments(keys) -> None:
    """What readers see under these stories is another conversation."""
    gather(_conversations, keys)


def tell_votes(key) -> None:
    changed(votes_on(key))


@promised
def _conversations(keys: set[int]) -> None:
    changed(*map(comments_on, keys), *_discussed())


@changes.listen
def tell_stories(keys: set[int]) -> None:
    """One that comes back brings its conversation along."""
    changed(*_discussed())


def _discussed() -> list[str]:
    """The list beside every story is another one only when its order is, or when nobody knows."""
    from comments.models import most_discussed_stories  # models name what they change

    now = [story.pk for story in most_discussed_stories()]
    try:
        if cache.get(SHOWN) == now:
            return []
        cache.set(SHOWN, now, timeout=None)
    except Exception:
        log.exception("what was discussed most could not be kept")
    return [DISCUSSED]


def install() -> None:
    for signal in (post_save, post_delete):
        signal.connect(_of_comment, sender=apps.get_model("comments", "Comment"))
        signal.connect(_of_vote, sender=apps.get_model("comments", "Vote"))


def _of_comment(instance, created=False, **kwargs):
    """One that is not shown may have been until this moment, unless it is new."""
    if not created or instance.status == instance.Status.APPROVED:
        tell_comments([instance.article_id])


def _of_vote(instance, **kwargs):
    tell_votes(instance.article_id)
