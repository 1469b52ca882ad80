from django.urls import path, register_converter

from articles import views


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
    path("<uslug:slug>/", views.section, name="section"),
    path("<uslug:section>/<uslug:slug>/", views.article, name="article"),
]
