"""The desk's first page: what this person needs now, in a few bounded queries."""

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article
from comments.models import Comment
from digest.models import Edition, Subscriber
from newsroom.desk import waiting_comments

ROWS = 6
REMEMBERED = 200  # of the stories that a person began, the newest are asked about


def fill(request, context):
    """Unfold's dashboard callback: adds the parts that the person may see."""
    user = request.user
    context["title"] = _("Good work starts here")
    if user.has_perm("articles.view_article"):
        context["lists"] = [part for part in _lists(user) if part["stories"] or part["empty"]]
    if user.has_perm("comments.moderate_comment"):
        waiting = Comment.objects.pending().select_related("article").order_by("-created_at", "-pk")
        context["comments"] = {"count": waiting_comments(), "newest": waiting[:ROWS]}
    if user.has_perm("digest.view_edition"):
        context["digest"] = {
            "edition": Edition.objects.first(),
            "subscribers": Subscriber.objects.confirmed().count(),
        }
    return context


def _lists(user):
    stories = Article.objects.select_related("section__parent").defer("body", "search_text").order_by("-modified_at")
    published = stories.published().newest()
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return [
        {
            "title": _("Your drafts"),
            "stories": list(stories.filter(_by(user), status=Article.Status.DRAFT).distinct()[:ROWS]),
            "query": "state=draft",
            "empty": _("Nothing of yours is unfinished.") if user.has_perm("articles.add_article") else "",
        },
        {
            "title": _("In review"),
            "stories": list(stories.filter(status=Article.Status.REVIEW)[:ROWS]),
            "query": "state=review",
            "empty": _("Nothing waits to be read.") if user.has_perm("articles.publish_article") else "",
        },
        {
            "title": _("Scheduled"),
            "stories": list(stories.scheduled().order_by("published_at")[:ROWS]),
            "query": "state=scheduled",
            "empty": "",
        },
        {
            "title": _("Published today"),
            "stories": list(published.filter(published_at__gte=midnight)[:ROWS]),
            "query": "state=published",
            "empty": _("Nothing yet today."),
        },
    ]


def _by(user):
    """Stories with this person in the byline, or begun by this person."""
    begun = LogEntry.objects.filter(
        user=user, action_flag=ADDITION, content_type=ContentType.objects.get_for_model(Article)
    ).values_list("object_id", flat=True)[:REMEMBERED]
    return Q(authors__user=user) | Q(pk__in=[int(key) for key in begun])
