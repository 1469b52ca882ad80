"""The desk's own pages by the rules of WCAG 2.2 AA, as axe-core checks them, light and dark."""

import tempfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journey.test_main_job import browser, sign_in, visitor  # noqa: F401
from tests.live import opened

pytestmark = pytest.mark.browser

SETUP = """
from datetime import timedelta
from django.utils import timezone
from tests.cast import *
from articles.models import *
from comments.models import Comment
now, author, user = timezone.now(), make_author(), make_user("ada", is_superuser=True)
live = make_story("The river comes back", [author, make_author("Ines Haddad")], ["Water"], lead_picture=make_picture())
for headline in ("One", "Two"):
    Revision.objects.record(live, {"headline": headline, "body": headline}, user, Revision.Deed.SAVED)
PreviewLink.objects.create(name="A lawyer", article=live, created_by=user, expires_at=now + timedelta(days=1))
Takedown.of(make_story("Gone", lead_picture=None), user, "By order.")
Article.objects.filter(pk=make_story("Thrown away").pk).trash()
make_story("Later", status="published", published_at=now + timedelta(days=1))
Correction.objects.create(article=live, wrong="Nine weeks.", right="Nine days.")
Article.objects.filter(pk=live.pk).update(picked=[2, 4])
Comment.objects.create(article=live, name="Ann", email="ann@example.org", body="I was there.")
"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
SETTLED = "document.getAnimations().forEach(animation => animation.finish())"  # colours fade into each other
STORY = "articles/article/1"
PAGES = [
    *("", "articles/front/", "articles/article/", "articles/article/add/"),
    *(f"{STORY}/{page}/" for page in ("change", "history", "compare", "links", "takedown", "delete")),
    *("articles/article/2/restore/", "articles/article/3/change/"),
    *("articles/picture/", "articles/picture/1/change/", "articles/picture/upload-many/", "articles/picture/choose/"),
    *("articles/section/", "articles/tag/1/change/", "redirects/redirect/add/", "comments/comment/"),
    *("comments/comment/1/change/", "digest/edition/", "auth/group/1/change/"),
]


def found(page, rules):
    """One line for each thing that a rule objects to."""
    violations = Axe().run(page, options={"runOnly": rules}).response["violations"]
    return [
        f"{page.url} {rule['id']}: {node['html'][:200]} {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
    ]


def found_in_both_schemes(page):
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    wrong = found(page, COLOURS)
    page.emulate_media(color_scheme="light")
    page.evaluate(SETTLED)
    return wrong + found(page, RULES)


def structure(page):
    """What the rules do not ask: one heading of the page, one main part, no sideways scrolling."""
    counts = "['h1', 'main'].map(name => document.querySelectorAll(name).length)"
    wide = "document.documentElement.scrollWidth > innerWidth"
    said = page.evaluate(f"[...{counts}, {wide}]")
    return [] if said == [1, 1, False] else [f"{page.url} h1, main, scrolls: {said}"]


@pytest.fixture(scope="module")
def newsroom():
    with tempfile.TemporaryDirectory(prefix="newsroom-desk-") as name, opened(Path(name)) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", SETUP)
        yield newsroom


def by_tab(page, what, key="Tab"):
    """Go on until the focus is on it, as somebody without a mouse does."""
    for _ in range(150):
        if page.evaluate("what => document.activeElement.matches(what)", what):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{key} does not reach {what}")


def test_every_page_of_the_desk_keeps_the_rules(browser, newsroom):  # noqa: F811
    with visitor(browser, newsroom) as page:
        page.goto("/admin/login/")
        wrong = found_in_both_schemes(page)
        sign_in(page, "ada")
        for path in PAGES:
            page.goto(f"/admin/{path}", wait_until="networkidle")
            wrong += structure(page) + found_in_both_schemes(page)
    assert not wrong, "\n".join(wrong)


def test_without_a_mouse_related_stories_are_found_ordered_and_taken_out(browser, newsroom):  # noqa: F811
    with visitor(browser, newsroom) as page:
        sign_in(page, "ada")
        page.goto(f"/admin/{STORY}/change/")
        picked = page.locator("[name=picked]")
        expect(picked).to_have_value("2, 4")
        expect(page.locator(".desk-picked")).to_contain_text("Withdrawn")
        by_tab(page, "[data-deed=arrow_downward]")
        page.keyboard.press("Enter")
        expect(picked).to_have_value("4, 2")
        expect(page.get_by_role("button", name="Move up: Gone")).to_be_focused()
        by_tab(page, "[data-deed=close]")
        page.keyboard.press("Enter")
        expect(picked).to_have_value("4")
        by_tab(page, ".desk-picked-add .select2-selection")
        page.keyboard.press("Enter")
        page.keyboard.type("Gone")
        expect(page.locator(".select2-results__option--highlighted")).to_have_text("Gone")
        page.keyboard.press("Enter")
        expect(picked).to_have_value("4, 2")
        with page.expect_navigation():
            page.keyboard.press("Control+s")
        expect(picked).to_have_value("4, 2")


def test_without_a_mouse_authors_change_places_and_everything_opens(browser, newsroom):  # noqa: F811
    with visitor(browser, newsroom) as page:
        sign_in(page, "ada")
        page.set_viewport_size({"width": 820, "height": 1180})
        page.goto(f"/admin/{STORY}/change/")
        by_tab(page, "#sidebar-open")
        page.keyboard.press("Enter")
        expect(page.locator("#sidebar-close")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#sidebar-open")).to_be_focused()
        by_tab(page, ".desk-earlier:not(:disabled)")
        page.keyboard.press("Enter")
        expect(page.locator("#bylines-data .select2-selection__rendered").first).to_contain_text("Ines Haddad")
        expect(page.locator("[name=bylines-1-position]")).to_have_value("0")
        by_tab(page, ".desk-more > summary")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Take down…")).to_be_visible()
        page.keyboard.press("Control+Shift+Enter")
        expect(page.locator("ul[aria-live]")).to_contain_text("Public since")
        names = page.locator("#bylines-data .select2-selection__rendered")
        expect(names.first).to_contain_text("Ines Haddad")
