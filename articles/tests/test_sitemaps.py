from datetime import timedelta
from unittest import mock
from xml.etree import ElementTree

from django.utils import timezone

from articles import sitemaps
from articles.models import Article, Correction
from articles.structured import instant
from tests.cast import NewsroomTestCase, make_author, make_section, make_story, make_tag

ALL = ("/sitemap.xml", "/sitemap-pages.xml", "/sitemap-stories-0.xml", "/news-sitemap.xml")
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
}


class SitemapTests(NewsroomTestCase):
    def read(self, path):
        return ElementTree.fromstring(self.see(path).encode())

    def texts(self, path, what=".//s:loc"):
        return [node.text for node in self.read(path).iterfind(what, NAMES)]

    def stories(self):
        """The addresses of stories, by the way a crawler goes."""
        files = [url.removeprefix("http://127.0.0.1:8000") for url in self.texts("/sitemap.xml")]
        return [url for file in files if "stories" in file for url in self.texts(file)]

    def test_a_crawler_finds_every_story_from_the_index(self):
        with mock.patch.object(sitemaps, "RANGE", 2):
            made = [make_story(f"Story {number}") for number in range(5)]
            assert self.stories() == [f"http://127.0.0.1:8000{story.get_absolute_url()}" for story in made]

    def test_what_is_not_public_is_in_none(self):
        make_story("A public one")
        for state in ("draft", "review", "withdrawn"):
            make_story(f"Secret {state}", status=state, tags=[make_tag("Secret")], section=make_section("Secret"))
        make_story("Secret later", age=-timedelta(minutes=5), authors=[make_author("Secret")])
        number = Article.objects.published().get().pk // sitemaps.RANGE
        for path in (*ALL[:2], f"/sitemap-stories-{number}.xml", "/news-sitemap.xml"):
            assert "ecret" not in self.see(path), path

    def test_a_file_without_public_stories_is_neither_named_nor_found(self):
        story = make_story(status="draft")
        number = story.pk // sitemaps.RANGE
        assert len(self.texts("/sitemap.xml")) == 1
        self.see(f"/sitemap-stories-{number}.xml", status=404)
        self.see("/sitemap-stories-99999999999999999999.xml", status=404)

    def test_lastmod_is_the_change_that_readers_saw(self):
        published = timezone.now() - timedelta(days=5)
        story = make_story(published_at=published)
        file = f"/sitemap-stories-{story.pk // sitemaps.RANGE}.xml"
        story.save()
        assert self.texts(file, ".//s:lastmod") == [instant(published)]
        corrected = timezone.now() - timedelta(days=1)
        Correction.objects.create(article=story, wrong="Nine.", right="Ten.", corrected_at=corrected)
        assert self.texts(file, ".//s:lastmod") == [instant(corrected)]

    def test_pages_that_list_stories_are_named(self):
        city = make_section()
        part = make_section("Harbour", parent=city)
        make_section("Empty")
        make_story(section=part, authors=[make_author()], tags=[make_tag("Dam")])
        paths = [url.removeprefix("http://127.0.0.1:8000") for url in self.texts("/sitemap-pages.xml")]
        expected = {"/", "/blogs/", "/harbour/", "/city/", "/authors/ruth-okafor/", "/tags/dam/"}
        assert expected <= set(paths)
        assert "/empty/" not in paths
        assert len(paths) == len(set(paths))

    def test_news_are_the_stories_of_two_days(self):
        make_story("Fresh & <new>", age=timedelta(hours=47))
        make_story("Old", age=timedelta(hours=49))
        assert self.texts("/news-sitemap.xml", ".//news:title") == ["Fresh & <new>"]
        assert self.texts("/news-sitemap.xml", ".//news:name") == ["The Harbour Post"]
        assert self.texts("/news-sitemap.xml", ".//news:language") == ["en"]

    def test_news_are_at_most_a_thousand(self):
        with mock.patch.object(sitemaps, "NEWS", 2):
            for number in range(3):
                make_story(f"Story {number}")
            assert len(self.texts("/news-sitemap.xml")) == 2

    def test_the_number_of_queries_does_not_grow(self):
        make_story("Story")
        number = Article.objects.get().pk // sitemaps.RANGE
        for count in range(3):
            make_story(f"Story {count}", section=make_section(f"Part{count}"))
        for path, queries in (("/sitemap.xml", 2), (f"/sitemap-stories-{number}.xml", 2), ("/sitemap-pages.xml", 5)):
            with self.assertNumQueries(queries):
                self.see(path)
        with self.assertNumQueries(1):
            self.see("/news-sitemap.xml")
