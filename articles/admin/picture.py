from dataclasses import fields
from functools import partial

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from articles import lost_files, pictures, tasks, workflow
from articles.admin.base import DeskAdmin, DeskForm
from articles.admin.library import ACCEPT, LibraryPages, already_there
from articles.admin.picture_filters import RightsFilter, UploaderFilter, UseFilter, WordsFilter
from articles.admin.thumbnail import thumbnail
from articles.iptc import Facts
from articles.models import Article, Picture, Rendition, Revision

FACTS = [field.name for field in fields(Facts)]
LISTED = 30  # stories that a picture's page names


class PictureFile(forms.FileField):
    """An upload that is decoded and written anew; what is known of it is kept in `taken`.

    `known` is the picture that was made of the same bytes before.
    """

    taken = known = None

    def to_python(self, data):
        upload = super().to_python(data)
        if upload is None:
            return None
        self.known = pictures.in_library(upload)
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
        fields = ["file", *FACTS, "focal_x", "focal_y"]

    @property
    def known(self):
        return self.fields["file"].known if "file" in self.fields else None

    def clean(self):
        cleaned = super().clean()
        taken = self.fields["file"].taken
        if taken:
            for name in FACTS:
                cleaned[name] = cleaned.get(name) or getattr(taken.facts, name)
        else:
            cleaned.pop("file", None)  # set anew, the file would be opened for its width, and it may be gone
        if self.known and self.instance.pk and self.known != self.instance:
            self.add_error("file", ValidationError(already_there()))
        return cleaned

    def _get_validation_exclusions(self):
        excluded = super()._get_validation_exclusions()
        return excluded if self.fields["file"].taken else {*excluded, "file"}  # as in clean()

    def _post_clean(self):
        super()._post_clean()
        taken = self.fields["file"].taken
        if taken:
            self.instance.digest = taken.digest
            for name, value in pictures.look_columns(taken.look).items():
                setattr(self.instance, name, value)


