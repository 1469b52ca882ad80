from django.urls import path, register_converter

from articles import discovery, feeds, machines, previews, sitemaps, views


class UnicodeSlug:
    """Letters, digits, hyphens and underscores of any script, as SlugField(allow_unicode=True) stores them."""

    regex = r"[-\w]+"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class TwoDigits:
    """A month or a day, always in the one way to write it."""

    regex = "[0-9]{2}"

    def to_python(self, value):
        return int(value)

    def to_url(self, value):
        return f"{int(value):02}"


class Year(TwoDigits):
    regex = "[0-9]{4}"

    def to_url(self, value):
        return f"{int(value):04}"


class IndexNowKey:
    """https://www.indexnow.org/documentation: 8 to 128 of these; no name of a file of ours is one."""

    regex = "[a-zA-Z0-9-]{8,128}"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


class ListKind(IndexNowKey):
    """Of the pages that list stories and are many."""

    regex = "authors|tags"


class FeedForm:
    """Of a feed; RSS is the one without a name."""

    regex = "atom|json"

    def to_python(self, value):
        return value

    def to_url(self, value):
        if value not in ("atom", "json"):
            raise ValueError
        return value


class FeedKind(FeedForm):
    """Of the stories of a feed; blog posts have a page, and their feed below it."""

    regex = "news|opinion"

    def to_url(self, value):
        if value not in ("news", "opinion"):
            raise ValueError
        return value


def feed(address, view, name):
    """A feed in its three formats."""
    return [path(address, view, name=name), path(f"{address}<feedform:form>/", view, name=name)]


register_converter(UnicodeSlug, "uslug")
register_converter(TwoDigits, "mm")
register_converter(Year, "yyyy")
register_converter(IndexNowKey, "indexnowkey")
register_converter(ListKind, "listkind")
register_converter(FeedForm, "feedform")
register_converter(FeedKind, "feedkind")

app_name = "articles"
urlpatterns = [
    path("", views.front, name="front"),
    path("search/", views.search, name="search"),
    path("search/suggest/", views.suggest, name="suggest"),
    path("corrections/", views.corrections, name="corrections"),
    path("blogs/", views.blogs, name="blogs"),
    path("authors/", views.authors, name="authors"),
    path("authors/<uslug:slug>/", views.author, name="author"),
    path("tags/<uslug:slug>/", views.tag, name="tag"),
    *(path(f"{slug}/", discovery.page, {"slug": slug}, name=slug) for slug in ("about", "contact", "privacy")),
    path("pages/<uslug:slug>/", discovery.page, name="page"),
    path("archive/", discovery.archive, name="archive"),
    path("archive/<yyyy:year>/", discovery.year, name="archive_year"),
    path("archive/<yyyy:year>/<mm:month>/", discovery.month, name="archive_month"),
    path("archive/<yyyy:year>/<mm:month>/<mm:day>/", discovery.day, name="archive_day"),
    *feed("feed/", feeds.site, "feed"),
    *feed("feed/<feedkind:kind>/", feeds.kind, "kind_feed"),
    *feed("corrections/feed/", feeds.corrections, "corrections_feed"),
    *feed("blogs/feed/", feeds.blogs, "blogs_feed"),
    *feed("authors/<uslug:slug>/feed/", feeds.author, "author_feed"),
    *feed("tags/<uslug:slug>/feed/", feeds.tag, "tag_feed"),
    path("series/<uslug:slug>/", discovery.series, name="series"),
    *feed("series/<uslug:slug>/feed/", feeds.series, "series_feed"),
    *feed("<uslug:slug>/feed/", feeds.section, "section_feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap_pages"),
    path("sitemap-<listkind:kind>-<int:number>.xml", sitemaps.listed, name="sitemap_list"),
    path("sitemap-stories-<int:number>.xml", sitemaps.stories, name="sitemap_stories"),
    path("news-sitemap.xml", sitemaps.news, name="news_sitemap"),
    path("preview/<slug:token>/", previews.shared, name="shared_preview"),
    path("manifest.webmanifest", machines.manifest, name="manifest"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("<indexnowkey:key>.txt", machines.indexnow_key, name="indexnow_key"),
    path("robots.txt", machines.robots, name="robots"),
    path("<uslug:slug>/", views.section, name="section"),
    path("<uslug:section>/<uslug:slug>/", views.article, name="article"),
]
