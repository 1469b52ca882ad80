import json

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Max, Q, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.forms import BaseInlineFormSet
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import StackedInline, TabularInline
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeDateFilter,
)
from unfold.decorators import action, display

from articles import markup, names, revisions, workflow
from articles.admin.article_form import BUTTONS, ArticleForm, both, tree
from articles.admin.autosave import AutosaveMixin
from articles.admin.base import AnyKey, DeskAdmin, DeskForm
from articles.admin.checklist import ChecklistMixin, panel
from articles.admin.history import HistoryMixin
from articles.admin.preview import PreviewMixin
from articles.admin.takedown import TakedownMixin
from articles.admin.thumbnail import thumbnail
from articles.admin.trash import TrashMixin
from articles.models import Article, Author, Byline, Correction, Note, Revision, Section, Takedown
from articles.models.article import bylines
from newsroom.page_cache import changed

EDITABLE_BY_ALL = (Article.Status.DRAFT, Article.Status.REVIEW)
STATE_COLOURS = {
    "draft": "default",
    "review": "warning",
    "approved": "primary",
    "scheduled": "info",
    "published": "success",
    "withdrawn": "danger",
}


class BylineForm(DeskForm):
    class Meta:
        model = Byline
        fields = ["author", "position"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False

    def clean_position(self):
        return self.cleaned_data["position"] or 0

    def validate_unique(self):
        """The byline is written as a whole; whoever stands in it twice is printed once."""

    def validate_constraints(self):
        """See validate_unique."""


class BylineFormSet(BaseInlineFormSet):
    """The byline as a plain list: read here, kept and written by articles/revisions.py."""

    # What the log of the desk asks of a formset; the byline's changes are in the story's history.
    new_objects: list = []
    changed_objects: list = []
    deleted_objects: list = []

    def __init__(self, data=None, *args, queryset=None, **kwargs):
        super().__init__(data, *args, queryset=Byline.objects.none(), **kwargs)

    def initial_form_count(self):
        return 0

    def validate_unique(self):
        """See BylineForm."""

    def clean(self):
        """The byline that somebody else saved meanwhile is taken over, or asked about, as any field of the story."""
        meanwhile = getattr(self.instance, "meanwhile", None)
        if meanwhile is None or any(self.errors):
            return
        mine = {"authors": [author.pk for author in self.authors]}
        merged, conflicts = meanwhile.merge(mine)
        if conflicts:
            meanwhile.asked.add("authors")
            raise both(meanwhile, "authors", mine["authors"])
        if merged != mine:
            found = Author.objects.in_bulk(merged["authors"])
            self.__dict__["authors"] = [found[key] for key in merged["authors"] if key in found]

    @cached_property
    def authors(self):
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("author")]
        rows = sorted((row for row in rows if not row.get("DELETE")), key=lambda row: row["position"])
        return list(dict.fromkeys(row["author"] for row in rows))

    def save(self, commit=True):
        return []


class BylineInline(AnyKey, TabularInline):
    model = Byline
    form = BylineForm
    formset = BylineFormSet
    extra = 0
    autocomplete_fields = ["author"]
    ordering_field = "position"
    hide_ordering_field = True
    hide_title = True

    def get_extra(self, request, obj=None, **kwargs):
        return len(obj.byline) if obj else 1


class CorrectionFormSet(BaseInlineFormSet):
    """A correction that was deleted while the form was open comes as a new one: what was written is not lost."""

    def __init__(self, data=None, *args, instance=None, prefix=None, **kwargs):
        if data is not None and instance is not None:
            data = self._with_deleted_as_new(data, instance, prefix or self.get_default_prefix())
        super().__init__(data, *args, instance=instance, prefix=prefix, **kwargs)

    def _with_deleted_as_new(self, data, instance, prefix):
        number = revisions.number_in(data.get(f"{prefix}-INITIAL_FORMS")) or 0
        rows = [f"{prefix}-{n}-" for n in range(min(number, self.absolute_max))]
        stored = {str(pk) for pk in Correction.objects.filter(article=instance.pk).values_list("pk", flat=True)}
        kept = [row for row in rows if data.get(f"{row}id") in stored]
        if len(kept) == len(rows):
            return data
        gone = [row for row in rows if row not in kept]
        fields = [key.removeprefix(row) for row in rows for key in data if key.startswith(row)]
        sent = data.copy()
        for place, row in zip(rows, kept + gone, strict=True):  # those that exist stand first in a formset
            for name in set(fields):
                sent.setlist(f"{place}{name}", data.getlist(f"{row}{name}") if row in kept or name != "id" else [""])
        sent[f"{prefix}-INITIAL_FORMS"] = str(len(kept))
        return sent


