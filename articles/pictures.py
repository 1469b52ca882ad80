"""What pictures a newsroom takes in, and the sizes it serves.

A file is judged by its content alone: it is decoded and written anew under a name of ours, so that no script, no place
(GPS) and no name comes in with it.
"""

import hashlib
import logging
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from articles import iptc, lost_files
from articles.models import Picture, Rendition
from articles.models.picture import LOOK, SIZES
from newsroom.page_cache import changed

log = logging.getLogger(__name__)


class Crop(NamedTuple):
    """`ratio` is width to height, None for the whole picture; then the widths in each format.

    JPEG is for mail programs and for cards on other sites.
    """

    ratio: float | None
    avif: tuple[int, ...] = ()
    webp: tuple[int, ...] = ()
    jpeg: tuple[int, ...] = ()


# Whoever changes these raises articles.models.picture.SIZES.
CROPS = {
    "wide": Crop(3 / 2, avif=(320, 480, 720, 1200), webp=(320, 480, 720, 1200), jpeg=(640,)),
    "full": Crop(None, avif=(480, 720, 1080, 1600), webp=(480, 720, 1080, 1600)),
    "square": Crop(1, webp=(120, 200, 320)),
    "social": Crop(16 / 9, jpeg=(1200,)),
    "social43": Crop(4 / 3, jpeg=(1200,)),
    "social11": Crop(1, jpeg=(1200,)),
}
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP")
HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")  # its brands
MAX_EDGE = 2560  # the longer side of what is stored
FEW_COLOURS = 64  # a drawing or a chart, which JPEG would smear
WRITE = {
    "jpeg": {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    "webp": {"format": "WEBP", "quality": 80, "method": 4},
    "avif": {"format": "AVIF", "quality": 50, "speed": 8},  # its usual speed takes six times as long
    "png": {"format": "PNG", "optimize": True},
}
EXTENSIONS = {"jpeg": "jpg", "webp": "webp", "png": "png", "avif": "avif"}
ALIKE = 4  # bits of 64 in which two pictures that look the same may differ
RENDITIONS_FOLLOW = ("file", "focal_x", "focal_y", "byline", "credit", "copyright")
MANY = 5000  # pictures that are compared one by one, at most


@dataclass
class Taken:
    """A picture's file as it may be stored, and what is known of it."""

    file: ContentFile
    facts: iptc.Facts
    digest: str
    look: tuple[int, ...] | None

    @property
    def columns(self) -> dict:
        """The columns of Picture that follow from the file and that nobody types."""
        return {"file": self.file, "digest": self.digest, **look_columns(self.look)}


def receive(upload, user) -> tuple[Picture, bool]:
    """The picture of an upload, and whether it is new: the same bytes twice are one picture."""
    known = in_library(upload)
    if known and not lost_files.is_lost(known):
        return known, False
    taken = take_in(upload)
    if known:
        return _put_back(known, taken), False
    try:
        with transaction.atomic():
            return Picture.objects.create(uploaded_by=user, **taken.columns, **asdict(taken.facts)), True
    except IntegrityError:  # the same file came in twice at the same moment
        return Picture.objects.get(digest=taken.digest), False


def _put_back(picture, taken) -> Picture:
    """The file of a picture that lost it, at its old address, for texts and mails name that."""
    picture.file.storage.save(picture.file.name, taken.file)
    forget_renditions(picture)
    return picture


def in_library(upload) -> Picture | None:
    """The picture that was made of exactly these bytes."""
    return Picture.objects.exclude(file="").filter(digest=digest_of(upload)).first()


def digest_of(upload) -> str:
    upload.seek(0)
    return hashlib.file_digest(upload, "sha256").hexdigest()


def take_in(upload) -> Taken:
    """Decode an upload and write it anew. Raises ValidationError with a sentence that says why it is refused."""
    if upload.size > settings.PICTURE_MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)d MB; pictures may have %(limit)d MB.")
            % {"size": upload.size // 2**20, "limit": settings.PICTURE_MAX_BYTES // 2**20}
        )
    image = _opened(upload)
    facts, was_jpeg = iptc.read(image), image.format == "JPEG"
    decoded = _decoded(image)
    form, data = _written(decoded, was_jpeg)
    file = ContentFile(data, f"{secrets.token_hex(10)}.{EXTENSIONS[form]}")
    return Taken(file, facts, digest_of(upload), look_of(decoded))


