from django.contrib import admin
from unfold.decorators import display

from articles.admin.base import DeskAdmin, DeskForm
from articles.admin.thumbnail import thumbnail
from articles.models import Author


@admin.register(Author)
class AuthorAdmin(DeskAdmin):
    form = DeskForm
    fields = ["kind", "name", "slug", "role", "bio", "email", "links", "picture", "position", "user"]
    prepopulated_fields = {"slug": ["name"]}
    autocomplete_fields = ["picture", "user"]
    search_fields = ["name"]
    search_help_text = Author._meta.get_field("name").verbose_name
    list_display = ["header", "kind", "position", "user"]
    list_editable = ["position"]
    short_texts = ["links"]
    list_filter = ["kind"]
    list_select_related = ["picture", "user"]

    def get_fields(self, request, obj=None):
        """The account is chosen from accounts that the person may see."""
        may_choose = request.user.has_perm("auth.view_user")
        return [name for name in self.fields if name != "user" or may_choose]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("picture__renditions")

    @display(description=Author._meta.verbose_name, ordering="name", header=True)
    def header(self, author):
        picture = author.picture
        image = {"path": thumbnail(picture, "square"), "height": 32, "width": 32} if picture else None
        initials = "".join(word[0] for word in author.name.split()[:2])
        return [author.name, author.role, initials, image] if image else [author.name, author.role, initials]
