from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action, display

from articles.admin.base import AnyAddress
from digest import letters
from digest.models import Delivery, Edition, EditionStory, Subscriber

Status = Delivery.Status


class ReadOnly:
    """What the newsroom writes by itself: to look at, not to edit."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


def _log(request, subscribers, flag, message=""):
    """What is erased must not live on in the log, so an address stands there by its first letter and its domain."""
    of = ContentType.objects.get_for_model(Subscriber)
    rows = [
        LogEntry(
            user=request.user,
            content_type=of,
            object_id=str(subscriber.pk),
            object_repr=f"{subscriber.email[:1]}…@{subscriber.email.rpartition('@')[2]}"[:200],
            action_flag=flag,
            change_message=message,
        )
        for subscriber in subscribers
    ]
    return LogEntry.objects.bulk_create(rows)


@admin.register(Subscriber)
class SubscriberAdmin(AnyAddress, ModelAdmin):
    list_display = ["email", "state", "created_at", "confirmed_at", "unsubscribed_at"]
    list_filter = ["status", "created_at"]
    search_fields = ["email"]
    search_help_text = _("Any part of the address")
    fields = ["email", "status", "created_at", "confirmed_at", "unsubscribed_at"]
    readonly_fields = fields  # consent is the reader's to give; the desk can end it
    actions = ["unsubscribe"]
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request):
        return False

    def get_deleted_objects(self, objs, request):
        """Erasing a reader takes the ledger's rows along, though nobody may delete those by themselves."""
        deleted, counts, needed, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, needed - {Delivery._meta.verbose_name}, protected

    def log_deletions(self, request, queryset):
        return _log(request, queryset, DELETION)

    @display(
        description=_("status"),
        ordering="status",
        label={
            Subscriber.Status.CONFIRMED.label: "success",
            Subscriber.Status.PENDING.label: "warning",
        },
    )
    def state(self, subscriber):
        return subscriber.get_status_display()

    @admin.action(description=_("Unsubscribe the chosen addresses"), permissions=["change"])
    def unsubscribe(self, request, queryset):
        chosen = list(queryset.exclude(status=Subscriber.Status.UNSUBSCRIBED))
        number = queryset.unsubscribe()
        _log(request, chosen, CHANGE, gettext("Unsubscribed."))
        text = ngettext("%(n)d address was unsubscribed.", "%(n)d addresses were unsubscribed.", number) % {"n": number}
        messages.success(request, text)


class LineInline(ReadOnly, TabularInline):
    model = EditionStory
    verbose_name = _("story")
    verbose_name_plural = _("stories, as planned")
    fields = readonly_fields = ["position", "headline"]
    extra = 0

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("digest.view_edition")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("article")

    @admin.display(description=_("headline"))
    def headline(self, line):
        address = reverse("admin:articles_article_change", args=[line.article_id])
        return format_html('<a href="{}">{}</a>', address, line.article.headline)


@admin.register(Edition)
class EditionAdmin(ReadOnly, AnyAddress, ModelAdmin):
    list_display = ["day", "subject", "state", "sent", "unsent", "failed", "left_out"]
    list_filter = ["status"]
    search_fields = ["subject"]
    fields = ["day", "subject", "status", "since", "until", "planned_at", "sent_at"]
    readonly_fields = fields
    inlines = [LineInline]
    actions_detail = ["preview"]
    list_per_page = 30

    def get_queryset(self, request):
        counts = {
            "number_sent": [Status.SENT],
            "number_unsent": [Status.PLANNED, Status.CLAIMED, Status.SENDING],
            "number_failed": [Status.FAILED],
            "number_left_out": [Status.SUPPRESSED],
        }
        count = {name: Count("deliveries", Q(deliveries__status__in=states)) for name, states in counts.items()}
        return super().get_queryset(request).annotate(**count)

    @display(
        description=_("status"),
        ordering="status",
        label={
            Edition.Status.SENT.label: "success",
            Edition.Status.SENDING.label: "info",
            Edition.Status.PLANNED.label: "warning",
        },
    )
    def state(self, edition):
        return edition.get_status_display()

    @admin.display(description=_("sent"))
    def sent(self, edition):
        return edition.number_sent

    @admin.display(description=_("not yet sent"))
    def unsent(self, edition):
        return edition.number_unsent

    @admin.display(description=_("failed"))
    def failed(self, edition):
        return edition.number_failed

    @admin.display(description=_("left out"))
    def left_out(self, edition):
        return edition.number_left_out

    @action(description=_("Look at the message"), url_path="preview", permissions=["view"], icon="visibility")
    def preview(self, request, object_id):
        edition = self.get_object(request, object_id)  # a key that is none is no error
        if edition is None:
            raise Http404
        stories = letters.public_stories(edition)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Edition of %(day)s") % {"day": edition.day},
            "edition": edition,
            "opts": self.opts,
            "html": letters.preview(edition, stories) if stories else "",
        }
        return render(request, "digest/admin/preview.html", context)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, AnyAddress, ModelAdmin):
    list_display = ["email", "day", "state", "sent_at", "tries", "reply"]
    list_filter = ["status", "edition"]
    search_fields = ["subscriber__email"]
    search_help_text = _("Did this reader get Tuesday’s mail? Search for the address.")
    list_select_related = ["subscriber", "edition"]
    fields = ["email", "day", "status", "tries", "next_try_at", "sent_at", "reply"]
    readonly_fields = fields
    ordering = ["-pk"]
    list_per_page = 50
    show_full_result_count = False

    @admin.display(description=_("e-mail"), ordering="subscriber__email")
    def email(self, delivery):
        return delivery.subscriber.email

    @admin.display(description=_("edition"), ordering="edition__day")
    def day(self, delivery):
        return delivery.edition.day

    @display(
        description=_("status"),
        ordering="status",
        label={Status.SENT.label: "success", Status.FAILED.label: "danger", Status.SENDING.label: "info"},
    )
    def state(self, delivery):
        return delivery.get_status_display()
