"""Two browsers on one story: they see each other, nobody overwrites anybody, and the preview follows what is typed."""

from playwright.sync_api import expect

from tests.journey.test_main_job import SETUP, browser, folder, pytestmark, sign_in, visitor  # noqa: F401
from tests.live import opened

STORY = "/admin/articles/article/1/change/"
MORE = """
from tests.cast import make_story
make_user("ben", "Editors")
make_story("Two at once", status="draft", published_at=None, body="<p>The river</p>")
"""


def opened_story(page, name):
    sign_in(page, name)
    page.goto(STORY)
    expect(text(page)).to_have_text("The river")


def text(page):
    return page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")


def write(page, words):
    text(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def save(page):
    with page.expect_navigation():
        page.keyboard.press("Control+s")


def preview_follows(page):
    """At the three widths, without a save; no script of the story runs in it."""
    page.keyboard.press("Alt+Shift+P")
    frame = page.frame_locator(".preview-pane iframe")
    expect(frame.locator("article")).to_contain_text("The river")
    page.get_by_label("Standfirst").fill("Typed <img src=x onerror=alert(1)> and not saved.")
    expect(frame.locator("article")).to_contain_text("and not saved.")
    for name, width in (("Phone", 375), ("Tablet", 768), ("Desktop", 1280)):
        page.get_by_role("button", name=name).click()
        expect(frame.locator("html")).to_have_js_property("clientWidth", width)
    page.get_by_role("button", name="Preview beside").press("Enter")


def test_two_editors_write_the_same_story(browser, folder):  # noqa: F811
    with opened(folder) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", SETUP + MORE)
        with visitor(browser, newsroom) as eve, visitor(browser, newsroom) as ben:
            opened_story(eve, "eve")
            opened_story(ben, "ben")
            expect(ben.locator(".desk-open")).to_contain_text("eve has this story open")
            preview_follows(eve)
            save(eve)
            write(ben, " rose.")
            save(ben)
            expect(ben.get_by_label("Standfirst")).to_have_value("Typed <img src=x onerror=alert(1)> and not saved.")
            write(eve, " fell.")
            save(eve)
            expect(eve.get_by_text("ben has changed this")).to_be_visible()
            expect(text(eve)).to_have_text("The river fell.")
            eve.get_by_label("Take theirs instead").check()
            save(eve)
            expect(text(eve)).to_have_text("The river rose.")
            leaving = []
            eve.on("dialog", lambda dialog: (leaving.append(dialog.type), dialog.accept()))
            eve.goto("/admin/")
            assert leaving == []
            write(ben, " Then")
            ben.on("dialog", lambda dialog: (leaving.append(dialog.type), dialog.accept()))
            ben.goto("/admin/")
            assert leaving == ["beforeunload"]
        assert newsroom.found('"fell" in str(list(Revision.objects.values_list("content", flat=True)))')
