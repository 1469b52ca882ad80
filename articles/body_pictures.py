"""The pictures that stand in the text of a story. The HTML here is clean already: articles/markup.py wrote it."""

import re
from html import escape, unescape

from django.core.files.storage import default_storage

from articles.models.picture import BodyPicture, Picture

IMG = re.compile(r"<img\b[^>]*>")
FIGURE_OR_IMG = re.compile(r"<figure\b[^>]*>.*?</figure>|<img\b[^>]*>", re.S)
KEY = re.compile(r'\sdata-picture="(\d{1,9})"')
SOURCE = re.compile(r'\ssrc="([^"]*)"')
ALT = re.compile(r'\salt="([^"]*)"')


def pictures_in(html: str):
    """The rows of the pictures in a text: by the key that the editor writes, else by the address of the file."""
    keys, names = set(), set()
    for image in IMG.findall(html):
        key, source = KEY.search(image), SOURCE.search(image)
        if key:
            keys.add(int(key[1]))
        elif source:
            names.add(unescape(source[1]).removeprefix(default_storage.url("-").removesuffix("-")))
    found = Picture.objects.filter(pk__in=keys) if keys else Picture.objects.none()
    return found | Picture.objects.filter(file__in=names) if names else found


def with_alts(html: str) -> str:
    """An empty alternative text is taken from the picture's row, where there is one."""
    bare = {image: key[1] for image in IMG.findall(html) if _says_nothing(image) and (key := KEY.search(image))}
    alts = dict(Picture.objects.filter(pk__in=bare.values()).exclude(alt="").values_list("pk", "alt")) if bare else {}
    for image, number in bare.items():
        alt = alts.get(int(number))
        if alt:
            html = html.replace(image, f'<img alt="{escape(alt)}"{ALT.sub("", image).removeprefix("<img")}')
    return html


def _says_nothing(image: str) -> bool:
    alt = ALT.search(image)
    return alt is None or not alt[1].strip()


def without(html: str, pictures) -> str:
    """The text without some pictures, each with its figure and caption."""
    marks = [mark for picture in pictures for mark in _marks(picture)]
    if not marks:
        return html
    return FIGURE_OR_IMG.sub(lambda part: "" if any(mark in part[0] for mark in marks) else part[0], html)


def _marks(picture):
    yield f'data-picture="{picture.pk}"'
    yield f'src="{escape(picture.file.url)}"'


def responsive(html: str, sizes: str, pictures=None) -> str:
    """The text with the sizes that the worker has made offered beside each picture's own file.

    `pictures`: those of the text where they are loaded already, with their renditions.
    """
    if "<img" not in html:
        return html
    if pictures is None:
        pictures = pictures_in(html).prefetch_related("renditions")
    made = {escape(picture.file.url): picture for picture in pictures}

    def offered(image):
        source = SOURCE.search(image[0])
        webp = _webp(made[source[1]]) if source and source[1] in made else []
        if not webp:
            return image[0]
        srcset = ", ".join(f"{escape(rendition.file.url)} {rendition.width}w" for rendition in webp)
        return f'<img srcset="{srcset}" sizes="{escape(sizes)}"{image[0].removeprefix("<img")}'

    return IMG.sub(offered, html)


def _webp(picture):
    made = [r for r in picture.renditions.all() if (r.crop, r.format) == ("full", "webp")]
    return sorted(made, key=lambda rendition: rendition.width)


def remember(article):
    """Keep which pictures stand in the story's text, so that their use is known without reading every story."""
    now = set(pictures_in(article.body).values_list("pk", flat=True)) if "<img" in article.body else set()
    before = set(article.body_pictures.values_list("picture", flat=True))
    if before - now:
        article.body_pictures.filter(picture__in=before - now).delete()
    BodyPicture.objects.bulk_create(
        (BodyPicture(article=article, picture_id=key) for key in now - before), ignore_conflicts=True
    )
