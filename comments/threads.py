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
    order = reading_order(Comment.objects.visible().filter(article=article))
    depths = dict(order[(number - 1) * PER_PAGE : number * PER_PAGE])
    # Without an order: SQLite would walk every approved comment of the site to spare itself sorting these few.
    rows = Comment.objects.visible().select_related("parent").only(*SHOWN).order_by().in_bulk(depths)
    comments = [rows[pk] for pk in depths if pk in rows]
    for comment in comments:
        comment.depth = min(depths[comment.pk], DEEPEST)
        comment.is_flattened = depths[comment.pk] > DEEPEST or (comment.parent_id and comment.parent_id not in depths)
    return ThreadPage(comments, len(order), number)


SHOWN = ["article_id", "name", "body", "created_at", "parent__name"]  # never the e-mail address


def reading_order(comments) -> list[tuple[int, int]]:
    """(pk, depth) of each comment, oldest first, answers under what they answer.

    What answers a comment that is not among them is left out, and so is all that answers it.
    """
    answers = defaultdict(list)
    for pk, parent in comments.order_by("created_at", "pk").values_list("pk", "parent_id"):
        answers[parent].append(pk)
    order, waiting = [], [(pk, 0) for pk in reversed(answers[None])]
    while waiting:
        pk, depth = waiting.pop()
        order.append((pk, depth))
        waiting += [(answer, depth + 1) for answer in reversed(answers[pk])]
    return order
