"""Who may do which step with a story: reporters write and send to review, editors approve, publish and withdraw.

An editor who is named in sections is limited to them, their parts with them: what other sections publish, and what
belongs to the whole paper (tags, sections, former addresses, the top of the front page), is for others to decide.
"""

from django.db.models import Q

from articles.models import Section


def sections_of(user) -> set[int] | None:
    """The sections, with their parts, that an editor is limited to; None for everywhere. Asked once a request."""
    if user.is_superuser:
        return None
    if not hasattr(user, "_sections_edited"):
        named = Section.objects.filter(Q(editors=user) | Q(parent__editors=user))
        user._sections_edited = set(named.values_list("pk", flat=True)) or None
    return user._sections_edited


def is_limited(user) -> bool:
    return sections_of(user) is not None


def may_publish(user, article=None) -> bool:
    """Whether this person publishes at all, and this story: where it stands now decides, not where it is to go."""
    if not user.has_perm("articles.publish_article"):
        return False
    return article is None or is_of_own_section(user, article)


def is_of_own_section(user, article) -> bool:
    """A story of no section belongs to whoever is not limited to some."""
    sections = sections_of(user)
    return sections is None or getattr(article, "readers_section", article.section_id) in sections


def own(user, stories):
    """Of some stories those that this person decides about."""
    sections = sections_of(user)
    return stories if sections is None else stories.filter(section_id__in=sections)
