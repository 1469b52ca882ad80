"""What the library can be narrowed to."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from articles.models import Picture

SOON = timedelta(days=30)


class WordsFilter(DropdownFilter):
    title = _("words")
    parameter_name = "words"

    def lookups(self, request, model_admin):
        return [
            ("missing", _("Without alternative text or credit")),
            ("alt", _("Without alternative text")),
            ("credit", _("Without credit")),
        ]

    def queryset(self, request, queryset):
        missing = {"alt": Q(alt=""), "credit": Q(credit=""), "missing": Q(alt="") | Q(credit="")}
        return queryset.filter(missing.get(self.value() or "", Q()))


class UseFilter(DropdownFilter):
    title = _("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("no", _("Unused")), ("yes", _("Used"))]

    def queryset(self, request, queryset):
        return {"no": queryset.unused, "yes": queryset.used}.get(self.value() or "", lambda: queryset)()


class RightsFilter(DropdownFilter):
    title = _("rights")
    parameter_name = "rights"

    def lookups(self, request, model_admin):
        return [("over", _("Over")), ("soon", _("End within 30 days"))]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        if self.value() == "over":
            return queryset.expired()
        if self.value() == "soon":
            return queryset.filter(rights_until__range=(today, today + SOON))
        return queryset


class UploaderFilter(DropdownFilter):
    """Only who has uploaded something."""

    title = _("uploaded by")
    parameter_name = "by"

    def lookups(self, request, model_admin):
        people = User.objects.filter(Exists(Picture.objects.filter(uploaded_by=OuterRef("pk")).order_by()))
        return [(str(user.pk), user.get_full_name() or user.username) for user in people.order_by("username")[:200]]

    def queryset(self, request, queryset):
        value = self.value() or ""
        return queryset.filter(uploaded_by=int(value[:9])) if value.isdecimal() else queryset
