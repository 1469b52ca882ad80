from django.contrib import admin

from articles import workflow
from articles.admin.base import DeskAdmin, OfTheWholePaper
from articles.models import Section


@admin.register(Section)
class SectionAdmin(OfTheWholePaper, DeskAdmin):
    fields = ["name", "slug", "parent", "description", "position", "editors"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]
    list_display = ["name", "parent", "slug", "position"]
    list_editable = ["position"]
    list_select_related = ["parent"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not workflow.is_limited(request.user)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "parent":
            kwargs["queryset"] = Section.objects.top_level()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
