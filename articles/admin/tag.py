from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag as TaggitTag
from unfold.decorators import display

from articles.admin.base import DeskAdmin
from articles.models import Tag

admin.site.unregister(TaggitTag)  # taggit's own model; stories use articles.Tag


@admin.register(Tag)
class TagAdmin(DeskAdmin):
    fields = ["name", "slug", "description"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]
    list_display = ["name", "slug", "stories"]
    ordering = ["name"]

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        is_list = request.resolver_match and request.resolver_match.url_name == "articles_tag_changelist"
        return queryset.annotate(number=Count("tagged_articles")) if is_list else queryset

    @display(description=_("stories"), ordering="number")
    def stories(self, tag):
        return tag.number
