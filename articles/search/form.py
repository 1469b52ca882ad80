"""What a reader may ask, from the parameters of the address."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles import names
from articles.models import Article, Author
from newsroom.page_cache import carry

from . import BEST, LATEST, OLDEST, Filters
from .words import clean

FIRST, LAST = date(1600, 1, 1), date(2999, 12, 31)


class Line(forms.CharField):
    """One line of printable text, whatever was sent."""

    def to_python(self, value):
        return clean(str(value or ""))


class SearchForm(forms.Form):
    q = Line(required=False)
    section = forms.ChoiceField(required=False, error_messages={"invalid_choice": _("There is no such section.")})
    kind = forms.ChoiceField(
        required=False, choices=Article.Kind, error_messages={"invalid_choice": _("There is no such kind of story.")}
    )
    author = Line(required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    sort = forms.ChoiceField(
        required=False,
        choices=[(BEST, _("Best match")), (LATEST, _("Newest first")), (OLDEST, _("Oldest first"))],
        error_messages={"invalid_choice": _("There is no such order.")},
    )

    def __init__(self, data, sections):
        super().__init__(data)
        self.sections = {section.slug: section for section in sections}
        self.fields["section"].choices = [(slug, section.name) for slug, section in self.sections.items()]

    def clean_author(self):
        """By name or a part of it, or by the slug of an author's page."""
        name = self.cleaned_data["author"]
        if not name:
            return None
        carry(names.AUTHORS)
        known = Author.objects.introduced()
        found = known.filter(slug=name).first() or known.filter(name__icontains=name).order_by("name").first()
        if found is None:
            raise forms.ValidationError(_("No author has this name."))
        return found

    def _clean_day(self, name):
        day = self.cleaned_data[name]
        if day and not FIRST <= day <= LAST:
            raise forms.ValidationError(_("Choose a day from %(first)s to %(last)s.") % {"first": FIRST, "last": LAST})
        return day

    def clean_since(self):
        return self._clean_day("since")

    def clean_until(self):
        return self._clean_day("until")

    def clean(self):
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day is before the first one."))

    # Printed by the template itself: widgets would cost a search more than its query does.

    def choices(self):
        for name, label, first in (
            ("section", _("Section"), _("All sections")),
            ("kind", _("Kind"), _("All kinds")),
            ("sort", _("Order"), None),
        ):
            options = list(self.fields[name].choices)
            yield self._printed(name, [("", first), *options] if first else [("", options[0][1]), *options[1:]]), label

    def lines(self):
        for name, label, kind in (
            ("author", _("Author"), "text"),
            ("since", _("From"), "date"),
            ("until", _("Until"), "date"),
        ):
            yield self._printed(name), label, kind

    def _printed(self, name, options=()):
        typed = clean(self.data.get(name, ""))
        return {"name": name, "typed": typed, "errors": self.errors.get(name, ()), "options": options}

    @property
    def is_narrowed(self) -> bool:
        """Whether more is asked than words."""
        return any(self.data.get(name) for name in self.fields if name != "q")

    @property
    def order(self) -> str:
        return self.cleaned_data["sort"] or BEST

    def filters(self) -> Filters:
        asked = self.cleaned_data
        section = self.sections.get(asked["section"])
        until = asked["until"] and _midnight(asked["until"] + timedelta(days=1))
        return Filters(
            sections=tuple(part.pk for part in (section, *section.parts)) if section else (),
            kind=asked["kind"],
            author=asked["author"] and asked["author"].pk,
            since=asked["since"] and _midnight(asked["since"]),
            until=min(until or timezone.now(), timezone.now()),
        )

    def address(self, **changes) -> str:
        """The query string of this question with something else in it."""
        asked = {name: clean(self.data.get(name, "")) for name in self.fields} | changes
        return urlencode({name: value for name, value in asked.items() if value})

    def address_of_words(self) -> str:
        return urlencode({"q": self.cleaned_data["q"]})


def _midnight(day):
    return timezone.make_aware(datetime.combine(day, time.min))


def page_number(text: str) -> int:
    """Raises Http404 for what is no number of a page."""
    if not text:
        return 1
    if not (text.isascii() and text.isdecimal() and len(text) < 4 and int(text)):
        raise Http404
    return int(text)
