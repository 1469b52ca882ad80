"""Who may do which step with a story: reporters write and send to review, editors approve, publish and withdraw."""

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


def may_publish(user, article=None) -> bool:
    """Whether this person publishes at all, and in the section of this story."""
    if not user.has_perm("articles.publish_article"):
        return False
    if article is None or article.section_id is None:
        return True
    sections = sections_of(user)
    return sections is None or article.section_id in sections
