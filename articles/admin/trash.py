"""Deleting a story puts it into the trash first, where it can be taken out again for TRASH_DAYS days."""

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action

from articles import trash
from articles.models import Article

LIST = "admin:articles_article_changelist"
TO_TRASH = "to_trash"  # what the question says that it asks about


class TrashFilter(DropdownFilter):
    """Without it, the list shows what is not in the trash."""

    title = _("trash")
    parameter_name = "trash"

    def lookups(self, request, model_admin):
        return [("yes", _("In the trash"))]

    def queryset(self, request, queryset):
        return queryset.trashed() if self.value() == "yes" else queryset.kept()


class TrashMixin:
    delete_confirmation_template = "admin/articles/article/delete_confirmation.html"

    def get_queryset(self, request):
        """What is in the trash cannot be chosen elsewhere; the list's own filter decides what it shows."""
        queryset = super().get_queryset(request)
        is_choice = request.resolver_match and request.resolver_match.url_name == "autocomplete"
        return queryset.kept() if is_choice else queryset

    def get_list_filter(self, request):
        return [*super().get_list_filter(request), TrashFilter]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.trashed_at is None)

    def has_delete_permission(self, request, obj=None):
        """From the trash, only administrators delete."""
        if obj is not None and obj.trashed_at:
            return request.user.is_superuser
        return super().has_delete_permission(request, obj)

    def has_trash_permission(self, request):
        return self.has_delete_permission(request)

    def may_put_back(self, request, story):
        """Who may put a story into the trash may take it out."""
        return self.has_trash_permission(request) and self.decides_about(request, story)

    # The list

    def get_actions(self, request):
        """In the trash one can put back and, as an administrator, delete; elsewhere there is no deleting."""
        found = super().get_actions(request)
        if request.GET.get("trash") == "yes":
            names = ["put_back", "delete_selected"] if request.user.is_superuser else ["put_back"]
            return {name: found[name] for name in names if name in found}
        return {name: deed for name, deed in found.items() if name not in {"put_back", "delete_selected"}}

    def _get_base_actions(self):
        """Beside the actions that the desk itself names."""
        own = [self.get_action(name) for name in ("trash", "put_back")]
        return [*super()._get_base_actions(), *own]

    @action(description=_("Move to the trash"), permissions=["trash"])
    def trash(self, request, queryset):
        may = [story for story in queryset if self.has_delete_permission(request, story)]
        moved = len(self._trash(request, may))
        text = ngettext("%(n)d story is in the trash.", "%(n)d stories are in the trash.", moved) % {"n": moved}
        messages.success(request, format_html('{} <a href="{}?trash=yes">{}</a>', text, reverse(LIST), _("See them")))

    @action(description=_("Put back"), permissions=["trash"])
    def put_back(self, request, queryset):
        stories = [story for story in queryset.trashed() if self.may_put_back(request, story)]
        moved = len(self._put_back(request, stories))
        text = ngettext("%(n)d story was put back.", "%(n)d stories were put back.", moved)
        messages.success(request, text % {"n": moved})

    def _trash(self, request, stories):
        return self._move_by_trash(request, stories, Article.objects.kept(), "trash", gettext("Moved to the trash."))

    def _put_back(self, request, stories):
        said = gettext("Put back from the trash.")
        return self._move_by_trash(request, stories, Article.objects.trashed(), "put_back", said)

    @transaction.atomic
    def _move_by_trash(self, request, stories, where, deed, said):
        """Of two people who do the same in one instant, one did it and the log says who."""
        keys = [story.pk for story in stories]
        locked = Article.objects.select_for_update(of=("self",)).order_by("pk").filter(pk__in=keys)
        list(locked.values_list("pk", flat=True))
        moved = list(where.filter(pk__in=keys).defer("body", "search_text"))
        getattr(Article.objects.filter(pk__in=[story.pk for story in moved]), deed)()
        LogEntry.objects.log_actions(request.user.pk, moved, CHANGE, said)
        return moved

    # One story

    def get_deleted_objects(self, objs, request):
        """What goes into the trash takes nothing with it."""
        if all(story.trashed_at is None for story in objs):
            return [str(story) for story in objs], {}, set(), []
        return super().get_deleted_objects(objs, request)

    def log_deletions(self, request, queryset):
        forever = [story for story in queryset if self.is_for_good(request, story)]
        return super().log_deletions(request, forever) if forever else None

    def is_for_good(self, request, story):
        """A second press of “Move to the trash” must not delete what the first one moved."""
        return story.trashed_at is not None and TO_TRASH not in request.POST

    def delete_model(self, request, obj):
        if self.is_for_good(request, obj):
            trash.delete(Article.objects.filter(pk=obj.pk))
        else:
            self._trash(request, [obj])

    def delete_queryset(self, request, queryset):
        """Asked for by a list of the trash; what somebody put back meanwhile stays."""
        trash.delete(queryset)

    def response_delete(self, request, obj_display, obj_id):
        if not Article.objects.filter(pk=obj_id).exists():
            return super().response_delete(request, obj_display, obj_id)
        undo = reverse("admin:articles_article_put_back", args=[obj_id])
        messages.success(
            request,
            format_html(
                '<form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">{} '
                '<button class="desk-undo">{}</button></form>',
                undo,
                get_token(request),
                gettext("“%(story)s” is in the trash.") % {"story": obj_display},
                _("Undo"),
            ),
        )
        return HttpResponseRedirect(reverse(LIST))

    def delete_view(self, request, object_id, extra_context=None):
        context = {"trash_days": settings.TRASH_DAYS, **(extra_context or {})}
        try:
            return super().delete_view(request, object_id, context)
        except PermissionDenied:
            story = self.get_object(request, unquote(object_id))
            if story is None or story.trashed_at is None or not self.may_put_back(request, story):
                raise
        messages.info(request, gettext("“%(story)s” is in the trash already.") % {"story": story})
        return HttpResponseRedirect(f"{reverse(LIST)}?trash=yes")

    def get_urls(self):
        view = self.admin_site.admin_view(self.put_back_one)
        return [path("<int:pk>/put-back/", view, name="articles_article_put_back"), *super().get_urls()]

    @method_decorator(require_POST)
    def put_back_one(self, request, pk):
        story = get_object_or_404(Article.objects.defer("body", "search_text"), pk=pk)
        if not self.may_put_back(request, story):
            raise PermissionDenied
        if story.trashed_at is None:
            messages.info(request, gettext("“%(story)s” is not in the trash any more.") % {"story": story})
            return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))
        self._put_back(request, [story])
        messages.success(request, gettext("“%(story)s” was put back.") % {"story": story})
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[pk]))
