"""The front page: what the editors chose stands where they put it, and the rest arranges itself."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import CharField, F, OuterRef, Q, Subquery, Value
from django.utils import timezone

from articles import names
from articles.lists import Listed, Shelf, section_tree
from articles.models import Article, Banner, FrontPage, Page, Section
from newsroom.page_cache import carry

CANDIDATES = 90  # newest stories that are weighed; keeps the page's cost the same at any size of the archive
SECOND = 5  # stories in the column beside the lead
OPINIONS = 4
RIVER = 11
SEEN = 4  # of those, so many are shown with their pictures; the others stand in a list by the clock
BAND = 5  # stories in a section's band
POSTS = 4
UNDER_LEAD = 2
LEAD_REACH = 6  # how far down the ranking a picture is looked for when no story was made the lead
# How many sections share a row of bands, from the top down: neighbouring rows never look the same.
ROWS = (1, 2, 3)
# The shapes of a band that has a row to itself, by its number of stories, taken in turn
# (templates/articles/_band.html, static/css/front.css).
SHAPES = {2: ["pair"], 3: ["trio"], 4: ["four"], 5: ["feature", "middle"]}

WEIGHED = (
    "pk", "lead_picture_id", "section_id", "unpublish_at", "published_at", "kind", "placement", "is_pictured",
)  # fmt: skip

# A placement is worth this many hours of age: a top story of this morning stands above a fresh brief.
HEAD_START = {Article.Placement.NORMAL: 0, Article.Placement.TOP: 14, Article.Placement.LEAD: 30}

# What an editor may fill: the parts of the page, each with its number of slots, and the head of each section's band.
PARTS = {"lead": 1, "under_lead": UNDER_LEAD, "second": SECOND, "opinions": OPINIONS}
BAND_SLOTS = 3  # a band of three is the shortest that shares a row, so what was chosen is never cut off
FOLLOWED = 6  # of a followed section, so many of its latest stories are looked at


def places(sections) -> list[str]:
    """The names of all slots in the order of the page: “second-0”, “band3-1”."""
    sizes = {**PARTS, **{f"band{section.pk}": BAND_SLOTS for section in sections}}
    return [f"{part}-{number}" for part, size in sizes.items() for number in range(size)]


def fits(place, article) -> bool:
    """Readers must be able to trust the heading: under “Opinion” stands opinion."""
    return not place.startswith("opinions-") or article.kind == Article.Kind.OPINION


def in_order(sections, page):
    """The sections as their bands follow each other on this page."""
    order = page.band_order if page else []
    return sorted(sections, key=lambda section: order.index(section.pk) if section.pk in order else len(order))


def rank(article, now):
    """Smaller is higher on the page: age in hours, less the head start that the editors gave."""
    return (now - article.published_at) / timedelta(hours=1) - HEAD_START[article.placement]


def compose(page=None):
    """The stories of each part of the front page; no story stands twice.

    `page` is an arrangement to look at; without one, the current one decides. `standing` tells what stands in each
    slot that an editor may fill, `chosen` which of them an editor put there.
    """
    now = timezone.now()
    page = page or FrontPage.objects.current(now)
    carry(until=_next_turn(page, now))
    tree = section_tree()
    candidates = _Candidates(tree, now)
    newest = candidates.of(Article.objects.newest(), CANDIDATES)
    sections = in_order([section for section in tree if section.parent_id is None], page)
    chosen = _chosen(page, places(sections), newest, candidates) if page else {}
    taken = {article.pk for article in chosen.values()}
    free = [a for a in newest if a.pk not in taken]
    composed = _Composition(chosen, free, now).page(sections)
    candidates.shelf.stories = list(_printed(composed))
    candidates.shelf.faces = composed["opinions"]
    return {**composed, "section_tree": tree}


def _printed(composed):
    """The stories that stand on the page."""
    yield from filter(None, [composed["lead"]])
    for part in ("second", "under_lead", "opinions", "river", "latest", "posts"):
        yield from composed[part]
    for row in composed["rows"]:
        for band in row["bands"]:
            yield from band["stories"]


class _Candidates:
    """Stories that are weighed, read no further than the weighing needs: half of them are printed."""

    def __init__(self, sections, now):
        self.shelf, self.now = Shelf(sections), now

    def of(self, stories, number=None) -> list[Listed]:
        rows = stories.published(self.now).annotate(is_pictured=_is_pictured()).values_list(*WEIGHED)
        return [self._weighed(*row) for row in rows[:number]]

    def _weighed(self, pk, picture, section, over, *values):
        carry(names.story(pk), *([f"picture:{picture}"] if picture else []), over=over)
        known = dict(zip(WEIGHED[4:], values, strict=True))
        return Listed(self.shelf, pk, {"section": self.shelf.sections.get(section), **known})


def _is_pictured() -> Q:
    """What Article.picture asks."""
    lasts = Q(lead_picture__rights_until=None) | Q(lead_picture__rights_until__gte=timezone.localdate())
    is_there = Q(lead_picture__is_unreadable=False) | Q(lead_picture__sizes_made__gt=0)
    return Q(lead_picture__file__gt="") & lasts & is_there


def _next_turn(page, now):
    """When the clock alone makes it another page: a slot ends, or a scheduled front page starts."""
    ends = [slot.until for slot in page.wishes.values() if slot.until and slot.until > now] if page else []
    starts = FrontPage.objects.scheduled(now).order_by("starts_at").values_list("starts_at", flat=True).first()
    return min(filter(None, [*ends, starts, Article.objects.next_due()]), default=None)


def _chosen(page, slots, newest, candidates):
    """The story of each slot that an editor filled and that a reader may see now; a wish that fails leaves its slot."""
    now = candidates.now
    wishes = {place: page.wishes[place] for place in slots if place in page.wishes and page.wishes[place].lasts(now)}
    known = {article.pk: article for article in newest}
    missing = {slot.story for slot in wishes.values() if slot.story} - known.keys()
    missing |= _latest({slot.latest_of for slot in wishes.values() if slot.latest_of}, newest, now) - known.keys()
    if missing:
        known |= {a.pk: a for a in candidates.of(Article.objects.filter(pk__in=missing).order_by())}
    by_time = sorted(known.values(), key=lambda a: (a.published_at, a.pk), reverse=True)
    chosen, used = {}, set()
    for place, slot in sorted(wishes.items(), key=lambda wish: not wish[1].story):  # stories before followed sections
        fitting = (a for a in by_time if a.pk not in used and fits(place, a) and _is_wished(slot, a))
        article = next(fitting, None)
        if article:
            chosen[place] = article
            used.add(article.pk)
    return chosen


def _is_wished(slot, article):
    if slot.story:
        return article.pk == slot.story
    return article.section is not None and slot.latest_of in {part.pk for part in article.section.trail}


def _latest(followed, newest, now) -> set[int]:
    """Keys of the latest stories of sections that have too few among the newest of the site; one query at most."""
    seen = [part.pk for article in newest if article.section for part in article.section.trail]
    thin = [key for key in followed if seen.count(key) < FOLLOWED]
    if not thin:
        return set()
    stories = Article.objects.published(now).filter(section=OuterRef("pk")).newest().values("pk")
    nth = {f"latest{number}": Subquery(stories[number : number + 1]) for number in range(FOLLOWED)}
    parts = Section.objects.filter(Q(pk__in=thin) | Q(parent__in=thin)).order_by().annotate(**nth)
    return {key for row in parts.values_list(*nth) for key in row if key}


class _Composition:
    """One page being made: `chosen` stories at their places, then `free` ones, newest first, wherever room is left."""

    def __init__(self, chosen, free, now):
        self.chosen, self.free = chosen, free
        self.by_rank = sorted(free, key=lambda a: rank(a, now))
        self.standing = {}

    def page(self, sections):
        lead = self._lead()
        rest = [a for a in self.by_rank if a is not lead]
        news = [a for a in rest if a.kind == Article.Kind.NEWS]
        few, news = _shared_on_a_thin_day(news)
        second = self._fill("second", SECOND, news, picture_first=True)
        under_lead = self._fill("under_lead", UNDER_LEAD, few or news)
        opinions = self._fill("opinions", OPINIONS, [a for a in rest if a.kind == Article.Kind.OPINION])
        news = few + news
        (river, latest), news = _by_the_clock(news[:RIVER]), news[RIVER:]
        return {
            "lead": lead,
            "second": second,
            "under_lead": under_lead,
            "opinions": opinions,
            "river": river,
            "latest": latest,
            "posts": [a for a in self.free if a.kind == Article.Kind.BLOG and a is not lead][:POSTS],
            "rows": _rows(self._bands(sections, news)),
            "standing": self.standing,
            "chosen": self.chosen,
        }

    def _lead(self):
        lead = self.chosen.get("lead-0") or _opening(
            [a for a in self.by_rank if a.kind == Article.Kind.NEWS] or self.by_rank
        )
        if lead is None and self.chosen:  # a page never opens with nothing while there is a story at all
            lead = self.chosen.pop(next(iter(self.chosen)))
        self.standing["lead-0"] = lead
        return lead

    def _fill(self, part, size, queue, picture_first=False):
        """The stories of a part; those that nobody chose are taken off the top of the queue."""
        names = [f"{part}-{number}" for number in range(size)]
        open_places = [place for place in names if place not in self.chosen]
        fillers, queue[:] = queue[: len(open_places)], queue[len(open_places) :]
        if picture_first and open_places[:1] == names[:1]:
            fillers = _picture_first(fillers)
        standing = {**self.chosen, **dict(zip(open_places, fillers, strict=False))}
        stories = {place: standing[place] for place in names if place in standing}
        self.standing |= stories
        return list(stories.values())

    def _bands(self, sections, news):
        """A band for each top section that has stories to show."""
        by_section: dict[int, list] = {}
        for article in news:
            by_section.setdefault(article.section.trail[0].pk, []).append(article)
        bands = []
        for section in sections:
            part = f"band{section.pk}"
            stories = self._fill(part, BAND, by_section.get(section.pk, []), picture_first=True)
            if len(stories) >= 2:
                bands.append({"section": section, "stories": stories})
            else:
                self.standing.pop(f"{part}-0", None)
        return bands


def _opening(ranked):
    """The first story, unless nobody chose it and one just below it has a picture to open the page with."""
    if ranked and ranked[0].placement == Article.Placement.LEAD:
        return ranked[0]
    return next((a for a in ranked[:LEAD_REACH] if a.is_pictured), ranked[0] if ranked else None)


def _picture_first(stories):
    """The same stories with the first pictured one on top; the order of the others stays."""
    return sorted(stories, key=lambda a: a is not next((b for b in stories if b.is_pictured), None))


def _shared_on_a_thin_day(news):
    """Those that stand under the lead though the column beside it has room for them, so that both are about as long."""
    if 2 * UNDER_LEAD <= len(news) < SECOND + UNDER_LEAD:
        return news[-UNDER_LEAD:], news[:-UNDER_LEAD]
    return [], news


def _by_the_clock(stories):
    """The same stories in two parts: a few to look at, pictures first, and the others, newest first."""
    if len(stories) < SEEN + 3:
        return stories, []
    seen = sorted(stories, key=lambda a: not a.is_pictured)[:SEEN]
    return seen, sorted((a for a in stories if a not in seen), key=lambda a: a.published_at, reverse=True)


def _rows(bands):
    """Bands shared out into rows."""
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


@dataclass
class Strip:
    """The line of breaking news on top of every page; `story` is the key of the story that it leads to, or 0."""

    text: str
    link: str
    story: int = 0


def on_every_page() -> tuple[Strip | None, list[tuple[str, str]]]:
    """What is breaking, which is a banner while one lasts, else the newest such story; and title and path of the pages
    that the foot links. One query for both."""
    now = timezone.now()
    text = CharField()
    banners = (
        Banner.objects.to_come(now)
        .order_by()
        .annotate(rank=Value(1), section_=Value("", text), kind_=Value("", text))
        .values_list("rank", "starts_at", "pk", "text", "link", "section_", "kind_", "until")
    )
    stories = (
        Article.objects.published(now)
        .filter(breaking_until__gt=now)
        .order_by()
        .annotate(rank=Value(0), section_=F("section__slug"), kind_=F("kind"))
        .values_list("rank", "published_at", "pk", "headline", "slug", "section_", "kind_", "breaking_until")
    )
    pages = (
        Page.objects.linked()
        .order_by()
        .annotate(rank=Value(-1), until=F("changed_at"), section_=Value("", text), kind_=Value("", text))
        .values_list("rank", "changed_at", "position", "title", "slug", "section_", "kind_", "until")
    )
    found = list(banners.union(stories, pages, all=True))
    rows = [row for row in found if row[0] >= 0]
    turns = [time for row in rows for time in (row[1], row[-1]) if time > now]
    carry(until=min(turns, default=None))
    best = max((row for row in rows if row[1] <= now), default=None, key=lambda row: row[:3])
    links = sorted((row[2:5] for row in found if row[0] < 0), key=lambda link: link[0])
    return best and _strip(*best), [_link(title, slug) for _position, title, slug in links]


def _link(title, slug):
    page = Page(title=title, slug=slug)
    return page.name, page.get_absolute_url()


def _strip(is_banner, _since, key, text, link, section, kind, _until):
    if is_banner:
        return Strip(text, link)
    story = Article(slug=link, kind=kind, section=Section(slug=section) if section else None)
    return Strip(text, story.get_absolute_url(), key)
