"""What is typed into a story's form is kept before it is saved, and whoever else has the story open is named.

static/desk/autosave.js sends the form's raw fields. Each opened form is a window with a name of its own (`writing`);
a copy is replaced only by the window that typed it or by one that took it up (`taken`), so that neither a second tab
nor a form opened anew overwrites work that nobody has looked at.
"""

import re

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles import markup, presence
from articles.admin.article_form import FACTS
from articles.models import Article, Correction, WorkingCopy

MAX_BYTES = 5 * 2**20
WINDOW = re.compile(r"[a-z0-9]{8,40}")
SAVED_COOKIE = "desk_saved"  # the last windows whose text is saved, so that their browser forgets its own copies
SAVED_KEPT = 10
NOBODYS = "0" * 8  # no browser has a window of this name
NOT_TEXT = frozenset(
    [*("csrfmiddlewaretoken", "writing", "taken", "typed", "beat", "leave"), *("base", "seen", "asked", "theirs")]
)


class AutosaveMixin:
    """For the admin of stories."""

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("copy/", view(self.keep_copy), name="articles_article_copy_new"),
            path("copy/throw-away/", view(self.throw_copy_away), name="articles_article_copy_throw_new"),
            path("<int:pk>/copy/", view(self.keep_copy), name="articles_article_copy"),
            path("<int:pk>/copy/throw-away/", view(self.throw_copy_away), name="articles_article_copy_throw"),
            *super().get_urls(),
        ]

    # The beat of an open form

    @method_decorator(require_POST)
    def keep_copy(self, request, pk=None):
        """Keeps the text when the beat brings any, and says what others do with the story."""
        article, refused = self._story_being_written(request, pk)
        if refused:
            return refused
        window = request.POST.get("writing", "")
        if not WINDOW.fullmatch(window):
            return JsonResponse(
                {"said": _("Not kept: open the form anew. Your text is still in this window.")}, status=400
            )
        if "leave" in request.POST:
            presence.leave(pk, window)
        has_text = "beat" not in request.POST
        status, answer = _keep(request, article, window) if has_text else (200, {})
        if article and "leave" not in request.POST:
            others = presence.here(pk, window, request.user, has_text)
            answer["open"] = [_open_line(other, request.user) for other in others]
            answer["saved"] = _saved_since(article, _number(request.POST.get("base")) or 0, request.user)
        return JsonResponse(answer, status=status)

    def _story_being_written(self, request, pk):
        if pk is None:
            article, may = None, self.has_add_permission(request)
        else:
            article = self.get_queryset(request).defer("body", "search_text").filter(pk=pk).first()
            if article is None:
                said = _("This story was deleted. Your text is still in this window; copy it from here.")
                return None, JsonResponse({"said": said}, status=404)
            may = self.has_change_permission(request, article)
        if may:
            return article, None
        said = _("Not kept: you may no longer change this story. Your text is still in this window.")
        return None, JsonResponse({"said": said}, status=403)

    @method_decorator(require_POST)
    def throw_copy_away(self, request, pk=None):
        """The copy that was offered; one that another window brought meanwhile stays."""
        article = pk and get_object_or_404(Article.objects.only("pk"), pk=pk)
        copies = WorkingCopy.objects.filter(user=request.user, article=article)
        windows = _windows(request)
        (copies.filter(writing__in=windows) if windows else copies).delete()
        if request.headers.get("Accept") == "application/json":
            return JsonResponse({})
        here = reverse("admin:articles_article_change", args=[pk]) if pk else reverse("admin:articles_article_add")
        return HttpResponseRedirect(here)

    # The form

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """A save forgets the copy that it came from; one that was never taken up stays."""
        try:
            response = super().changeform_view(request, object_id, form_url, extra_context)
        except PermissionDenied:
            if request.method == "POST" and object_id and self.has_view_permission(request):
                return self._not_saved(request, _("You may no longer change this story: its state has changed."), 403)
            raise
        is_gone = response.status_code == 302 and response.url == reverse("admin:index")
        if request.method == "POST" and object_id and is_gone:
            return self._not_saved(request, _("This story was deleted."), 410)
        if request.method == "POST" and response.status_code == 302:
            copies = WorkingCopy.objects.filter(user=request.user, article=object_id)
            windows = _windows(request)
            (copies.filter(writing__in=windows) if windows else copies).delete()
            _say_saved(request, response, windows)
        return response

    def _not_saved(self, request, why, status):
        """What was sent, to be read and copied; and kept as the beginning of a new story where none is begun."""
        text = _text(request.POST)
        is_kept = False
        if self.has_add_permission(request):
            window = request.POST.get("writing", "")
            begun = {"data": {**text, "slug": [""]}, "writing": window if WINDOW.fullmatch(window) else NOBODYS}
            copy, is_new = WorkingCopy.objects.get_or_create(user=request.user, article=None, defaults=begun)
            is_kept = is_new or copy.writing == begun["writing"]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Not saved"),
            "opts": self.opts,
            "why": why,
            "rows": readable_rows(text),
            "is_kept": is_kept,
        }
        return TemplateResponse(request, "admin/articles/article/not_saved.html", context, status=status)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        may = request.method == "POST" or (
            self.has_add_permission(request) if obj is None else self.has_change_permission(request, obj)
        )
        if may and not context.get("is_popup"):
            context["autosave"] = self._autosave(request, context, obj)
        elif obj is not None and (left := WorkingCopy.objects.of(request.user, obj).first()):
            context["left_over"] = {"time": _clock(left.saved_at), "rows": readable_rows(left.data)}
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _autosave(self, request, context, obj):
        is_opened = request.method == "GET"
        copies = WorkingCopy.objects.of(request.user, obj).exclude(writing__in=_saved_windows(request))
        taken = copies.first() if is_opened and "copy" in request.GET else None
        mine = copies.defer("data").first() if is_opened and not taken else None
        if taken:
            context["base"] = taken.base
            take_up(taken, context["adminform"].form, context["inline_admin_formsets"])
        args, end = ([obj.pk], "") if obj else ([], "_new")
        return {
            "keep": reverse(f"admin:articles_article_copy{end}", args=args),
            "throw": reverse(f"admin:articles_article_copy_throw{end}", args=args),
            "key": f"{request.user.pk}:{obj.pk if obj else 'new'}",
            "mine": mine,
            "taken": taken,
            "holds": (taken or mine).writing if taken or mine else "",
            "time": _clock((taken or mine).saved_at) if taken or mine else "",
            "may_replace": taken.writing if taken else " ".join(_windows(request)),
            "is_refused": not is_opened,
            "saved": " ".join(_saved_windows(request)),
            "others": _others_copies(request.user, obj) if obj and is_opened else [],
        }


