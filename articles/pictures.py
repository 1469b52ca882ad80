"""What pictures a newsroom takes in, and the sizes it serves.

A file is judged by its content alone: it is decoded and written anew under a name of ours, so that no script, no place
(GPS) and no name comes in with it.
"""

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

from articles import iptc
from articles.models import Picture, Rendition

log = logging.getLogger(__name__)


class Crop(NamedTuple):
    """`ratio` is width to height, None for the whole picture; `jpeg` are the widths that mail and cards need too."""

    ratio: float | None
    widths: tuple[int, ...]
    jpeg: tuple[int, ...] = ()


CROPS = {
    "full": Crop(None, (480, 960, 1600)),
    "wide": Crop(3 / 2, (320, 640, 960), jpeg=(640,)),
    "square": Crop(1, (160, 320)),
    "social": Crop(16 / 9, (1200,), jpeg=(1200,)),
}
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF", "BMP")
MAX_EDGE = 2560  # the longer side of what is stored
FEW_COLOURS = 64  # a drawing or a chart, which JPEG would smear
WRITE = {
    "jpeg": {"format": "JPEG", "quality": 88, "optimize": True, "progressive": True},
    "webp": {"format": "WEBP", "quality": 80, "method": 4},
    "png": {"format": "PNG", "optimize": True},
}
EXTENSIONS = {"jpeg": "jpg", "webp": "webp", "png": "png"}


@dataclass
class Taken:
    """A picture's file as it may be stored, and what the picture said about itself."""

    file: ContentFile
    caption: str
    credit: str


def take_in(upload) -> Taken:
    """Decode an upload and write it anew. Raises ValidationError with a sentence that says why it is refused."""
    if upload.size > settings.PICTURE_MAX_BYTES:
        raise ValidationError(
            _("This file has %(size)d MB; pictures may have %(limit)d MB.")
            % {"size": upload.size // 2**20, "limit": settings.PICTURE_MAX_BYTES // 2**20}
        )
    image = _opened(upload)
    facts = iptc.read(image)
    form, data = _written(_decoded(image), was_jpeg=image.format == "JPEG")
    file = ContentFile(data, f"{secrets.token_hex(10)}.{EXTENSIONS[form]}")
    return Taken(file, facts.caption, facts.credit)


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
    if start[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
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
        image = image.convert("RGBA")
        return image if image.getchannel("A").getextrema()[0] < 255 else image.convert("RGB")
    if image.mode.startswith("I;16"):  # sixteen bits of grey: convert() would cut them off instead of scaling
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if icc:
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            profile = ImageCms.ImageCmsProfile(BytesIO(icc))
            return ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    return image.convert("RGB")


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


# Renditions


def sizes(crop: Crop, width: int, height: int) -> dict[str, list[int]]:
    """The widths to make in each format from a picture of that size: never wider than the source allows."""
    widest = width if crop.ratio is None else min(width, round(height * crop.ratio))
    return {
        form: sorted({max(1, min(wanted, widest)) for wanted in widths})
        for form, widths in (("webp", crop.widths), ("jpeg", crop.jpeg))
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
    """Make the sizes of a picture that has none; returns how many were stored.

    Two workers may do this at once: the rows come in one transaction, and the second throws its files away.
    """
    if picture.renditions.exists():
        return 0
    image = _source(picture)
    if image is None:
        return 0
    made = [_stored(rendition, data) for rendition, data in _rendered(picture, image)]
    if _keep(picture, made):
        return len(made)
    for rendition in made:
        rendition.file.delete(save=False)
    return 0


def _source(picture):
    """The decoded picture; None, and marked so that nobody tries again, when its file cannot be read."""
    try:
        with picture.file.open("rb") as file:
            image = Image.open(BytesIO(file.read()), formats=FORMATS)
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (FileNotFoundError, Image.DecompressionBombError, Image.DecompressionBombWarning, SyntaxError, ValueError):
        pass
    except OSError as error:
        if error.errno:  # the storage failed, not the picture: the sweep comes again
            raise
    log.warning("picture %s: its file cannot be read, so it has no renditions", picture.pk)
    Picture.objects.filter(pk=picture.pk, file=picture.file.name).update(is_unreadable=True)
    return None


def _rendered(picture, image):
    """(Rendition without a file, its bytes) for each size."""
    for name, crop in CROPS.items():
        part = box(crop, image.width, image.height, picture.focal_x, picture.focal_y)
        for form, widths in sizes(crop, image.width, image.height).items():
            for width in widths:
                height = max(1, round(width * (part[3] - part[1]) / (part[2] - part[0])))
                out = BytesIO()
                sized = image.resize((width, height), Image.Resampling.LANCZOS, box=part, reducing_gap=3.0)
                (_on_white(sized) if form == "jpeg" else sized).save(out, **WRITE[form])
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
def _keep(picture, made) -> bool:
    """Write the rows, unless another worker was first or the picture has changed meanwhile."""
    now = Picture.objects.select_for_update().filter(pk=picture.pk).first()
    if now is None or now.renditions.exists() or _look(now) != _look(picture):
        return False
    Rendition.objects.bulk_create(made)
    return True


def _look(picture):
    """What renditions follow from."""
    return picture.file.name, picture.focal_x, picture.focal_y


def forget_renditions(picture):
    """After a new file or focal point: pages use the picture's own file until the worker has made the new sizes."""
    picture.renditions.all().delete()
    Picture.objects.filter(pk=picture.pk).update(is_unreadable=False)
