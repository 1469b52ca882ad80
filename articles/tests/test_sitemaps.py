from datetime import timedelta
from unittest import mock
from xml.etree import ElementTree

from django.test import RequestFactory
from django.utils import timezone, translation

from articles import sitemap_files, sitemaps, tasks
from articles.models import Article, Correction, SitemapFile, Takedown
from articles.structured import instant
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_author, make_section, make_story, make_tag

SITE = "http://127.0.0.1:8000"
NAMES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
}


def file_of(story):
    return f"/sitemap-stories-{sitemap_files.number_of(story.pk)}.xml"


class Crawler(NewsroomTestCase):
    def read(self, path):
        return ElementTree.fromstring(self.see(path).encode())

    def texts(self, path, what=".//s:loc"):
        return [node.text for node in self.read(path).iterfind(what, NAMES)]

    def files(self):
        return [url.removeprefix(SITE) for url in self.texts("/sitemap.xml")]

    def found(self, part=""):
        """The addresses that a crawler finds, in the files of that name."""
        return [url.removeprefix(SITE) for file in self.files() if part in file for url in self.texts(file)]

    def lastmod(self, story):
        """What the index says of the file of a story."""
        for file in self.read("/sitemap.xml").iterfind("s:sitemap", NAMES):
            if file.find("s:loc", NAMES).text.endswith(file_of(story)):
                return file.find("s:lastmod", NAMES).text
        return None

    def committed(self):
        return self.captureOnCommitCallbacks(execute=True)


