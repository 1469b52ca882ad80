"""Films and sounds of other houses. A story holds a link to them and nothing more; its page shows a card with our own
words or picture, and their frame only after a press (static/js/embeds.js), so that nobody else learns who reads.

A new house is one line in HOUSES.
"""

import re
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext as _


class House(NamedTuple):
    name: str
    shape: str  # "film" or "sound"
    address: re.Pattern[str]  # of the page that people link to, without its scheme
    frame: str  # the player's address; {0} is what the pattern found


HOUSES = (
    House(
        "YouTube",
        "film",
        re.compile(
            r"(?:(?:www\.|m\.)?youtube(?:-nocookie)?\.com/(?:watch\?(?:[^#]*&)?v=|shorts/|live/|embed/)|youtu\.be/)"
            r"([\w-]{11})(?:[?&#].*)?"
        ),
        "https://www.youtube-nocookie.com/embed/{0}?autoplay=1&rel=0",
    ),
    House(
        "Vimeo",
        "film",
        re.compile(r"(?:www\.)?(?:vimeo\.com|player\.vimeo\.com/video)/(\d{5,12})(?:[/?#].*)?"),
        "https://player.vimeo.com/video/{0}?autoplay=1&dnt=1",
    ),
    House(
        "Dailymotion",
        "film",
        re.compile(r"(?:(?:www\.)?dailymotion\.com/(?:embed/)?video|dai\.ly)/(\w{5,12})(?:[_?#].*)?"),
        "https://geo.dailymotion.com/player.html?video={0}",
    ),
    House(
        "Internet Archive",
        "film",
        re.compile(r"(?:www\.)?archive\.org/(?:details|embed)/([\w.-]{1,100})/?(?:[?#].*)?"),
        "https://archive.org/embed/{0}",
    ),
    House(
        "SoundCloud",
        "sound",
        re.compile(r"(?:www\.|m\.)?(soundcloud\.com/[\w-]{1,60}/(?:sets/)?[\w-]{1,120})/?(?:[?#].*)?"),
        "https://w.soundcloud.com/player/?url=https%3A//{0}&auto_play=true",
    ),
    House(
        "Spotify",
        "sound",
        re.compile(r"open\.spotify\.com/(?:embed/)?((?:episode|show|track|album|playlist)/\w{22})(?:[?#].*)?"),
        "https://open.spotify.com/embed/{0}",
    ),
)
# What a content security policy must allow to be framed.
FRAME_SOURCES = sorted({"https://" + urlsplit(house.frame).netloc for house in HOUSES})

LINK = r'<a [^>]*?href="(?P<address>https?://[^"]{1,500})"[^>]*>'
ALONE = re.compile(rf"<p[^>]*>\s*{LINK}(?P<text>[^<]*)</a>\s*</p>")
FIGURE = re.compile(rf"<figure[^>]*>\s*{LINK}\s*(?P<picture><img[^>]*>)\s*</a>\s*(?P<rest>.*?)</figure>", re.S)
BARE = re.compile(r"<p[^>]*>\s*(https?://[^\s<]{1,500})\s*</p>")
FRAME = re.compile(
    r"""<iframe\b[^>]*?\ssrc\s*=\s*["'](?:https?:)?(//[^"']{1,500})["'][^>]*>(?:\s*</iframe\s*>)?""", re.I
)


def look_up(address: str) -> tuple[House, str] | None:
    """Who shows what stands at an address, and the address of the player there."""
    rest = re.sub(r"^https?://", "", address, flags=re.I)
    for house in HOUSES:
        if match := house.address.fullmatch(rest):
            return house, house.frame.format(quote(match[1]))
    return None


def with_links(html: str) -> str:
    """Before it is cleaned: an address alone in its paragraph, or the frame that another house gives out to be pasted,
    becomes a link alone in its paragraph."""
    html = FRAME.sub(lambda frame: _linked(f"https:{frame[1]}", frame[0]), html)
    return BARE.sub(lambda bare: _linked(bare[1], bare[0]), html)


def _linked(address, instead):
    address = unescape(address)
    if look_up(address) is None:
        return instead
    return f'<p><a href="{escape(address)}">{escape(address)}</a></p>'


def with_cards(html: str) -> str:
    """Clean HTML, each link to a film or sound that stands alone a card that can be pressed."""
    if "<a " not in html:
        return html
    html = ALONE.sub(lambda part: _card(part, "", part["text"], ""), html)
    return FIGURE.sub(lambda part: _card(part, part["picture"], "", part["rest"]), html)


def _card(part, picture, text, rest):
    found = look_up(unescape(part["address"]))
    if found is None:
        return part[0]
    house, frame = found
    text = unescape(text).strip()
    play = _("Play the video") if house.shape == "film" else _("Listen")
    title = play if not text or text.startswith(("http://", "https://")) else text
    note = _("%(house)s learns that you are here only when you press.") % {"house": house.name}
    shown = f'<span class="embed-picture">{picture}</span>' if picture else ""
    return (
        f'<figure class="embed embed-{house.shape}"><a class="embed-link" href="{part["address"]}" rel="noopener" '
        f'data-embed="{escape(frame)}" data-title="{escape(title)} ({house.name})">{shown}<b>{escape(title)}</b>'
        f'<span class="embed-note">{escape(note)}</span></a>{rest}</figure>'
    )
