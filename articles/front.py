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
UNDER_LEAD = 2
LEAD_REACH = 6  # how far down the ranking a picture is looked for when no story was made the lead
# How many sections share a row of bands, from the top down: neighbouring rows never look the same.
ROWS = (1, 2, 3)
# The shapes of a band that has a row to itself, by its number of stories, taken in turn
# (templates/articles/_band.html, static/css/front.css).
SHAPES = {2: ["pair"], 3: ["trio"], 4: ["four"], 5: ["feature", "middle"]}

# A placement is worth this many hours of age: a top story of this morning stands above a fresh brief.
HEAD_START = {Article.Placement.NORMAL: 0, Article.Placement.TOP: 14, Article.Placement.LEAD: 30}


def rank(article, now):
    """Smaller is higher on the page: age in hours, less the head start that the editors gave."""
    return (now - article.published_at) / timedelta(hours=1) - HEAD_START[article.placement]


def compose():
    """The stories of each part of the front page; no story stands twice."""
    now = timezone.now()
    newest = list(Article.objects.published(now).newest().listing()[:CANDIDATES])
    by_rank = sorted(newest, key=lambda a: rank(a, now))
    lead = _lead([a for a in by_rank if a.kind == Article.Kind.NEWS] or by_rank)
    rest = [a for a in by_rank if a is not lead]
    news = [a for a in rest if a.kind == Article.Kind.NEWS]
    second, news = news[:SECOND], news[SECOND:]
    under_lead, news = news[:UNDER_LEAD], news[UNDER_LEAD:]
    river, news = news[:RIVER], news[RIVER:]
    return {
        "lead": lead,
        "second": _picture_first(second),
        "under_lead": under_lead,
        "opinions": [a for a in rest if a.kind == Article.Kind.OPINION][:OPINIONS],
        "river": river,
        "posts": [a for a in newest if a.kind == Article.Kind.BLOG and a is not lead][:POSTS],
        "rows": _bands(news),
    }


def _lead(ranked):
    """The first story, unless nobody chose it and one just below it has a picture to open the page with."""
    if ranked and ranked[0].placement == Article.Placement.LEAD:
        return ranked[0]
    return next((a for a in ranked[:LEAD_REACH] if a.picture), ranked[0] if ranked else None)


def _picture_first(stories):
    """The same stories with the first pictured one on top; the order of the others stays."""
    return sorted(stories, key=lambda a: a is not next((b for b in stories if b.picture), None))


def _bands(articles):
    """Rows of bands: one for each top section that still has stories to show, in the order of the navigation."""
    by_section: dict[int, list] = {}
    for article in articles:
        by_section.setdefault(article.section.trail[0].pk, []).append(article)
    bands = [
        {"section": section, "stories": _picture_first(by_section[section.pk][:BAND])}
        for section in Section.objects.top_level()
        if len(by_section.get(section.pk, [])) >= 2
    ]
    rows = []
    while bands:
        width = ROWS[len(rows) % len(ROWS)]
        rows.append(_row(len(rows), bands[:width]))
        bands = bands[width:]
    return rows


def _row(turn, bands):
    """Sections that share a row show equally many stories, so that none ends in a hole."""
    if len(bands) > 1:
        number = max(3, min(len(band["stories"]) for band in bands))
        cut = [{**band, "stories": band["stories"][:number]} for band in bands]
        return {"shape": "two" if len(bands) == 2 else "three", "bands": cut}
    shapes = SHAPES[len(bands[0]["stories"])]
    return {"shape": shapes[turn // len(ROWS) % len(shapes)], "bands": bands}
