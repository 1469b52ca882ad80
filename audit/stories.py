"""What the extractors should find: run inside the newsroom that is looked at, by `manage.py shell`."""

import json
import re

from articles import markup, tasks
from articles.models import Article, Author, Byline, Correction, Picture, Section
from newsroom.links import absolute

WORDS = (
    "The harbour master counted the boats twice before the wind turned, and wrote the number into the book that has "
    "lain open on the same desk since the old pier was built. "
)
PARAGRAPH = f"<p>{WORDS}Nobody had asked number {{}} to wait.</p>"
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


def paragraphs(number):
    return "".join(PARAGRAPH.format(place) for place in range(1, number + 1))


def make_odd():
    picture = Picture.objects.filter(is_unreadable=False).order_by("pk").first()
    tasks.make_renditions(picture.pk)
    section = Section.objects.order_by("pk").first()
    people = [
        Author.objects.create(name=name, slug=f"audit-{place}")
        for place, name in enumerate(["Ada Quill", "Bram van der Meer", "Chloë O’Hara", "Dr. Samir al-Khatib"])
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
    for headline, fields, authors in odd:
        fields = {"section": section, "status": "published", "lead_picture": picture, **fields}
        story = Article.objects.create(headline=headline, standfirst=f"In short: {headline}", **fields)
        for place, author in enumerate(people[:authors]):
            Byline.objects.create(article=story, author=author, position=place)
        if headline.startswith("The boat count"):
            Correction.objects.create(article=story, wrong="It said nine.", right="It was eleven boats.")


def expected():
    stories = Article.objects.published().full().order_by("pk")
    return json.dumps([facts(story) for story in stories])


def facts(story):
    picture = story.picture
    pictures = [r.file.url for r in picture.renditions.all() if r.format == "jpeg"] if picture else []
    return {
        "url": absolute(story.get_absolute_url()),
        "headline": story.headline,
        "authors": [author.name for author in story.byline],
        "published": story.published_at.isoformat(),
        "pictures": [absolute(url) for url in [*pictures, *([picture.file.url] if picture else [])]],
        "language": "ar" if any("\u0600" <= letter <= "\u06ff" for letter in story.headline) else "en",
        "body": markup.to_text(story.body_for_readers),
        "without_tables": markup.to_text(re.sub(r"(?s)<table.*?</table>", "", story.body_for_readers)),
    }
