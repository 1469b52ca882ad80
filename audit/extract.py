"""Run by the tools' own Python: what trafilatura and newspaper4k make of pages, as JSON on standard output."""

import json
import sys
import warnings

warnings.simplefilter("ignore")
import newspaper  # noqa: E402
import trafilatura  # noqa: E402


def by_trafilatura(page):
    found = trafilatura.bare_extraction(page["html"], url=page["url"], with_metadata=True, include_comments=False)
    if found is None:
        return {"title": "", "authors": [], "date": "", "picture": "", "text": ""}
    authors = [name.strip() for name in (found.author or "").split(";") if name.strip()]
    return {
        "title": found.title or "",
        "authors": authors,
        "date": found.date or "",
        "picture": found.image or "",
        "text": found.text or "",
    }


def by_newspaper(page):
    article = newspaper.Article(page["url"], language=page["language"])
    article.download(input_html=page["html"])
    article.parse()
    return {
        "title": article.title,
        "authors": list(article.authors),
        "date": article.publish_date.isoformat() if article.publish_date else "",
        "picture": article.top_image,
        "text": article.text,
    }


pages = json.load(sys.stdin)
print(json.dumps({"trafilatura": [*map(by_trafilatura, pages)], "newspaper4k": [*map(by_newspaper, pages)]}))
