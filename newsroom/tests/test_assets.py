"""What a reader's page loads beside itself."""

import gzip
import os
import re
import time

import brotli
import pytest
from django.templatetags.static import static
from django.test import Client

from newsroom import assets

STYLES, SCRIPT = "css/readers.css", "js/story.js"


def get(address, encoding=""):
    response = Client().get(address, headers={"accept-encoding": encoding})
    assert response.status_code == 200, address
    return response, b"".join(response)


@pytest.mark.parametrize("name", [STYLES, SCRIPT, "fonts/newsreader.woff2", "img/favicon.svg"])
def test_what_a_page_loads_may_be_kept_for_ever(name):
    response, _body = get(static(name))
    assert "immutable" in response["Cache-Control"]


@pytest.mark.parametrize(("encoding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_styles_are_sent_compressed(encoding, unpack):
    plain = get(static(STYLES))[1]
    response, body = get(static(STYLES), encoding)
    assert response["Content-Encoding"] == encoding
    assert unpack(body) == plain
    assert len(body) < len(plain) / 4


def test_another_content_has_another_address(monkeypatch):
    before = assets._look(STYLES)
    monkeypatch.setattr(assets, "text_of", lambda name: b"p { margin: 1px }")
    after = assets._look(STYLES)
    assert before != after
    assert get(f"/static/{after}")[1] == b"p { margin: 1px }"
    assert get(f"/static/{before}")  # pages that were loaded before still find theirs


def test_a_server_that_starts_later_knows_the_addresses_of_kept_pages(monkeypatch):
    monkeypatch.setattr(assets, "text_of", lambda name: b"p { margin: 2px }")
    before = assets._look(STYLES)
    monkeypatch.undo()
    listed = {name for name, _storage in assets.Finder().list(None)}
    assert {before, f"{before}.br", assets.stamped(STYLES)} <= listed
    old = time.time() - assets.WANTED_FOR - 60
    os.utime(assets.made() / before, (old, old))
    assert before not in {name for name, _storage in assets.Finder().list(None)}
    assert not (assets.made() / before).exists()


@pytest.mark.django_db
def test_what_another_process_stamped_since_is_served(monkeypatch, settings):
    settings.WHITENOISE_AUTOREFRESH = False  # as it is in service
    client = Client()
    client.get("/static/img/favicon.svg").close()  # the files are listed
    monkeypatch.setattr(assets, "text_of", lambda name: b"p { margin: 3px }\n" * 50)
    late = assets._look(STYLES)
    response = client.get(f"/static/{late}", headers={"accept-encoding": "br"})
    response.close()
    assert (response.status_code, response["Content-Encoding"]) == (200, "br")
    assert "immutable" in response["Cache-Control"]


def test_styles_load_the_fonts_that_the_page_preloads():
    fonts = re.findall(rb'url\("([^"]+)"\)', get(static(STYLES))[1])
    assert f"../{assets.stamped('fonts/newsreader.woff2')}".encode() in fonts
    for font in fonts:
        get(f"/static/css/{font.decode()}".replace("css/../", ""))


@pytest.mark.parametrize("names", [("newsreader", "libre-franklin"), ("noto-naskh-arabic", "noto-sans-arabic")])
def test_the_fonts_that_every_page_waits_for_are_small(names):
    assert sum((assets.sources() / f"fonts/{name}.woff2").stat().st_size for name in names) < 64_000


def test_the_faces_of_one_slant_have_the_same_weights():
    """Else a browser looks for the letters of a word in the nearest weight alone."""
    faces = re.findall(r"@font-face \{(.*?)\}", (assets.sources() / "css/tokens.css").read_text(), re.S)
    weights = {}
    for face in faces:
        if "unicode-range" in face:
            family, weight = (re.search(rf"{name}: (.*?);", face)[1] for name in ("font-family", "font-weight"))
            weights.setdefault((family, "italic" in face), set()).add(weight)
    assert len(weights) == 5
    assert all(len(found) == 1 for found in weights.values()), weights


def test_styles_have_every_rule_of_their_parts():
    together = get(static(STYLES))[1].decode()
    for part in assets.BUNDLES[STYLES]:
        text = (assets.sources() / "css" / f"{part}.css").read_text()
        assert re.findall(r"\S+ \{", assets.REMARK.sub("", text))[-1] in together, part


def test_what_the_desk_loads_keeps_its_name():
    assert static("desk/desk.css") == "/static/desk/desk.css"


@pytest.mark.parametrize(
    "path", ["css/readers.000000000000.css", "css/%2e%2e/secret", "css/..%2f..%2fmanage.py", "css/%00"]
)
@pytest.mark.django_db
def test_an_address_of_no_file_is_not_found(path):
    assert Client().get(f"/static/{path}").status_code == 404


def test_the_bars_of_size_are_held():
    """Of all that a story's page may load, compressed as browsers take it."""
    sizes = {name: len(get(static(name), "br")[1]) for name in assets.names() if name.endswith((".css", ".js"))}
    styles = sizes[STYLES]
    scripts = sum(sizes[name] for name in (SCRIPT, "js/comments.js", "js/reading.js"))
    assert styles <= 30_000
    assert scripts <= 15_000
