"""The preview of a story at the desk, as it is saved and as it is being typed, and the links that outsiders get."""

from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from articles import previews, revisions
from articles.models import Article, Correction, PreviewLink, PreviewOpening, Revision
from newsroom.links import absolute

DAYS = (1, 7, 30)
LATEST, THIS = "latest", "this"
SHOWN_LINKS, SHOWN_OPENINGS = 100, 200


def _days():
    return [(days, ngettext("%(days)d day", "%(days)d days", days) % {"days": days}) for days in DAYS]


class PreviewLinkForm(forms.ModelForm):
    days = forms.TypedChoiceField(label=gettext_lazy("Open for"), choices=_days, coerce=int, initial=7)
    shows = forms.ChoiceField(
        label=gettext_lazy("Shows"),
        choices=[
            (LATEST, gettext_lazy("Always the latest, as it stands at the desk")),
            (THIS, gettext_lazy("The story as it is saved now; later changes stay here")),
        ],
        initial=LATEST,
    )

    class Meta:
        model = PreviewLink
        fields = ["name"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs |= {"class": "preview-input", "aria-describedby": f"id_{name}_said"}

    def clean_name(self):
        return " ".join(self.cleaned_data["name"].split())


class PreviewMixin:
    """For the admin of stories."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self.preview_new), name="articles_article_preview_new"),
            path("<int:pk>/preview/", view(self.preview), name="articles_article_preview"),
            path("<int:pk>/links/", view(self.links), name="articles_article_links"),
            path("<int:pk>/links/<int:link>/revoke/", view(self.revoke_link), name="articles_article_revoke_link"),
            *super().get_urls(),
        ]

    # The page as readers would see it

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def preview(self, request, pk):
        """The story as it is saved; what is posted is a form that is still being written."""
        article = self.get_queryset(request).full().filter(pk=pk).first()
        if article is None:
            raise Http404
        may = self.has_change_permission if request.method == "POST" else self.has_view_permission
        if not may(request, article):
            raise PermissionDenied
        revisions.with_pending(article)
        if request.method == "POST":
            return self._preview_typed(request, article)
        previews.show_corrections(article, list(article.corrections.all()))
        edit_url = reverse("admin:articles_article_change", args=[pk])
        return previews.render_preview(request, article, edit_url=edit_url)

    @method_decorator(require_POST)
    def preview_new(self, request):
        """A story that was never saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return self._preview_typed(request, Article())

    def _preview_typed(self, request, article):
        """Fill the story from the form as a save would, and write nothing. What cannot be read yet stays as it was."""
        is_new = article.pk is None
        form = self.get_form(request, None if is_new else article, change=not is_new)(request.POST, instance=article)
        form.full_clean()
        formsets, _inlines = self._create_formsets(request, article, change=not is_new)
        problems = [*_problems(form), *(problem for formset in formsets for problem in _row_problems(formset))]
        content = revisions.snapshot(article, _authors(formsets), form.cleaned_data.get("tags", []))
        content["headline"] = content["headline"] or _("No headline yet")
        if is_new:
            article.pk = 0  # its lists are read from memory below; a story without a key is refused them
        revisions.overlay(article, content)
        previews.show_corrections(article, _corrections(formsets))
        return previews.render_preview(request, article, is_typed=True, problems=problems)

    # Links for outsiders

    @method_decorator(require_http_methods(["GET", "HEAD", "POST"]))
    def links(self, request, pk):
        article = self._story_for_links(request, pk)
        form = PreviewLinkForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            link = self._make_link(request, article, form)
            self.message_user(request, _("The link for %(name)s is ready to be copied.") % {"name": link.name})
            return HttpResponseRedirect(f"{request.path}#link-{link.pk}")
        links = article.preview_links.with_openings().select_related("revision", "created_by")[:SHOWN_LINKS]
        _add_openings(links)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview links: %(headline)s") % {"headline": revisions.with_pending(article).headline},
            "opts": self.opts,
            "article": article,
            "form": form,
            "links": links,
        }
        response = TemplateResponse(request, "admin/articles/article/links.html", context)
        response["Cache-Control"] = "private, no-store"
        return response

    def _story_for_links(self, request, pk):
        article = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        return article

    @transaction.atomic
    def _make_link(self, request, article, form):
        link = form.save(commit=False)
        link.article, link.created_by = article, request.user
        link.expires_at = timezone.now() + timedelta(days=form.cleaned_data["days"])
        if form.cleaned_data["shows"] == THIS:
            link.revision = _as_it_stands(article, request.user)
        link.save()
        self.log_change(request, article, _("Preview link made for %s.") % link.name)
        return link

    @method_decorator(require_POST)
    def revoke_link(self, request, pk, link):
        article = self._story_for_links(request, pk)
        link = get_object_or_404(article.preview_links, pk=link)
        if article.preview_links.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
            self.log_change(request, article, _("Preview link for %s closed.") % link.name)
        self.message_user(request, _("The link for %(name)s is closed.") % {"name": link.name})
        return HttpResponseRedirect(reverse("admin:articles_article_links", args=[pk]))


def _as_it_stands(article, by):
    """The revision that says what the desk's form shows now; one is kept if none does."""
    article = Article.objects.select_for_update(of=("self",)).select_related("pending").order_by().get(pk=article.pk)
    if article.pending_id:
        return article.pending
    revisions.begin(article)
    return Revision.objects.record(article, revisions.live_snapshot(article), by, Revision.Deed.SAVED)


def _add_openings(links):
    """The newest openings of all links, in one query."""
    rows = {link.pk: [] for link in links}
    for opening in PreviewOpening.objects.filter(link__in=rows)[:SHOWN_OPENINGS]:
        rows[opening.link_id].append(opening)
    for link in links:
        link.shown_openings = rows[link.pk]
        link.address = absolute(reverse("articles:shared_preview", args=[link.token]))


# What a form says that is still being written


def _problems(form):
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        for error in errors.as_data():
            yield SimpleNamespace(label=label, text=" ".join(str(message) for message in error.messages))


def _row_problems(formset):
    if formset.is_valid():
        return
    for row in formset.forms:
        if not row.is_valid():
            yield from _problems(row)


def _authors(formsets):
    return next((formset.authors for formset in formsets if hasattr(formset, "authors")), [])


def _corrections(formsets):
    """Those that would stand on the page: written, and not marked to be deleted."""
    rows = [row for formset in formsets if formset.model is Correction for row in formset.forms]
    return [
        row.instance
        for row in rows
        if not getattr(row, "cleaned_data", {}).get("DELETE") and row.instance.wrong and row.instance.right
    ]
