"""Taking a story away from readers in one step, with the reason on record, and putting it back."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextareaWidget

from articles.admin.base import DeskAdmin
from articles.models import Article, Takedown


class TakedownForm(forms.ModelForm):
    class Meta:
        model = Takedown
        fields = ["reason"]
        widgets = {"reason": UnfoldAdminTextareaWidget(attrs={"rows": 4, "autofocus": True})}


class TakedownMixin:
    """The two pages beside a story's form: admin:articles_article_takedown and admin:articles_article_restore."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/takedown/", view(self.take_down), name="articles_article_takedown"),
            path("<int:pk>/restore/", view(self.restore), name="articles_article_restore"),
            *super().get_urls(),
        ]

    def take_down(self, request, pk):
        article = self._withdrawable(request, pk)
        form = TakedownForm(request.POST or None)
        if article.status != Article.Status.PUBLISHED:
            return self._back(request, article, _("This story is not published; there is nothing to take down."))
        if not form.is_valid():
            return self._page(request, _("Take down"), article=article, form=form)
        takedown = Takedown.of(article, by=request.user, reason=form.cleaned_data["reason"])
        if takedown is None:
            return self._back(request, article, _("A colleague was faster: the story is not published any more."))
        self.log_change(request, article, _("Taken down: %(reason)s") % {"reason": takedown.reason})
        return self._back(request, article, _("Taken down. Readers are told that it is gone."), messages.SUCCESS)

    def restore(self, request, pk):
        article = self._withdrawable(request, pk)
        takedown = article.takedowns.open().select_related("by").first()
        if takedown is None:
            return self._back(request, article, _("This story is not taken down."))
        if request.method != "POST":
            return self._page(request, _("Restore"), article=article, takedown=takedown)
        if not takedown.lift(by=request.user):
            return self._back(request, article, _("The desk did something else with this story since; see its state."))
        self.log_change(request, article, _("Restored after the takedown"))
        return self._back(request, article, _("Restored, as it was."), messages.SUCCESS)

    def _withdrawable(self, request, pk):
        article = get_object_or_404(Article.objects.defer("body", "search_text"), pk=pk)
        if not (self.has_change_permission(request, article) and self.has_publish_permission(request, article)):
            raise PermissionDenied
        return article

    def _back(self, request, article, message, level=messages.WARNING):
        self.message_user(request, message, level)
        return redirect("admin:articles_article_change", article.pk)

    def _page(self, request, title, **context):
        context |= {**self.admin_site.each_context(request), "title": title}
        return render(request, "admin/articles/article/takedown.html", context)


@admin.register(Takedown)
class TakedownAdmin(DeskAdmin):
    """The record; it is written beside the story's form."""

    list_display = ["article", "reason", "at", "by", "lifted_at", "lifted_by"]
    list_select_related = ["article", "by", "lifted_by"]
    search_fields = ["article__headline", "reason"]
    fields = list_display
    readonly_fields = list_display

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
