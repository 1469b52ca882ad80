"""What the extractors should find: run inside the newsroom that is looked at, by `manage.py shell`."""

import json
import re
from datetime import timedelta

from django.utils import timezone

from articles import markup, tasks
from articles.models import Article, Author, Byline, Correction, Picture, Section
from newsroom.links import absolute

WORDS = (
    "The harbour master counted the boats twice before the wind turned, and wrote the number into the book that has "
    "lain open on the same desk since the old pier was built. "
)
PARAGRAPH = f"<p>{WORDS}Nobody had asked number {{}} to wait.</p>"
NAMES = ["Ada Quill", "Bram van der Meer", "Chloë O’Hara", "Dr. Samir al-Khatib"]
TABLE = (
    "<table><caption>Catch by month</caption><thead><tr><th scope='col'>Month</th><th scope='col'>Tonnes</th></tr>"
    "</thead><tbody><tr><td>January</td><td>412 tonnes of herring</td></tr><tr><td>February</td><td>388 tonnes of cod"
    "</td></tr></tbody></table>"
)
QUOTE = "<blockquote><p>“We did not hear the sea at all that night,” said the keeper.</p></blockquote>"
LIST = "<ul><li>Ropes are checked on Mondays.</li><li>Lamps are lit at four.</li><li>Gates close at nine.</li></ul>"
LINES = "<ol><li>First the lower gate is opened.</li><li>Then the upper gate is closed.</li></ol>"
ARABIC = (
    "<p>عادت المياه إلى مجرى النهر القديم صباح يوم الأحد، وخرج أهل القرية جميعا ليروا ما لم يره أبناؤهم من قبل.</p>"
    "<p>وقال المزارعون إنهم ينتظرون موسما أفضل من الموسم الماضي، إذا بقي منسوب الماء على حاله حتى الربيع.</p>"
)
MIXED = (
    '<p>The word <span lang="ar" dir="rtl">النهر</span> (the river) stands on the gate, 3 of 12 lamps (25 %) burn.</p>'
    '<p dir="rtl">قال المهندس John Smith إن منسوب الماء بلغ 12.5 متر في يوم 3 مايو، وهو أعلى مستوى منذ عام 1998.</p>'
)
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter"
LONG_WORDS = f"<p>It is called {LONG_WORD} by nobody but the law, and https://example.org/{'a' * 120}/ says so.</p>"
FILM = '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">https://www.youtube.com/watch?v=dQw4w9WgXcQ</a></p>'
NESTED = "<ul><li>Ropes<ul><li>of hemp, checked on Mondays</li><li>of wire</li></ul></li><li>Lamps</li></ul>"
WIDE = "".join(f"<td>{number * 1234567}</td>" for number in range(1, 13))
WIDE_TABLE = f"<table><caption>Every month</caption><tbody><tr>{WIDE}</tr><tr>{WIDE}</tr></tbody></table>"
CODE = "<pre><code>grep -c 'boat' /harbour/book | sort --numeric-sort --key=2,2 --field-separator=';'</code></pre>"


def paragraphs(number):
    return "".join(PARAGRAPH.format(place) for place in range(1, number + 1))