def _opened(upload):
    """The picture with only its header read."""
    upload.seek(0)
    head = upload.read(1024)
    upload.seek(0)
    try:
        image = Image.open(upload, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except Exception as error:  # decoders raise whatever they like on bytes that are no picture
        raise ValidationError(_refusal(head)) from error
    if image.width * image.height > settings.PICTURE_MAX_PIXELS:
        raise _too_large()
    return image


def _too_large():
    limit = settings.PICTURE_MAX_PIXELS // 1_000_000
    return ValidationError(
        _("This picture is too large: at most %(limit)d megapixels. Make it smaller first.") % {"limit": limit}
    )


def _refusal(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in start:
        return _("This is an SVG drawing. It can carry a script, so it is not taken in; save it as PNG first.")
    if start[4:8] == b"ftyp" and start[8:12] in HEIC:
        return _("This is a HEIC picture, which most browsers cannot show; save it as JPEG first.")
    return _("This is not a picture, whatever its name says. Taken in are JPEG, PNG, WebP, AVIF, TIFF, GIF and BMP.")


def _decoded(image):
    """Upright, in sRGB, at most MAX_EDGE long, without metadata: an image in mode RGB or RGBA."""
    try:
        image.draft(
            "RGB", (MAX_EDGE, MAX_EDGE)
        )  # a JPEG is decoded at a half or a quarter of its size, if that will do
        image.load()
        icc = image.info.get("icc_profile")
        with suppress(Exception):  # a picture whose orientation cannot be read stays as it lies
            image = ImageOps.exif_transpose(image)
        image = _in_srgb(image, icc)
        image.thumbnail((MAX_EDGE, MAX_EDGE), Image.Resampling.LANCZOS)
    except Exception as error:
        raise ValidationError(_("This picture is broken or cut off; its content could not be read.")) from error
    image.info.clear()
    return image


def _in_srgb(image, icc):
    if image.has_transparency_data:
        clear = image.convert("RGBA").getchannel("A")
        image = _in_srgb(_opaque(image), icc)
        if clear.getextrema()[0] < 255:
            image.putalpha(clear)
        return image
    if image.mode == "P":  # profiles speak of colours, not of places in a palette
        image = image.convert("RGB")
    if image.mode.startswith("I;16"):  # sixteen bits of grey: convert() would cut them off instead of scaling
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if icc:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            profile = ImageCms.ImageCmsProfile(BytesIO(icc))
            return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image.convert("RGB")


def _opaque(image):
    """The same picture, seen through nowhere."""
    grey = image.mode in ("L", "LA")
    image = image.convert("RGBA").convert("RGB")
    image.info.pop("transparency", None)
    return image.convert("L") if grey else image


def _written(image, was_jpeg=False):
    """The chosen format and the bytes of an image: photographs as JPEG, what is see-through as WebP, charts as PNG."""
    if image.mode == "RGBA":
        form, options = "webp", {"quality": 90}
    elif not was_jpeg and image.getcolors(FEW_COLOURS):
        form, options = "png", {}
    else:
        form, options = "jpeg", {}
    out = BytesIO()
    image.save(out, **WRITE[form] | options)
    return form, out.getvalue()


# What looks alike


def look_of(image) -> tuple[int, ...] | None:
    """dHash: whether each of 8 × 8 places is darker than its right neighbour, once the picture is 9 × 8 greys.

    Neal Krawetz, “Kind of Like That”, The Hacker Factor Blog, 2013. The 64 bits are dealt out to five parts like cards,
    so that a plain sky does not fill one of them: pictures that differ in at most four bits share a part. None for one
    flat colour, which would look like every other.
    """
    grey = _on_white(image).convert("L").resize((9, 8), Image.Resampling.LANCZOS)
    values = grey.tobytes()
    bits = [values[9 * row + place] < values[9 * row + place + 1] for row in range(8) for place in range(8)]
    if not any(bits):
        return None
    return tuple(sum(bit << power for power, bit in enumerate(bits[part :: len(LOOK)])) for part in range(len(LOOK)))


def look_columns(look) -> dict:
    return dict(zip(LOOK, look or (None,) * len(LOOK), strict=True))


def alike(picture: Picture) -> list[Picture]:
    """Other pictures that look the same: the same photograph at another size, or saved again."""
    if picture.look is None:
        return []
    others = Picture.objects.sharing_a_part(picture.look).exclude(pk=picture.pk).order_by("-pk")
    near = [key for key, *look in others.values_list("pk", *LOOK)[:MANY] if _difference(look, picture.look) <= ALIKE]
    return list(Picture.objects.filter(pk__in=near[:20]).prefetch_related("renditions"))


def _difference(one, other) -> int:
    return sum((a ^ b).bit_count() for a, b in zip(one, other, strict=True))


# Renditions


def sizes(crop: Crop, width: int, height: int) -> dict[str, list[int]]:
    """The widths to make in each format from a picture of that size: never wider than the source allows."""
    widest = width if crop.ratio is None else min(width, round(height * crop.ratio))
    return {
        form: sorted({max(1, min(wanted, widest)) for wanted in getattr(crop, form)})
        for form in ("webp", "jpeg", "avif")
    }


def box(crop: Crop, width: int, height: int, focal_x: float, focal_y: float) -> tuple[float, float, float, float]:
    """The largest part of the picture in the crop's ratio, as near to the focal point as the edges allow."""
    if crop.ratio is None:
        return 0, 0, width, height
    wide, high = min(width, height * crop.ratio), min(height, width / crop.ratio)
    left = min(max(focal_x * width - wide / 2, 0), width - wide)
    top = min(max(focal_y * height - high / 2, 0), height - high)
    return left, top, left + wide, top + high


def make_renditions(picture: Picture) -> int:
    """Make the sizes that a picture lacks; returns how many were stored.

    They are kept crop by crop: a worker that is killed in the middle leaves the rest to the next. Two workers may do
    this at once; the second throws its files away.
    """
    if picture.sizes_made >= SIZES:
        return 0
    image = _source(picture)
    if image is None:
        return 0
    stored = 0
    for name in CROPS:
        made = [_stored(rendition, data) for rendition, data in _rendered(picture, image, name)]
        kept = _keep(picture, made)
        for rendition in made:
            if rendition not in kept:
                rendition.file.delete(save=False)
        stored += len(kept)
    _finish(picture, image)
    return stored


def _source(picture):
    """The decoded picture; None, and marked so that nobody tries again, when its file cannot be read."""
    try:
        with picture.file.open("rb") as file:
            image = Image.open(BytesIO(file.read()), formats=FORMATS)
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
        image.info = {"icc_profile": image.info.get("icc_profile")}  # nothing else goes into what readers download
        return image
    except (FileNotFoundError, Image.DecompressionBombError, Image.DecompressionBombWarning, SyntaxError, ValueError):
        pass
    except OSError as error:
        if error.errno:  # the storage failed, not the picture: the sweep comes again
            raise
    log.warning("picture %s: its file cannot be read, so it has no renditions", picture.pk)
    Picture.objects.filter(pk=picture.pk, file=picture.file.name).update(is_unreadable=True)
    changed(f"picture:{picture.pk}")
    return None


def _rendered(picture, image, name):
    """(Rendition without a file, its bytes) for each size of a crop that is not there."""
    crop = CROPS[name]
    part = box(crop, image.width, image.height, picture.focal_x, picture.focal_y)
    there = set(picture.renditions.filter(crop=name).values_list("format", "width"))
    marks = {"jpeg": iptc.marks(picture.byline, picture.credit, picture.copyright)}
    for form, widths in sizes(crop, image.width, image.height).items():
        for width in widths:
            if (form, width) in there:
                continue
            height = max(1, round(width * (part[3] - part[1]) / (part[2] - part[0])))
            out = BytesIO()
            sized = image.resize((width, height), Image.Resampling.LANCZOS, box=part, reducing_gap=3.0)
            (_on_white(sized) if form == "jpeg" else sized).save(out, **WRITE[form], **marks.get(form, {}))
            yield Rendition(picture=picture, crop=name, width=width, height=height, format=form), out.getvalue()


def _on_white(image):
    if image.mode != "RGBA":
        return image
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _stored(rendition, data):
    name = f"{secrets.token_hex(8)}-{rendition.crop}-{rendition.width}.{EXTENSIONS[rendition.format]}"
    rendition.file.save(name, ContentFile(data), save=False)
    return rendition


@transaction.atomic
def _keep(picture, made) -> list[Rendition]:
    """Write the rows that another worker did not write first; none if the picture has changed meanwhile."""
    now = Picture.objects.select_for_update().filter(pk=picture.pk).first()
    if now is None or _origin(now) != _origin(picture):
        return []
    there = set(now.renditions.values_list("crop", "format", "width"))
    new = [row for row in made if (row.crop, row.format, row.width) not in there]
    changed(f"picture:{picture.pk}")
    return Rendition.objects.bulk_create(new)


@transaction.atomic
def _finish(picture, image):
    """Mark it as done, unless it has changed meanwhile; a picture from before looks were kept gets its own."""
    columns = {} if picture.look else look_columns(look_of(image))
    Picture.objects.filter(pk=picture.pk, **_origin(picture)).update(sizes_made=SIZES, **columns)
    if columns:
        changed(f"picture:{picture.pk}")


def _origin(picture) -> dict:
    """What renditions follow from."""
    return {name: getattr(picture, name) for name in RENDITIONS_FOLLOW} | {"file": picture.file.name}


def forget_renditions(picture):
    """After a new file, focal point or owner: pages use the picture's own file until the worker has made new sizes."""
    picture.renditions.all().delete()
    Picture.objects.filter(pk=picture.pk).update(is_unreadable=False, sizes_made=0)
    picture.sizes_made = 0
