"""The log at /admin/log/: who did what at the desk, when, with what, and why. It is read, never written here.

What people do is in Django's own log, which every form and deed of the desk writes. Outsiders have no account, so what
they opened by a preview link is read from the record of those openings.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from heapq import merge
from itertools import groupby, islice
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from articles.models import Article, Banner, FrontPage, PreviewOpening

PAGE = 50
LOOKED_AT = 20_000  # entries that one page looks through for words; the next page goes on from there
PEOPLE = 500
FIRST_YEAR, LAST_YEAR = 2000, 9998
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOG, OPENINGS = 0, 1  # of two rows of one instant the first kind is listed first
BIGGEST_KEY = 2**63 - 1


@dataclass
class Row:
    """One line of the page."""

    at: datetime
    source: int
    key: int
    who: str
    what: str
    content_type: int | None
    object_id: str
    thing: str
    kind: str = ""
    link: str = ""

    @property
    def place(self):
        return (-_micros(self.at), self.source, -self.key)

    @property
    def cursor(self):
        return f"{_micros(self.at)}-{self.source}-{self.key}"


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


# Who may read what


def may_read(request) -> bool:
    user = request.user
    return user.is_active and user.is_staff and user.has_perm("admin.view_logentry")


def kinds(request) -> dict[int, tuple[Any, str]]:
    """Key of the content type → (model, its name): the things that this person may open."""
    models = [model for model, desk in admin.site._registry.items() if desk.has_view_permission(request)]
    if request.user.has_perm("articles.publish_article"):
        models += [FrontPage, Banner]
    found = ContentType.objects.get_for_models(*models)
    return {of.pk: (model, capfirst(str(model._meta.verbose_name))) for model, of in found.items()}


# What is asked for


class Wanted(forms.Form):
    """The filters. What cannot be read is said beside its field and filters nothing."""

    q = forms.CharField(label=gettext_lazy("Words"), required=False, max_length=100)
    who = forms.ModelChoiceField(
        label=gettext_lazy("Who"), queryset=User.objects.none(), required=False, empty_label=gettext_lazy("Everybody")
    )
    kind = forms.TypedChoiceField(label=gettext_lazy("On what"), required=False, coerce=int, empty_value=None)
    day = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    thing = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, data, kinds):
        super().__init__(data)
        people = User.objects.filter(is_staff=True).order_by("username")
        self.fields["who"].queryset = people
        self.fields["who"].label_from_instance = _name
        names = sorted(((key, name) for key, (_model, name) in kinds.items()), key=lambda kind: kind[1])
        self.fields["kind"].choices = [("", _("Everything")), *names]
        for name, field in self.fields.items():
            if name != "thing":
                field.widget.attrs |= {"class": "log-input", "aria-describedby": f"id_{name}_said"}

    def clean_q(self):
        return " ".join(self.cleaned_data["q"].split())

    def clean_day(self):
        day = self.cleaned_data["day"]
        if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(_("Choose a year between %(first)d and %(last)d.") % {"first": 2000, "last": 9998})
        return day

    @property
    def given(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


def _read_cursor(text: str):
    """(time, source, key) of the row that the page goes on after; None for whatever is no cursor."""
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts):
        return None
    try:
        return EPOCH + timedelta(microseconds=int(parts[0])), int(parts[1]), int(parts[2])
    except OverflowError:
        return None


def _older(rows, column: str, cursor, source: int):
    """Rows that come after the cursor in the page's order, newest first."""
    if cursor:
        at, of, key = cursor
        below = key if of == source else (BIGGEST_KEY if of < source else 0)
        after = Q(**{f"{column}__lt": at}) | Q(**{column: at}, pk__lt=below)
        rows = rows.filter(after, **{f"{column}__lte": at})
    return rows.order_by(f"-{column}", "-pk")


def _on(rows, column: str, day):
    """By the newsroom's own calendar."""
    if day is None:
        return rows
    begins = timezone.make_aware(datetime.combine(day, time.min))
    ends = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min))
    return rows.filter(**{f"{column}__gte": begins, f"{column}__lt": ends})


# Where it is read


def _entries(request, given: dict, kinds: dict):
    rows = LogEntry.objects.select_related("user")
    if "thing" in given:
        of, key = _thing(given["thing"], kinds)
        rows = rows.filter(content_type=of, object_id=str(key))
    if "kind" in given:
        rows = rows.filter(content_type=given["kind"])
    elif not request.user.is_superuser:
        rows = rows.exclude(content_type__in=set(ContentType.objects.values_list("pk", flat=True)) - kinds.keys())
    if not request.user.is_superuser:
        rows = rows.exclude(content_type=None)
    if "who" in given:
        rows = rows.filter(user=given["who"])
    return _on(rows, "action_time", given.get("day"))


