"""A window that is closed in the middle of a sentence loses nothing."""

import re

from playwright.sync_api import expect

from tests.journey.test_main_job import SETUP, browser, folder, pytestmark, sign_in, visitor  # noqa: F401
from tests.live import opened


def test_a_closed_tab_gives_its_text_back(browser, folder):  # noqa: F811
    with opened(folder) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", SETUP)
        with visitor(browser, newsroom) as page:
            sign_in(page, "eve")
            page.goto("/admin/articles/article/add/")
            page.get_by_label("Headline").fill("Half a story")
            page.frame_locator("iframe.cke_wysiwyg_frame").locator("body").click()
            page.keyboard.type("In the middle of a")
            expect(page.locator("#desk-kept")).to_have_text(re.compile("^Kept at"))
            again = page.context.new_page()
            page.close()
            again.goto("/admin/articles/article/add/")
            again.get_by_role("link", name="Take it up").click()
            expect(again.get_by_label("Headline")).to_have_value("Half a story")
            body = again.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
            expect(body).to_have_text("In the middle of a")
