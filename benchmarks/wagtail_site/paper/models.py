from datetime import timedelta

from django.core.paginator import Paginator
from django.db import models
from django.db.models import Avg, Count
from django.utils import timezone
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail import blocks
from wagtail.fields import RichTextField, StreamField
from wagtail.images import get_image_model
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Orderable, Page, PageManager
from wagtail.query import PageQuerySet
from wagtail.snippets.models import register_snippet

from .forms import CommentForm

# What the templates ask {% srcset_image %} and {% image %} for.
CARD_CROPS = ("fill-320x213|format-webp", "fill-480x320|format-webp", "fill-960x640|format-webp")
SQUARE_CROPS = ("fill-120x120|format-webp", "fill-200x200|format-webp", "fill-320x320|format-webp")
SOCIAL_CROPS = ("fill-1200x675", "fill-1200x900", "fill-1200x1200")
LISTED, RELATED, POPULAR, DISCUSSED, COMMENTS = 20, 4, 5, 3, 50
# The front page: stories that the editors picked (the lead, two under it, five beside it), then what is new.
PICKED, OPINIONS, RIVER, POSTS = 8, 4, 12, 4
BANDS = (5, 4, 4, 4, 4, 3, 3)  # stories of each section


@register_snippet
class Author(models.Model):
    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)

    def __str__(self):
        return self.name


class Figure(blocks.StructBlock):
    image = ImageChooserBlock()
    caption = blocks.CharBlock(required=False)

    class Meta:
        template = "paper/blocks/figure.html"


class Quote(blocks.StructBlock):
    text = blocks.TextBlock()

    class Meta:
        template = "paper/blocks/quote.html"


class StoryTag(TaggedItemBase):
    content_object = ParentalKey("Story", on_delete=models.CASCADE, related_name="tagged_items")


class Authorship(Orderable):
    story = ParentalKey("Story", on_delete=models.CASCADE, related_name="authorships")
    author = models.ForeignKey(Author, models.CASCADE, related_name="+")


class StoryQuerySet(PageQuerySet):
    def newest(self):
        return self.live().order_by("-published_at")

    def listing(self, *crops):
        """What a card shows, in a fixed number of queries (Wagtail's documentation, “Prefetching image renditions”)."""
        images = get_image_model().objects.prefetch_renditions(*(crops or CARD_CROPS))
        return self.defer_streamfields().prefetch_related(
            models.Prefetch("lead_image", images),
            models.Prefetch("authorships", Authorship.objects.select_related("author")),
        )


class Story(Page):
    kind = models.CharField(max_length=10, default="news", db_index=True)
    kicker = models.CharField(max_length=200, blank=True)
    standfirst = models.TextField(blank=True)
    dateline = models.CharField(max_length=80, blank=True)
    body = StreamField(
        [
            ("heading", blocks.CharBlock(form_classname="title", template="paper/blocks/heading.html")),
            ("paragraph", blocks.RichTextBlock()),
            ("figure", Figure()),
            ("quote", Quote()),
        ]
    )
    published_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    breaking_until = models.DateTimeField(null=True, blank=True, db_index=True)
    reads = models.PositiveIntegerField(default=0, db_index=True)
    word_count = models.PositiveIntegerField(default=0)
    lead_image = models.ForeignKey("wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+")
    caption = models.CharField(max_length=1000, blank=True)
    tags = ClusterTaggableManager(through=StoryTag, blank=True)

    objects = PageManager.from_queryset(StoryQuerySet)()

    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        self.tag_list = list(self.tags.all())
        self.byline = [line.author for line in self.authorships.select_related("author")]
        self.trail = list(self.get_ancestors().live().filter(depth__gt=1))
        if self.lead_image:
            self.social = list(self.lead_image.get_renditions(*SOCIAL_CROPS).values())
        votes = self.votes.aggregate(number=Count("pk"), average=Avg("stars"))
        comments = self.comments.filter(is_approved=True).select_related("parent").order_by("pk")[:COMMENTS]
        return context | {
            "related": self.related(),
            "votes": votes,
            "comments": list(comments),
            "form": CommentForm(),
            "stars": range(1, 6),
            "data": self.structured_data(),
        }

    def related(self):
        """Those that share tags, newest first, then the newest of the section."""
        tagged = StoryTag.objects.filter(tag__in=self.tag_list).values("content_object")
        others = Story.objects.newest().exclude(pk=self.pk).listing()
        found = list(others.filter(pk__in=tagged)[:RELATED])
        if len(found) < RELATED:
            found += others.child_of(self.get_parent()).exclude(pk__in=[s.pk for s in found])[: RELATED - len(found)]
        return found

    @property
    def reading_minutes(self):
        return max(1, round(self.word_count / 230))

    def structured_data(self):
        return [
            {
                "@context": "https://schema.org",
                "@type": "NewsArticle",
                "headline": self.title,
                "description": self.standfirst,
                "mainEntityOfPage": self.full_url,
                "author": [{"@type": "Person", "name": author.name} for author in self.byline],
                "publisher": {"@type": "NewsMediaOrganization", "name": "The Harbour Post"},
                "image": [rendition.full_url for rendition in getattr(self, "social", [])],
                "articleSection": self.trail[-1].title,
                "keywords": [tag.name for tag in self.tag_list],
                "wordCount": self.word_count,
                "datePublished": self.published_at.isoformat(),
                "dateModified": (self.updated_at or self.published_at).isoformat(),
            },
            {
                "@context": "https://schema.org",
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": place, "name": part.title, "item": part.full_url}
                    for place, part in enumerate([*self.trail, self], start=1)
                ],
            },
        ]