def _openings(given: dict, kinds: dict):
    """What outsiders opened; nobody of the desk did that, so asking for a person leaves it out."""
    story = ContentType.objects.get_for_model(Article).pk
    rows = PreviewOpening.objects.select_related("link__article").defer("link__article__body")
    if "thing" in given:
        of, key = _thing(given["thing"], kinds)
        rows = rows.filter(link__article=key) if of == story else rows.none()
    if "who" in given or story not in kinds or given.get("kind", story) != story:
        return rows.none()
    if "q" in given:
        rows = rows.filter(Q(link__name__icontains=given["q"]) | Q(link__article__headline__icontains=given["q"]))
    return _on(rows, "opened_at", given.get("day"))


def _with_words(entries, words: str):
    """Those with the words among the next LOOKED_AT; then the last of these, where there are more behind it."""
    last = entries[LOOKED_AT - 1 : LOOKED_AT].first()
    if last:
        entries = entries.filter(action_time__gte=last.action_time)
    named = Q(object_repr__icontains=words) | Q(change_message__icontains=words)
    return entries.filter(named | Q(user__username__icontains=words)), last


def page_of(request, given: dict, kinds: dict, cursor):
    """(rows, the cursor of the next page or "")."""
    entries = _older(_entries(request, given, kinds), "action_time", cursor, LOG)
    openings = _older(_openings(given, kinds), "opened_at", cursor, OPENINGS)
    last = None
    if "q" in given:
        entries, last = _with_words(entries, given["q"])
        openings = openings.filter(opened_at__gte=last.action_time) if last else openings
    both = merge(
        [_row_of(entry) for entry in entries[: PAGE + 1]],
        [_row_of_opening(opening) for opening in openings[: PAGE + 1]],
        key=lambda row: row.place,
    )
    rows = list(islice(both, PAGE + 1))
    if len(rows) > PAGE:
        return rows[:PAGE], rows[PAGE - 1].cursor
    return rows, f"{_micros(last.action_time)}-{LOG}-{last.pk}" if last else ""


def _name(user) -> str:
    full = user.get_full_name()
    return f"{full} ({user.username})" if full else user.username


def _row_of(entry) -> Row:
    what = entry.get_change_message() if entry.change_message else ""
    if not what or what == _("Added."):
        what = {ADDITION: _("Added."), DELETION: _("Deleted.")}.get(entry.action_flag, what)
    return Row(
        entry.action_time, LOG, entry.pk, entry.user.get_full_name() or entry.user.username, what,
        entry.content_type_id, entry.object_id or "", entry.object_repr,
    )  # fmt: skip


def _row_of_opening(opening) -> Row:
    article = opening.link.article
    return Row(
        opening.opened_at, OPENINGS, opening.pk, _("%s, by a preview link") % opening.link.name,
        _("Opened the preview."), ContentType.objects.get_for_model(Article).pk, str(article.pk), article.headline,
    )  # fmt: skip


def _say_what(rows, kinds: dict) -> None:
    """Name the kind of each thing and link to those that are still there: one query for each kind on the page."""
    for of in {row.content_type for row in rows} & kinds.keys():
        model, name = kinds[of]
        these = [row for row in rows if row.content_type == of]
        keys = {int(row.object_id) for row in these if row.object_id.isdecimal() and len(row.object_id) < 19}
        there = set(model._base_manager.filter(pk__in=keys).values_list("pk", flat=True))
        for row in these:
            row.kind = name
            if row.object_id.isdecimal() and int(row.object_id) in there:
                row.link = _link(model, row.object_id)


def _link(model, key: str) -> str:
    if model in (FrontPage, Banner):
        return reverse("front_desk:desk")
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[key])


def _thing(text: str, kinds: dict) -> tuple[int, int]:
    """The content type and key of “articles.article.12”, zeros for what is no thing that this person may open."""
    label, _dot, key = text.rpartition(".")
    of = next((of for of, (model, _name) in kinds.items() if model._meta.label_lower == label), 0)
    return (of, int(key)) if of and key.isascii() and key.isdecimal() and len(key) < 19 else (0, 0)


def _named(text: str, kinds: dict) -> str:
    """The one thing that is asked about, as it is called now."""
    of, key = _thing(text, kinds)
    known = kinds[of][0]._base_manager.filter(pk=key).first() if of else None
    return str(known) if known else _("something that is gone")


@require_safe
def read(request):
    if not may_read(request):
        raise PermissionDenied
    seen = kinds(request)
    form = Wanted(request.GET, seen)
    form.is_valid()
    cursor = _read_cursor(request.GET.get("before", ""))
    rows, older = page_of(request, form.given, seen, cursor)
    _say_what(rows, seen)
    days = [(day, list(of)) for day, of in groupby(rows, key=lambda row: timezone.localdate(row.at))]
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        **admin.site.each_context(request),
        "title": _("Log"),
        "form": form,
        "days": days,
        "older": older,
        "looked_at": LOOKED_AT if older and len(rows) < PAGE else 0,
        "is_begun": bool(cursor),
        "is_filtered": bool(form.given),
        "thing": _named(form.given["thing"], seen) if "thing" in form.given else "",
        "query": query.urlencode(),
    }
    response = render(request, "admin/log.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
