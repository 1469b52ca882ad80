"""What becomes of a comment that came through the door: the first rule with a verdict decides.

A new rule is one function, comment -> verdict or None, and one line in RULES.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from comments.models import Comment

LINK = re.compile(r"https?://|\bwww\.", re.IGNORECASE)
MANY_LINKS = 3
REPEAT_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class Verdict:
    status: str  # empty: the newsroom has it already, nothing is stored
    reason: str = ""  # for the moderators; translated where it is shown

    @property
    def is_repeat(self):
        return not self.status


def repeat(comment):
    """The same words from the same address under the same story: a second click, or a page sent again."""
    had = Comment.objects.filter(
        article_id=comment.article_id,
        created_at__gte=timezone.now() - REPEAT_WITHIN,
        email__iexact=comment.email,
        body=comment.body,
    )
    return Verdict("", "repeat") if had.exists() else None


def many_links(comment):
    if len(LINK.findall(comment.body)) > MANY_LINKS:
        return Verdict(Comment.Status.PENDING, gettext_noop("many links"))
    return None


def policy(comment):
    """An editor reads each comment before it appears."""
    return Verdict(Comment.Status.PENDING)


RULES = [repeat, many_links, policy]


def judge(comment) -> Verdict:
    return next(verdict for rule in RULES if (verdict := rule(comment)))
