"""The front page as the editors arranged it, and the banner above every page."""

from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

BIGGEST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Slot:
    """What an editor chose for one place: a story, or whatever is the latest of a section; until a time or for good."""

    story: int = 0
    latest_of: int = 0
    until: datetime | None = None

    @classmethod
    def read(cls, data) -> "Slot | None":
        """The slot that stored JSON tells of; None for whatever is no slot."""
        if not isinstance(data, dict):
            return None
        story, section, until = _key(data.get("story")), _key(data.get("latest_of")), data.get("until")
        if bool(story) == bool(section):
            return None
        if until is not None:
            until = _instant(until)
            if until is None:
                return None
        return cls(story, section, until)

    def stored(self) -> dict:
        data = {name: value for name, value in asdict(self).items() if value}
        return data | {"until": self.until.isoformat()} if self.until else data

    def lasts(self, at) -> bool:
        return self.until is None or self.until > at


def _key(value) -> int:
    return value if type(value) is int and 0 < value <= BIGGEST_KEY else 0


def _instant(value):
    try:
        time = parse_datetime(value)
    except (TypeError, ValueError):
        return None
    return time if time and timezone.is_aware(time) else None


class FrontPageQuerySet(models.QuerySet):
    def published(self, at=None):
        """Arrangements that stand or have stood before readers."""
        return self.filter(starts_at__lte=at or timezone.now(), called_off_at=None)

    def current(self, at=None):
        """The arrangement that readers see: a fact about the clock; None while nobody made one."""
        return self.published(at).order_by("-starts_at", "-pk").select_related("by").first()

    def scheduled(self, at=None):
        return self.filter(starts_at__gt=at or timezone.now(), called_off_at=None)

    def working_copy(self, user):
        """What this editor began and has not published; None without one."""
        return self.filter(by=user, starts_at=None).select_related("begun_from__by").first()


class FrontPage(models.Model):
    """One arrangement of the front page. Without a time it is an editor's working copy; it starts at its time and ends
    when another starts; it is never changed after it was published."""

    slots = models.JSONField(default=dict)  # {"second-0": a Slot as it is stored}; what is absent fills itself
    sections = models.JSONField(default=list)  # keys of sections: the order of their bands, where it is not the usual
    starts_at = models.DateTimeField(null=True, blank=True)
    called_off_at = models.DateTimeField(null=True, blank=True)
    begun_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.CharField(_("note"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=0)  # grows with each change of a working copy
    created_at = models.DateTimeField(auto_now_add=True)

    objects = FrontPageQuerySet.as_manager()

    class Meta:
        verbose_name = _("front page")
        verbose_name_plural = _("front pages")
        default_permissions = ()  # who may publish a story may arrange the front page
        indexes = [models.Index(fields=["-starts_at", "-id"], name="front_page_newest")]
        constraints = [
            models.UniqueConstraint(fields=["by"], condition=Q(starts_at=None), name="one_working_copy_each")
        ]

    def __str__(self):
        if self.starts_at is None:
            return gettext("Front page in the making")
        return gettext("Front page of %s") % date_format(timezone.localtime(self.starts_at), "SHORT_DATETIME_FORMAT")

    @property
    def wishes(self) -> dict[str, Slot]:
        """The slots that can be read, by place."""
        stored = self.slots if isinstance(self.slots, dict) else {}
        slots = {place: Slot.read(data) for place, data in stored.items()}
        return {place: slot for place, slot in slots.items() if slot}

    @property
    def band_order(self) -> list[int]:
        return [key for key in self.sections if _key(key)] if isinstance(self.sections, list) else []

    def put(self, place, slot):
        """A story stands in one place: it leaves the one where it stood."""
        kept = {other: kept for other, kept in self.wishes.items() if not slot.story or kept.story != slot.story}
        self._store({**kept, place: slot})

    def clear(self, place):
        self._store({other: slot for other, slot in self.wishes.items() if other != place})

    def swap(self, place, other):
        names = {place: other, other: place}
        self._store({names.get(name, name): slot for name, slot in self.wishes.items()})

    def _store(self, wishes):
        self.slots = {place: slot.stored() for place, slot in wishes.items()}

    def is_same_as(self, other) -> bool:
        theirs = ({}, []) if other is None else (other.wishes, other.band_order)
        return (self.wishes, self.band_order) == theirs

    def changes_since(self, other) -> list[tuple[str, Slot | None, Slot | None]]:
        """(place, what stood there in `other`, what stands there in this one) wherever they differ."""
        old, new = other.wishes if other else {}, self.wishes
        places = list(dict.fromkeys([*old, *new]))
        return [(place, old.get(place), new.get(place)) for place in places if old.get(place) != new.get(place)]

    def begin_from(self, current):
        """A working copy without changes begins from what readers see; from nothing where nobody arranged anything."""
        self.begun_from = current
        self._store(current.wishes if current else {})
        self.sections = current.band_order if current else []

    def take_in(self, current):
        """Go on from `current`: what was changed here stays changed, everything else becomes as it is there."""
        merged = dict(current.wishes)
        for place, _before, mine in self.changes_since(self.begun_from):
            merged.pop(place, None)
            if mine:
                merged = {other: slot for other, slot in merged.items() if not mine.story or slot.story != mine.story}
                merged[place] = mine
        self._store(merged)
        if self.band_order == (self.begun_from.band_order if self.begun_from else []):
            self.sections = current.band_order
        self.begun_from = current


def validate_link(link: str) -> None:
    """A path of this site or an https address: a banner is on every page."""
    try:
        parts = urlsplit(link)
        is_ours = not parts.scheme and not parts.netloc and link.startswith("/") and not link.startswith("//")
        is_https = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        is_ours = is_https = False
    if not (is_ours or is_https) or "\\" in link or any(char.isspace() or not char.isprintable() for char in link):
        raise ValidationError(_("Give a path of this site, such as /city/, or an address that begins with https://."))


class BannerQuerySet(models.QuerySet):
    def showing(self, at=None):
        at = at or timezone.now()
        return self.filter(starts_at__lte=at, until__gt=at)

    def to_come(self, at=None):
        """Showing now or later."""
        return self.filter(until__gt=at or timezone.now())


class Banner(models.Model):
    """Breaking news in the strip on top of every page, for as long as it lasts."""

    text = models.CharField(_("text"), max_length=160, help_text=_("One line: “Ferries stay in port until morning”."))
    link = models.CharField(
        _("link"),
        max_length=500,
        blank=True,
        validators=[validate_link],
        help_text=_("Where it leads, /city/… or https://…; empty while there is nothing to read yet."),
    )
    starts_at = models.DateTimeField(_("from"), default=timezone.now, blank=True)
    until = models.DateTimeField(_("until"), db_index=True, help_text=_("It disappears by itself then."))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BannerQuerySet.as_manager()

    class Meta:
        verbose_name = _("banner")
        verbose_name_plural = _("banners")
        default_permissions = ()
        ordering = ["-starts_at", "-pk"]

    def __str__(self):
        return self.text

    def clean(self):
        if self.until and self.until <= max(timezone.now(), self.starts_at or timezone.now()):
            raise ValidationError({"until": _("Choose a time that is still to come, after its start.")})
