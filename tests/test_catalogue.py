"""The catalogue of each language of ours is whole: nothing that a page says is missing from it."""

import re
from html.parser import HTMLParser

import polib
import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.test import override_settings
from django.urls import reverse

from articles.models import Article
from tests import catalogue
from tests.cast import ArabicTestCase, make_user

# Words that are Latin in Arabic too.
LATIN = re.compile(
    r"WhatsApp|Bluesky|Facebook|Atom|/[\w./-]+|EMAIL_URL|\b[A-Z]{3,}\b|WebP|Ctrl K|Control|Command|\besc\b|[\w.]+@[\w.]+|https?://\S+"
)


class Words(HTMLParser):
    """What a person reads or hears; icons are named by words that nobody sees."""

    SILENT = {"script", "style", "svg", "template", "textarea", "code", "kbd"}
    SPOKEN = {"aria-label", "placeholder", "title"}
    VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}

    def __init__(self, page):
        super().__init__()
        self.words, self.silence = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.words += [attributes[name] or "" for name in self.SPOKEN & attributes.keys() if tag != "link"]
        if tag not in self.VOID:
            is_icon = "material-symbols" in (attributes.get("class") or "")
            self.silence.append((tag, tag in self.SILENT or is_icon or any(s for _, s in self.silence)))

    def handle_endtag(self, tag):
        while self.silence and self.silence.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not (self.silence and self.silence[-1][1]):
            self.words.append(data)


def words_of(response) -> str:
    return " ".join(" ".join(Words(response.text).words).split())


def left_in_english(response) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}[A-Za-z ]*", LATIN.sub("", words_of(response)))


@override_settings(LANGUAGE_CODE="ar", SITE_NAME="بريد الميناء")
@time_machine.travel("2026-11-23 12:00:00Z", tick=False)
class ArabicPagesTests(ArabicTestCase):
    def test_readers_pages_leave_nothing_in_english(self):
        for address in (
            "/",
            self.section.get_absolute_url(),
            self.story.get_absolute_url(),
            self.authors[0].get_absolute_url(),
            self.story.tags.get().get_absolute_url(),
            "/blogs/",
            "/authors/",
            "/archive/",
            "/archive/2026/",
            "/archive/2026/11/",
            "/archive/2026/11/23/",
            "/most-read/",
            "/about/",
            "/contact/",
            "/privacy/",
            "/corrections/",
            "/subscribe/",
            "/subscribe/sent/",
            "/subscribe/confirmed/",
            "/subscribe/left/",
            "/subscribe/confirm/x/",
            "/subscribe/leave/x/",
            "/search/",
            "/search/?q=الوادي",
            "/search/?q=qqqq",
            "/search/?q=الوادي&from=2026-99-99&author=qqqq",
            f"/comments/{self.story.pk}/received/",
            f"/comments/{self.story.pk}/voted/",
            "/preview/x/",
            "/nowhere/",
        ):
            response = self.client.get(address)
            assert [words for words in left_in_english(response) if words.strip() != "qqqq"] == [], address

    def test_what_is_no_longer_published_says_so_in_arabic(self):
        Article.objects.filter(pk=self.story.pk).update(status=Article.Status.WITHDRAWN)
        response = self.client.get(self.story.get_absolute_url())
        assert (response.status_code, left_in_english(response)) == (410, [])

    def test_forms_answer_in_arabic(self):
        for address, sent in (
            (f"/comments/{self.story.pk}/", {"name": "", "email": "no", "body": "", "captcha_1": "99"}),
            (f"/comments/{self.story.pk}/vote/", {"stars": "99"}),
            ("/subscribe/", {"email": "no"}),
        ):
            response = self.client.post(address, sent)
            words = [words for words in left_in_english(response) if words.strip() != "no"]
            assert (response.status_code, words) == (422, []), address

    def test_desk_leaves_nothing_in_english(self):
        self.client.force_login(make_user("محررة", first_name="ليلى", is_superuser=True))
        story = f"/admin/articles/article/{self.story.pk}"
        pages = [f"{story}/{page}/" for page in ("change", "history", "takedown", "links", "delete")]
        pages += ["/admin/", "/admin/articles/front/", "/admin/log/", "/admin/mailbox/", "/admin/password_change/"]
        found = {}
        # Names of groups and permissions are rows of the database, as Django made them.
        for model in admin.site._registry.keys() - {Group, User}:
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            pages += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        for address in pages:
            response = self.client.get(address, follow=True)
            assert response.status_code in {200, 403}, address
            if words := left_in_english(response):
                found[address] = words
        assert found == {}


@pytest.fixture(scope="module", params=sorted(path.parts[-3] for path in catalogue.paths()))
def language(request):
    return request.param


@pytest.fixture(scope="module")
def entries(language):
    return polib.pofile(str(catalogue.path_of(language)))


def key(entry):
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def test_it_has_what_the_sources_ask_for_and_nothing_else(language, entries):
    """`.venv/bin/python -m tests.catalogue` mends it, but for the translating."""
    asked, known = ({key(entry) for entry in some} for some in (catalogue.wanted(language), entries))
    assert (asked - known, known - asked) == (set(), set())


def test_every_message_is_translated(entries):
    assert [entry.msgid for entry in entries.untranslated_entries() + entries.fuzzy_entries()] == []


def test_what_was_compiled_is_what_is_written(language, entries):
    """A clone has no gettext, so the compiled catalogue is in the repository."""
    assert catalogue.path_of(language).with_suffix(".mo").read_bytes() == entries.to_binary()


def test_every_form_takes_the_arguments_of_its_message(entries):
    for entry in entries:
        if "python-format" not in entry.flags:
            continue
        named = re.findall(r"%\((\w+)\)", entry.msgid + entry.msgid_plural)
        values = dict.fromkeys(named, 3) if named else tuple([3] * len(re.findall(r"%[sd]", entry.msgid)))
        for text in entry.msgstr_plural.values() or [entry.msgstr]:
            assert "%(" not in text % values, entry.msgid
            missing = set(named) - set(re.findall(r"%\((\w+)\)", text))
            assert not (text and missing) or entry.msgid_plural, entry.msgid


def test_calls_and_tags_are_found():
    python = '_("Publish")\nngettext("%(n)d day", "%(n)d days", n)\npgettext("month", "May")\n_(name)'
    template = """{% load i18n %}{% translate "Search" %} {{ _("More") }}
        {% blocktranslate count n=n %}one{% plural %}{{ n }}{% endblocktranslate %}"""
    assert [tuple(message) for message in catalogue.in_python(python)] == [
        ("Publish", None, ""), ("%(n)d day", None, "%(n)d days"), ("May", "month", ""),
    ]  # fmt: skip
    assert [message.id for message in catalogue.in_template(template)] == ["Search", "More", "one"]
