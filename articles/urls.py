from django.urls import path, register_converter

from articles import feeds, previews, sitemaps, views


class UnicodeSlug:
    """Letters, digits, hyphens and underscores of any script, as SlugField(allow_unicode=True) stores them."""

    regex = r"[-\w]+"

    def to_python(self, value):
        return value

    def to_url(self, value):
        return value


register_converter(UnicodeSlug, "uslug")

app_name = "articles"
urlpatterns = [
    path("", views.front, name="front"),
    path("search/", views.search, name="search"),
    path("corrections/", views.corrections, name="corrections"),
    path("blogs/", views.blogs, name="blogs"),
    path("authors/", views.authors, name="authors"),
    path("authors/<uslug:slug>/", views.author, name="author"),
    path("tags/<uslug:slug>/", views.tag, name="tag"),
    path("feed/", feeds.site, name="feed"),
    path("corrections/feed/", feeds.corrections, name="corrections_feed"),
    path("blogs/feed/", feeds.blogs, name="blogs_feed"),
    path("authors/<uslug:slug>/feed/", feeds.author, name="author_feed"),
    path("tags/<uslug:slug>/feed/", feeds.tag, name="tag_feed"),
    path("<uslug:slug>/feed/", feeds.section, name="section_feed"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemap-pages.xml", sitemaps.pages, name="sitemap_pages"),
    path("sitemap-stories-<int:number>.xml", sitemaps.stories, name="sitemap_stories"),
    path("news-sitemap.xml", sitemaps.news, name="news_sitemap"),
    path("preview/<slug:token>/", previews.shared, name="shared_preview"),
    path("robots.txt", sitemaps.robots, name="robots"),
    path("<uslug:slug>/", views.section, name="section"),
    path("<uslug:section>/<uslug:slug>/", views.article, name="article"),
]
