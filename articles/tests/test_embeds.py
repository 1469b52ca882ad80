"""Films and sounds from elsewhere: a link in the story, a card on its page, a frame after a press."""

import re

import pytest

from articles import embeds, markup
from tests.cast import NewsroomTestCase, make_story

FILM = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
PLAYER = "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1&rel=0"
KNOWN = [
    (FILM, PLAYER),
    ("https://youtu.be/dQw4w9WgXcQ?si=tracker&t=9", PLAYER),
    ("https://www.youtube.com/shorts/dQw4w9WgXcQ", PLAYER),
    ("https://m.youtube.com/watch?list=PL1&v=dQw4w9WgXcQ#t=3", PLAYER),
    ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871?autoplay=1&dnt=1"),
    ("https://dai.ly/x8abcde", "https://geo.dailymotion.com/player.html?video=x8abcde"),
    ("https://archive.org/details/night_of_the_living_dead", "https://archive.org/embed/night_of_the_living_dead"),
    ("https://soundcloud.com/the-desk/evening", "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/the-desk/evening&auto_play=true"),
    ("https://open.spotify.com/episode/4rOoJ6Egrf8K2IrywzwOMk", "https://open.spotify.com/embed/episode/4rOoJ6Egrf8K2IrywzwOMk"),
]  # fmt: skip
UNKNOWN = [
    "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://evil.example/?https://youtu.be/dQw4w9WgXcQ",
    "https://evil.example/youtu.be/dQw4w9WgXcQ",
    "https://youtu.be@evil.example/dQw4w9WgXcQ",
    "https://www.youtube.com/@channel",
    "https://www.youtube.com/watch?v=short",
    "https://vimeo.com/about",
    "javascript:alert(1)//youtu.be/dQw4w9WgXcQ",
    "https://archive.org/details/../../x",
]


@pytest.mark.parametrize(("address", "player"), KNOWN)
def test_a_film_is_known_by_the_addresses_that_people_copy(address, player):
    assert embeds.look_up(address)[1] == player


@pytest.mark.parametrize("address", UNKNOWN)
def test_other_addresses_stay_links(address):
    html = f'<p><a href="{address}" rel="noopener">Look</a></p>'
    assert embeds.look_up(address) is None
    assert embeds.with_cards(html) == html


@pytest.mark.parametrize(
    "pasted",
    [
        f"<p>{FILM}</p>",
        f"<p>  {FILM}\n</p>",
        f'<p><a href="{FILM}">{FILM}</a></p>',
        '<iframe width="560" height="315" src="https://www.youtube.com/embed/dQw4w9WgXcQ" title="x"></iframe>',
        "<IFRAME SRC='//www.youtube.com/embed/dQw4w9WgXcQ' onload=alert(1)>",
    ],
)
def test_what_is_pasted_becomes_a_link(pasted):
    cleaned = markup.clean(pasted)
    assert re.fullmatch(r'<p><a href="https://www\.youtube\.com/\S+dQw4w9WgXcQ" rel="noopener">[^<]+</a></p>', cleaned)
    assert markup.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "pasted", ['<iframe src="https://evil.example/"></iframe>', "<p>https://evil.example/</p>", "<iframe srcdoc='<b>'>"]
)
def test_frames_and_addresses_of_others_are_no_links(pasted):
    assert "<a " not in markup.clean(pasted)
    assert "iframe" not in markup.clean(pasted)


class CardTests(NewsroomTestCase):
    def page(self, body):
        article = make_story(body=body)
        return self.client.get(article.get_absolute_url()).content.decode()

    def test_a_link_alone_is_a_card_that_loads_nothing(self):
        page = self.page(f"<p>Before.</p><p>{FILM}</p><p>After.</p>")
        assert f'<a class="embed-link" href="{FILM}"' in page
        assert f'data-embed="{PLAYER.replace("&", "&amp;")}"' in page
        assert "YouTube learns that you are here only when you press." in page
        assert "<iframe" not in page
        assert not re.search(r'(?:src|srcset|poster)="https?://(?!testserver|127)[^"]*youtube', page)

    def test_the_words_of_the_link_are_the_title(self):
        assert "<b>The gates open &lt;live&gt;</b>" in self.page(
            f'<p><a href="{FILM}">The gates open &lt;live&gt;</a></p>'
        )

    def test_a_linked_picture_of_ours_is_the_card(self):
        page = self.page(
            f'<figure class="image"><a href="{FILM}"><img src="/media/a.jpg" alt="The gates" width="9" height="6"></a>'
            "<figcaption>At noon</figcaption></figure>"
        )
        card = page[page.index('<figure class="embed') :]
        assert 'src="/media/a.jpg"' in card
        assert "<figcaption>At noon</figcaption></figure>" in card

    def test_a_link_within_a_sentence_stays_one(self):
        assert "data-embed" not in self.page(f'<p>See <a href="{FILM}">the film</a>.</p>')


def test_a_policy_can_name_every_player():
    assert all(source.startswith("https://") for source in embeds.FRAME_SOURCES)
    assert {f"https://{address.split('/')[2]}" for _page, address in KNOWN} == set(embeds.FRAME_SOURCES)
