"""A story's history at the desk: its revisions, any two of them side by side, and bringing one back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from articles import differences, revisions, workflow
from articles.models import Article

PER_PAGE = 50


class HistoryMixin:
    """For the admin of stories. What the log of the desk says of a story stands below its revisions."""

    def history_view(self, request, object_id, extra_context=None):
        article = self.get_object(request, object_id)
        if article is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        kept = article.revisions.defer("content").select_related("by")
        page = Paginator(kept, PER_PAGE).get_page(request.GET.get("p"))
        for revision in page:
            revision.labels = [revisions.label(name) for name in revision.changed]
        context = {
            "page": page,
            "may_change": self.has_change_permission(request, article),
            **(extra_context or {}),
        }
        return self._history_page(request, article, "history", _("History"), context)

    def _history_page(self, request, article, name, title, context):
        context = {
            **self.admin_site.each_context(request),
            "title": f"{title}: {article.headline}",
            "opts": self.opts,
            "article": article,
            **context,
        }
        return TemplateResponse(request, f"admin/articles/article/{name}.html", context)

    def _story_for(self, request, pk, may):
        article = get_object_or_404(Article, pk=pk)
        if not may(request, article):
            raise PermissionDenied
        return article

    @method_decorator(require_safe)
    def compare(self, request, pk):
        """Two revisions, field by field; only what differs. Without numbers the newest with the one before."""
        article = self._story_for(request, pk, self.has_view_permission)
        newest = article.revisions.values_list("number", flat=True).first() or 0
        second = _number(request.GET.get("to"), newest)
        first = _number(request.GET.get("from"), second - 1)
        old = get_object_or_404(article.revisions, number=first)
        new = get_object_or_404(article.revisions, number=second)
        context = {"old": old, "new": new, "rows": _rows(old, new)}
        return self._history_page(request, article, "compare", _("What changed"), context)

    @method_decorator(require_POST)
    @method_decorator(transaction.atomic)
    def bring_back(self, request, pk, number):
        """An old revision becomes the newest; over a live story it waits like any other change."""
        article = self._story_for(request, pk, self.has_change_permission)
        Article.objects.select_for_update().order_by().filter(pk=pk).first()
        revision = get_object_or_404(article.revisions, number=number)
        moves = article.section_id and revision.content.get("section") != article.section_id
        if moves and not workflow.is_of_own_section(request.user, article):
            raise PermissionDenied  # out of a section of other editors
        missing = [revisions.label(name) for name in revisions.deleted_since(revision.content)]
        revisions.revert(article, revision, request.user)
        self.log_change(request, article, _("Revision %(number)d brought back.") % {"number": number})
        said = _("Revision %(number)d is back.") % {"number": number}
        if article.pending_id:
            said += " " + _("Readers see it after “Publish changes”.")
        self.message_user(request, said, messages.SUCCESS)
        if missing:
            left_out = _("Deleted since and so left out: %(fields)s. Choose again before you publish.")
            self.message_user(request, left_out % {"fields": _(", ").join(missing)}, messages.WARNING)
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))


def _number(text, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else default


def _rows(old, new):
    """(name of the field, its old side, its new side) of what differs, in the order of the form."""
    for name, value in new.content.items():
        if old.differs(name, value):
            was = revisions.readable(name, old.content[name]) if name in old.content else ""
            yield (revisions.label(name), *differences.sides(was, revisions.readable(name, value)))
