"""The stories that an editor picks to stand beside a story, in the order in which readers see them."""

import json

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from articles.models import Article
from articles.related import PICKS

NUMBER = 18  # digits of a key that every database can be asked for
MOST = 100  # keys that are looked at


class PickedWidget(UnfoldAdminTextInputWidget):
    """A line of story numbers that picked.js turns into a list that can be ordered and searched."""

    class Media:
        js = ["desk/picked.js"]
        css = {"all": ["desk/picked.css"]}

    def __init__(self, attrs=None):
        words = {
            "find": reverse_lazy("admin:autocomplete"),
            "most": PICKS,
            "add": _("Add a story"),
            "up": _("Move up: %(story)s"),
            "down": _("Move down: %(story)s"),
            "out": _("Take out: %(story)s"),
            "full": _("That is the most: take one out to add another."),
        }
        named = {f"data-picked-{name}": word for name, word in words.items()}
        super().__init__({**named, "autocomplete": "off", "inputmode": "numeric", **(attrs or {})})

    def format_value(self, value):
        return value if isinstance(value, str) else ", ".join(map(str, value or [])) or None

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["attrs"]["data-picked"] = json.dumps(list(_rows(value)))
        return context


def _rows(value):
    """What the list says of each story; without those that were deleted since."""
    keys = keys_in(value) if isinstance(value, str) else value or []
    found = Article.objects.defer("body", "search_text").in_bulk(keys[:MOST])
    for key in keys:
        if key in found:
            story = found[key]
            row = {"id": key, "text": story.headline, "link": reverse("admin:articles_article_change", args=[key])}
            yield (
                row
                if story.is_public
                else {**row, "state": str(_("in the trash") if story.trashed_at else story.state)}
            )


def keys_in(text: str) -> list[int]:
    """Each once, in their order; what is no number is left out."""
    words = text.replace("\0", "").replace(",", " ").split()
    keys = (int(word) for word in words if word.isdecimal() and word.isascii() and len(word) <= NUMBER)
    return list(dict.fromkeys(keys))[:MOST]


class PickedField(forms.CharField):
    """Numbers of stories. One that was deleted since, or that never was, is left out: nobody could see it."""

    widget = PickedWidget

    def __init__(self):
        super().__init__(
            label=_("Stand first under “Related stories”"),
            required=False,
            help_text=_("At most eight. The page is filled up by shared tags; what is not public waits until it is."),
        )

    def to_python(self, value):
        keys = keys_in(super().to_python(value))
        there = set(Article.objects.filter(pk__in=keys).order_by().values_list("pk", flat=True)) if keys else set()
        return [key for key in keys if key in there]

    def run_validators(self, value):
        """Of a text; what is left of it is numbers."""

    def validate(self, value):
        if len(value) > PICKS:
            raise ValidationError(_("At most %(number)d stories can be picked."), params={"number": PICKS})

    def has_changed(self, initial, data):
        return (initial or []) != keys_in(data or "")
