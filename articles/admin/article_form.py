"""The form of a story: what may be sent, and who may send it."""

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from articles import checklist, differences, markup, revisions
from articles.admin.base import DeskForm
from articles.admin.checklist import PublishAnyway
from articles.admin.picked import PickedField
from articles.models import Article, Section

# Buttons that set the status as they save.
BUTTONS = {
    "_publish": Article.Status.PUBLISHED,
    "_review": Article.Status.REVIEW,
    "_approve": Article.Status.APPROVED,
    "_draft": Article.Status.DRAFT,
    "_withdraw": Article.Status.WITHDRAWN,
}
FOR_EDITORS = {Article.Status.APPROVED, Article.Status.PUBLISHED, Article.Status.WITHDRAWN}
LIVE = {Article.Status.PUBLISHED, Article.Status.WITHDRAWN}
DEEDS: dict = {
    Article.Status.DRAFT: _("Back to draft."),
    Article.Status.REVIEW: _("Sent to review."),
    Article.Status.APPROVED: _("Approved."),
    Article.Status.WITHDRAWN: _("Withdrawn."),
}
TAG_LENGTH, TAG_NUMBER = 100, 30
TAGS_LENGTH = TAG_NUMBER * (TAG_LENGTH + 4)
# No text: the form carries what they were when it was opened (initial-…), so that an old tab undoes none of them.
FACTS = ("status", "published_at", "embargo_until", "unpublish_at", "assigned_to")


class TagsWidget(UnfoldAdminTextInputWidget):
    """A line of text that tags.js turns into a list with suggestions; without JavaScript it stays a line of text."""

    class Media:
        js = ["desk/tags.js"]

    def __init__(self, attrs=None):
        suggestions = reverse_lazy("admin:autocomplete")
        super().__init__({"data-tags": suggestions, "data-new": _("new tag"), "autocomplete": "off", **(attrs or {})})

    def format_value(self, value):
        if value is None or isinstance(value, str):
            return value
        return ", ".join(f'"{tag.name}"' if "," in tag.name else tag.name for tag in value)


class TagsField(forms.CharField):
    """Names with commas between them; a name that has a comma itself stands in double quotes."""

    widget = TagsWidget

    def to_python(self, value):
        text = super().to_python(value)
        if len(text) > TAGS_LENGTH:
            raise ValidationError(_("At most %(number)d tags."), params={"number": TAG_NUMBER})
        names = dict.fromkeys(" ".join(name.split()) for name in split_names(text))
        return [name for name in names if name]

    def run_validators(self, value):
        for name in value:
            super().run_validators(name)

    def validate(self, value):
        super().validate(value)
        if len(value) > TAG_NUMBER:
            raise ValidationError(_("At most %(number)d tags."), params={"number": TAG_NUMBER})
        for name in value:
            if len(name) > TAG_LENGTH:
                raise ValidationError(_("A tag has at most %(number)d characters."), params={"number": TAG_LENGTH})
            if not slugify(name, allow_unicode=True):
                raise ValidationError(
                    _("“%(name)s” has no letter or digit to make an address of."), params={"name": name}
                )

    def has_changed(self, initial, data):
        try:
            return sorted(tag.name for tag in initial or []) != sorted(self.to_python(data))
        except ValidationError:
            return True


def split_names(text: str) -> list[str]:
    """Commas separate, double quotes protect; a quote that is never closed is an ordinary character."""
    names: list[str] = []
    name, rest = "", text
    while rest:
        character, rest = rest[0], rest[1:]
        closing = rest.find('"') if character == '"' and not name.strip() else -1
        if closing >= 0:
            name, rest = rest[:closing], rest[closing + 1 :]
        elif character == ",":
            names, name = [*names, name], ""
        else:
            name += character
    return [name.strip() for name in [*names, name]]


class SectionField(forms.ModelChoiceField):
    """The sections as a tree."""

    def label_from_instance(self, section):
        return f"    {section.name}" if section.parent_id else section.name


def tree(sections):
    """Each top section, then its parts."""
    sections = list(sections)
    for top in (section for section in sections if section.parent_id is None):
        yield top
        yield from (section for section in sections if section.parent_id == top.pk)


