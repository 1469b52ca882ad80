from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from articles.admin.base import DeskAdmin
from articles.models import Correction


@admin.register(Correction)
class CorrectionAdmin(DeskAdmin):
    """The record of all corrections; a new one is written in its story's form."""

    fields = ["article", "wrong", "right", "corrected_at", "corrected_by"]
    readonly_fields = ["article", "corrected_at", "corrected_by"]
    short_texts = ["wrong", "right"]
    list_display = ["short", "article", "corrected_at", "corrected_by"]
    list_select_related = ["article", "corrected_by"]
    search_fields = ["wrong", "right"]

    def has_add_permission(self, request):
        return False

    @display(description=_("what was wrong"))
    def short(self, correction):
        return correction.wrong if len(correction.wrong) <= 90 else f"{correction.wrong[:89]}…"