@admin.register(Picture)
class PictureAdmin(LibraryPages, DeskAdmin):
    form = PictureForm
    fieldsets = [
        (None, {"fields": ["preview", "file"]}),
        (_("What readers are told"), {"fields": ["alt", "caption", "credit"]}),
        (
            _("Rights and origin"),
            {"fields": [("byline", "copyright"), ("place", "taken_on"), "rights_until"]},
        ),
        (_("What crops keep"), {"fields": [("focal_x", "focal_y")]}),
        (_("Record"), {"fields": ["usage", ("dimensions", "uploaded_at", "uploader")]}),
    ]
    readonly_fields = ["preview", "lookalikes", "usage", "dimensions", "uploaded_at", "uploader"]
    short_texts = ["caption"]
    search_fields = ["caption", "credit", "alt", "byline", "place"]
    search_help_text = _("Searches captions, credits, alternative texts, photographers and places.")
    list_display = ["card"]
    list_filter = [WordsFilter, UseFilter, RightsFilter, UploaderFilter, ("uploaded_at", RangeDateFilter)]
    list_per_page = 48
    list_before_template = "admin/articles/picture/shelf.html"

    class Media:
        js = ["desk/focus.js"]
        css = {"all": ["desk/pictures.css"]}

    def get_queryset(self, request):
        rows = super().get_queryset(request).select_related("uploaded_by").prefetch_related("renditions")
        return rows.annotate(stories=_stories_of_a_row())

    def has_change_permission(self, request, obj=None):
        """Who may not publish a story may not change the picture that readers see at its head either."""
        if not super().has_change_permission(request, obj):
            return False
        if obj is None or (workflow.may_publish(request.user) and not workflow.is_limited(request.user)):
            return True
        return self.changeable(request, Picture.objects.filter(pk=obj.pk)).exists()

    def changeable(self, request, queryset):
        """Of some pictures those that this person may change."""
        if not super().has_change_permission(request):
            return queryset.none()
        public = Article.objects.filter(lead_picture=OuterRef("pk"), status=Article.Status.PUBLISHED)
        if workflow.may_publish(request.user):
            if not workflow.is_limited(request.user):
                return queryset
            public = public.exclude(section_id__in=workflow.sections_of(request.user))
        return queryset.exclude(Exists(public))

    # The list

    @display(description=_("picture"))
    def card(self, picture):
        return format_html(
            '<img class="desk-thumb" src="{}" width="240" height="160" alt="" loading="lazy">'
            '<span class="picture-badges">{}</span>'
            '<span class="desk-thumb-words" dir="auto">{}</span><span class="picture-line" dir="auto">{}</span>'
            '<span class="picture-line">{}</span>',
            thumbnail(picture),
            _badges(picture),
            picture,
            picture.credit or picture.byline or "–",
            " · ".join([date_format(picture.uploaded_at, "j M Y"), _in_stories(picture.stories)]),
        )

    # The form

    def get_fieldsets(self, request, obj=None):
        """A warning stands on top, where there is something to warn of."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        if not hasattr(obj, "same_look"):  # asked for several times while the page is made
            obj.same_look = pictures.alike(obj)
        return [(None, {"fields": ["lookalikes"]}), *fieldsets] if obj.same_look else fieldsets

    @display(description=_("looks the same"))
    def lookalikes(self, picture):
        links = (
            (
                reverse("admin:articles_picture_change", args=[other.pk]),
                thumbnail(other),
                other,
                other.width,
                other.height,
            )
            for other in picture.same_look
        )
        return format_html(
            '<span class="picture-warning">{}</span><span class="picture-row">{}</span>',
            gettext("The library has pictures that look like this one:"),
            format_html_join(
                "",
                '<a href="{}"><img class="desk-thumb" src="{}" alt="" width="240" height="160">{} ({} × {})</a>',
                links,
            ),
        )

    @display(description=_("preview"))
    def preview(self, picture):
        if not picture.pk:
            return gettext("Shown here once it is saved.")
        if lost_files.is_lost(picture):
            return gettext("Its file is gone. Choose it anew.")
        warning = gettext("Its rights are over: no page shows it any more.") if picture.is_expired else ""
        return format_html(
            '<span class="picture-warning">{}</span>'
            '<span class="desk-focus"><img src="{}" alt="{}" data-focus></span><span class="desk-focus-hint">{}</span>',
            warning,
            picture.file.url,
            picture.alt,
            gettext("Click the point that every crop must keep."),
        )

    @display(description=_("in these stories"))
    def usage(self, picture):
        if not picture.pk:
            return "–"
        if not hasattr(picture, "shown_by"):
            picture.shown_by = _uses(picture)
        uses = format_html_join("", "<li>{}</li>", ((use,) for use in picture.shown_by))
        return format_html("<ul>{}</ul>", uses) if uses else gettext("In none.")

    @display(description=_("uploaded by"))
    def uploader(self, picture):
        return picture.uploaded_by or "–"

    @display(description=_("size"))
    def dimensions(self, picture):
        return f"{picture.width} × {picture.height}" if picture.pk else "–"

    # Saving

    def save_form(self, request, form, change):
        """A file that is in the library already is the picture that is there, with the words it lacked."""
        picture = super().save_form(request, form, change)
        if change or form.known is None:
            return picture
        known = form.known
        if self.has_change_permission(request, known):
            for name in FACTS:
                setattr(known, name, getattr(known, name) or form.cleaned_data.get(name))
        known.was_here = True
        return known

    def save_model(self, request: HttpRequest, obj, form, change):
        if not change and not hasattr(obj, "was_here"):
            obj.uploaded_by = request.user
        super().save_model(request, obj, form, change)
        self.follow_change(obj, form.changed_data if change or hasattr(obj, "was_here") else ["file"])

    def follow_change(self, picture, changed):
        if set(pictures.RENDITIONS_FOLLOW) & set(changed):
            pictures.forget_renditions(picture)
            tasks.renditions_on_commit(picture)

    def log_addition(self, request, obj, message):
        return self.log_change(request, obj, message) if hasattr(obj, "was_here") else super().log_addition(
            request, obj, message
        )  # fmt: skip

    def response_add(self, request, obj, post_url_continue=None):
        if not hasattr(obj, "was_here") or "_popup" in request.POST:
            return super().response_add(request, obj, post_url_continue)
        self.message_user(request, already_there(), messages.WARNING)
        return HttpResponseRedirect(reverse("admin:articles_picture_change", args=[obj.pk]))

    # Deleting

    def get_deleted_objects(self, objs, request):
        """A picture that is used stays: the stories and authors that show it are named instead."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        used = [use for picture in objs[:LISTED] for use in _uses(picture)]
        return objects, counts, needed, [*protected, *used]

    def delete_model(self, request, obj):
        self.delete_queryset(request, Picture.objects.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        """The files go too: what must not be seen any more stands at no address."""
        sizes = Rendition.objects.filter(picture__in=queryset.values("pk"))
        names = [name for rows in (queryset, sizes) for name in rows.values_list("file", flat=True) if name]
        super().delete_queryset(request, queryset)
        for name in names:
            transaction.on_commit(partial(default_storage.delete, name))


def _stories_of_a_row():
    """In how many stories, counted by the index: at their head, or in their text."""
    led = Article.objects.filter(lead_picture=OuterRef("pk")).order_by().values("lead_picture")
    bodies = Picture.objects.filter(pk=OuterRef("pk")).order_by().values("pk")
    at_the_head = Coalesce(Subquery(led.annotate(number=Count("pk")).values("number")), 0)
    return at_the_head + Coalesce(Subquery(bodies.annotate(number=Count("bodies")).values("number")), 0)


def _in_stories(number):
    return ngettext("in %(n)d story", "in %(n)d stories", number) % {"n": number} if number else gettext("unused")


def _badges(picture):
    missing = [
        (not picture.alt, gettext("no alternative text")),
        (not picture.credit, gettext("no credit")),
        (picture.is_expired, gettext("rights over")),
        (picture.is_unreadable or not picture.file, gettext("file unreadable")),
    ]
    return format_html_join("", '<span class="picture-badge">{}</span>', ((text,) for wrong, text in missing if wrong))


def _uses(picture):
    """Links to what shows it or will: stories by their head or text, changes that wait over live ones, authors."""
    keys = {*picture.bodies.order_by("-article").values_list("article", flat=True)[: LISTED + 1], *_waiting(picture)}
    stories = Article.objects.filter(Q(lead_picture=picture) | Q(pk__in=keys)).order_by("-pk")
    links = [
        _link("article", story.pk, f"{story.headline} ({story.state})")
        for story in stories.defer("body", "search_text")[:LISTED]
    ]
    if len(links) == LISTED:
        links.append(gettext("… and perhaps more"))
    return links + [_link("author", author.pk, author.name) for author in picture.authors.all()[:LISTED]]


def _waiting(picture):
    """Stories whose unpublished changes show it; few stories have any."""
    in_text = Q(content__body__icontains=f'data-picture="{picture.pk}"')
    # By the index of what waits: asked with a join, SQLite walks all stories.
    waiting = Article.objects.filter(pending__isnull=False).order_by().values("pending")
    revisions = Revision.objects.filter(in_text | Q(content__lead_picture=picture.pk), pk__in=waiting)
    return revisions.order_by("-article").values_list("article", flat=True)[: LISTED + 1]


def _link(model, key, text):
    address = reverse(f"admin:articles_{model}_change", args=[key])
    return format_html('<a class="picture-use" href="{}">{}</a>', address, text)