class ArticleForm(PublishAnyway, DeskForm):
    # Both set by the admin for the person who asks
    may_publish = False
    sections: set[int] | None = None  # that this person publishes in; None: everywhere
    note = forms.CharField(
        label=_("Add a note"),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        help_text=_("For the writer or the next editor. Readers never see it."),
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        help_text=_("Type a few letters and choose; a new word becomes a new tag. Commas separate."),
    )
    picked = PickedField()
    tell_readers = forms.BooleanField(
        label=_("Tell readers it was updated"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=_("Sets “last updated” to now. Leave it off for small repairs."),
    )

    class Meta:
        model = Article
        fields = "__all__"
        field_classes = {"section": SectionField}
        help_texts = {
            "headline": _("Says what happened, in active words; about 60 to 90 characters read well everywhere."),
            "body": _("Subheadings are Heading 2 and 3. A picture can be pasted or dragged into the text."),
            "lead_picture": _("Search by its words, or add a new one by the menu beside the field."),
            "section": _("Where it stands in the paper, and the first part of its address."),
            "kind": _("A blog post has the blogs page and a part of the daily e-mail of its own."),
            "status": _("A draft is the desk’s alone. In review waits for an editor."),
        }

    def __init__(self, data=None, *args, **kwargs):
        button = next((name for name in BUTTONS if data and name in data), None)
        if button:
            data = data.copy()
            data[self.add_prefix_of(kwargs, "status")] = BUTTONS[button]
        super().__init__(data, *args, **kwargs)
        self.stored_status = self.instance.status if self.instance.pk else None
        if self.instance.pending_id:
            self.initial["tags"] = list(self.instance.tags.all())  # those that wait, not those that readers see
        if "section" in self.fields:
            self._indent_sections()
        if "status" in self.fields and not self.may_publish:
            self._offer_only_what_reporters_may()
        for name in FACTS if self.instance.pk else ():
            if name in self.fields:
                self.fields[name].show_hidden_initial = True

    @staticmethod
    def add_prefix_of(kwargs, name):
        return f"{kwargs['prefix']}-{name}" if kwargs.get("prefix") else name

    def _indent_sections(self):
        field = self.fields["section"]
        labels = [(section.pk, field.label_from_instance(section)) for section in tree(Section.objects.all())]
        field.widget.choices = [("", _("Choose a section")), *labels]

    def _offer_only_what_reporters_may(self):
        """Only what is offered; clean() tells whoever sends another status why it is refused."""
        offered = [choice for choice in Article.Status.choices if choice[0] not in FOR_EDITORS]
        self.fields["status"].widget.choices = offered

    @property
    def keeps_live(self):
        """Whether readers go on reading what they read: the story is published, and this is not "Publish changes"."""
        stays = self.cleaned_data.get("status") in LIVE
        return self.stored_status == Article.Status.PUBLISHED and stays and "_publish" not in self.data

    def clean_body(self):
        """An editor that only laid the same markup out anew has changed nothing."""
        sent, stored = markup.clean(self.cleaned_data["body"] or ""), self.instance.body
        return stored if self.instance.pk and revisions.same(sent, stored) else sent

    def clean_picked(self):
        """As clean_updated_at(): a form of an older release knows nothing of it."""
        if self.fields["picked"].widget.value_omitted_from_data(self.data, self.files, self.add_prefix("picked")):
            return self.instance.picked
        if self.instance.pk in self.cleaned_data["picked"]:
            raise ValidationError(_("A story is not related to itself; take it out of the list."))
        return self.cleaned_data["picked"]

    def clean_updated_at(self):
        """An ordinary save never touches it, not even one that leaves the field out."""
        widget = self.fields["updated_at"].widget
        if widget.value_omitted_from_data(self.data, self.files, self.add_prefix("updated_at")):
            return self.instance.updated_at
        return self.cleaned_data["updated_at"]

    def clean(self):
        cleaned = super().clean()
        self._keep_facts(cleaned)
        if cleaned.get("status") in FOR_EDITORS and not self.may_publish:
            self.add_error(
                "status", _("Only editors approve, publish, schedule and withdraw. Send the story to review instead.")
            )
        self._check_section(cleaned)
        if cleaned.get("status") == Article.Status.PUBLISHED and not self.has_error("published_at"):
            cleaned["published_at"] = cleaned.get("published_at") or timezone.now()
        if cleaned.get("tell_readers"):
            cleaned["updated_at"] = timezone.now()
        return cleaned

    def _check_section(self, cleaned):
        """An editor of some sections publishes neither into another one nor out of it, and takes nothing out of it."""
        if self.sections is None or "section" in self.errors:
            return
        now, kept_in = cleaned.get("section"), getattr(self.instance, "readers_section", None)
        if kept_in and kept_in not in self.sections and (now is None or now.pk != kept_in):
            self.add_error("section", _("It stands in a section of other editors: only they move it out of there."))
        elif cleaned.get("status") not in FOR_EDITORS:
            return
        elif now is None or not {now.pk, kept_in or now.pk} <= self.sections:
            self.add_error("section", _("You publish in your own sections only. Send this one to review."))

    @property
    def goes_out(self):
        """Whether this save puts text before readers."""
        return self.cleaned_data.get("status") == Article.Status.PUBLISHED and not self.keeps_live

    @property
    def deed(self) -> str:
        """What this save is, as the log of the desk says it."""
        status = self.cleaned_data.get("status")
        if self.goes_out and self.stored_status == Article.Status.PUBLISHED:
            return gettext("Changes published.")
        if self.goes_out:
            return gettext("Published.") if self.instance.is_public else gettext("Scheduled.")
        if self.stored_status == Article.Status.PUBLISHED == status:
            return gettext("Saved; readers do not see it yet.")
        if status == self.stored_status or (self.stored_status is None and status == Article.Status.DRAFT):
            return gettext("Saved.") if self.stored_status else gettext("Begun.")
        return str(DEEDS.get(status, gettext("Saved.")))

    # Two people at once

    def _keep_facts(self, cleaned):
        """What was decided since this form was opened stands; who decided otherwise meanwhile is asked."""
        for name in FACTS:
            bound = self[name] if name in self.fields and name not in self.errors else None
            if bound is None or not bound.field.show_hidden_initial or not self._says_what_it_was_opened_with(bound):
                continue
            hidden = self._widget_data_value(bound.field.hidden_widget(), bound.html_initial_name)
            if not bound.field.has_changed(bound.initial, hidden):
                continue
            is_decided = bound._has_changed() or (name == "status" and any(button in self.data for button in BUTTONS))
            if not is_decided:
                cleaned[name] = getattr(self.instance, name)
            elif bound.field.has_changed(bound.initial, bound.data):
                self._ask_again(bound)

    def _says_what_it_was_opened_with(self, bound):
        widget = bound.field.hidden_widget()
        return not widget.value_omitted_from_data(self.data, self.files, bound.html_initial_name)

    def _ask_again(self, bound):
        """The form that comes back shows what is so now; sending it again is a decision."""
        name = bound.name
        is_now = getattr(self.instance, f"get_{name}_display", lambda: getattr(self.instance, name))()
        if hasattr(is_now, "utcoffset"):
            is_now = date_format(timezone.localtime(is_now), "DATETIME_FORMAT")
        said = _("Somebody has changed this since you opened the story. Now it is: %(now)s. Look again, then choose.")
        self.add_error(name, ValidationError(said, params={"now": is_now or "–"}))
        self.data = self.data.copy()
        self._send_instead(bound.html_initial_name, bound.field.hidden_widget(), bound.initial)
        self._send_instead(bound.html_name, bound.field.widget, bound.initial)

    def _send_instead(self, name, widget, value):
        is_split = hasattr(widget, "decompress")
        parts = {f"{name}_{n}": part for n, part in enumerate(widget.decompress(value))} if is_split else {name: value}
        for key, part in parts.items():
            self.data[key] = "" if part is None else str(part)

    def _post_clean(self):
        super()._post_clean()
        if not self.errors and self.instance.pk:
            self._merge()
        if not self.errors and self.goes_out:
            self.hold_back(checklist.check(self.instance))

    def _merge(self):
        """What somebody else saved since this form was opened: other fields are taken over, the same field is asked.

        The form that asks says what it has shown (`seen`), so that sending it again is a decision.
        """
        self.instance.meanwhile = meanwhile = revisions.Meanwhile.since(self.instance, self.data)
        if meanwhile is None:
            return
        mine = revisions.snapshot(self.instance, [], self.cleaned_data["tags"])
        del mine["authors"]  # the byline is a form of its own and asks by itself
        merged, conflicts = meanwhile.merge(mine)
        for name in conflicts:
            meanwhile.asked.add(name)
            self.add_error(name if name in self.fields else None, both(meanwhile, name, mine[name]))
        if not conflicts:
            self._take_over({name: value for name, value in merged.items() if value != mine[name]})

    def _take_over(self, theirs):
        tags = theirs.pop("tags", None)
        if tags is not None:
            self.cleaned_data["tags"] = tags
        for name, value in theirs.items():
            key = f"{name}_id" if name in revisions.KEYS else name
            field = Article._meta.get_field(name)
            setattr(self.instance, key, value if name in revisions.KEYS else field.to_python(value))


def both(meanwhile, name, mine):
    """Their text and mine with the difference, and a way to take theirs."""
    theirs = meanwhile.latest.content[name]
    left, right = differences.sides(*(revisions.readable(name, value) for value in (theirs, mine)))
    said = _("%(who)s has changed this since you opened it. Save again to keep yours; theirs stays in the history.")
    return ValidationError(
        format_html(
            '{}<div class="desk-both"><div><b>{}</b>{}</div><div><b>{}</b>{}</div></div>'
            '<label><input type="checkbox" name="theirs" value="{}" form="article_form"> {}</label>',
            said % {"who": meanwhile.latest.by_name or _("Somebody")},
            _("Theirs"),
            left,
            _("Yours"),
            right,
            name,
            _("Take theirs instead; yours goes into the history."),
        )
    )
