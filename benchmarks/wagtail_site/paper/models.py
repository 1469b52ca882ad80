from django.db import models
from modelcluster.contrib.taggit import ClusterTaggableManager
from modelcluster.fields import ParentalKey
from taggit.models import TaggedItemBase
from wagtail.fields import RichTextField
from wagtail.models import Page


class StoryTag(TaggedItemBase):
    content_object = ParentalKey("Story", on_delete=models.CASCADE, related_name="tagged_items")


class Story(Page):
    kicker = models.CharField(max_length=200, blank=True)
    standfirst = models.TextField(blank=True)
    body = RichTextField()
    byline = models.CharField(max_length=300, blank=True)
    published_at = models.DateTimeField(db_index=True)
    lead_image = models.ForeignKey("wagtailimages.Image", models.SET_NULL, null=True, blank=True, related_name="+")
    caption = models.CharField(max_length=1000, blank=True)
    tags = ClusterTaggableManager(through=StoryTag, blank=True)

    def get_context(self, request, *args, **kwargs):
        tags = list(self.tags.all())
        related = Story.objects.live().public().filter(tags__in=tags).exclude(pk=self.pk).distinct()
        context = super().get_context(request, *args, **kwargs)
        return context | {"tag_list": tags, "related": listed(related, 5)}


def listed(stories, number):
    return (
        stories.order_by("-published_at")
        .select_related("lead_image")
        .prefetch_related("lead_image__renditions")[:number]
    )


class SectionPage(Page):
    def get_context(self, request, *args, **kwargs):
        stories = Story.objects.live().public().child_of(self)
        return super().get_context(request, *args, **kwargs) | {"stories": listed(stories, 20)}


class Front(Page):
    def get_context(self, request, *args, **kwargs):
        newest = list(listed(Story.objects.live().public(), 24))
        bands = [
            (s, listed(Story.objects.live().public().child_of(s), 4)) for s in SectionPage.objects.live().child_of(self)
        ]
        return super().get_context(request, *args, **kwargs) | {"stories": newest, "bands": bands}
