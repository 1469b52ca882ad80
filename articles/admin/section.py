from django.contrib import admin
from django.utils.translation import gettext

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

    def get_deleted_objects(self, objs, request):
        """With their only section its editors would lose their limits, and nobody would have decided that."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        said = gettext("%(name)s is limited to “%(section)s”; take the name away there first.")
        named = Section.editors.through.objects.filter(section__in=[section.pk for section in objs])
        rows = named.select_related("user", "section")
        return objects, counts, needed, [*protected, *(said % {"name": r.user, "section": r.section} for r in rows)]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name == "parent":
            kwargs["queryset"] = Section.objects.top_level()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
