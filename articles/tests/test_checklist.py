from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib.admin import AdminSite
from django.test import override_settings
from django.urls import path
from django.utils import timezone

from articles import addresses, checklist, revisions
from articles.admin.base import DeskAdmin
from articles.admin.checklist import ChecklistMixin, PublishAnyway
from articles.models import Article, Author, Section
from newsroom import urls
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag, make_user

GOOD = {
    "headline": "The river comes back",
    "slug": "the-river-comes-back",
    "standfirst": "After nine days the water ran again.",
    "body": "<p>The sound came first.</p>",
    "section": Section(pk=1, name="City", slug="city"),
}
SIGNED = [Author(name="Ruth Okafor")]
PIXEL = '<img src="/media/quay.jpg" alt="{}">'
WRONG = [
    ({"headline": " "}, "headline-missing"),
    ({"headline": "x" * 71}, "headline-long-search"),
    ({"headline": "x" * 110}, "headline-long-search"),
    ({"headline": "x" * 111}, "headline-long-mobile"),
    ({"slug": "x" * 81}, "slug-long"),
    ({"standfirst": ""}, "standfirst-missing"),
    ({"body": ""}, "body-missing"),
    ({"body": "<p>&nbsp;</p>"}, "body-missing"),
    ({"body": "<h2>One</h2><h4>Three</h4>"}, "headings-order"),
    ({"body": "<h3>Two</h3>"}, "headings-order"),
    ({"body": f"<p>{PIXEL.format('')}</p>"}, "body-alt-missing"),
    ({"body": f"<p>{PIXEL.format(' ')}</p>"}, "body-alt-missing"),
    ({"section": None}, "section-missing"),
    ({"body": '<p><a href="/no/such/way/">x</a></p>'}, "link-dead"),
    ({"body": '<p><a href="www.example.org">x</a></p>'}, "link-dead"),
    ({"body": '<p><a href="/admin/articles/article/1/change/">x</a></p>'}, "link-dead"),
    ({"body": '<p><a href="/admin/articles/front/">x</a></p>'}, "link-dead"),
    ({"body": '<p><a href="/preview/secret-token/">x</a></p>'}, "link-dead"),
    ({"body": '<p><a href="//[">x</a></p>'}, "link-dead"),
]
RIGHT = [
    {},
    {"headline": "x" * 70},
    {"section": None, "kind": Article.Kind.BLOG},
    {"body": f"<p>{PIXEL.format('A quay')}</p>"},
    {"body": "<h2>One</h2><h3>Two</h3><h4>Three</h4><h2>One</h2>"},
    {"body": '<p><a href="https://example.org/no/such/way/">x</a></p>'},
    {"body": '<p><a href="#part">x</a> <a href="mailto:desk@example.org">x</a></p>'},
    {"body": '<p><a href="/">x</a> <a href="/search">x</a> <a href="/media/report.pdf">x</a></p>'},
    {"body": '<p><a href="/city/the-river-comes-back/">itself</a></p>'},
]


def codes(authors=SIGNED, **fields):
    return [finding.code for finding in checklist.check(Article(**{**GOOD, **fields}), authors)]


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "code"), WRONG, ids=lambda value: str(value)[:50])
def test_what_is_missing_is_found(fields, code):
    assert codes(**fields) == [code]


@pytest.mark.parametrize("fields", RIGHT, ids=lambda value: str(value)[:50])
def test_a_story_in_order_has_no_findings(fields):
    assert codes(**fields) == []


def test_a_story_that_nobody_signed_is_told():
    assert codes(authors=[]) == ["byline-missing"]


@override_settings(PUBLISH_BLOCKERS=["standfirst-missing"])
def test_what_blocks_is_a_setting_and_comes_first():
    found = checklist.check(Article(**{**GOOD, "headline": "", "standfirst": ""}), [])
    assert [(finding.code, finding.level) for finding in found] == [
        ("standfirst-missing", "blocking"),
        ("headline-missing", "advisory"),
        ("byline-missing", "advisory"),
    ]


