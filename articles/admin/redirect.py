from urllib.parse import unquote

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.redirects.models import Redirect
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from articles import addresses, workflow
from articles.admin.base import DeskAdmin, DeskForm, OfTheWholePaper

admin.site.unregister(Redirect)


class RedirectForm(DeskForm):
    """Former addresses write themselves; by hand come those of an older site, say."""

    old_path = forms.CharField(
        label=_("Former address"),
        max_length=addresses.LONGEST,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Without the site’s name: /2019/05/the-flood.html. It is asked for only where no page is found."),
    )
    new_path = forms.CharField(
        label=_("Leads to"),
        max_length=addresses.LONGEST,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("An address of this site, or a full one of another. Empty: readers are told that it is gone."),
    )

    class Meta:
        model = Redirect
        fields = ["old_path", "new_path"]

    def clean_old_path(self):
        path = unquote(self.cleaned_data["old_path"])
        if not path.startswith("/") or path.startswith("//") or "?" in path or "\0" in path:
            raise ValidationError(_("Begin with one slash, and leave out what follows a question mark."))
        if addresses.rows().filter(old_path=path).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("This former address leads somewhere already."))
        return path

    def clean_new_path(self):
        path = self.cleaned_data["new_path"]
        if path and not path.startswith("/"):
            URLValidator(["http", "https"], message=_("Begin with one slash, or with https:// for another site."))(path)
            return path
        path = unquote(path)
        if path.startswith("//") or "\0" in path:
            raise ValidationError(_("Begin with one slash, or with https:// for another site."))
        return path

    def clean(self):
        """Chains are cut short, and nothing leads in a circle."""
        cleaned = super().clean()
        old, new = cleaned.get("old_path"), cleaned.get("new_path")
        if old and new and new.startswith("/"):
            final = addresses.destination(new)
            cleaned["new_path"] = new = new if final is None else final
            if new == old:
                self.add_error("new_path", ValidationError(_("That would lead back to where it began.")))
        self.instance.site_id = settings.SITE_ID
        return cleaned


@admin.register(Redirect)
class RedirectAdmin(OfTheWholePaper, DeskAdmin):
    form = RedirectForm
    fields = ["old_path", "new_path"]
    list_display = ["old_path", "new_path"]
    search_fields = ["old_path", "new_path"]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not workflow.is_limited(request.user)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if obj.new_path:
            addresses.flatten(obj.old_path, obj.new_path)
