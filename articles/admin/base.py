"""What every list and form of the desk has in common."""

import re

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.http import HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from articles import workflow
from articles.middleware import is_page

TRIES = 3
KEY_DIGITS = 18
TOO_LONG = re.compile(rf"\d{{{KEY_DIGITS + 1}}}")
FIRST_YEAR, LAST_YEAR = 1000, 9998  # a time zone's hours must not push a time out of the calendar


class SaveAgain:
    """Two people who store the same name or address in one instant: the second is told beside the field, as if the
    first had been there before. The database refuses what the form could not see; asked anew, the form sees it."""

    def changeform_view(self, request, *args, **kwargs):
        for _try in range(TRIES - 1):
            try:
                return super().changeform_view(request, *args, **kwargs)
            except IntegrityError:
                for file in request.FILES.values():
                    file.seek(0)
        return super().changeform_view(request, *args, **kwargs)


def is_key(value) -> bool:
    """Whether a database can be asked for it: SQLite refuses numbers of more than 64 bits, and both refuse words."""
    text = str(value)
    return text.isascii() and text.isdecimal() and len(text) <= KEY_DIGITS


class Autocomplete(AutocompleteSelect):
    """Django's asks for whatever was sent when the form is drawn again."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, [key for key in value if is_key(key)], attr)


class ManyKeys(forms.ModelMultipleChoiceField):
    """Django's asks for all at once, and looks at each one's kind only."""

    def clean(self, value):
        for key in value or []:
            if not is_key(key):
                raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": key})
        return super().clean(value)


class AnyKey:
    """Whatever a browser sends as a choice among rows, it is answered beside the field."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Autocomplete(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        return super().formfield_for_manytomany(db_field, request, **{"form_class": ManyKeys, **kwargs})


class AnyAddress:
    """Whatever an address of the desk names, it is answered."""

    def changelist_view(self, request, extra_context=None):
        """A filter by a number that no database holds leads to the whole list, as Django does with a word."""
        asked = (value for name, values in request.GET.lists() if name != SEARCH_VAR for value in values)
        if any(map(TOO_LONG.search, asked)):
            return HttpResponseRedirect(f"{request.path}?e=1")
        sent = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(map(is_key, sent)):
            request.POST = request.POST.copy()
            request.POST.setlist(ACTION_CHECKBOX_NAME, list(filter(is_key, sent)))
        return super().changelist_view(request, extra_context)

    def get_object(self, request, object_id, from_field=None):
        """An address that names no field means the key."""
        return super().get_object(request, object_id, from_field or None)

    def get_changeform_initial_data(self, request):
        """What an address proposes for a new row, as far as a key among it is one."""
        proposed = super().get_changeform_initial_data(request)
        return {name: value for name, value in proposed.items() if self._may_hold(name, value)}

    def _may_hold(self, name, value):
        try:
            field = self.opts.get_field(name)
            for key in value if isinstance(value, list) else [value]:
                if field.is_relation and key:
                    field.target_field.to_python(key)
        except FieldDoesNotExist:
            return True  # a field of the form alone
        except ValidationError:
            return False
        return True

    def get_search_results(self, request, queryset, search_term):
        """PostgreSQL refuses NUL in text; nobody searches for it either."""
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))


class DeskAdmin(SaveAgain, AnyAddress, AnyKey, ModelAdmin):
    compressed_fields = False
    list_filter_submit = True
    show_full_result_count = False
    list_per_page = 50
    warn_unsaved_form = True
    short_texts: list[str] = []  # text fields of a sentence or two

    class Media:
        js = ["desk/slug.js"]

    def view_on_site(self, obj):
        """Only where readers find the page too."""
        path = obj.get_absolute_url() if hasattr(obj, "get_absolute_url") else ""
        return path if path and is_page(path) else None

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in self.short_texts:
            field.widget.attrs["rows"] = 3
        return field


class OfTheWholePaper:
    """What belongs to no section: an editor who is limited to some looks at it, and leaves it to others."""

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not workflow.is_limited(request.user)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not workflow.is_limited(request.user)


class LinesOfTheWholePaper:
    """The same for the lines in such a form: whoever may change the row that holds them changes them too."""

    def _may_change(self, request, obj=None):
        may = request.user.has_perm(f"articles.change_{self.parent_model._meta.model_name}")
        return may and not workflow.is_limited(request.user)

    has_add_permission = has_change_permission = has_delete_permission = _may_change

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(f"articles.view_{self.parent_model._meta.model_name}")


class DeskForm(forms.ModelForm):
    def clean(self):
        cleaned = super().clean()
        for name, value in list(cleaned.items()):
            if hasattr(value, "utcoffset") and not FIRST_YEAR <= value.year <= LAST_YEAR:
                self.add_error(name, ValidationError(_("Choose a year between 1000 and 9998.")))
        return cleaned