class SitemapTests(Crawler):
    def test_a_crawler_finds_every_story_from_the_index(self):
        with mock.patch.object(sitemap_files, "RANGE", 2), self.committed():
            made = [make_story(f"Story {number}") for number in range(5)]
            made += [make_story("A post", kind=Article.Kind.BLOG), make_story("نهر دجلة")]
        with mock.patch.object(sitemap_files, "RANGE", 2):
            assert self.found("stories") == [story.get_absolute_url() for story in made]

    def test_what_is_not_public_is_in_none(self):
        with self.committed():
            public = make_story("A public one")
            for state in ("draft", "review", "withdrawn"):
                make_story(f"Secret {state}", status=state, tags=[make_tag("Secret")], section=make_section("Secret"))
            make_story("Secret later", age=-timedelta(minutes=5), authors=[make_author("Secret")])
        files = {"/sitemap.xml", "/sitemap-pages.xml", "/news-sitemap.xml", file_of(public), *self.files()}
        for path in files:
            assert "ecret" not in self.see(path), path

    def test_a_file_without_public_stories_is_neither_named_nor_found(self):
        with self.committed():
            story = make_story(status="draft")
        assert self.files() == ["/sitemap-pages.xml"]
        self.see(file_of(story), status=404)
        self.see("/sitemap-stories-99999999999999999999.xml", status=404)
        self.see("/sitemap-tags-0.xml", status=404)
        self.see("/sitemap-tags-99999999999999999999.xml", status=404)

    def test_a_file_whose_last_story_went_away_is_no_longer_named(self):
        with self.committed():
            story = make_story()
        assert file_of(story) in self.files()
        with self.committed():
            Takedown.of(story, by=None, reason="A judge asked for it.")
        assert file_of(story) not in self.files()
        with self.committed():
            make_story("Another")
        assert file_of(story) in self.files()

    def test_a_deleted_story_leaves_the_index(self):
        with self.committed():
            story = make_story()
        path = file_of(story)
        with self.committed():
            story.delete()
        assert path not in self.files()

    def test_lastmod_is_the_change_that_readers_saw(self):
        published = timezone.now() - timedelta(days=5)
        with self.committed():
            story = make_story(published_at=published)
        with self.committed():
            story.save()
        assert self.texts(file_of(story), ".//s:lastmod") == [instant(published)] == [self.lastmod(story)]
        corrected = timezone.now() - timedelta(days=1)
        with self.committed():
            Correction.objects.create(article=story, wrong="Nine.", right="Ten.", corrected_at=corrected)
        assert self.texts(file_of(story), ".//s:lastmod") == [instant(corrected)] == [self.lastmod(story)]
        updated = timezone.now() - timedelta(hours=1)
        with self.committed():
            story.updated_at = updated
            story.save()
        assert self.texts(file_of(story), ".//s:lastmod") == [instant(updated)] == [self.lastmod(story)]

    def test_a_hidden_story_moves_no_lastmod(self):
        with self.committed():
            story = make_story(age=timedelta(days=3))
        before = self.lastmod(story)
        with self.committed():
            hidden = make_story("Hidden", status="draft")
            later = make_story("Later", age=-timedelta(hours=1))
            Correction.objects.create(article=hidden, wrong="Nine.", right="Ten.")
            Correction.objects.create(article=story, wrong="Nine.", right="Ten.", is_waiting=True)
            later.save()
        tasks.refresh_sitemap()
        assert self.lastmod(story) == before

    def test_a_time_in_the_future_is_no_change_yet(self):
        with self.committed():
            story = make_story(updated_at=timezone.now() + timedelta(days=400))
        year = str(timezone.now().year + 1)
        assert not self.lastmod(story).startswith(year)
        assert not self.texts(file_of(story), ".//s:lastmod")[0].startswith(year)

    def test_what_was_written_past_the_newsroom_is_found_by_the_worker(self):
        made = Article(headline="Imported", slug="imported", section=make_section(), status="published")
        made.published_at = timezone.now() - timedelta(days=9)
        Article.objects.bulk_create([made])
        SitemapFile.objects.create(number=77, changed_at=timezone.now())
        tasks.refresh_sitemap()
        assert self.files() == ["/sitemap-pages.xml", file_of(made)]
        assert self.lastmod(made) == instant(made.published_at)

    def test_pages_that_list_stories_are_named(self):
        city = make_section()
        part = make_section("Harbour", parent=city)
        make_section("Empty")
        make_tag("Unused")
        make_story(section=part, authors=[make_author()], tags=[make_tag("Dam")])
        paths = self.found()
        assert {"/", "/blogs/", "/harbour/", "/city/", "/authors/ruth-okafor/", "/tags/dam/"} <= set(paths)
        assert not {"/empty/", "/tags/unused/"} & set(paths)
        assert len(paths) == len(set(paths))

    def test_authors_and_tags_are_split_over_files(self):
        with mock.patch.object(sitemaps, "LISTED", 1):
            make_story(authors=[make_author("A"), make_author("B")], tags=[make_tag("Dam"), make_tag("River")])
            assert len([file for file in self.files() if "tags" in file]) == 2
            assert self.found("authors") == ["/authors/a/", "/authors/b/"]

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

    def test_a_quiet_weekend_leaves_a_news_sitemap_that_the_schema_takes(self):
        assert self.texts("/news-sitemap.xml") == [f"{SITE}/"]
        assert self.texts("/news-sitemap.xml", ".//news:news") == []

    def test_the_language_of_news_is_one_that_the_schema_knows(self):
        make_story()
        for code, said in (("en-gb", "en"), ("zh-hans", "zh-cn"), ("ar", "ar")):
            with translation.override(code):
                assert sitemaps.news(RequestFactory().get("/")).content.decode().count(f"<news:language>{said}<") == 1

    def test_the_number_of_queries_does_not_grow(self):
        story = make_story("Story")
        for count in range(3):
            make_story(f"Story {count}", section=make_section(f"Part{count}"), tags=[make_tag(f"T{count}")])
        for path, queries in (("/sitemap.xml", 4), (file_of(story), 3), ("/sitemap-pages.xml", 4)):
            with self.assertNumQueries(queries):
                self.see(path)
        with self.assertNumQueries(2):
            self.see("/news-sitemap.xml")


class KeptSitemapTests(PageCacheTestCase):
    def test_a_story_changes_its_own_file_and_no_other(self):
        with mock.patch.object(sitemap_files, "RANGE", 1), self.committed():
            one, two = make_story("One"), make_story("Two")
        with mock.patch.object(sitemap_files, "RANGE", 1):
            paths = ["/sitemap.xml", "/sitemap-pages.xml", file_of(one), file_of(two)]
            one.headline = "One more"
            assert self.made_anew(one.save, *paths) == [file_of(one)]
            one.updated_at = timezone.now()
            assert self.made_anew(one.save, *paths) == ["/sitemap.xml", file_of(one)]
            corrected = lambda: Correction.objects.create(article=two, wrong="Nine.", right="Ten.")  # noqa: E731
            assert self.made_anew(corrected, *paths) == ["/sitemap.xml", file_of(two)]

    def test_a_new_headline_shows_in_the_news_sitemap(self):
        story = make_story("One")
        story.headline = "One more"
        assert self.made_anew(story.save, "/news-sitemap.xml") == ["/news-sitemap.xml"]
