"""Stories as lists have them: of one whose card is kept, a page needs no more than the key.

What a list is arranged by is read for all of it in one narrow query; whole rows, pictures and names only of the stories
that must be printed, together. Reading everything for each page that is made anew cost more than printing it.
"""

from django.db.models import Prefetch, prefetch_related_objects

from articles import names
from articles.models import Article, Byline, Rendition, Section
from articles.models.article import load_portraits
from newsroom.page_cache import carry
from newsroom.page_cache.carried import rendering
from newsroom.page_cache.parts import is_at_hand, remembered

CROPS = ("wide", "square", "social")  # that lists and their cards for other sites show
PRINTED = (
    "kind", "status", "kicker", "headline", "slug", "standfirst", "published_at", "updated_at", "embargo_until",
    "unpublish_at", "section_id",
    "lead_picture__file", "lead_picture__width", "lead_picture__height", "lead_picture__alt",
    "lead_picture__rights_until", "lead_picture__is_unreadable", "lead_picture__sizes_made",
    "lead_picture__focal_x", "lead_picture__focal_y",
)  # fmt: skip


class Shelf:
    """The stories that one page lists."""

    def __init__(self, sections):
        self.sections = {section.pk: section for section in sections}
        self.stories: list[Listed] = []
        self.loaded: dict[int, Article] = {}
        self.faces: list[Listed] = []  # those whose first author is shown with a portrait

    def add(self, pk, **known) -> "Listed":
        story = Listed(self, pk, known)
        self.stories.append(story)
        return story

    def load(self, asked: int) -> Article:
        """With it all that are not at hand; where that guess was wrong, then the rest."""
        if asked not in self.loaded:
            missing = {story.pk for story in self.stories} - self.loaded.keys()
            needed = {pk for pk in missing if not is_at_hand(address_key(pk))} if not self.loaded else missing
            with rendering():  # the part that asks carries its own story, not all of them
                found = _loaded({asked, *needed}, self.sections)
                load_portraits([found[story.pk] for story in self.faces if story.pk in found])
            self.loaded |= found
        return self.loaded[asked]


class Listed:
    """One of them: its key, what the list is arranged by, and all that an Article has once it is asked for."""

    def __init__(self, shelf, pk, known):
        self.shelf, self.pk = shelf, pk
        self.__dict__.update(known)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.shelf.load(self.pk), name)

    def __eq__(self, other):
        return isinstance(other, (Listed, Article)) and self.pk == other.pk

    def __hash__(self):
        return hash(self.pk)


def _loaded(keys, sections) -> dict[int, Article]:
    bylines = Byline.objects.select_related("author").order_by("position", "pk")
    shown = Prefetch("bylines", bylines.only("article_id", "author__name", "author__slug", "author__picture_id"))
    rows = Article.objects.filter(pk__in=keys).order_by().select_related("lead_picture").only(*PRINTED)
    stories = list(rows.prefetch_related(shown))
    for story in stories:
        if story.section_id in sections:
            story.section = sections[story.section_id]
    pictures = [story.lead_picture for story in stories if story.lead_picture]
    prefetch_related_objects(pictures, Prefetch("renditions", Rendition.objects.filter(crop__in=CROPS)))
    return {story.pk: story for story in stories}


def section_tree() -> list[Section]:
    """Every page has it in its navigation; a list takes its stories' sections from there."""
    return remembered("sections", _tree)


def _tree():
    carry(names.MENU)  # a new section is in no row that was loaded
    return Section.objects.tree()


def carried(story):
    """The names of what a list prints of a story; what prints it is over when the story is."""
    carry(over=story.unpublish_at)
    yield names.story(story.pk)
    if story.section:
        yield from (f"section:{section.pk}" for section in story.section.trail)
    if story.lead_picture_id:
        yield f"picture:{story.lead_picture_id}"
    for author in story.byline:
        yield f"author:{author.pk}"
        if author.picture_id and story.kind == Article.Kind.OPINION:
            yield f"picture:{author.picture_id}"


def address_key(pk) -> str:
    return f"address:{pk}"


def address_of(story) -> str:
    """The path of a story in a list, kept as its cards are."""

    def make():
        carry(*carried(story))
        return story.get_absolute_url()

    return remembered(address_key(story.pk), make)
