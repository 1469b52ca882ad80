"""What is published, split by noun."""

from .article import Article, Byline, TaggedArticle
from .author import Author
from .correction import Correction
from .picture import Picture, Rendition
from .section import Section
from .tag import Tag

__all__ = [
    "Article",
    "Author",
    "Byline",
    "Correction",
    "Picture",
    "Rendition",
    "Section",
    "Tag",
    "TaggedArticle",
]
