"""The front page that arranges itself: the editors' placement first, then time."""

from datetime import timedelta

from django.utils import timezone

from articles.models import Article, Section

CANDIDATES = 90  # newest stories that are weighed; keeps the page's cost the same at any size of the archive
SECOND = 5  # stories in the column beside the lead
OPINIONS = 4
RIVER = 12
BAND = 5  # stories in a section's band
POSTS = 4

# A placement is worth this many hours of age: a top story of this morning stands above a fresh brief.
HEAD_START = {Article.Placement.NORMAL: 0, Article.Placement.TOP: 14, Article.Placement.LEAD: 30}


def rank(article, now):
    """Smaller is higher on the page: age in hours, less the head start that the editors gave."""
    return (now - article.published_at) / timedelta(hours=1) - HEAD_START[article.placement]


def compose():
    """The stories of each part of the front page; no story stands twice."""
    now = timezone.now()
    newest = list(Article.objects.published(now).newest().listing()[:CANDIDATES])
    posts = [a for a in newest if a.kind == Article.Kind.BLOG][:POSTS]
    by_rank = sorted(newest, key=lambda a: rank(a, now))
    opinions = [a for a in by_rank if a.kind == Article.Kind.OPINION][:OPINIONS]
    ranked = [a for a in by_rank if a.kind == Article.Kind.NEWS]
    lead = next((a for a in ranked if a.lead_picture), ranked[0] if ranked else None)
    rest = [a for a in ranked if a is not lead]
    second, rest = rest[:SECOND], rest[SECOND:]
    river, rest = rest[:RIVER], rest[RIVER:]
    shown = {a.pk for a in (lead, *second, *river, *opinions, *posts) if a}
    return {
        "lead": lead,
        "second": second,
        "opinions": opinions,
        "river": river,
        "posts": posts,
        "bands": _bands(rest, shown),
    }


def _bands(articles, shown):
    """A band for each top section that still has stories to show, in the order of the navigation."""
    by_section: dict[int, list] = {}
    for article in articles:
        if article.section and article.pk not in shown:
            by_section.setdefault(article.section.trail[0].pk, []).append(article)
    return [
        {"section": section, "stories": by_section[section.pk][:BAND]}
        for section in Section.objects.top_level()
        if len(by_section.get(section.pk, [])) >= 2
    ]
