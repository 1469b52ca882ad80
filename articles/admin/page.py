from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from articles import markup, revisions, workflow
from articles.admin.base import DeskAdmin, DeskForm, OfTheWholePaper
from articles.models import Page


class PageForm(DeskForm):
    """A built-in page opens with the product's own words; they are not stored until somebody changes them."""

    class Meta:
        model = Page
        fields = ["title", "slug", "body", "position", "is_shown"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.is_built_in and "body" in self.fields:
            self.initial["title"] = self.instance.name
            self.initial["body"] = self.instance.body or self.instance.own_words
        elif "title" in self.fields:
            self.fields["title"].required = True

    def clean_title(self):
        title = self.cleaned_data["title"]
        return "" if self.instance.is_built_in and title == Page(slug=self.instance.slug).name else title

    def clean_body(self):
        body = markup.clean(self.cleaned_data["body"] or "")
        return "" if revisions.same(body, markup.clean(self.instance.own_words)) else body


@admin.register(Page)
class PageAdmin(OfTheWholePaper, DeskAdmin):
    form = PageForm
    fields = ["title", "slug", "body", "position", "is_shown"]
    list_display = ["name", "address", "position", "is_shown", "changed_at"]
    list_editable = ["position"]
    search_fields = ["title", "slug"]

    @display(description=_("title"), ordering="title")
    def name(self, page):
        return page.name

    @display(description=_("address"))
    def address(self, page):
        return page.get_absolute_url()

    def get_prepopulated_fields(self, request, obj=None):
        return {} if obj else {"slug": ["title"]}

    def get_readonly_fields(self, request, obj=None):
        """Other pages link the built-in ones by their address."""
        return ["slug"] if obj and obj.is_built_in else []

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not workflow.is_limited(request.user)

    def has_delete_permission(self, request, obj=None):
        """A built-in one is hidden instead."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_built_in)

    def get_deleted_objects(self, objs, request):
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        return objects, counts, needed, [*protected, *(page.name for page in objs if page.is_built_in)]