class CorrectionInline(StackedInline):
    model = Correction
    formset = CorrectionFormSet
    fields = ["wrong", "right"]
    extra = 0

    def get_formset(self, request, obj=None, **kwargs):
        """Two short boxes: a correction is a sentence or two."""
        formset = super().get_formset(request, obj, **kwargs)
        for field in formset.form.base_fields.values():
            field.widget.attrs["rows"] = 2
        return formset


class StateFilter(DropdownFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [
            ("draft", _("Draft")),
            ("review", _("In review")),
            ("approved", _("Approved")),
            ("scheduled", _("Scheduled")),
            ("published", _("Published")),
            ("withdrawn", _("Withdrawn")),
        ]

    def queryset(self, request, queryset):
        if self.value() == "scheduled":
            return queryset.scheduled()
        if self.value() == "published":
            return queryset.published()
        return queryset.filter(status=self.value()) if self.value() in Article.Status.values else queryset


class SectionFilter(DropdownFilter):
    """A section with its parts."""

    title = _("section")
    parameter_name = "section"

    def lookups(self, request, model_admin):
        return [(str(section.pk), str(section)) for section in tree(Section.objects.select_related("parent"))]

    def queryset(self, request, queryset):
        if not (self.value() or "").isdecimal():
            return queryset
        key = int(self.value()[:18])
        return queryset.filter(Q(section=key) | Q(section__parent=key))


@admin.register(Article)
class ArticleAdmin(TakedownMixin, TrashMixin, ChecklistMixin, PreviewMixin, AutosaveMixin, HistoryMixin, DeskAdmin):
    form = ArticleForm
    warn_unsaved_form = False  # autosave.js warns, and sees the text in the editor too
    inlines = [BylineInline, CorrectionInline]
    autocomplete_fields = ["lead_picture"]
    prepopulated_fields = {"slug": ["headline"]}
    readonly_fields = ["lead_preview", "state_now", "notes_so_far", "before_publishing"]
    short_texts = ["standfirst", "lead_caption"]
    fieldsets = [
        (_("Headline"), {"fields": ["kicker", "headline", "slug", "standfirst"]}),
        (_("Text"), {"fields": ["dateline", "body"]}),
        (_("Picture"), {"fields": ["lead_picture", "lead_preview", "lead_caption"], "classes": ["desk-rail"]}),
        (
            _("Placement"),
            {
                "fields": ["section", "kind", "tags", "placement", "breaking_until", "comments_open"],
                "classes": ["desk-rail"],
            },
        ),
        (_("Related stories"), {"fields": ["picked"], "classes": ["desk-rail"]}),
        (
            _("Publishing"),
            {
                "fields": [
                    *("state_now", "status", "published_at", "embargo_until", "unpublish_at"),
                    *("tell_readers", "updated_at"),
                ],
                "classes": ["desk-rail"],
            },
        ),
        (
            _("Before publishing"),
            {"fields": ["before_publishing", "publish_anyway", "publish_reason"], "classes": ["desk-rail"]},
        ),
        (_("At the desk"), {"fields": ["assigned_to", "notes_so_far", "note"], "classes": ["desk-rail"]}),
    ]
    list_display = ["headline", "state", "section", "names", "kind", "published", "saved"]
    list_filter = [
        StateFilter,
        SectionFilter,
        ("kind", ChoicesDropdownFilter),
        ("authors", AutocompleteSelectFilter),
        ("published_at", RangeDateFilter),
    ]
    ordering = ["-modified_at"]
    search_fields = ["headline", "slug"]
    search_help_text = _("Searches headlines and addresses.")
    actions = ["publish", "withdraw", "back_to_draft"]

    class Media:
        js = ["desk/editor.js", "desk/story.js", "desk/preview.js", "desk/autosave.js"]
        css = {"all": ["desk/preview.css", "desk/autosave.css"]}

    # Who may do what

    def has_publish_permission(self, request, obj=None):
        return workflow.may_publish(request.user, obj)

    def has_change_permission(self, request, obj=None):
        """Without the permission to publish, what is public, scheduled or withdrawn is out of reach."""
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or obj.status in EDITABLE_BY_ALL or self.has_publish_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        if not super().has_delete_permission(request, obj):
            return False
        return obj is None or self.decides_about(request, obj)

    def decides_about(self, request, story):
        """A draft of no section yet is everybody's; the rest is for whoever publishes there."""
        if story.status in EDITABLE_BY_ALL:
            return story.section_id is None or workflow.is_of_own_section(request.user, story)
        return self.has_publish_permission(request, story)

    def get_deleted_objects(self, objs, request):
        """Who may delete a story may delete what hangs on it: its comments, votes and lines in an edition."""
        objects, counts, needed, protected = super().get_deleted_objects(objs, request)
        return objects, counts, needed & {self.opts.verbose_name}, protected

    # The list

    def get_queryset(self, request):
        queryset = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "articles_article_changelist":
            queryset = queryset.select_related("section__parent").prefetch_related(bylines())
            queryset = queryset.defer("body", "search_text", "standfirst", "lead_caption")
        return queryset

    @display(description=_("state"), ordering="status", label=STATE_COLOURS)
    def state(self, article):
        if article.is_embargoed:
            return "scheduled", _("Embargo %(time)s") % {"time": _short(article.embargo_until)}
        if article.is_scheduled:
            return "scheduled", _("Scheduled %(time)s") % {"time": _short(article.published_at)}
        if article.is_over:
            return "withdrawn", article.state
        if article.pending_id:
            return article.status, _("%(state)s, changes wait") % {"state": article.get_status_display()}
        return article.status, article.get_status_display()

    @display(description=_("published"), ordering="published_at")
    def published(self, article):
        return article.published_at and _short(article.published_at)

    @display(description=_("saved"), ordering="modified_at")
    def saved(self, article):
        return _short(article.modified_at)

    @display(description=_("byline"))
    def names(self, article):
        return gettext(", ").join(author.name for author in article.byline)

    @action(description=_("Publish"), permissions=["publish"])
    def publish(self, request, queryset):
        """A time in the future schedules; what has no section yet stays as it is."""
        taken_down = Takedown.objects.open().values("article")
        queryset = queryset.exclude(status=Article.Status.PUBLISHED).exclude(pk__in=taken_down)
        self._move(request, queryset, Article.Status.PUBLISHED)

    @action(description=_("Withdraw"), permissions=["publish"])
    def withdraw(self, request, queryset):
        self._move(request, queryset.filter(status=Article.Status.PUBLISHED), Article.Status.WITHDRAWN)

    @action(description=_("Back to draft"), permissions=["publish"])
    def back_to_draft(self, request, queryset):
        self._move(request, queryset.exclude(status=Article.Status.DRAFT), Article.Status.DRAFT)

    def _move(self, request, queryset, status):
        """One statement for all of them, and a line in each story's history."""
        queryset = workflow.own(request.user, queryset)
        now, skipped = timezone.now(), 0
        fields = {"status": status, "modified_at": now}
        if status == Article.Status.PUBLISHED:
            ready = Q(kind=Article.Kind.BLOG) | Q(section__isnull=False)
            skipped = queryset.exclude(ready).count()
            queryset, fields["published_at"] = queryset.filter(ready), Coalesce("published_at", now)
        stories = list(queryset)
        moved = Article.objects.filter(pk__in=[story.pk for story in stories]).update(**fields)
        label = Article.Status(status).label
        LogEntry.objects.log_actions(request.user.pk, stories, CHANGE, gettext("%s, from the list.") % label)
        self.message_user(
            request,
            ngettext("%(n)d story is now: %(state)s.", "%(n)d stories are now: %(state)s.", moved)
            % {"n": moved, "state": label},
        )
        if skipped:
            without = ngettext("%(n)d story has no section yet.", "%(n)d stories have no section yet.", skipped)
            self.message_user(request, without % {"n": skipped}, messages.WARNING)

    # The form

    def get_object(self, request, object_id, from_field=None):
        """The story with what waits to be published. A save holds the row, so that two in one instant take turns."""
        article = super().get_object(request, object_id, from_field)
        if article is None:
            return None
        if request.method == "POST" and connection.in_atomic_block:
            Article.objects.select_for_update().order_by().filter(pk=article.pk).first()
            article.refresh_from_db()
        else:
            prefetch_related_objects([article], bylines(), "notes", "section__parent", "lead_picture__renditions")
        article.readers_have_it, article.readers_time = article.is_public, article.published_at
        article.readers_section = article.section_id
        return revisions.with_pending(article)

    def save_model(self, request, obj, form, change):
        """A live story's columns are what readers see: a plain save leaves them alone (save_related)."""
        if change:
            revisions.begin(obj)
        if not form.keeps_live:
            obj.pending = None
            super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        authors = next((fs.authors for fs in formsets if isinstance(fs, BylineFormSet)), None)
        article, tags = form.instance, form.cleaned_data["tags"]
        content = revisions.snapshot(article, authors, tags)
        for formset in formsets:
            self.save_formset(request, form, formset, change=change)
        if form.cleaned_data.get("note"):
            Note.objects.create(
                article=article, text=form.cleaned_data["note"], by=request.user, by_name=request.user.get_username()
            )
        if meanwhile := getattr(article, "meanwhile", None):
            revisions.put_aside(article, content, meanwhile, request.user)
        if form.keeps_live:
            self._keep_over_live(request, form, content)
            return
        authors = article.byline if authors is None else authors
        article.__dict__.pop("_prefetched_objects_cache", None)  # what waited; now it is written
        form.save_m2m()
        revisions.write_byline(article, authors)
        if article.corrections.filter(is_waiting=True).update(is_waiting=False, corrected_at=timezone.now()):
            changed(names.CORRECTIONS)
        published = article.status == Article.Status.PUBLISHED
        deed = Revision.Deed.PUBLISHED if published else Revision.Deed.SAVED
        reason = form.reason_to_publish() if form.goes_out else ""
        Revision.objects.record(article, content, request.user, deed, reason)
        if reason:
            self.log_change(request, article, gettext("Published anyway: %s") % reason)

    def _keep_over_live(self, request, form, content):
        """What is said waits; when it is shown, which is no text, holds at once."""
        article = form.instance
        when = {name: getattr(article, name) for name in ("status", "embargo_until", "unpublish_at", "assigned_to")}
        if not getattr(article, "readers_have_it", True):
            when["published_at"] = article.published_at
        withdrawn = article.status == Article.Status.WITHDRAWN
        Article.objects.filter(pk=article.pk).update(**when)
        deed = Revision.Deed.WITHDRAWN if withdrawn else Revision.Deed.SAVED
        revisions.wait(article, content, request.user, deed)

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.may_publish = self.has_publish_permission(request)
        form.sections = workflow.sections_of(request.user)
        return form

    def get_fieldsets(self, request, obj=None):
        """Who may only look is shown the text, not its HTML, and nothing to switch."""
        fieldsets = super().get_fieldsets(request, obj)
        swap: dict = {} if self.has_publish_permission(request) else {"publish_anyway": [], "publish_reason": []}
        if obj is not None and not self.has_change_permission(request, obj):
            swap |= {"body": ["reading"], "picked": ["picked_stories"], "tell_readers": [], "note": []}
            swap |= {"publish_anyway": [], "publish_reason": []}
        return [
            (title, {**options, "fields": [new for name in options["fields"] for new in swap.get(name, [name])]})
            for title, options in fieldsets
        ]

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "reading", "picked_stories"]

    @display(description=_("body"))
    def reading(self, article):
        return format_html('<div class="desk-copy" dir="auto">{}</div>', mark_safe(markup.clean(article.body)))

    @display(description=_("related stories"))
    def picked_stories(self, article):
        return revisions.readable("picked", article.picked or []) or "–"

    def get_formset_kwargs(self, request, obj, inline, prefix):
        """A new story begins with the byline of whoever writes it."""
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if isinstance(inline, BylineInline) and request.method == "GET":
            authors = obj.byline if obj.pk else Author.objects.filter(user=request.user)[:1]
            kwargs["initial"] = [{"author": author.pk, "position": n} for n, author in enumerate(authors)]
        return kwargs

    @display(description=_("notes"))
    def notes_so_far(self, article):
        notes = article.notes.all() if article.pk else []
        rows = ((note.by_name, _long(note.created_at), note.text) for note in notes)
        return (
            format_html_join("", '<p class="desk-note"><b>{}</b> <span class="desk-soft">{}</span><br>{}</p>', rows)
            or "–"
        )

    @display(description="")
    def before_publishing(self, article):
        """What is missing, and how the story will look elsewhere."""
        if not article.pk:
            return gettext("Save once to see what is missing.")
        if not hasattr(article, "_panel"):  # the form asks for a field more than once
            article._panel = render_to_string("admin/articles/_checklist.html", panel(article, article.byline))
        return article._panel

    @display(description="")
    def lead_preview(self, article):
        """story.js shows here what was chosen, before it is saved."""
        address = reverse("admin:articles_picture_thumbnail", args=[0])
        if article.pk and article.lead_picture:
            source = thumbnail(article.lead_picture)
            return format_html('<img class="desk-lead" data-lead="{}" src="{}" alt="">', address, source)
        return format_html('<img class="desk-lead" data-lead="{}" alt="" hidden>', address)

    @display(description=_("now"))
    def state_now(self, article):
        if not article.pk:
            return gettext("A new draft; only the desk will see it.")
        return {
            Article.Status.DRAFT: gettext("A draft: only the desk sees it."),
            Article.Status.REVIEW: gettext("Waits for an editor; only the desk sees it."),
            Article.Status.APPROVED: gettext("Approved and ready to go out; only the desk sees it."),
            Article.Status.WITHDRAWN: gettext("Withdrawn: readers no longer find it."),
        }.get(article.status) or self._when(article)

    def _when(self, article):
        time = getattr(article, "readers_time", article.published_at)
        if time is None:
            return gettext("Not published yet.")
        waits = gettext("Your changes wait: readers see them after “Publish changes”.") if article.pending_id else ""
        if article.is_embargoed:
            law = gettext("Under embargo: nobody sees it before %s.") % _long(article.embargo_until)
            return f"{law} {waits}".strip()
        if article.is_over:
            return f"{gettext('Taken away from readers on %s.') % _long(article.unpublish_at)} {waits}".strip()
        if not getattr(article, "readers_have_it", article.is_public) and article.is_scheduled:
            return f"{gettext('Scheduled: appears by itself on %s.') % _long(time)} {waits}".strip()
        waits = waits or gettext("What you save waits until “Publish changes”.")
        return f"{gettext('Public since %s.') % _long(time)} {waits}"

    def view_on_site(self, article):
        """Asked anew: the form's story may carry an address that waits."""
        stored = Article.objects.select_related("section").filter(pk=article.pk).first()
        return stored.get_absolute_url() if stored and stored.is_public else None

    def construct_change_message(self, request, form, formsets, add=False):
        """In the log the deed comes first: “Published. Changed Headline.”"""
        fields = super().construct_change_message(request, form, formsets, add)
        said = "" if add or not fields else LogEntry(change_message=json.dumps(fields)).get_change_message()
        return f"{form.deed} {said}".strip()

    def save_formset(self, request, form, formset, change):
        for correction in formset.save(commit=False) if formset.model is Correction else []:
            if correction.corrected_by_id is None:
                correction.corrected_by = request.user
                correction.is_waiting = form.keeps_live
        super().save_formset(request, form, formset, change)

    def response_add(self, request, obj, post_url_continue=None):
        return self._after_button(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request, obj):
        return self._after_button(request, obj) or super().response_change(request, obj)

    def _after_button(self, request, obj):
        """Where a button of the desk leads: to the preview, or back to the form with a word on what is so now."""
        if "_preview" in request.POST:
            return HttpResponseRedirect(reverse("admin:articles_article_preview", args=[obj.pk]))
        if not (BUTTONS.keys() | {"_continue"}) & request.POST.keys():
            return None
        obj = Article.objects.select_related("section").get(pk=obj.pk)
        link = self.view_on_site(obj)
        see = format_html(' <a href="{}">{}</a>', link, gettext("View on site")) if link else ""
        said = gettext("Saved.") if "_continue" in request.POST else ""
        message = format_html("<b>{}</b>: {} {}{}", obj.headline, said, self.state_now(obj), see)
        self.message_user(request, message, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[obj.pk]))

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        stored = context["adminform"].form.initial  # a refused form has written into obj already
        status = stored.get("status", obj.status if obj else Article.Status.DRAFT)
        kept_in = getattr(obj, "readers_section", None)  # where it stands; a refused form may say otherwise
        may_publish = self.has_publish_permission(request, obj if kept_in else None)
        published = status == Article.Status.PUBLISHED
        is_down = status == Article.Status.WITHDRAWN and obj is not None and obj.takedowns.open().exists()
        context["deeds"] = {
            "review": status == Article.Status.DRAFT,
            "approve": may_publish and status == Article.Status.REVIEW,
            "draft": status in (Article.Status.REVIEW, Article.Status.APPROVED, Article.Status.WITHDRAWN),
            "publish": may_publish and not published and not is_down,
            "put_back": may_publish and is_down,
            "take_down": may_publish and published,
            "publish_changes": may_publish and published,
            "discard": may_publish and obj is not None and obj.pending_id,
            "withdraw": may_publish and published,
        }
        context |= self._what_it_was_opened_with(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _what_it_was_opened_with(self, request, obj):
        """A refused form stays as old as it is; it adds what it has asked about."""
        if obj is None:
            return {}
        if request.method != "POST":
            return {"base": obj.revisions.aggregate(number=Max("number"))["number"] or 0}
        meanwhile = getattr(obj, "meanwhile", None)
        asked = {"seen": meanwhile.latest.number, "asked": sorted(meanwhile.asked)} if meanwhile else {}
        return {"base": revisions.number_in(request.POST.get("base")), **asked}

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/discard/", view(self.discard), name="articles_article_discard"),
            path("<int:pk>/compare/", view(self.compare), name="articles_article_compare"),
            path("<int:pk>/bring-back/<int:number>/", view(self.bring_back), name="articles_article_bring_back"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def discard(self, request, pk):
        """Drop what waits over a live story; it stays in the history."""
        article = get_object_or_404(Article, pk=pk)
        if not (self.has_change_permission(request, article) and self.has_publish_permission(request, article)):
            raise PermissionDenied
        Article.objects.filter(pk=pk).update(pending=None)
        article.corrections.filter(is_waiting=True).delete()
        self.log_change(request, article, gettext("Changes discarded."))
        said = gettext("The changes are discarded; what readers read stands. They stay in the history.")
        self.message_user(request, said)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))


def _short(time):
    """Day and minute; the year only where it is not this one."""
    local, today = timezone.localtime(time), timezone.localtime()
    return date_format(local, "j M H:i" if local.year == today.year else "j M Y")


def _long(time):
    local = timezone.localtime(time)
    return f"{date_format(local, 'DATETIME_FORMAT')} ({local.tzname()})"