def make_odd():
    picture = Picture.objects.filter(is_unreadable=False).order_by("pk").first()
    tasks.make_renditions(picture.pk)
    section = Section.objects.order_by("pk").first()
    people = [
        Author.objects.create(name=name, slug=f"audit-{place}")
        for place, name in enumerate([*NAMES, *(f"{letter}. Quayle" for letter in "ABCDEFGHIJKLMNOP")])
    ]
    caption = "<figcaption>Boats at rest.</figcaption>"
    figure = f'<figure class="image"><img src="{picture.file.url}" alt="Boats">{caption}</figure>'
    odd = [
        ("A table stands in the middle of the harbour’s year", {"body": paragraphs(3) + TABLE + paragraphs(3)}, 1),
        ("A pull quote interrupts the keeper’s long night", {"body": paragraphs(3) + QUOTE + paragraphs(2)}, 1),
        ("Lists of what is checked on Mondays", {"body": paragraphs(2) + LIST + paragraphs(1) + LINES}, 1),
        ("A figure between the paragraphs of the pier", {"body": paragraphs(2) + figure + paragraphs(2)}, 1),
        ("Four people wrote about one boat", {"body": paragraphs(4)}, 4),
        ("Why the lamps should be lit at three", {"body": paragraphs(5), "kind": "opinion"}, 1),
        ("A post from the lighthouse", {"body": paragraphs(4), "kind": "blog", "section": None}, 1),
        ("عادت المياه إلى النهر القديم", {"body": ARABIC * 6}, 1),
        ("The boat count was wrong by two", {"body": paragraphs(4), "dateline": "PORT ELLEN"}, 1),
        ("Ferry stops for a day", {"body": f"<p>{WORDS}</p>"}, 1),
        ("Everything that was said at the long hearing", {"body": (paragraphs(9) + "<h2>Then</h2>") * 12}, 1),
        ("Heads & tails: “half” <of> it", {"body": "<h2>One</h2>" + paragraphs(2) + "<h2>Two</h2>" + paragraphs(2)}, 1),
    ]
    none, bare = {"lead_picture": None}, {"lead_picture": None, "standfirst": ""}
    odd += [
        ("No picture stands over this one", {"body": paragraphs(4), **none}, 1),
        ("Nothing but a headline, a line and a name", {"body": f"<p>{WORDS}</p>", **bare}, 1),
        ("One picture says it", {"body": figure}, 1),
        ("Nobody signed this", {"body": paragraphs(3)}, 0),
        ("Twenty people wrote about two boats", {"body": paragraphs(3)}, 20),
        (f"A word like {LONG_WORD} stands in the headline", {"body": LONG_WORDS + paragraphs(2)}, 1),
        ("النهر and the river: one story, two scripts", {"body": MIXED * 4}, 1),
        ("The boats 🚤 came in at dawn 🌅", {"body": f"<p>{WORDS} 👩‍👩‍👧‍👦 🇩🇰 👍🏽</p>" + paragraphs(2)}, 1),
        (("A headline that goes on and on about the tide " * 5)[:200].strip(), {"body": paragraphs(3)}, 1),
        ("The whole of the inquiry, word for word", {"body": inquiry()}, 1),
        ("A film, a nested list, a wide table and a line of code", {"body": odd_body()}, 1),
        ("A column without a picture", {"body": paragraphs(4), "kind": "opinion", **none}, 1),
    ]
    for headline, fields, authors in odd:
        usual = {"section": section, "lead_picture": picture, "standfirst": f"In short: {headline}"}
        usual["published_at"] = timezone.now() - timedelta(days=10)  # the front page stays that of a usual paper
        story = Article.objects.create(headline=headline, status="published", **usual | fields)
        for place, author in enumerate(people[:authors]):
            Byline.objects.create(article=story, author=author, position=place)
        if headline.startswith("The boat count"):
            Correction.objects.create(article=story, wrong="It said nine.", right="It was eleven boats.")


def inquiry():
    """Twenty thousand words."""
    return "".join(PARAGRAPH.format(place) + "<h2>Next</h2>" * (place % 40 == 0) for place in range(1, 551))


def odd_body():
    return paragraphs(2) + FILM + paragraphs(1) + NESTED + WIDE_TABLE + paragraphs(1) + CODE + paragraphs(2)


def expected():
    stories = Article.objects.published().full().order_by("pk")
    return json.dumps([facts(story) for story in stories])


def facts(story):
    picture = story.picture
    body = re.sub("<p><a [^>]*>https://www.youtube[^<]*</a></p>", "", story.body_for_readers)  # a card
    pictures = [r.file.url for r in picture.renditions.all() if r.format == "jpeg"] if picture else []
    return {
        "url": absolute(story.get_absolute_url()),
        "headline": story.headline,
        "authors": [author.name for author in story.byline],
        "published": story.published_at.isoformat(),
        "pictures": [absolute(url) for url in [*pictures, *([picture.file.url] if picture else [])]],
        "language": "ar" if any("\u0600" <= letter <= "\u06ff" for letter in story.headline) else "en",
        "body": markup.to_text(body),
        "without_tables": markup.to_text(re.sub(r"(?s)<table.*?</table>", "", body)),
    }
