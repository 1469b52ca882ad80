"""The desk's first page: what this person needs now, in a few bounded queries.

A new part is one function, request -> what the template prints of it, and one line in PARTS.
"""

from datetime import timedelta
from itertools import groupby

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles.models import Article, Byline
from comments.models import Comment, most_talked_about_stories
from digest import editions
from digest.models import Delivery, Edition, Subscriber
from newsroom.desk import waiting_comments
from reading.models import Ranked
from reading.most_read import ranked

ROWS = 6
REMEMBERED = 200  # of the stories that a person began or signs, the newest are asked about
WAITING = 100  # of the stories in review or approved, so many are looked at for those that wait longest
DAYS, A_DAY = 7, 5  # the calendar's days, and the stories that one of them names
WEEK = 60
UNFINISHED = [Article.Status.DRAFT, Article.Status.REVIEW, Article.Status.APPROVED]


def fill(request, context):
    """Unfold's dashboard callback: adds the parts that the person may see."""
    context["title"] = _("Good work starts here")
    for name, permission, part in PARTS:
        if request.user.has_perm(permission):
            context[name] = part(request)
    return context


def stories():
    return Article.objects.kept().select_related("section__parent").defer("body", "search_text")


# Lists of stories


def lists(request):
    user = request.user
    yours = [assigned(user), your_drafts(user), *waiting(user), changed(user)]
    found = [*yours, published_today(), most_read(), talked_about()]
    return [part for part in found if part["stories"] or part["empty"]]


def assigned(user):
    mine = Article.objects.filter(assigned_to=user, status__in=UNFINISHED).order_by("-pk").values("pk")[:REMEMBERED]
    rows = stories().filter(pk__in=mine).order_by("-modified_at")[:ROWS]
    return {"title": _("Assigned to you"), "stories": list(rows), "query": "", "empty": ""}


def your_drafts(user):
    """By key: the stories of one person are few, and the drafts of a large archive are not."""
    drafts = stories().filter(pk__in=keys_of(user), status=Article.Status.DRAFT).order_by("-modified_at")
    return {
        "title": _("Your drafts"),
        "stories": list(drafts[:ROWS]),
        "query": "state=draft",
        "empty": _("Nothing of yours is unfinished.") if user.has_perm("articles.add_article") else "",
    }


def keys_of(user) -> set[int]:
    """Drafts with this person in the byline, and whatever this person began."""
    begun = LogEntry.objects.filter(
        user=user, action_flag=ADDITION, content_type=ContentType.objects.get_for_model(Article)
    ).values_list("object_id", flat=True)
    signed = Byline.objects.filter(author__user=user, article__status=Article.Status.DRAFT).order_by("-article")
    return {*(int(key) for key in begun[:REMEMBERED] if key), *signed.values_list("article", flat=True)[:REMEMBERED]}


def waiting(user):
    """What was handed in, the longest first, and for editors what was read and only has to go out."""
    is_editor = user.has_perm("articles.publish_article")
    rows = stories().filter(status__in=[Article.Status.REVIEW, Article.Status.APPROVED]).newest()[:WAITING]
    oldest_first = sorted(rows, key=lambda story: story.modified_at)
    review = [story for story in oldest_first if story.status == Article.Status.REVIEW]
    approved = [story for story in oldest_first if story.status == Article.Status.APPROVED]
    return [
        {
            "title": _("Waiting for review"),
            "stories": review[:ROWS],
            "query": "state=review",
            "empty": _("Nothing waits to be read.") if is_editor else "",
        },
        {
            "title": _("Approved, to be published"),
            "stories": approved[:ROWS] if is_editor else [],
            "query": "state=approved",
            "empty": "",
        },
    ]


def changed(user):
    """Work that stands beside what readers see."""
    waiting = stories().filter(pending__isnull=False).order_by("-pending")[:ROWS]
    rows = list(waiting) if user.has_perm("articles.publish_article") else []
    return {"title": _("Changes not published yet"), "stories": rows, "query": "", "empty": ""}


def published_today():
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "title": _("Published today"),
        "stories": list(stories().published().filter(published_at__gte=midnight).newest()[:ROWS]),
        "query": "state=published",
        "empty": _("Nothing yet today."),
    }


def most_read():
    """Of the last 24 hours, as the worker counted it last, each with its number for the week."""
    stories = list(ranked())
    of_the_week = {story.pk: story.read_count for story in stories if story.span == Ranked.Span.WEEK}
    of_the_day = [story for story in stories if story.span == Ranked.Span.DAY]
    for story in of_the_day:
        story.week_count = of_the_week.get(story.pk, 0)
    return {"title": _("Most read"), "stories": of_the_day[:ROWS], "query": "state=published", "empty": ""}


def talked_about():
    return {
        "title": _("What readers talk about"),
        "stories": most_talked_about_stories(limit=ROWS),
        "query": "state=published",
        "empty": "",
    }


def calendar(request):
    """The next days with what appears on each by itself; None while nothing does."""
    now = timezone.localtime()
    days = [now.date() + timedelta(days=number) for number in range(DAYS)]
    end = (now + timedelta(days=DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
    coming = stories().scheduled(now).filter(published_at__lt=end).order_by("published_at", "pk")[:WEEK]
    by_day = {day: list(rows) for day, rows in groupby(coming, lambda s: timezone.localdate(s.published_at))}
    if not by_day:
        return None
    return [
        {"day": day, "stories": by_day.get(day, [])[:A_DAY], "more": max(0, len(by_day.get(day, [])) - A_DAY)}
        for day in days
    ]


# What readers and the clock want


def comments(request):
    oldest_first = Comment.objects.pending().select_related("article").order_by("created_at", "pk")
    return {"count": waiting_comments(request), "oldest": list(oldest_first[:ROWS])}


def daily_mail(request):
    edition = Edition.objects.first()
    counts = []
    if edition:
        by_status = edition.deliveries.order_by().values_list("status").annotate(Count("pk"))
        labels, counted = dict(Delivery.Status.choices), dict(by_status)
        counts = [(status, labels[status], counted[status]) for status in Delivery.Status.values if status in counted]
    return {
        "edition": edition,
        "counts": counts,
        "today": todays_edition(edition),
        "subscribers": Subscriber.objects.confirmed().count(),
    }


def todays_edition(edition) -> str:
    """What is to be said while there is none yet."""
    now = timezone.now()
    starts_at = editions.starts_at(timezone.localdate())
    if edition and edition.day == timezone.localdate():
        return ""
    if now < starts_at:
        return _("Today’s starts at %(time)s.") % {"time": date_format(starts_at, "TIME_FORMAT")}
    return _("There is none of today.")


# (name in the template, permission, function)
PARTS = [
    ("calendar", "articles.view_article", calendar),
    ("lists", "articles.view_article", lists),
    ("comments", "comments.moderate_comment", comments),
    ("digest", "digest.view_edition", daily_mail),
]
