from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from articles import workflow
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

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self._is_theirs(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self._is_theirs(request, obj)

    def _is_theirs(self, request, correction):
        return correction is None or workflow.is_of_own_section(request.user, correction.article)

    @display(description=_("what was wrong"))
    def short(self, correction):
        return correction.wrong if len(correction.wrong) <= 90 else f"{correction.wrong[:89]}…"
