"""The checklist beside the button: what is missing, and how the story will look elsewhere."""

from urllib.parse import unquote, urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from articles import checklist, markup, revisions
from articles.models import Article
from articles.models.article import WORDS_PER_MINUTE


def panel(article, authors=None) -> dict:
    """What templates/admin/articles/_checklist.html prints of a story, saved or not."""
    found = checklist.check(article, authors)
    words = len(markup.to_text(markup.clean(article.body or "")).split())
    return {
        "blocking": [finding for finding in found if finding.is_blocking],
        "advisory": [finding for finding in found if not finding.is_blocking],
        "words": words,
        "minutes": max(1, round(words / WORDS_PER_MINUTE)),
        "story": article,
        "host": urlsplit(settings.SITE_URL).netloc,
        "trail": [unquote(part) for part in article.get_absolute_url().split("/") if part] if article.slug else [],
        "picture": card_picture(article.lead_picture),
    }


def card_picture(picture) -> str:
    """The address of what a share card shows, while the worker is at it that of the picture itself."""
    if picture is None:
        return ""
    made = [r for r in picture.renditions.all() if r.crop == "social"]
    return made[0].file.url if made else picture.file.url


class PublishAnyway(forms.Form):
    """Two fields for an editor who knows better; the reason goes into the log."""

    publish_anyway = forms.BooleanField(
        label=_("Publish anyway"), required=False, widget=UnfoldBooleanSwitchWidget, help_text=_("Needs a reason.")
    )
    publish_reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=UnfoldAdminTextInputWidget
    )

    def reason_to_publish(self) -> str:
        """What was written, where the box is ticked; "" otherwise."""
        return self.cleaned_data.get("publish_reason", "").strip() if self.cleaned_data.get("publish_anyway") else ""

    def hold_back(self, findings):
        """Refuses a story that something blocks, each message beside its field, unless somebody says why not."""
        blocking = [finding for finding in findings if finding.is_blocking]
        if not blocking or self.reason_to_publish():
            return
        if self.cleaned_data.get("publish_anyway"):
            self.add_error("publish_reason", _("Say why the story goes out as it is."))
            return
        for finding in blocking:
            self.add_error(finding.field if finding.field in self.fields else None, finding.message)


class ChecklistMixin:
    """The checklist's own address, for a panel that is fetched again."""

    def get_urls(self):
        view = self.admin_site.admin_view(self.checklist)
        return [path("<int:pk>/checklist/", view, name="articles_article_checklist"), *super().get_urls()]

    def subject_of_checklist(self, article):
        """The story as it would go out, and its byline: where work stands beside the live text, that work."""
        revisions.with_pending(article)
        return article, article.byline

    @method_decorator(require_safe)
    def checklist(self, request, pk):
        article = Article.objects.full().filter(pk=pk).first()
        if article is None:
            raise Http404
        if not self.has_view_permission(request, article):
            raise PermissionDenied
        return render(request, "admin/articles/_checklist.html", panel(*self.subject_of_checklist(article)))