def readable_rows(text):
    """(label, value) of what stands in the text fields of a form, to be read and copied."""
    names = ["kicker", "headline", "standfirst", "dateline", "body", "lead_caption", "tags", "note"]
    names += sorted(name for name in text if re.fullmatch(r"corrections-\d{1,4}-(wrong|right)", name))
    for name in names:
        value = (text.get(name) or [""])[0].strip()
        if value:
            yield _label(name), mark_safe(markup.clean(value)) if name == "body" else value


def _label(name):
    if name == "note":
        return _("Note")
    model, field = (Correction, name.rsplit("-", 1)[-1]) if "-" in name else (Article, name)
    return capfirst(model._meta.get_field(field).verbose_name)


def take_up(copy, form, inlines):
    """Put the copy's raw values into a form that is about to be printed, as if they had just been typed.

    What decides who sees a story that exists is no text: it stays as it is stored.
    """
    data = MultiValueDict(copy.data)
    _fill(form, data, leave=FACTS if copy.article_id else ["status"])
    for inline in inlines:
        _fill_rows(inline.formset, data)


def _fill(form, data, leave=()):
    for name, field in form.fields.items():
        key = form.add_prefix(name)
        if name in leave or field.widget.value_omitted_from_data(data, {}, key):
            continue
        value = field.bound_data(field.widget.value_from_datadict(data, {}, key), form.initial.get(name))
        if name == "body":
            value = markup.clean(value or "")  # the editor must not be given what no editor would make
        if _can_be_shown(field, value):
            form.initial[name] = value


def _can_be_shown(field, value):
    """A choice among rows that is none any more, or never was one, is left out; text may be unfinished."""
    if not isinstance(field, forms.ModelChoiceField):
        return True
    try:
        field.to_python(value)
    except ValidationError:
        return False
    return True


def _fill_rows(formset, data):
    """Rows that exist get what was typed into them; the others are rows that are not saved yet."""
    number = min(_number(data.get(f"{formset.prefix}-TOTAL_FORMS")) or 0, formset.absolute_max)
    stored = {str(form.instance.pk): form for form in formset.initial_forms}
    new = []
    for index in range(number):
        prefix = f"{formset.prefix}-{index}"
        if data.get(f"{prefix}-id") in stored:
            form = stored[data[f"{prefix}-id"]]
            form.prefix, kept = prefix, form.prefix
            _fill(form, data, leave=["id"])
            form.prefix = kept
        elif not data.get(f"{prefix}-DELETE"):
            new.append(_row(formset, prefix, data))
    new.sort(key=lambda row: _number(str(row.get("position", ""))) or 0)
    formset.extra, formset.initial_extra = len(new), new
    formset.__dict__["forms"] = [
        *stored.values(),
        *(formset._construct_form(len(stored) + n, **formset.get_form_kwargs(n)) for n in range(len(new))),
    ]
    formset.__dict__.pop("management_form", None)


