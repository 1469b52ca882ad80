"""The smallest picture that will do on the desk."""


def thumbnail(picture, crop="wide") -> str:
    """The address of the smallest rendition of a crop, or of the picture's own file while the worker is at it."""
    made = [r for r in picture.renditions.all() if r.crop == crop and r.format == "webp"]
    if made:
        return min(made, key=lambda rendition: rendition.width).file.url
    return picture.file.url if picture.file else ""