class Comment(models.Model):
    story = models.ForeignKey(Story, models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="+")
    name = models.CharField(max_length=80)
    body = models.TextField()
    is_approved = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.name


class Vote(models.Model):
    story = models.ForeignKey(Story, models.CASCADE, related_name="votes")
    stars = models.PositiveSmallIntegerField()

    def __str__(self):
        return str(self.stars)


class SectionPage(Page):
    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        stories = Story.objects.newest().descendant_of(self).listing()
        page = Paginator(stories, LISTED).get_page(request.GET.get("page"))
        data = {
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": self.title,
            "url": self.full_url,
            "mainEntity": {
                "@type": "ItemList",
                "itemListElement": [
                    {"@type": "ListItem", "position": place, "url": story.get_full_url(request)}
                    for place, story in enumerate(page, start=1)
                ],
            },
        }
        trail = list(self.get_ancestors().live().filter(depth__gt=1))
        return context | {
            "stories": page,
            "parts": self.get_children().live().in_menu(),
            "trail": trail,
            "data": [data],
        }


class Plain(Page):
    body = RichTextField(blank=True)


class Pick(Orderable):
    front = ParentalKey("Front", on_delete=models.CASCADE, related_name="picks")
    story = models.ForeignKey(Story, models.CASCADE, related_name="+")


class Front(Page):
    def get_context(self, request, *args, **kwargs):
        context = super().get_context(request, *args, **kwargs)
        keys = list(self.picks.values_list("story", flat=True))
        stories = Story.objects.newest()
        by_key = stories.filter(pk__in=keys).listing().in_bulk()
        picked = [by_key[key] for key in keys if key in by_key]
        rest = stories.exclude(pk__in=keys)
        sections = SectionPage.objects.live().child_of(self).in_menu()[: len(BANDS)]
        return context | {
            "lead": picked[0],
            "under_lead": picked[1:3],
            "second": picked[3:PICKED],
            "opinions": list(rest.filter(kind="opinion").listing()[:OPINIONS]),
            "river": list(rest.filter(kind="news").listing(*SQUARE_CROPS)[:RIVER]),
            "posts": list(rest.filter(kind="blog").listing()[:POSTS]),
            "bands": [
                (section, list(rest.descendant_of(section).listing(*CARD_CROPS, *SQUARE_CROPS)[:number]))
                for section, number in zip(sections, BANDS, strict=False)
            ],
            "discussed": self.discussed(),
            "data": [{"@context": "https://schema.org", "@type": "WebSite", "name": self.title, "url": self.full_url}],
        }

    def discussed(self):
        since = timezone.now() - timedelta(days=7)
        recent = Comment.objects.filter(is_approved=True, created_at__gte=since).values("story")
        keys = [row["story"] for row in recent.annotate(n=Count("pk")).order_by("-n")[:DISCUSSED]]
        return list(Story.objects.live().defer_streamfields().filter(pk__in=keys))
