"""Every kind of page for readers by the rules of WCAG 2.2 AA, as axe-core checks them: light and dark, phone and desk.

`make audit` asks the same of every page of a demo, with more tools and more time.
"""

import tempfile
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.journey.test_everyone_can import COLOURS, RULES, SETTLED
from tests.journey.test_main_job import browser  # noqa: F401
from tests.live import opened

pytestmark = pytest.mark.browser

SETUP = """
from datetime import timedelta
from django.utils import timezone
from tests.cast import *
from articles.models import *
from articles.tasks import make_missing_renditions
from comments.models import Comment
now, picture, ruth = timezone.now(), make_picture(), make_author(role="Reporter", bio="Walks the river.")
Author.objects.filter(pk=ruth.pk).update(picture=picture)
embed = '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">https://www.youtube.com/watch?v=dQw4w9WgXcQ</a></p>'
figure = f'<figure class="image"><img src="{picture.file.url}" alt="A quay"><figcaption>The quay.</figcaption></figure>'
table = "<table><caption>Catch</caption><thead><tr><th scope='col'>Month</th><th scope='col'>Tonnes</th></tr></thead>"
table += "<tbody><tr><th scope='row'>May</th><td>412</td></tr></tbody></table>"
body = "<h2>The dam</h2><p>The sound came <em>first</em>, <a href='/about/'>they said</a>.</p><h3>Then</h3>"
body += "<blockquote><p>We heard it.</p><cite>A keeper</cite></blockquote><ul><li>One</li></ul><ol><li>Two</li></ol>"
body += f'{figure}{table}{embed}<hr><p dir="rtl"><span lang="ar" dir="rtl">عاد النهر.</span></p>'
body += f"<pre>{'1 + 1 + ' * 30}2</pre>"
authors = [ruth, make_author("Ines Haddad")]
kept = {"lead_picture": picture, "lead_caption": "At four.", "standfirst": "After nine weeks.", "kicker": "The dam"}
story = make_story("The river comes back", authors, ["Water"], body=body, dateline="PORT ELLEN", **kept)
Article.objects.filter(pk=story.pk).update(updated_at=now)
Correction.objects.create(article=story, wrong="Nine weeks.", right="Nine days.")
first = Comment.objects.create(article=story, name="Ann", email="a@example.org", body="I was there.")
Comment.objects.create(article=story, parent=first, name="Bo", email="b@example.org", body="So was I.")
Comment.objects.update(status="approved")
make_story("Light the lamps at three", authors, ["Water"], kind="opinion", **kept)
make_story("A post from the lighthouse", authors, ["Water"], kind="blog", **kept)
stories = [make_story(f"Boat {number} of the river", authors, ["Water"], lead_picture=picture) for number in range(25)]
series = Series.objects.create(name="The dam", slug="the-dam", description="In three parts.")
for position, part in enumerate([story, *stories[:2]]):
    Part.objects.create(series=series, article=part, position=position)
Takedown.of(make_story("Gone"), make_user("ada", is_superuser=True), "By order.")
make_missing_renditions()
"""
STORY = "/city/the-river-comes-back/"
PAGES = [
    *("/", "/city/", STORY, "/city/light-the-lamps-at-three/", "/blogs/a-post-from-the-lighthouse/", "/blogs/"),
    *("/search/", "/search/?q=river", "/search/?q=zzzzqq", "/authors/", "/authors/ruth-okafor/", "/tags/water/"),
    *("/archive/", "/series/the-dam/", "/most-read/", "/subscribe/", "/corrections/", "/about/", "/contact/"),
    *("/privacy/", "/nothing/", "/city/gone/"),
]
PHONE, DESK = {"width": 375, "height": 812}, {"width": 1440, "height": 900}
# The rules that a width or a scheme may change; the others need to be asked once a page.
BY_WIDTH = [*COLOURS, "target-size", "scrollable-region-focusable"]
FAULTS = """async rules => (await axe.run({ runOnly: rules, resultTypes: ["violations"] })).violations.flatMap(
  rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))"""
STRUCTURE = """() => [...["h1", "main"].map(name => document.querySelectorAll(name).length),
  document.documentElement.scrollWidth > innerWidth]"""


@pytest.fixture
def newsroom():
    with tempfile.TemporaryDirectory(prefix="newsroom-readers-") as name, opened(Path(name)) as newsroom:
        newsroom.manage("shell", "-v", "0", "-c", SETUP)
        yield newsroom


def found(page, width, scheme, rules):
    page.set_viewport_size(width)
    page.emulate_media(color_scheme=scheme)
    page.evaluate(SETTLED)
    told = [f"{page.url} {width['width']} {scheme} {fault}" for fault in page.evaluate(FAULTS, rules)]
    shape = page.evaluate(STRUCTURE)
    return told + [f"{page.url} {width['width']}: h1, main, scrolls: {shape}"] * (shape != [1, 1, False])


def test_every_page_for_readers_keeps_the_rules(browser, newsroom):  # noqa: F811
    page, wrong, axe = browser.new_page(base_url=newsroom.address), [], Axe().axe_script
    for path in PAGES:
        page.goto(path)
        page.evaluate(axe)
        wrong += found(page, PHONE, "light", RULES) + found(page, PHONE, "dark", COLOURS)
        wrong += found(page, DESK, "light", BY_WIDTH) + found(page, DESK, "dark", COLOURS)
    assert not wrong, "\n".join(wrong)
