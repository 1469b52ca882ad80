"""The main job, end to end, in a real browser over real servers: an editor publishes, a reader answers, a moderator
decides, a subscriber gets the daily e-mail."""

import re
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import expect, sync_playwright

from tests import chromium
from tests.cast import picture_bytes
from tests.live import free_port, opened, wait_for
from tests.servers import real_servers

HEADLINE = "Night ferries return to the harbour"
SETUP = """
from tests.cast import make_author, make_section, make_user
make_user("eve", "Editors")
make_user("mona", "Moderators")
make_section("City")
make_author()
"""
PASSWORD = "harbour-lights"
NOON = 12  # the hour that it is where this newsroom stands, whenever the test runs
SLOWEST = 30_000  # milliseconds that a busy machine may take to show something
expect.set_options(timeout=SLOWEST)

pytestmark = pytest.mark.browser


class Post:
    """A real SMTP server and what it was given."""

    def __init__(self):
        self.letters = []
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())

    async def handle_DATA(self, server, session, envelope):
        letter = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, letter))
        return "250 taken"

    def to(self, address):
        return [letter for recipients, letter in self.letters if address in recipients]

    def wait_for(self, address, number=1):
        """The newest letter to an address, once there are so many."""
        return wait_for(lambda: len(self.to(address)) >= number and self.to(address)[-1])


@pytest.fixture
def post():
    post = Post()
    post.controller.start()
    yield post
    post.controller.stop()


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="newsroom-journey-") as name:
        yield Path(name)


@pytest.fixture
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find_or_install(), args=chromium.OPTIONS)
        yield browser
        browser.close()


@contextmanager
def visitor(browser, newsroom):
    """A page of somebody's own browser; what went wrong in it is told at the end."""
    context = browser.new_context(base_url=newsroom.address, viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(SLOWEST)
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("response", lambda answer: answer.status >= 400 and wrong.append(f"{answer.status} {answer.url}"))
    yield page
    context.close()
    assert wrong == []


def sign_in(page, name):
    page.goto("/admin/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    page.wait_for_url("**/admin/")


def letters_links(letter):
    text = letter.get_body(("plain",)).get_content()
    return re.findall(r"https?://\S+", text)


# What each of them does


def write_and_publish(page):
    sign_in(page, "eve")
    page.goto("/admin/articles/article/add/")
    page.get_by_label("Headline").fill(HEADLINE)
    page.get_by_label("Standfirst").fill("Two boats, every half hour, until three in the morning.")
    page.get_by_label("Dateline").fill("OLD QUAY")
    page.get_by_label("Section").select_option("City")
    choose_author(page, "Ruth")
    body = page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")
    body.click()
    page.keyboard.type("The first boat left at dusk.")
    page.keyboard.press("Enter")
    put_picture(page)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Public since").first).to_be_visible()


def choose_author(page, name):
    page.locator("#bylines-group .select2-selection").first.click()
    page.locator(".select2-search__field").last.fill(name)
    page.locator(".select2-results__option", has_text=name).first.click()


def put_picture(page):
    """By the editor's own dialog, as a person would."""
    page.locator(".cke_button__image").click()
    dialog = page.locator(".cke_dialog_body")
    dialog.get_by_role("tab", name="Upload").click()
    file = {"name": "boat.jpg", "mimeType": "image/jpeg", "buffer": picture_bytes((900, 600))}
    dialog.frame_locator("iframe.cke_dialog_ui_input_file").locator("input[type=file]").set_input_files(file)
    dialog.get_by_role("button", name="Send it to the Server").click()
    address = dialog.get_by_label("URL", exact=True)
    expect(address).to_have_value(re.compile(r"^/media/pictures/"))
    dialog.get_by_label("Alternative Text").fill("A boat at the quay")
    dialog.get_by_role("button", name="OK").click()
    expect(dialog).to_be_hidden()


def find_and_read(page):
    page.goto("/")
    page.get_by_role("link", name=HEADLINE).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HEADLINE)
    expect(page.locator("article")).to_contain_text("OLD QUAY — The first boat left at dusk.")
    expect(page.get_by_role("link", name="Ruth Okafor").first).to_be_visible()
    picture = page.get_by_alt_text("A boat at the quay")
    picture.scroll_into_view_if_needed()
    wait_for(lambda: picture.evaluate("image => image.naturalWidth") > 0)


def vote(page):
    page.get_by_role("button", name="4 of 5").click()
    expect(page.locator(".vote-line")).to_contain_text("1 user")


def comment(page):
    form = page.locator("form.comment-form")
    form.get_by_label("Name").fill("Samir")
    form.get_by_label("E-mail").fill("samir@example.org")
    form.get_by_label("Comment").fill("At last. I walked home for two years.")
    question = form.locator(".sum label")
    expect(question).to_contain_text("=")
    first, second = re.findall(r"\d+", question.inner_text())
    form.locator("[name=captcha_1]").fill(str(int(first) + int(second)))
    form.get_by_role("button", name="Send to the editors").click()
    page.wait_for_url("**/received/**")


def approve(page):
    sign_in(page, "mona")
    page.goto("/admin/comments/comment/")
    row = page.get_by_role("row", name=re.compile("I walked home"))
    row.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("I walked home")).to_have_count(0)


