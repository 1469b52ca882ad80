"""The front page desk at /admin/articles/front/: what stands where, what stood there, and what will."""

from datetime import timedelta
from functools import wraps

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import Resolver404, path, resolve, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from articles import front as front_page
from articles import names, search, workflow
from articles.admin.base import FIRST_YEAR, LAST_YEAR
from articles.admin.thumbnail import thumbnail
from articles.models import Article, Banner, FrontPage, Section, Slot
from newsroom.page_cache import changed

STORIES = 30  # in the list beside the page
COMING = 5  # scheduled ones above them
STILL_COMING = timedelta(days=60)  # an embargo may hold back a story that was published this long ago
HISTORY = 12
PART_NAMES = {
    "lead": gettext_lazy("Lead"),
    "under_lead": gettext_lazy("Under the lead"),
    "second": gettext_lazy("Second column"),
    "opinions": gettext_lazy("Opinion column"),
}


NOT_YOURS = gettext_lazy("You arrange the bands of your own sections; the rest is for an editor of the whole page.")


class Refused(Exception):
    """A deed that cannot be done; its text is for the editor."""


def for_editors(view):
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not request.user.has_perm("articles.publish_article"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(wrapped)


# What an editor works on


class Work:
    """An editor's working copy beside what readers see now. It is stored with its first change."""

    def __init__(self, user):
        self.limits = workflow.sections_of(user)  # the sections whose bands this editor arranges; None: all of the page
        self.current = FrontPage.objects.current()
        self.sections = list(Section.objects.select_related("parent"))
        self.page = FrontPage.objects.working_copy(user)
        if self.page is None or (self.is_overtaken and not self.is_changed):
            self.page = self.page or FrontPage(by=user)
            self.page.begin_from(self.current)

    @property
    def top_sections(self):
        return front_page.in_order([section for section in self.sections if section.parent_id is None], self.page)

    @property
    def places(self):
        return front_page.places(self.top_sections)

    @property
    def is_whole(self):
        return self.limits is None

    def is_theirs(self, place):
        part = place.rpartition("-")[0]
        return self.limits is None or part in {f"band{key}" for key in self.limits}

    @property
    def own_places(self):
        return [place for place in self.places if self.is_theirs(place)]

    def leave_the_rest(self, page, as_it_was):
        """Refused where `page` differs from another outside the bands that this editor arranges."""
        if self.limits is None:
            return
        order = as_it_was.band_order if as_it_was else []
        if page.band_order != order or not all(self.is_theirs(place) for place, *_ in page.changes_since(as_it_was)):
            raise Refused(_("That would change the page beyond the bands of your sections. %s") % NOT_YOURS)

    @property
    def is_overtaken(self):
        """Somebody published another front page since this work began."""
        return self.page.begun_from != self.current

    @property
    def is_changed(self):
        return self.page.pk is not None and not self.page.is_same_as(self.page.begun_from)

    @property
    def seen(self):
        """What a form was made from; a form that says anything else was made before something changed."""
        current = self.current.pk if self.current else 0
        return f"{current}.{self.page.pk or 0}.{self.page.version}"

    def save(self):
        self.page.version += 1
        self.page.save()


# What the forms say


class SlotForm(forms.Form):
    latest_of = forms.ModelChoiceField(Section.objects.all(), required=False)
    until = forms.DateTimeField(required=False)


class TimeForm(forms.Form):
    at = forms.DateTimeField()


class NoteForm(forms.Form):
    note = forms.CharField(required=False, max_length=200)


def _read(form):
    """The form's data; Refused with its first complaint."""
    if not form.is_valid():
        raise Refused(next(iter(form.errors.values()))[0])
    for value in form.cleaned_data.values():
        if hasattr(value, "year") and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise Refused(_("Choose a year between 1000 and 9998."))
    return form.cleaned_data


def _key(text):
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _to_come(time):
    if time and time <= timezone.now():
        raise Refused(_("That time is over; choose one that is still to come."))
    return time


def _place(work, name):
    if name not in work.places:
        raise Refused(_("That place is no longer on the page."))
    if not work.is_theirs(name):
        raise Refused(str(NOT_YOURS))
    return name


def _story(work, key, place):
    """A story that stands before readers, or will without anybody's doing."""
    story = Article.objects.filter(pk=_key(key)).defer("body", "search_text").first()
    if story is None:
        raise Refused(_("Choose a story first; that one is not there any more."))
    if not Article.objects.published().filter(pk=story.pk).exists() and not story.is_scheduled:
        raise Refused(
            _("“%(story)s” is not public (%(state)s). Publish or schedule it first, then put it on the page.")
            % {"story": story.headline, "state": story.state}
        )
    if work.limits is not None and story.section_id not in work.limits:
        raise Refused(_("“%s” is a story of another section; in your bands stand your own.") % story.headline)
    if not front_page.fits(place, story):
        raise Refused(_("Under “Opinion” stands only opinion; “%s” is of another kind.") % story.headline)
    return story


# Deeds on the working copy: (work, what was sent) -> None


def put(work, sent):
    place = _place(work, sent.get("place", ""))
    work.page.put(place, Slot(story=_story(work, sent.get("story", ""), place).pk))


def keep(work, sent):
    """Pin what stands there by itself."""
    put(work, sent)


def take_out(work, sent):
    work.page.clear(_place(work, sent.get("place", "")))


def follow(work, sent):
    """The slot's own form: which section it follows, and how long the choice lasts."""
    place = _place(work, sent.get("place", ""))
    data, now = _read(SlotForm(sent)), work.page.wishes.get(place)
    until = _to_come(data["until"])
    if data["latest_of"]:
        if work.limits is not None and data["latest_of"].pk not in work.limits:
            raise Refused(str(NOT_YOURS))
        slot = Slot(latest_of=data["latest_of"].pk, until=until)
    elif now and now.story:
        slot = Slot(story=now.story, until=until)
    elif until and not now:
        slot = Slot(story=_story(work, sent.get("story", ""), place).pk, until=until)
    else:
        return work.page.clear(place)
    work.page.put(place, slot)


def move(work, sent, step=0):
    """Two slots change places; a story that stands there by itself is chosen by being moved."""
    place = _place(work, sent.get("place", ""))
    if step:
        part, _dash, number = place.rpartition("-")
        other = _place(work, f"{part}-{int(number) + step}")
    else:
        other = _place(work, sent.get("to", ""))
    if place == other:
        return
    if place not in work.page.wishes:
        put(work, sent)
    for slot, there in ((work.page.wishes.get(place), other), (work.page.wishes.get(other), place)):
        if slot and slot.story and not front_page.fits(there, Article.objects.only("kind").get(pk=slot.story)):
            raise Refused(_("Under “Opinion” stands only opinion."))
    work.page.swap(place, other)


def move_band(work, sent):
    """A section's band goes one place up or down."""
    order = [section.pk for section in work.top_sections]
    key, step = _key(sent.get("section", "")), -1 if sent.get("step") == "up" else 1
    if key not in order:
        raise Refused(_("That section is no longer on the page."))
    here = order.index(key)
    there = min(max(here + step, 0), len(order) - 1)
    order[here], order[there] = order[there], order[here]
    work.page.sections = order


def take_in(work, sent):
    if work.current:
        work.page.take_in(work.current)


ON_THE_COPY = {
    "put": put,
    "keep": keep,
    "take_out": take_out,
    "follow": follow,
    "move": move,
    "up": lambda work, sent: move(work, sent, -1),
    "down": lambda work, sent: move(work, sent, 1),
    "move_band": move_band,
    "take_in": take_in,
}


# Deeds that readers see: (request, work) -> what to tell


def publish(request, work):
    return _publish(request, work, timezone.now())


def schedule(request, work):
    _whole_page(work)  # at its time it would undo what others arrange until then
    return _publish(request, work, _to_come(_read(TimeForm(request.POST))["at"]))


def _whole_page(work):
    if work.limits is not None:
        raise Refused(str(NOT_YOURS))


def _publish(request, work, at):
    page, now = work.page, timezone.now()
    if not work.is_changed:
        raise Refused(_("Nothing has been changed, so there is nothing to publish."))
    if work.is_overtaken and not request.POST.get("over"):
        raise Refused(_("Not published: somebody else published another front page meanwhile. See below."))
    work.leave_the_rest(page, work.current)
    page.starts_at, page.note = at, _read(NoteForm(request.POST))["note"]
    page.save()
    _log(request, page, ADDITION, _("Published.") if at <= now else _("Scheduled for %s.") % moment(at))
    if at <= now:
        return _("Published. This is the front page that readers see now.")
    return _("Scheduled. Readers will see it from %s on.") % moment(at)


def discard(request, work):
    if work.page.pk:
        work.page.delete()
    return _("Your changes are put away. This is the front page that readers see.")


def restore(request, work):
    """A copy of an earlier arrangement, published as a new one."""
    old = FrontPage.objects.published().filter(pk=_key(request.POST.get("page", ""))).first()
    if old is None:
        raise Refused(_("That front page is not there any more."))
    page = FrontPage(slots=old.slots, sections=old.sections, begun_from=work.current, by=request.user)
    work.leave_the_rest(page, work.current)
    since = moment(old.starts_at)
    page.starts_at, page.note = timezone.now(), _("As on %s") % since
    page.save()
    _log(request, page, ADDITION, _("Restored as it was on %s.") % since)
    return _("Restored. Readers see the front page as it was on %s.") % since


def call_off(request, work):
    _whole_page(work)
    page = FrontPage.objects.scheduled().filter(pk=_key(request.POST.get("page", ""))).first()
    if page is None:
        raise Refused(_("That front page is not waiting any more."))
    page.called_off_at = timezone.now()
    page.save(update_fields=["called_off_at"])
    _log(request, page, CHANGE, _("Called off."))
    return _("Called off. Readers will not see it.")


BEFORE_READERS = {
    "publish": publish,
    "schedule": schedule,
    "discard": discard,
    "restore": restore,
    "call_off": call_off,
}


def _log(request, thing, flag, message):
    LogEntry.objects.log_actions(request.user.pk, [thing], flag, message, single_object=True)


# The pages


@for_editors
def desk(request):
    return act(request) if request.method == "POST" else show(request)


@transaction.atomic
def act(request):
    """One deed. Of two at the same moment the second finds what the first left, and is told."""
    ContentType.objects.select_for_update(no_key=True).get(pk=ContentType.objects.get_for_model(FrontPage).pk)
    work, deed = Work(request.user), request.POST.get("deed", "")
    try:
        if request.POST.get("seen") != work.seen:
            raise Refused(_("The page was changed meanwhile, so nothing was done. This is how it is now."))
        if deed in ON_THE_COPY:
            ON_THE_COPY[deed](work, request.POST)
            work.leave_the_rest(work.page, work.page.begun_from)
            work.save()
        elif deed in BEFORE_READERS:
            messages.success(request, BEFORE_READERS[deed](request, work))
        else:
            raise Refused(_("Nothing was done: the form asked for something that the desk does not know."))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(request.get_full_path())


def show(request, banner_form=None):
    work = Work(request.user)
    page, wished = front_page.compose(work.page), _wished(work)
    wanted = " ".join(request.GET.get("q", "").replace("\0", " ").split())[:200]
    scheduled = FrontPage.objects.scheduled().select_related("by").order_by("starts_at")
    history, older = _history(request.GET.get("before", ""))
    context = {
        **admin.site.each_context(request),
        "title": _("Front page"),
        "work": work,
        "parts": _parts(work, page, wished),
        "stories": _stories(wanted, page, work.limits),
        "wanted": wanted,
        "places": [(name, _name(work, name)) for name in work.own_places],
        "own": [section.name for section in work.top_sections if section.pk in (work.limits or ())],
        "theirs": _told(work, work.current, wished) if work.is_overtaken and work.current else [],
        "mine": _told(work, work.page, wished) if work.is_changed else [],
        "scheduled": scheduled[:HISTORY],
        "history": history,
        "older": older,
        "banners": Banner.objects.to_come().select_related("by"),
        "banner_form": banner_form or BannerForm(),
    }
    response = render(request, "admin/articles/front.html", context, status=422 if banner_form else 200)
    response["Cache-Control"] = "private, no-store"
    return response


def _history(before):
    """Front pages that readers have seen, newest first, and the key of the last where there are older ones."""
    past = FrontPage.objects.published().select_related("by").order_by("-starts_at", "-pk")
    mark = FrontPage.objects.published().filter(pk=_key(before)).first() if before else None
    if mark:
        past = past.filter(starts_at__lte=mark.starts_at).exclude(starts_at=mark.starts_at, pk__gte=mark.pk)
    rows = list(past[: HISTORY + 1])
    return rows[:HISTORY], rows[HISTORY - 1].pk if len(rows) > HISTORY else None


@for_editors
@require_safe
def preview(request, pk=None):
    """The readers' front page with an arrangement, published or not; without a key, with the editor's working copy."""
    work = Work(request.user)
    page = work.page if pk is None else get_object_or_404(FrontPage, pk=pk)
    context = {**front_page.compose(page), "is_preview": True, "desk_url": reverse("front_desk:desk")}
    if pk is None and work.is_changed and not work.is_overtaken:
        context["seen"] = work.seen
    response = render(request, "articles/front.html", context)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response


# What the page prints


def moment(time):
    local = timezone.localtime(time)
    return f"{date_format(local, 'DATETIME_FORMAT')} ({local.tzname()})"


def _name(work, place):
    """“Second column 2”, “City 1”."""
    part, _dash, number = place.rpartition("-")
    if part == "lead":
        return str(PART_NAMES["lead"])
    bands = {f"band{section.pk}": section.name for section in work.sections}
    name = PART_NAMES.get(part) or bands.get(part) or _("A section that is gone")
    return f"{name} {int(number) + 1}"


def _parts(work, page, wished):
    """The page's parts with their slots, as far as an editor may fill them."""
    parts = [{"name": name, "title": title, "size": front_page.PARTS[name]} for name, title in PART_NAMES.items()]
    parts += [
        {"name": f"band{section.pk}", "title": section.name, "size": front_page.BAND_SLOTS, "section": section}
        for section in work.top_sections
    ]
    shown = {band["section"].pk for row in page["rows"] for band in row["bands"]}
    for part in parts:
        part["slots"] = [_slot(work, page, f"{part['name']}-{n}", wished) for n in range(part["size"])]
        part["is_hidden"] = "section" in part and part["section"].pk not in shown
    return {
        "frame": {part["name"]: part for part in parts[: len(PART_NAMES)]},
        "bands": parts[len(PART_NAMES) :],
    }


def _wished(work):
    """The stories that are chosen, were when the work began, or are in what readers see now."""
    pages = filter(None, [work.page, work.page.begun_from, work.current])
    keys = {slot.story for page in pages for slot in page.wishes.values() if slot.story}
    return Article.objects.filter(pk__in=keys).defer("body", "search_text").in_bulk() if keys else {}


def _slot(work, page, place, wished):
    slot, story = work.page.wishes.get(place), page["standing"].get(place)
    followed = next((s for s in work.sections if slot and s.pk == slot.latest_of), None)
    part, _dash, number = place.rpartition("-")
    return {
        "place": place,
        "name": _name(work, place),
        "is_theirs": work.is_theirs(place),
        "wish": slot,
        "story": story,
        "thumbnail": thumbnail(story.lead_picture) if story and story.lead_picture else "",
        "is_chosen": place in page["chosen"],
        "followed": followed,
        "trouble": _trouble(slot, story, place in page["chosen"], wished, followed),
        "above": f"{part}-{int(number) - 1}" if f"{part}-{int(number) - 1}" in work.places else "",
        "below": f"{part}-{int(number) + 1}" if f"{part}-{int(number) + 1}" in work.places else "",
    }


def _trouble(slot, story, is_chosen, wished, followed):
    """Why what was chosen does not stand there now."""
    if slot is None or is_chosen:
        return ""
    if not slot.lasts(timezone.now()):
        return _("The choice ended on %s; the place fills itself.") % moment(slot.until)
    if slot.latest_of:
        if followed is None:
            return _("The section that was followed is gone; the place fills itself.")
        return _("%s has no other story to show; the place fills itself.") % followed
    chosen = wished.get(slot.story)
    if chosen is None:
        return _("The chosen story is gone; the place fills itself.")
    headline = Truncator(chosen.headline).chars(60)
    if chosen.is_public:
        return _("“%s” stands elsewhere on the page, or its band has too few stories to show.") % headline
    return _("“%(story)s” is not public now (%(state)s); until it is, the place fills itself.") % {
        "story": headline,
        "state": chosen.state,
    }


def _told(work, page, wished):
    """In words: what is different in `page` from what the working copy began from."""
    changes = page.changes_since(work.page.begun_from)
    sections = {section.pk: str(section) for section in work.sections}

    def words(slot):
        if slot is None:
            return _("fills itself")
        if slot.story:
            return str(wished.get(slot.story, _("a story that is gone")))
        return _("latest of %s") % sections.get(slot.latest_of, _("a section that is gone"))

    told = [(_name(work, place), words(before), words(after)) for place, before, after in changes]
    if page.band_order != (work.page.begun_from.band_order if work.page.begun_from else []):
        told.append((_("Order of the sections"), _("as it was"), _("changed")))
    return told


def _stories(wanted, page, limits):
    """Stories to put on the page, each with where it stands already; a limited editor's are those of own sections."""
    since = timezone.now() - STILL_COMING  # a bound: nothing walks through the archive for what may come
    own = Q() if limits is None else Q(section_id__in=limits)
    coming = Article.objects.scheduled().filter(own, published_at__gt=since).order_by("published_at").listing()
    if wanted:
        keys = [found.pk for found in search.search(wanted).stories[:STORIES]]
        found = {story.pk: story for story in Article.objects.filter(pk__in=keys).order_by().listing()}
        stories = [*coming.filter(headline__icontains=wanted)[:COMING], *(found[key] for key in keys if key in found)]
    else:
        stories = [*coming[:COMING], *Article.objects.published().filter(own).newest().listing()[:STORIES]]
    stories = [story for story in stories if limits is None or story.section_id in limits]
    standing = {story.pk: place for place, story in page["standing"].items() if story}
    for story in stories:
        story.stands_in = standing.get(story.pk, "")
        story.small = thumbnail(story.lead_picture, "square") if story.lead_picture else ""
    return stories


# The banner


class BannerForm(forms.ModelForm):
    class Meta:
        model = Banner
        fields = ["text", "link", "starts_at", "until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("starts_at", "until"):
            self.fields[name].widget = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")
        self.fields["starts_at"].initial = None
        self.fields["starts_at"].required = False
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "front-input"
            field.widget.attrs["aria-describedby"] = f"banner-{name}-said"

    def clean_starts_at(self):
        return self._in_calendar(self.cleaned_data["starts_at"]) or timezone.now()

    def clean_until(self):
        return self._in_calendar(self.cleaned_data["until"])

    def _in_calendar(self, time):
        if time and not FIRST_YEAR <= time.year <= LAST_YEAR:
            raise forms.ValidationError(_("Choose a year between 1000 and 9998."))
        return time

    def clean_link(self):
        """A story that readers cannot open yet is no place to send them, and its address alone may tell too much."""
        link = self.cleaned_data["link"]
        try:
            match = resolve(link.partition("?")[0].partition("#")[0]) if link.startswith("/") else None
        except Resolver404:
            raise forms.ValidationError(_("There is no such page on this site.")) from None
        is_story = match and match.view_name == "articles:article"
        if is_story and not Article.objects.published().filter(slug=match.kwargs["slug"]).exists():
            raise forms.ValidationError(_("There is no story at this address that readers can open now."))
        return link


def of_the_whole_paper(view):
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if workflow.is_limited(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapped


@for_editors
@of_the_whole_paper
@require_POST
@transaction.atomic
def banner(request):
    form = BannerForm(request.POST)
    if not form.is_valid():
        return show(request, form)
    form.instance.by = request.user
    shown = form.save()
    _log(request, shown, ADDITION, _("Shown until %s.") % moment(shown.until))
    messages.success(request, _("The banner stands on top of every page until %s.") % moment(shown.until))
    return HttpResponseRedirect(reverse("front_desk:desk"))


@for_editors
@of_the_whole_paper
@require_POST
@transaction.atomic
def end_banner(request, pk):
    shown = Banner.objects.to_come().filter(pk=pk).first()
    if shown is None:
        messages.error(request, _("That banner is over already."))
    else:
        Banner.objects.filter(pk=pk).update(until=timezone.now())
        changed(names.BREAKING)
        _log(request, shown, CHANGE, _("Ended."))
        messages.success(request, _("The banner is taken down."))
    return HttpResponseRedirect(reverse("front_desk:desk"))


app_name = "front_desk"
urlpatterns = [
    path("", desk, name="desk"),
    path("preview/", preview, name="preview"),
    path("<int:pk>/preview/", preview, name="preview"),
    path("banner/", banner, name="banner"),
    path("banner/<int:pk>/end/", end_banner, name="end_banner"),
]
