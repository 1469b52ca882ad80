"""The moderators' queue."""

from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from articles.admin.base import AnyAddress
from comments.models import Comment, CommentQuerySet, Vote

DECISIONS = {
    "approve": CommentQuerySet.approve,
    "reject": CommentQuerySet.reject,
    "spam": CommentQuerySet.mark_spam,
}


class StatusFilter(admin.SimpleListFilter):
    """What waits comes first: without a choice the list is the queue."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request, model_admin):
        return [*Comment.Status.choices, ("all", _("All"))]

    def value(self):
        chosen = super().value()
        return chosen if chosen in [*Comment.Status, "all"] else Comment.Status.PENDING

    def choices(self, changelist):
        for value, title in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": title,
            }

    def queryset(self, request, queryset):
        return queryset if self.value() == "all" else queryset.filter(status=self.value())


@admin.register(Comment)
class CommentAdmin(AnyAddress, ModelAdmin):
    list_display_links = None
    list_filter = [StatusFilter]
    list_per_page = 50
    list_fullwidth = True
    show_full_result_count = False
    search_help_text = _("Name, words of the comment or of the headline")
    actions = ["approve", "reject", "spam"]

    class Media:
        css = {"all": ["css/queue.css"]}

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("article__section", "parent", "decided_by")

    def get_ordering(self, request):
        """The queue is worked off from its oldest end; what is decided is looked up from its newest."""
        is_queue = request.GET.get("status", Comment.Status.PENDING) == Comment.Status.PENDING
        return ["created_at", "pk"] if is_queue else ["-created_at", "-pk"]

    def get_urls(self):
        decide_one = self.admin_site.admin_view(require_POST(self.decide_one))
        decisions = [
            path(f"<int:pk>/{name}/", decide_one, {"decision": name}, f"comments_comment_{name}") for name in DECISIONS
        ]
        return decisions + super().get_urls()

    # A reader's words are shown or not shown, never rewritten.

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) or self.has_moderate_permission(request)

    def has_moderate_permission(self, request):
        return request.user.has_perm("comments.moderate_comment")

    def get_list_display(self, request):
        """Reporters read along; addresses and buttons are the moderators'."""
        if self.has_moderate_permission(request):
            return ["said", "sender", "story", "decide"]
        return ["said", "story", "state"]

    def get_search_fields(self, request):
        fields = ["name", "body", "article__headline"]
        return [*fields, "email"] if self.has_moderate_permission(request) else fields

    def get_fields(self, request, obj=None):
        return self.get_list_display(request)

    get_readonly_fields = get_fields

    # Columns

    @admin.display(description=_("comment"))
    def said(self, comment):
        return render_to_string("comments/desk/_said.html", {"comment": comment})

    @admin.display(description=_("sender"))
    def sender(self, comment):
        return format_html('<span dir="ltr">{}</span>{}', comment.email, self.state(comment))

    @admin.display(description=_("story"))
    def story(self, comment):
        return render_to_string("comments/desk/_story.html", {"story": comment.article})

    @admin.display(description=_("status"))
    def state(self, comment):
        reasons = [gettext(reason) for reason in comment.reasons]
        return render_to_string("comments/desk/_state.html", {"comment": comment, "reasons": reasons})

    @admin.display(description=_("decide"))
    def decide(self, comment):
        return render_to_string("comments/desk/_decide.html", {"comment": comment})

    # Decisions: in bulk, and one by one by buttons that post within the list's own form and so carry its token.

    @admin.action(permissions=["moderate"], description=_("Approve"))
    def approve(self, request, queryset):
        self.decide_these(request, queryset, "approve")

    @admin.action(permissions=["moderate"], description=_("Reject"))
    def reject(self, request, queryset):
        self.decide_these(request, queryset, "reject")

    @admin.action(permissions=["moderate"], description=_("Mark as spam"))
    def spam(self, request, queryset):
        self.decide_these(request, queryset, "spam")

    def decide_these(self, request, queryset, decision):
        changed = DECISIONS[decision](queryset, by=request.user)
        message = ngettext("%(count)d comment decided.", "%(count)d comments decided.", changed) % {"count": changed}
        self.message_user(request, message, messages.SUCCESS if changed else messages.INFO)

    def decide_one(self, request, pk, decision):
        """Decide one comment, as the moderator saw it: what a colleague decided meanwhile is told, not undone."""
        if not self.has_moderate_permission(request):
            raise PermissionDenied
        comment = get_object_or_404(Comment.objects.select_related("decided_by"), pk=pk)
        seen = Comment.objects.filter(pk=pk, status=request.GET.get("seen", comment.status))
        changed = DECISIONS[decision](seen, by=request.user)
        self.tell(request, pk, changed)
        return redirect(self.list_to_go_on_with(request))

    def tell(self, request, pk, changed):
        comment = Comment.objects.select_related("decided_by").get(pk=pk)
        said = {"name": comment.name, "status": comment.get_status_display(), "who": comment.decided_by or "–"}
        if changed:
            self.message_user(request, gettext("Comment by %(name)s: %(status)s.") % said, messages.SUCCESS)
        else:
            message = gettext("Nothing was changed: %(who)s has decided the comment by %(name)s meanwhile: %(status)s.")
            self.message_user(request, message % said, messages.WARNING)

    def list_to_go_on_with(self, request):
        """The list with the filters and the page that the moderator came from, else the queue."""
        queue = reverse("admin:comments_comment_changelist")
        referer = urlsplit(request.headers.get("Referer", ""))
        return f"{queue}?{referer.query}" if referer.path == queue and referer.query else queue


@admin.register(Vote)
class VoteAdmin(AnyAddress, ModelAdmin):
    """Votes are read, never made or changed, by the desk; who voted is not said."""

    list_display = ["article", "stars", "voted_at"]
    list_display_links = None
    list_select_related = ["article"]
    list_filter = ["stars"]
    search_fields = ["article__headline"]
    ordering = ["-pk"]
    show_full_result_count = False
    fields = list_display

    def has_add_permission(self, request):
        return False

    has_change_permission = has_delete_permission = lambda self, request, obj=None: False