def subscribe(page, post, address):
    page.goto("/")
    box = page.locator("form[action='/subscribe/']")
    box.get_by_label("E-mail").fill(address)
    box.get_by_role("button", name="Subscribe").click()
    page.wait_for_url("**/sent/")
    confirm = next(link for link in letters_links(post.wait_for(address)) if "/confirm/" in link)
    page.goto(confirm)
    page.get_by_role("button", name="Confirm my subscription").click()
    page.wait_for_url("**/confirmed/")


def check_digest(letter, story_address):
    assert letter["Subject"] == HEADLINE
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert letter["List-Unsubscribe"].startswith("<http")
    html = letter.get_body(("html",)).get_content()
    assert HEADLINE in html
    assert story_address in html
    assert any(story_address in link for link in letters_links(letter))


def the_day_until_evening(browser, newsroom, post):
    """Everything up to the digest. Returns the story's address."""
    newsroom.manage("shell", "-v", "0", "-c", SETUP)
    with visitor(browser, newsroom) as page:
        write_and_publish(page)
    with visitor(browser, newsroom) as page:
        find_and_read(page)
        story = page.url
        vote(page)
        comment(page)
        page.goto(story)
        assert "I walked home" not in page.content()
        with visitor(browser, newsroom) as moderators_page:
            approve(moderators_page)
        page.goto(story)
        expect(page.locator("#comments")).to_contain_text("I walked home for two years.")
        assert "samir@example.org" not in page.content()
        subscribe(page, post, "lena@example.org")
    return story


def environment(post):
    """A newsroom in a time zone where it is past noon now, so that no day ends under the test."""
    offset = NOON - datetime.now(UTC).hour
    zone = f"Etc/GMT{-offset:+d}" if offset else "Etc/GMT"
    return {"EMAIL_URL": f"smtp://127.0.0.1:{post.controller.port}", "TIME_ZONE": zone}


def test_on_the_embedded_defaults_with_the_digest_sent_by_hand(browser, folder, post):
    with opened(folder, DIGEST_HOUR="20", **environment(post)) as newsroom:
        story = the_day_until_evening(browser, newsroom, post)
        newsroom.manage("send_digest")
        check_digest(post.wait_for("lena@example.org", 2), story)
        newsroom.manage("send_digest")
        assert len(post.to("lena@example.org")) == 2


def test_on_postgresql_and_valkey_with_the_digest_sent_by_beat(browser, folder, post):
    with real_servers() as servers:
        with opened(folder, DIGEST_HOUR="20", **environment(post), **servers) as newsroom:
            story = the_day_until_evening(browser, newsroom, post)
            port = newsroom.environment["PORT"]
        with opened(folder, DIGEST_HOUR=str(NOON), PORT=port, **environment(post), **servers):
            check_digest(post.wait_for("lena@example.org", 2), story)
