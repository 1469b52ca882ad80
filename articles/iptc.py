"""What a photograph says about itself in IPTC-IIM, XMP and EXIF, and what is written back into what readers download.

IIM record 2 is the wire agencies' own (IPTC-NAA Information Interchange Model 4.2); XMP holds the same under dc:,
photoshop: and Iptc4xmpCore: (IPTC Photo Metadata Standard), the alternative text there alone, the end of a licence
under plus: (PLUS 1.2). Nothing here is trusted: whatever cannot be read counts as not said. Coordinates are never read
and never written.
"""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from xml.sax.saxutils import escape

from defusedxml import ElementTree
from django.conf import settings
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
# The sets of ISO 8859 by the last byte of the escape sequence that names one (ISO 2022, as record 1:90 has it).
ESCAPE = re.compile(rb"\x1b[-./](.)", re.S)
ISO_8859 = {
    b"A": 1, b"B": 2, b"C": 3, b"D": 4, b"L": 5, b"G": 6, b"F": 7, b"H": 8, b"M": 9, b"V": 10, b"T": 11, b"Y": 13,
    b"_": 14, b"b": 15, b"f": 16,
}  # fmt: skip
# What the programs of a region write when they name no set, by the site's language; elsewhere it is Latin.
LEGACY = {
    "ar": "cp1256", "fa": "cp1256", "ckb": "cp1256", "ru": "cp1251", "uk": "cp1251", "bg": "cp1251", "sr": "cp1251",
    "el": "cp1253", "tr": "cp1254", "he": "cp1255", "pl": "cp1250", "cs": "cp1250", "sk": "cp1250", "hu": "cp1250",
    "ro": "cp1250", "hr": "cp1250", "sl": "cp1250",
}  # fmt: skip
EXIF_DESCRIPTION, EXIF_ARTIST, EXIF_COPYRIGHT = 0x010E, 0x013B, 0x8298
EXIF_IFD, EXIF_TAKEN = 0x8769, 0x9003
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DC = "{http://purl.org/dc/elements/1.1/}"
PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
IPTC = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}"
IPTC_EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
PLUS = "{http://ns.useplus.org/ldf/xmp/1.0/}"
XMP = {
    "alt": f"{IPTC}AltTextAccessibility",
    "caption": f"{DC}description",
    "byline": f"{DC}creator",
    "credit": f"{PHOTOSHOP}Credit",
    "copyright": f"{DC}rights",
    "taken_on": f"{PHOTOSHOP}DateCreated",
    "rights_until": f"{PLUS}LicenseEndDate",
}
XMP_PLACE = (f"{IPTC}Location", f"{PHOTOSHOP}City", f"{PHOTOSHOP}State", f"{PHOTOSHOP}Country")
XMP_PLACES = (f"{IPTC_EXT}LocationCreated", f"{IPTC_EXT}LocationShown")  # where the older four are left out
XMP_PLACE_PARTS = tuple(f"{IPTC_EXT}{part}" for part in ("Sublocation", "City", "ProvinceState", "CountryName"))
XMP_MAX_BYTES = 2**20
CAPTION_MAX, ALT_MAX, LINE_MAX = 1000, 300, 200  # as the columns of Picture
DAY = re.compile(r"(\d{4})[-:]?(\d\d)[-:]?(\d\d)")
FIRST_PHOTOGRAPH = 1826
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
# What cameras write when nobody wrote anything.
CAMERA_WORDS = re.compile(
    r"(?:OLYMPUS|SONY|KONICA|MINOLTA|SAMSUNG|DIGITAL|CAMERA|PICTURES|DSC|DCIM|SCREENSHOT|\W)+", re.I
)


@dataclass
class Facts:
    alt: str = ""
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
        alt=_shorten(said["alt"], ALT_MAX),
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
    mark = b"".join(_raw(records, CODED_CHARACTER_SET)[0:1])

    def text(key):
        return ", ".join(_decoded(raw, mark) for raw in _raw(records, key))

    return {part: text(key) for part, key in IIM.items()} | {"place": _place(text(key) for key in IIM_PLACE)}


def _raw(records, key) -> list[bytes]:
    value = records.get(key) or []
    return value if isinstance(value, list) else [value]


def _decoded(raw: bytes, mark: bytes) -> str:
    """Agencies forget the marker more often than they use another set, so UTF-8 is tried first."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(_set_of(mark), "replace")


def _set_of(mark: bytes) -> str:
    named = ESCAPE.search(mark)
    if UTF8_MARK in mark:
        return "utf-8"
    if named and named[1] in ISO_8859:
        number = ISO_8859[named[1]]
        return "cp1252" if number == 1 else f"iso8859_{number}"  # Latin 1 and what Windows puts into its gaps
    return LEGACY.get(settings.LANGUAGE_CODE.partition("-")[0], "cp1252")


def _from_xmp(image) -> dict:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    packet = packet.encode() if isinstance(packet, str) else packet
    if not packet or len(packet) > XMP_MAX_BYTES:
        return {}
    root = ElementTree.fromstring(packet.strip(b"\0 \r\n\t"), forbid_dtd=True)
    said = {part: _xmp_text(root, name) for part, name in XMP.items()}
    places = (_place(_xmp_text(root, name) for name in XMP_PLACE), *(_xmp_place(root, name) for name in XMP_PLACES))
    return said | {"place": next(filter(None, places), "")}


def _xmp_place(root, name) -> str:
    """The first of the places in a structure of IPTC Extension."""
    for place in root.iter(name):
        found = (next((e.text or "" for e in place.iter(part)), "") for part in XMP_PLACE_PARTS)
        return _place(found)
    return ""


def _xmp_text(root, name) -> str:
    """XMP writes a simple property as an attribute, an element, or a list of rdf:li; of languages one counts."""
    for description in root.iter(f"{RDF}Description"):
        if name in description.attrib:
            return description.attrib[name]
        element = description.find(name)
        if element is not None:
            items = list(element.iter(f"{RDF}li"))
            if element.find(f"{RDF}Alt") is not None:
                items = sorted(items, key=_strangeness)[:1]
            return ", ".join(item.text or "" for item in items) or (element.text or "")
    return ""


def _strangeness(item) -> int:
    """The site's own language comes before what the file calls its default, that before any other."""
    language = item.get(LANG, "").lower()
    if language.partition("-")[0] == settings.LANGUAGE_CODE.partition("-")[0]:
        return 0
    return 1 if language == "x-default" else 2


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