def _row(formset, prefix, data):
    form = formset.form(prefix=prefix, **formset.get_form_kwargs(None))
    form.initial = {}
    _fill(form, data, leave=["id"])
    return form.initial


def _keep(request, article, window):
    """(status, answer) of keeping the text that this beat brings."""
    text = _text(request.POST)
    if sum(len(value.encode()) for values in text.values() for value in values) > MAX_BYTES:
        said = _("Not kept: more than %(size)d MB of text. It is still in this window; put a part of it elsewhere.")
        return 413, {"said": said % {"size": MAX_BYTES // 2**20}}
    typed = _number(request.POST.get("typed"), digits=16) or 0
    with transaction.atomic():
        copies = WorkingCopy.objects.select_for_update().defer("data")
        earlier = copies.filter(user=request.user, article=article).first()
        if earlier and earlier.writing not in {*_windows(request), *_saved_windows(request)}:
            return 409, _earlier_work(earlier)
        if earlier is None or earlier.writing != window or earlier.typed <= typed:
            values = {"data": text, "base": _number(request.POST.get("base")), "writing": window, "typed": typed}
            WorkingCopy.objects.update_or_create(user=request.user, article=article, defaults=values)
    return 200, {"said": _("Kept at %(time)s") % {"time": _clock(timezone.now())}}


def _earlier_work(copy):
    time = _clock(copy.saved_at)
    said = _("Kept in this browser only: first decide about the unsaved work from %(time)s.")
    return {"said": said % {"time": time}, "earlier": time, "window": copy.writing}


def _text(sent) -> dict[str, list[str]]:
    """The fields of the form; PostgreSQL refuses NUL, and nobody types it."""
    names = [name for name in sent if name not in NOT_TEXT and not name.startswith(("_", "initial-"))]
    return {name.replace("\0", ""): [value.replace("\0", "") for value in sent.getlist(name)] for name in names}


def _number(text, digits=9):
    return int(text) if text and text.isdecimal() and len(text) <= digits else None


def _windows(request) -> list[str]:
    """This window and those whose copies it took up."""
    named = [request.POST.get("writing", ""), *request.POST.get("taken", "")[:1000].split()]
    return [name for name in named if WINDOW.fullmatch(name)]


def _saved_windows(request) -> list[str]:
    return [name for name in request.COOKIES.get(SAVED_COOKIE, "").split(".") if WINDOW.fullmatch(name)]


def _say_saved(request, response, windows):
    names = list(dict.fromkeys([*windows, *_saved_windows(request)]))[:SAVED_KEPT]
    if names:
        response.set_cookie(
            SAVED_COOKIE,
            ".".join(names),
            max_age=settings.WORKING_COPY_DAYS * 86400,
            path=reverse("admin:articles_article_changelist"),
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )


def _others_copies(user, article) -> list[str]:
    """Those newer than the newest save: older work of others has been overtaken and is theirs to look at."""
    copies = article.working_copies.exclude(user=user).select_related("user").defer("data")
    last = article.revisions.order_by("-number").values_list("created_at", flat=True).first()
    copies = copies.filter(saved_at__gt=last) if last else copies
    said = _("%(who)s has unsaved work from %(time)s.")
    return [said % {"who": _name(copy.user), "time": _clock(copy.saved_at)} for copy in copies.order_by("saved_at")]


def _open_line(other, user) -> str:
    said = _("%(who)s has this story open since %(since)s, last typed %(typed)s.")
    if other["who"] == user.pk:
        said = _("You have this story open in another window since %(since)s, last typed %(typed)s.")
    if other["typed"] is None:
        said = said.replace(_(", last typed %(typed)s"), "")
    typed = _clock(other["typed"]) if other["typed"] else ""
    return said % {"who": other["name"], "since": _clock(other["since"]), "typed": typed}


def _saved_since(article: Article, base: int, user):
    """Who saved the story after this form was opened, and where to see what changed."""
    last = article.revisions.defer("content", "changed").order_by("-number").first()
    if last is None or last.number <= base:
        return None
    said = _("%(who)s saved this story at %(time)s. Your save will be merged.")
    if last.by_id == user.pk:
        said = _("You saved this story in another window at %(time)s. This save will be merged.")
    address = reverse("admin:articles_article_compare", args=[article.pk])
    return {
        "said": said % {"who": last.by_name or _("Somebody"), "time": _clock(last.created_at)},
        "link": f"{address}?from={max(base, 1)}&to={last.number}" if last.number > 1 else "",
    }


def _name(user):
    return user.get_full_name() or user.get_username()


def _clock(time) -> str:
    """The minute; the day too where it is not today."""
    local = timezone.localtime(time)
    return date_format(local, "H:i" if local.date() == timezone.localdate() else "j M H:i")
