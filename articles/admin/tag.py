from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Count
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from taggit.models import Tag as TaggitTag
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from articles.admin.base import DeskAdmin, LinesOfTheWholePaper, OfTheWholePaper
from articles.models import Tag
from articles.models.tag import TagSynonym, key_of

admin.site.unregister(TaggitTag)  # taggit's own model; stories use articles.Tag
MERGED_AT_ONCE = 50


class SynonymForm(forms.ModelForm):
    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = TagSynonym
        fields = ["name"]

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        tag = Tag.objects.filter(key=key_of(name)).first()
        if tag:
            raise forms.ValidationError(_("“%(tag)s” is a tag itself; merge the two in the list."), params={"tag": tag})
        synonym = TagSynonym.objects.select_related("tag").filter(key=key_of(name)).exclude(pk=self.instance.pk).first()
        if synonym:
            raise forms.ValidationError(_("It is a synonym of “%(tag)s” already."), params={"tag": synonym.tag})
        return name


class SynonymFormSet(forms.BaseInlineFormSet):
    def clean(self):
        super().clean()
        seen = set()
        for form in self.forms:
            key = key_of(form.cleaned_data.get("name", ""))
            if key and key in seen:
                form.add_error("name", _("It stands here twice."))
            seen.add(key)


class SynonymInline(LinesOfTheWholePaper, TabularInline):
    model = TagSynonym
    form = SynonymForm
    formset = SynonymFormSet
    fields = ["name"]
    extra = 1
    hide_title = True


@admin.register(Tag)
class TagAdmin(OfTheWholePaper, DeskAdmin):
    fields = ["name", "slug", "description", "parent"]
    autocomplete_fields = ["parent"]
    prepopulated_fields = {"slug": ["name"]}
    inlines = [SynonymInline]
    search_fields = ["name", "synonyms__name"]
    search_help_text = _("Searches names and synonyms.")
    list_display = ["name", "slug", "also", "stories"]
    ordering = ["name"]
    actions = ["merge"]

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        is_list = request.resolver_match and request.resolver_match.url_name == "articles_tag_changelist"
        if not is_list:
            return queryset
        return queryset.annotate(number=Count("tagged_articles", distinct=True)).prefetch_related("synonyms")

    @display(description=_("stories"), ordering="number")
    def stories(self, tag):
        return tag.number

    @display(description=_("synonyms"))
    def also(self, tag):
        return ", ".join(synonym.name for synonym in tag.synonyms.all())

    def get_prepopulated_fields(self, request, obj=None):
        """A tag that is renamed keeps its address."""
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if change:
            obj.remember(form.initial["name"])

    def construct_change_message(self, request, form, formsets, add=False):
        """A name that is changed changes every story that has the tag: the log says what it was."""
        if add or "name" not in form.changed_data:
            return super().construct_change_message(request, form, formsets, add)
        return gettext("Renamed; it was “%(name)s”.") % {"name": form.initial["name"]}

    def has_merge_permission(self, request):
        return self.has_change_permission(request) and self.has_delete_permission(request)

    @action(description=_("Merge the chosen tags…"), permissions=["merge"])
    def merge(self, request, queryset):
        """Asks first which one stays."""
        tags = list(queryset.order_by("name")[: MERGED_AT_ONCE + 1])
        if not 2 <= len(tags) <= MERGED_AT_ONCE:
            text = gettext("Choose from 2 to %(most)d tags to merge.") % {"most": MERGED_AT_ONCE}
            self.message_user(request, text, messages.WARNING)
            return None
        stays = next((tag for tag in tags if str(tag.pk) == request.POST.get("stays")), None)
        if stays:
            self._merge_into(request, stays, [tag for tag in tags if tag != stays])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Which tag stays?"),
            "opts": self.opts,
            "tags": tags,
            "checkbox": ACTION_CHECKBOX_NAME,
            "chosen": max(tags, key=lambda tag: tag.number).pk,
        }
        return render(request, "admin/articles/tag/merge.html", context)

    def _merge_into(self, request, stays, others):
        names = gettext(", ").join(tag.name for tag in others)
        try:
            merged = stays.absorb(others)
        except Tag.DoesNotExist:
            merged = 0
        if not merged:
            text = gettext("Nothing was merged: somebody merged or deleted these tags meanwhile.")
            self.message_user(request, text, messages.WARNING)
            return
        self.log_change(request, stays, gettext("Merged into it: %(names)s") % {"names": names})
        text = ngettext("%(n)d tag was merged into “%(tag)s”.", "%(n)d tags were merged into “%(tag)s”.", merged) % {
            "n": merged,
            "tag": stays,
        }
        self.message_user(request, text, messages.SUCCESS)
