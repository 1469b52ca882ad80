"""The pages of the picture library beside its list and form: taking in many, their words, choosing one for a text."""

import json

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.forms import modelformset_factory
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from articles import pictures, tasks
from articles.admin.thumbnail import thumbnail
from articles.models import Picture

MANY = 100  # pictures of one upload, as many as Django reads files of one form
SHOWN = 24  # pictures of one page of the chooser
ACCEPT = ".jpg,.jpeg,.png,.webp,.avif,.tif,.tiff,.gif,.bmp"


class WordsForm(forms.ModelForm):
    class Meta:
        model = Picture
        fields = ["alt", "caption", "credit"]
        widgets = {
            "alt": UnfoldAdminTextInputWidget(),
            "caption": UnfoldAdminTextareaWidget({"rows": 2}),
            "credit": UnfoldAdminTextInputWidget(),
        }


class LibraryPages:
    """Mixed into the admin of pictures."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("upload/", view(self.upload), name="articles_picture_upload"),
            path("upload-many/", view(self.upload_many), name="articles_picture_upload_many"),
            path("words/", view(self.words), name="articles_picture_words"),
            path("choose/", view(self.choose), name="articles_picture_choose"),
            path("<int:pk>/thumbnail/", view(self.thumbnail), name="articles_picture_thumbnail"),
            *super().get_urls(),
        ]

    def receive(self, request, upload):
        """The picture of an upload, and whether it is new: logged, with its sizes on the way."""
        picture, is_new = pictures.receive(upload, request.user)
        if is_new:
            self.log_addition(request, picture, [{"added": {}}])
            tasks.renditions_on_commit(picture)
        return picture, is_new

    @method_decorator(require_POST)
    def upload(self, request):
        """One file, from the story's editor or the upload page; CKEditor's own form of answer, status 200 included."""
        if not self.has_add_permission(request):
            return _refusal(gettext("You may not add pictures."), status=403)
        if "upload" not in request.FILES:
            return _refusal(gettext("No file was sent."))
        try:
            picture, is_new = self.receive(request, request.FILES["upload"])
        except ValidationError as error:
            return _refusal(error.messages[0])
        return JsonResponse({"uploaded": 1, **described(picture), "message": "" if is_new else already_there()})

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def upload_many(self, request):
        """Without JavaScript one form takes all files; with it upload.js sends each to `upload` by itself."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            keys = self._receive_all(request, request.FILES.getlist("upload")[:MANY])
            return HttpResponseRedirect(_words_of(keys) if keys else request.path)
        context = {
            "title": _("Upload pictures"),
            "accept": ACCEPT,
            "words_url": reverse("admin:articles_picture_words"),
        }
        return self._page(request, "upload_many", context)

    def _receive_all(self, request, uploads):
        keys = []
        if not uploads:
            messages.error(request, gettext("Choose at least one file."))
        for upload in uploads:
            try:
                picture, is_new = self.receive(request, upload)
            except ValidationError as error:
                messages.error(request, f"{upload.name}: {error.messages[0]}")
                continue
            keys.append(picture.pk)
            if not is_new:
                messages.warning(request, f"{upload.name}: {already_there()}")
        return keys

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def words(self, request):
        """Alternative text, caption and credit of several pictures in one form."""
        keys = [int(key) for key in request.GET.getlist("key")[:MANY] if key.isdecimal() and len(key) < 10]
        rows = self.changeable(request, Picture.objects.filter(pk__in=keys)).prefetch_related("renditions")
        if not rows:
            return redirect("admin:articles_picture_changelist")
        Formset = modelformset_factory(Picture, WordsForm, extra=0)
        formset = Formset(request.POST or None, queryset=rows.order_by("pk"))
        if request.method == "POST" and formset.is_valid():
            self._save_words(request, formset)
            return redirect("admin:articles_picture_changelist")
        for form in formset:
            form.thumbnail = thumbnail(form.instance)
        return self._page(request, "words", {"title": _("Words for the new pictures"), "formset": formset})

    @transaction.atomic
    def _save_words(self, request, formset):
        for picture, changed in ((form.save(), form.changed_data) for form in formset if form.has_changed()):
            self.log_change(request, picture, [{"changed": {"fields": changed}}])
            self.follow_change(picture, changed)
        number = len(formset.forms)
        self.message_user(
            request, ngettext("The words of %(n)d picture are kept.", "The words of %(n)d pictures are kept.", number)
            % {"n": number},
        )  # fmt: skip

    @method_decorator(require_safe)
    def choose(self, request):
        """The library in a small window: a click puts the picture into the text."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.get("q", "")[:200]
        rows, _duplicates = self.get_search_results(request, self.get_queryset(request), query)
        page = Paginator(rows.exclude(file=""), SHOWN).get_page(request.GET.get("page"))
        shown = [
            {"picture": picture, "thumbnail": thumbnail(picture), "json": json.dumps(described(picture))}
            for picture in page
        ]
        context = {"title": _("Choose a picture"), "shown": shown, "page": page, "query": query, "is_popup": True}
        return self._page(request, "choose", context)

    @method_decorator(require_safe)
    def thumbnail(self, request, pk):
        """Where the story's form finds the picture that was chosen."""
        picture = get_object_or_404(Picture.objects.prefetch_related("renditions"), pk=pk)
        if not self.has_view_permission(request, picture):
            raise PermissionDenied
        return redirect(thumbnail(picture) or "data:,")

    def _page(self, request, name, context):
        context = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, **context}
        return render(request, f"admin/articles/picture/{name}.html", context)


def described(picture) -> dict:
    """What the story's editor needs to set a picture into the text."""
    return {
        "picture": picture.pk,
        "fileName": picture.file.name.rpartition("/")[2],
        "url": picture.file.url,
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "caption": picture.caption,
        "credit": picture.credit,
    }


def already_there():
    return gettext("This picture is in the library already.")


def _words_of(keys):
    return f"{reverse('admin:articles_picture_words')}?{'&'.join(f'key={key}' for key in dict.fromkeys(keys))}"


def _refusal(message, status=200):
    return JsonResponse({"uploaded": 0, "error": {"message": message}}, status=status)
