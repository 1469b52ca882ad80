"""What is published, split by noun."""

from .article import Article, Byline, Note, TaggedArticle
from .author import Author
from .correction import Correction
from .front import Banner, FrontPage, Slot
from .page import Page
from .picture import BodyPicture, Picture, Rendition
from .preview_link import PreviewLink, PreviewOpening
from .revision import Revision
from .section import Section
from .series import Part, Series
from .sitemap import SitemapFile
from .stray_file import StrayFile
from .tag import Tag
from .takedown import Takedown
from .word import Misspelling, Word
from .working_copy import WorkingCopy

__all__ = [
    "Article",
    "Author",
    "Banner",
    "BodyPicture",
    "Byline",
    "Correction",
    "FrontPage",
    "Misspelling",
    "Note",
    "Page",
    "Part",
    "Picture",
    "PreviewLink",
    "PreviewOpening",
    "Rendition",
    "Revision",
    "Section",
    "Series",
    "SitemapFile",
    "Slot",
    "StrayFile",
    "Tag",
    "TaggedArticle",
    "Takedown",
    "Word",
    "WorkingCopy",
]
