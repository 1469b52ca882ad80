"""A story is counted once somebody has looked at it, without a cookie and without a trace in the browser."""

import re

from playwright.sync_api import expect

from reading.tests.cast import FIREFOX
from tests.journey.test_main_job import browser, folder, pytestmark  # noqa: F401
from tests.live import opened, wait_for

SETUP = """
from tests.cast import make_story
for number in range(3):
    make_story(f"Story {number}", slug=f"story-{number}")
"""
COUNT = """
from reading import counting, most_read
counting.move(), counting.move(), most_read.refresh()
"""
A_READERS = "Object.defineProperty(navigator, 'webdriver', { get: () => false })"
HIDDEN = "Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })"


def open_story(browser, newsroom, number, network, init=A_READERS):  # noqa: F811
    headers = {"X-Forwarded-For": f"203.0.113.{network}"}
    context = browser.new_context(base_url=newsroom.address, user_agent=FIREFOX, extra_http_headers=headers)
    context.add_init_script(init)
    page = context.new_page()
    page.sent = []
    page.on("request", lambda request: request.method == "POST" and page.sent.append(request))
    page.clock.install()
    page.goto(f"/city/story-{number}/")
    return page


def test_a_story_that_was_looked_at_is_counted(browser, folder):  # noqa: F811
    with opened(folder, TRUST_PROXY="1", MOST_READ_FROM="1") as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", SETUP)
        for number in range(3):
            page = open_story(browser, newsroom, number, network=number)
            page.clock.run_for(4000)
            assert page.sent == []
            with page.expect_response("**/stories/read/") as answer:
                page.clock.run_for(2000)
            assert answer.value.status == 204
            assert "cookie" not in page.sent[0].all_headers()
            assert page.context.cookies() == []
            assert page.evaluate("localStorage.length + sessionStorage.length") == 0
            page.clock.run_for(60_000)
            assert len(page.sent) == 1
            page.context.close()
        for nobody in ("", f"{A_READERS}; {HIDDEN}"):
            page = open_story(browser, newsroom, 0, network=9, init=nobody)
            page.clock.run_for(60_000)
            assert page.sent == []

        def is_listed():
            newsroom.manage("shell", "-v", "0", "-c", COUNT)
            return "Story 2" in newsroom.asked("/most-read/")

        wait_for(is_listed)
        page.goto("/most-read/")
        expect(page.get_by_role("heading", name=re.compile("24 hours"))).to_be_visible()
        expect(page.locator(".ranked li")).to_have_count(6)
