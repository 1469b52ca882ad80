"""What a photograph says about itself in IPTC-IIM, XMP and EXIF, and what is written back into what readers download.

IIM record 2 is the wire agencies' own (IPTC-NAA Information Interchange Model 4.2); XMP holds the same under dc:,
photoshop: and Iptc4xmpCore: (IPTC Photo Metadata Standard), the end of a licence under plus: (PLUS 1.2). Nothing here
is trusted: whatever cannot be read counts as not said. Coordinates are never read and never written.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from PIL import Image
from PIL.IptcImagePlugin import getiptcinfo

CODED_CHARACTER_SET = (1, 90)
IIM = {
    "caption": (2, 120),
    "byline": (2, 80),
    "credit": (2, 110),
    "copyright": (2, 116),
    "taken_on": (2, 55),
    "rights_until": (2, 37),
}
IIM_PLACE = ((2, 92), (2, 90), (2, 95), (2, 101))  # location, city, state, country
UTF8_MARK = b"\x1b%G"
EXIF_DESCRIPTION, EXIF_ARTIST, EXIF_COPYRIGHT = 0x010E, 0x013B, 0x8298
EXIF_IFD, EXIF_TAKEN = 0x8769, 0x9003
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
IPTC = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
PLUS = "{http://ns.useplus.org/ldf/xmp/1.0/}"
XMP = {
    "caption": f"{DC}description",
    "byline": f"{DC}creator",
    "credit": f"{PHOTOSHOP}Credit",
    "copyright": f"{DC}rights",
    "taken_on": f"{PHOTOSHOP}DateCreated",
    "rights_until": f"{PLUS}LicenseEndDate",
}
XMP_PLACE = (f"{IPTC}Location", f"{PHOTOSHOP}City", f"{PHOTOSHOP}State", f"{PHOTOSHOP}Country")
XMP_MAX_BYTES = 2**20
CAPTION_MAX, LINE_MAX = 1000, 200  # as the columns of Picture
DAY = re.compile(r"(\d{4})[-:]?(\d\d)[-:]?(\d\d)")
FIRST_PHOTOGRAPH = 1826
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# What cameras write when nobody wrote anything.
CAMERA_WORDS = re.compile(
    r"(?:OLYMPUS|SONY|KONICA|MINOLTA|SAMSUNG|DIGITAL|CAMERA|PICTURES|DSC|DCIM|SCREENSHOT|\W)+", re.I
)


@dataclass
class Facts:
    caption: str = ""
    credit: str = ""
    byline: str = ""
    copyright: str = ""
    place: str = ""
    taken_on: date | None = None
    rights_until: date | None = None


def read(image) -> Facts:
    """What an opened Pillow image says; empty where nothing is said. Never raises."""
    sources = [_attempt(source, image) for source in (_from_iim, _from_xmp, _from_exif)]
    said = {
        field.name: next((source[field.name] for source in sources if source.get(field.name)), "")
        for field in fields(Facts)
    }
    return Facts(
        caption=_shorten(said["caption"], CAPTION_MAX),
        credit=_shorten(_joined(said["byline"], said["credit"]), LINE_MAX),
        byline=_shorten(said["byline"], LINE_MAX),
        copyright=_shorten(said["copyright"], LINE_MAX),
        place=_shorten(said["place"], LINE_MAX),
        taken_on=_day(said["taken_on"]),
        rights_until=_day(said["rights_until"]),
    )


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

    return {part: text(key) for part, key in IIM.items()} | {"place": _place(text(key) for key in IIM_PLACE)}


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
    said = {part: _xmp_text(root, name) for part, name in XMP.items()}
    return said | {"place": _place(_xmp_text(root, name) for name in XMP_PLACE)}


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
    caption, artist, rights = (_exif_text(exif.get(tag)) for tag in (EXIF_DESCRIPTION, EXIF_ARTIST, EXIF_COPYRIGHT))
    return {
        "caption": "" if CAMERA_WORDS.fullmatch(caption.strip("\0 ")) else caption,
        "byline": artist,
        "copyright": rights,
        "taken_on": _exif_text(exif.get_ifd(EXIF_IFD).get(EXIF_TAKEN)),
    }


def _exif_text(value) -> str:
    """EXIF is ASCII by its standard and UTF-8 in practice; Pillow hands it on as Latin-1."""
    if not isinstance(value, str):
        return ""
    try:
        return value.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return value


def _place(parts) -> str:
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _day(text: str) -> date | None:
    """The day of “20261123”, “2026:11:23 10:00:00” or “2026-11-23T10:00Z”; None for zeros and nonsense."""
    found = DAY.match(text)
    with suppress(ValueError):
        day = date(*map(int, found.groups())) if found else None
        return day if day and day.year >= FIRST_PHOTOGRAPH else None
    return None


def _joined(byline: str, credit: str) -> str:
    if byline and credit and byline.casefold() not in credit.casefold():
        return credit if credit.casefold() in byline.casefold() else f"{byline} / {credit}"
    return credit or byline


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", UNPRINTABLE.sub(" ", text)).split())


def _shorten(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


# Written back


def marks(byline: str, credit: str, rights: str) -> dict:
    """Whose picture it is, as options of Pillow's save(): in EXIF for most programs, in XMP as the IPTC asks.

    EXIF's text is ASCII by its standard and UTF-8 in practice; Pillow would write question marks for the rest.
    """
    exif = Image.Exif()
    for tag, text in ((EXIF_ARTIST, byline or credit), (EXIF_COPYRIGHT, rights or credit)):
        if text:
            exif[tag] = text.encode()
    return {"exif": exif.tobytes(), "xmp": _packet(byline, credit, rights).encode()} if len(exif) else {}


def _packet(byline, credit, rights) -> str:
    creator = f"<dc:creator><rdf:Seq><rdf:li>{escape(byline)}</rdf:li></rdf:Seq></dc:creator>" if byline else ""
    notice = f'<rdf:Alt><rdf:li xml:lang="x-default">{escape(rights)}</rdf:li></rdf:Alt>'
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">{creator}'
        f"{f'<dc:rights>{notice}</dc:rights>' if rights else ''}"
        f"{f'<photoshop:Credit>{escape(credit)}</photoshop:Credit>' if credit else ''}"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
