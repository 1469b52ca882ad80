"""The conversation under a story in reading order, a page at a time, in two queries whatever its length."""

from collections import defaultdict
from dataclasses import dataclass

from comments import names
from comments.models import Comment
from newsroom.page_cache import carry

PER_PAGE = 100
DEEPEST = 2  # levels of indentation; what is deeper says whom it answers


@dataclass
class ThreadPage:
    comments: list  # each with .depth and .is_flattened
    total: int  # comments of the whole conversation
    number: int

    @property
    def next_number(self):
        return self.number + 1 if self.number * PER_PAGE < self.total else None

    @property
    def previous_number(self):
        return self.number - 1 if self.number > 1 else None


def thread_page(article, number=1) -> ThreadPage:
    carry(names.comments_on(article.pk))
    visible = Comment.objects.visible().filter(article=article).order_by("created_at", "pk")
    rows = list(printed(visible)[: PER_PAGE + 1]) if number == 1 else []
    is_whole = number == 1 and len(rows) <= PER_PAGE
    known = (
        [(comment.pk, comment.parent_id) for comment in rows] if is_whole else visible.values_list("pk", "parent_id")
    )
    order = reading_order(known)
    depths = dict(order[(number - 1) * PER_PAGE : number * PER_PAGE])
    if not is_whole:
        # Without an order: SQLite would walk every approved comment of the site to spare itself sorting these few.
        rows = printed(Comment.objects.visible()).filter(pk__in=depths).order_by()
    found = {comment.pk: comment for comment in rows}
    comments = [found[pk] for pk in depths if pk in found]
    for comment in comments:
        comment.depth = min(depths[comment.pk], DEEPEST)
        comment.is_flattened = depths[comment.pk] > DEEPEST or (comment.parent_id and comment.parent_id not in depths)
    return ThreadPage(comments, len(order), number)


def printed(comments):
    """With what a page prints of them: never the e-mail address."""
    return comments.select_related("parent").only("article_id", "name", "body", "created_at", "parent__name")


def reading_order(comments) -> list[tuple[int, int]]:
    """(pk, depth) of each of these (pk, parent's pk), oldest first, answers under what they answer.

    What answers a comment that is not among them is left out, and so is all that answers it.
    """
    answers = defaultdict(list)
    for pk, parent in comments:
        answers[parent].append(pk)
    order, waiting = [], [(pk, 0) for pk in reversed(answers[None])]
    while waiting:
        pk, depth = waiting.pop()
        order.append((pk, depth))
        waiting += [(answer, depth + 1) for answer in reversed(answers[pk])]
    return order
