from dataclasses import fields

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from articles import pictures, tasks
from articles.admin.base import DeskAdmin, DeskForm
from articles.admin.thumbnail import thumbnail
from articles.iptc import Facts
from articles.models import Article, Picture

FACTS = [field.name for field in fields(Facts)]
ACCEPT = ".jpg,.jpeg,.png,.webp,.avif,.tif,.tiff,.gif,.bmp"


class PictureFile(forms.FileField):
    """An upload that is decoded and written anew; what is known of it is kept in `taken`."""

    taken = None

    def to_python(self, data):
        upload = super().to_python(data)
        if upload is None:
            return None
        self.taken = pictures.take_in(upload)
        return self.taken.file


class PictureForm(DeskForm):
    """What nobody typed is read from the photograph."""

    file = PictureFile(
        label=_("File"),
        widget=UnfoldAdminFileFieldWidget({"accept": ACCEPT}),
        help_text=_("JPEG, PNG, WebP, AVIF or TIFF. Place and camera data are removed before it is stored."),
    )

    class Meta:
        model = Picture
        fields = ["file", "alt", *FACTS, "focal_x", "focal_y"]

    def clean(self):
        cleaned = super().clean()
        taken = self.fields["file"].taken
        if taken:
            for name in FACTS:
                cleaned[name] = cleaned.get(name) or getattr(taken.facts, name)
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        taken = self.fields["file"].taken
        if taken:
            self.instance.digest = taken.digest
            for name, value in pictures.look_columns(taken.look).items():
                setattr(self.instance, name, value)


@admin.register(Picture)
class PictureAdmin(DeskAdmin):
    form = PictureForm
    fieldsets = [
        (None, {"fields": ["preview", "file"]}),
        (_("What readers are told"), {"fields": ["alt", "caption", "credit"]}),
        (
            _("Rights and origin"),
            {"fields": [("byline", "copyright"), ("place", "taken_on"), "rights_until"]},
        ),
        (_("What crops keep"), {"fields": [("focal_x", "focal_y")]}),
        (_("Record"), {"fields": [("dimensions", "uploaded_at", "uploaded_by")]}),
    ]
    readonly_fields = ["preview", "dimensions", "uploaded_at", "uploaded_by"]
    short_texts = ["caption"]
    search_fields = ["alt", "caption", "credit"]
    search_help_text = _("Searches alternative texts, captions and credits.")
    list_display = ["card", "credit", "uploaded_at"]
    list_filter = ["uploaded_at"]
    list_filter_submit = False
    list_per_page = 48

    class Media:
        js = ["desk/focus.js"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("uploaded_by").prefetch_related("renditions")

    def has_change_permission(self, request, obj=None):
        """Who may not publish may not change a picture that readers see at the head of a story either."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or request.user.has_perm("articles.publish_article"):
            return True
        return not obj.led_articles.filter(status=Article.Status.PUBLISHED).exists()

    @display(description=_("picture"))
    def card(self, picture):
        return format_html(
            '<img class="desk-thumb" src="{}" width="240" height="160" alt="" loading="lazy">'
            '<span class="desk-thumb-words" dir="auto">{}</span>',
            thumbnail(picture),
            picture,
        )

    @display(description=_("preview"))
    def preview(self, picture):
        if not picture.pk:
            return gettext("Shown here once it is saved.")
        if not picture.file:
            return gettext("Its file is gone. Choose it anew.")
        return format_html(
            '<span class="desk-focus"><img src="{}" alt="{}" data-focus></span><span class="desk-focus-hint">{}</span>',
            picture.file.url,
            picture.alt,
            gettext("Click the point that every crop must keep."),
        )

    @display(description=_("size"))
    def dimensions(self, picture):
        return f"{picture.width} × {picture.height}" if picture.pk else "–"

    def save_model(self, request: HttpRequest, obj, form, change):
        if not change:
            obj.uploaded_by = request.user
        super().save_model(request, obj, form, change)
        if not change or set(pictures.RENDITIONS_FOLLOW) & set(form.changed_data):
            pictures.forget_renditions(obj)
            tasks.renditions_on_commit(obj)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload), name="articles_picture_upload"),
            path("<int:pk>/thumbnail/", view(self.thumbnail), name="articles_picture_thumbnail"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def upload(self, request):
        """What the story's editor sends a picture to; it expects CKEditor's own form of answer, status 200 included."""
        if not self.has_add_permission(request):
            return _answer(gettext("You may not add pictures."), status=403)
        if "upload" not in request.FILES:
            return _answer(gettext("No file was sent."))
        try:
            picture, is_new = self.receive(request, request.FILES["upload"])
        except ValidationError as error:
            return _answer(error.messages[0])
        return JsonResponse(
            {
                "uploaded": 1,
                "fileName": picture.file.name.rpartition("/")[2],
                "url": picture.file.url,
                "width": picture.width,
                "height": picture.height,
                "picture": picture.pk,
                "message": "" if is_new else gettext("This picture is in the library already."),
                "alt": picture.alt,
                "caption": picture.caption,
                "credit": picture.credit,
            }
        )

    def receive(self, request, upload):
        """The picture of an upload, and whether it is new: logged, with its sizes on the way."""
        picture, is_new = pictures.receive(upload, request.user)
        if is_new:
            self.log_addition(request, picture, [{"added": {}}])
            tasks.renditions_on_commit(picture)
        return picture, is_new

    @method_decorator(require_safe)
    def thumbnail(self, request, pk):
        """Where the story's form finds the picture that was chosen."""
        picture = get_object_or_404(Picture.objects.prefetch_related("renditions"), pk=pk)
        if not self.has_view_permission(request, picture):
            raise PermissionDenied
        return redirect(thumbnail(picture))


def _answer(message, status=200):
    return JsonResponse({"uploaded": 0, "error": {"message": message}}, status=status)