class Links(NewsroomTestCase):
    def found(self, *addresses, **fields):
        links = " ".join(f'<a href="{address}">x</a>' for address in addresses)
        return checklist.check(Article(**{**GOOD, "body": f"<p>{links}</p>", **fields}), [make_author()])

    def codes(self, *addresses, **fields):
        return [finding.code for finding in self.found(*addresses, **fields)]

    def test_what_is_public_is_in_order(self):
        story, tag = make_story("The dam"), make_tag("water")
        ours = [story, story.section, make_author(), tag]
        assert self.codes(*(thing.get_absolute_url() for thing in ours), f"{tag.get_absolute_url()}feed/") == []

    def test_the_old_address_of_a_merged_tag_still_leads_somewhere(self):
        make_tag("Dam").absorb([make_tag("Dams")])
        assert self.codes("/tags/dams/") == []

    def test_what_moved_leads_somewhere(self):
        addresses.move("/an/old/page.html", "/corrections/")
        assert self.codes("/an/old/page.html") == []

    def test_a_story_that_readers_do_not_see_is_named(self):
        draft = make_story("The secret dam", status="draft")
        (finding,) = self.found(draft.get_absolute_url())
        assert finding.code == "link-unpublished"
        assert "The secret dam" in finding.message

    def test_a_story_that_comes_later_than_this_one_is_not_public(self):
        later = make_story("The dam", published_at=timezone.now() + timedelta(days=1))
        assert self.codes(later.get_absolute_url()) == ["link-unpublished"]
        assert self.codes(later.get_absolute_url(), published_at=timezone.now() + timedelta(days=2)) == []

    def test_what_is_not_there_leads_nowhere(self):
        make_section()
        lost = ["/city/no-such-story/", "/no-such-section/", "/authors/nobody/", "/tags/nothing/"]
        assert self.codes(*lost) == ["link-dead"] * 4

    @override_settings(SITE_URL="https://news.example.org")
    def test_an_address_in_full_is_ours_too(self):
        assert self.codes("https://news.example.org/city/no-such-story/") == ["link-dead"]

    def test_a_script_of_any_kind_is_read_in_an_address(self):
        story = make_story("الماء يعود", slug="الماء-يعود")
        assert self.codes(story.get_absolute_url(), "/city/%ED%A0%80/", "/%00/") == ["link-dead"] * 2

    def test_many_links_cost_no_more_than_few(self):
        for number in range(60):
            make_story(f"Story {number}", slug=f"story-{number}")
        author = make_author()
        bodies = [
            "".join(f'<p><a href="/city/story-{n}/">x</a><a href="/authors/a{n}/">x</a></p>' for n in range(number))
            for number in (2, 60)
        ]
        for body in bodies:
            with self.assertNumQueries(5):
                checklist.check(Article(**{**GOOD, "body": body}), [author])


class LeadPicture(NewsroomTestCase):
    def codes(self, **fields):
        return codes(lead_picture=make_picture(**fields))

    def test_alternative_text_and_credit_are_wanted(self):
        assert self.codes() == []
        assert self.codes(alt=" ") == ["alt-missing"]
        assert self.codes(credit="") == ["credit-missing"]

    def test_rights_must_last_until_the_story_goes_out(self):
        today = timezone.localdate()
        picture = SimpleNamespace(alt="A quay", credit="I. Haddad", rights_until=today + timedelta(days=1))

        def found(days):
            article = SimpleNamespace(
                lead_picture=picture, published_at=timezone.now() + timedelta(days=days), body="", section_id=1
            )
            return checklist.rights_expired(checklist.Story(article, []))

        assert found(0) is None
        assert found(2)


class Desk(ChecklistMixin, DeskAdmin):
    pass


desk = AdminSite(name="desk")
desk.register(Article, Desk)
urlpatterns = [path("desk/", desk.urls), *urls.urlpatterns]


@override_settings(ROOT_URLCONF=__name__)
class Panel(NewsroomTestCase):
    def panel(self, key, status=200):
        return self.see(f"/desk/articles/article/{key}/checklist/", status)

    def test_it_says_what_is_missing_and_shows_the_card(self):
        self.sign_in(self.editor)
        story = make_story("The river comes back", status="draft", lead_picture=make_picture(alt=""))
        page = self.panel(story.pk)
        assert 'data-code="alt-missing"' in page
        assert 'data-code="byline-missing"' in page
        assert "4 words" in page
        assert story.lead_picture.file.url in page

    def test_it_judges_what_waits_over_a_live_story(self):
        self.sign_in(self.editor)
        author = make_author()
        story = make_story(authors=[author], standfirst="It stood empty for nine years.", lead_picture=make_picture())
        before = self.panel(story.pk)
        waiting = {"lead_picture": make_picture(alt="").pk, "body": "<p>One two.</p>", "authors": []}
        revisions.wait(story, {**revisions.snapshot(story), **waiting}, self.editor)
        page = self.panel(story.pk)
        assert "byline-missing" not in before
        assert "alt-missing" not in before
        assert 'data-code="byline-missing"' in page
        assert 'data-code="alt-missing"' in page
        assert "2 words" in page

    def test_it_is_never_kept(self):
        self.sign_in(self.editor)
        response = self.client.get(f"/desk/articles/article/{make_story().pk}/checklist/")
        assert "no-store" in response["Cache-Control"]

    def test_it_is_for_those_who_may_see_the_story(self):
        story = make_story(status="draft")
        self.panel(story.pk, 302)
        self.sign_in(make_user("newcomer"))
        self.panel(story.pk, 403)

    def test_a_story_that_is_not_there_has_none(self):
        self.sign_in(self.editor)
        self.panel(999_999, 404)


class Override(NewsroomTestCase):
    def form(self, **data):
        form = PublishAnyway(data)
        assert form.is_valid()
        form.hold_back(checklist.check(Article(**{**GOOD, "section": None}), [make_author()]))
        return form

    def test_what_blocks_is_refused_with_its_message(self):
        assert "no section" in str(self.form().errors)

    def test_a_tick_without_a_reason_is_not_enough(self):
        assert list(self.form(publish_anyway="on", publish_reason=" ").errors) == ["publish_reason"]

    def test_a_tick_with_a_reason_lets_it_out(self):
        form = self.form(publish_anyway="on", publish_reason="The court rules at noon.")
        assert not form.errors
        assert form.reason_to_publish() == "The court rules at noon."

    def test_a_reason_without_the_tick_does_not(self):
        assert self.form(publish_reason="Because.").errors
