from django.contrib import admin
from django.db.models import Count
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from articles import workflow
from articles.admin.base import AnyKey, DeskAdmin, DeskForm, LinesOfTheWholePaper, OfTheWholePaper
from articles.models import Part, Series

MOST = 200  # parts of a series: its page, and each of its stories, lists them all


class PartForm(DeskForm):
    class Meta:
        model = Part
        fields = ["article", "position"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False

    def clean_position(self):
        return self.cleaned_data["position"] or 0


class PartInline(LinesOfTheWholePaper, AnyKey, TabularInline):
    model = Part
    form = PartForm
    extra = 1
    max_num = MOST
    autocomplete_fields = ["article"]
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("article")


@admin.register(Series)
class SeriesAdmin(OfTheWholePaper, DeskAdmin):
    fields = ["name", "slug", "description"]
    short_texts = ["description"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [PartInline]
    search_fields = ["name"]
    search_help_text = _("Searches names.")
    list_display = ["name", "slug", "number"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not workflow.is_limited(request.user)

    def get_prepopulated_fields(self, request, obj=None):
        """A series that is renamed keeps its address."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(parts_number=Count("parts"))

    @display(description=_("parts"), ordering="parts_number")
    def number(self, series):
        return series.parts_number
