"""What a photograph says about itself: caption and credit from IPTC-IIM, XMP and EXIF.

IIM record 2 is the wire agencies' own (IPTC-NAA Information Interchange Model 4.2); XMP holds the same under dc: and
photoshop:. Nothing here is trusted: whatever cannot be read counts as not said.
"""

import re
import unicodedata
from dataclasses import dataclass

from defusedxml import ElementTree
from PIL.IptcImagePlugin import getiptcinfo

CODED_CHARACTER_SET, BYLINE, CREDIT, CAPTION = (1, 90), (2, 80), (2, 110), (2, 120)
UTF8_MARK = b"\x1b%G"
EXIF_DESCRIPTION, EXIF_ARTIST = 0x010E, 0x013B
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
XMP_MAX_BYTES = 2**20
CAPTION_MAX, CREDIT_MAX = 1000, 200  # as the columns of Picture
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# What cameras write when nobody wrote anything.
CAMERA_WORDS = re.compile(
    r"(?:OLYMPUS|SONY|KONICA|MINOLTA|SAMSUNG|DIGITAL|CAMERA|PICTURES|DSC|DCIM|SCREENSHOT|\W)+", re.I
)


@dataclass
class Facts:
    caption: str = ""
    credit: str = ""


def read(image) -> Facts:
    """The caption and credit of an opened Pillow image; empty where nothing is said. Never raises."""
    sources = [_attempt(source, image) for source in (_from_iim, _from_xmp, _from_exif)]
    caption, byline, credit = (
        next((source[part] for source in sources if source.get(part)), "") for part in ("caption", "byline", "credit")
    )
    return Facts(_shorten(caption, CAPTION_MAX), _shorten(_joined(byline, credit), CREDIT_MAX))


def _attempt(source, image) -> dict:
    try:
        return {part: _tidy(text) for part, text in source(image).items()}
    except Exception:  # parsers of hostile bytes raise whatever they like; a picture without facts is still a picture
        return {}


def _from_iim(image) -> dict:
    records = getiptcinfo(image) or {}
    is_utf8 = UTF8_MARK in _raw(records, CODED_CHARACTER_SET)[0:1]

    def text(key):
        return ", ".join(_decoded(raw, is_utf8) for raw in _raw(records, key))

    return {"caption": text(CAPTION), "byline": text(BYLINE), "credit": text(CREDIT)}


def _raw(records, key) -> list[bytes]:
    value = records.get(key) or []
    return value if isinstance(value, list) else [value]


def _decoded(raw: bytes, is_utf8: bool) -> str:
    """Agencies forget the marker more often than they use another set, so UTF-8 is tried before Latin."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if is_utf8 else raw.decode("cp1252", "replace")


def _from_xmp(image) -> dict:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    packet = packet.encode() if isinstance(packet, str) else packet
    if not packet or len(packet) > XMP_MAX_BYTES:
        return {}
    root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)
    return {
        "caption": _xmp_text(root, f"{DC}description"),
        "byline": _xmp_text(root, f"{DC}creator"),
        "credit": _xmp_text(root, f"{PHOTOSHOP}Credit"),
    }


def _xmp_text(root, name) -> str:
    """XMP writes a simple property as an attribute, an element, or a list of rdf:li; the first language is taken."""
    for description in root.iter(f"{RDF}Description"):
        if name in description.attrib:
            return description.attrib[name]
        element = description.find(name)
        if element is not None:
            items = [item.text or "" for item in element.iter(f"{RDF}li")]
            if element.find(f"{RDF}Alt") is not None:
                items = items[:1]
            return ", ".join(items) or (element.text or "")
    return ""


def _from_exif(image) -> dict:
    exif = image.getexif()
    caption, artist = (_exif_text(exif.get(tag)) for tag in (EXIF_DESCRIPTION, EXIF_ARTIST))
    return {"caption": "" if CAMERA_WORDS.fullmatch(caption.strip("\0 ")) else caption, "byline": artist}


def _exif_text(value) -> str:
    """EXIF is ASCII by its standard and UTF-8 in practice; Pillow hands it on as Latin-1."""
    if not isinstance(value, str):
        return ""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def _joined(byline: str, credit: str) -> str:
    if byline and credit and byline.casefold() not in credit.casefold():
        return credit if credit.casefold() in byline.casefold() else f"{byline} / {credit}"
    return credit or byline


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", UNPRINTABLE.sub(" ", text)).split())


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
