import json
import re
from datetime import timedelta
from pathlib import Path
from urllib.robotparser import RobotFileParser

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import override_settings
from django.utils import timezone
from PIL import Image

from articles import pictures
from articles.models import Correction
from tests.cast import NewsroomTestCase, make_author, make_picture, make_story, make_tag


class MachineTests(NewsroomTestCase):
    def test_robots_may_read_what_readers_read(self):
        text = self.see("/robots.txt")
        robots = RobotFileParser()
        robots.parse(text.splitlines())
        story = make_story().get_absolute_url()
        for path in ("/", story, "/search/"):
            assert robots.can_fetch("Googlebot", path), path
        for path in ("/search/?q=a", "/admin/", "/comments/5/", "/preview/x/"):
            assert not robots.can_fetch("Googlebot", path), path
        assert "Disallow: /search/?*" in text  # every question, for those who know the star
        assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in text
        assert "Sitemap: http://127.0.0.1:8000/news-sitemap.xml" in text

    def test_the_manifest_names_the_paper_and_icons_that_are_there(self):
        manifest = json.loads(self.see("/manifest.webmanifest"))
        assert manifest["name"] == settings.SITE_NAME
        for icon in manifest["icons"]:
            with Image.open(finders.find(icon["src"].removeprefix(settings.STATIC_URL))) as picture:
                assert f"{picture.width}x{picture.height}" == icon["sizes"]
        assert '<link rel="manifest" href="/manifest.webmanifest">' in self.see("/")

    def test_the_icon_is_where_browsers_look_without_asking(self):
        path = self.client.get("/favicon.ico")["Location"].removeprefix(settings.STATIC_URL)
        with Image.open(finders.find(path)) as icon:
            assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
        assert Path(finders.find("img/touch-icon.png")).exists()

    def test_the_key_of_indexnow_is_shown_to_whoever_knows_it(self):
        with override_settings(INDEXNOW_KEY="0123456789abcdef"):
            assert self.see("/0123456789abcdef.txt") == "0123456789abcdef"
            self.see("/fedcba9876543210.txt", status=404)
        self.see("/0123456789abcdef.txt", status=404)

    def test_what_is_not_here_leads_on(self):
        make_story("Bridge opens")
        gone = make_story("Gone", status="withdrawn", first_public_at=timezone.now())
        make_story("Secret", status="draft")
        for path, status in (("/nowhere/", 404), ("/nowhere/at-all/", 404), (gone.get_absolute_url(), 410)):
            html = self.see(path, status=status)
            assert '<li><a href="/city/bridge-opens/">Bridge opens</a></li>' in html
            assert 'role="search"' in html
            assert '<meta name="robots" content="noindex">' in html
            assert "max-image-preview" not in html
            assert "Secret" not in html

    def test_search_engines_may_show_large_pictures(self):
        story = make_story(authors=[make_author()])
        for path in ("/", "/city/", story.get_absolute_url(), "/authors/ruth-okafor/"):
            assert '<meta name="robots" content="max-image-preview:large">' in self.see(path), path


class StructuredTests(NewsroomTestCase):
    def data(self, path):
        """The data blocks of a page by type."""
        blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', self.see(path), re.S)
        return {block["@type"]: block for block in map(json.loads, blocks)}

    def card(self, path):
        return dict(
            re.findall(r'<meta (?:property|name)="((?:og|twitter|article):[\w:]+)" content="([^"]*)">', self.see(path))
        )

    def test_a_publisher_has_a_logo(self):
        article = self.data(make_story().get_absolute_url())["NewsArticle"]
        assert article["publisher"]["@type"] == "NewsMediaOrganization"
        assert article["publisher"]["logo"]["url"].startswith("http://127.0.0.1:8000/static/img/icon-512")

    def test_a_card_says_how_large_its_picture_is(self):
        story = make_story(lead_picture=make_picture())
        assert self.card(story.get_absolute_url())["og:image:width"] == "120"
        pictures.make_renditions(story.lead_picture)
        card, article = self.card(story.get_absolute_url()), self.data(story.get_absolute_url())["NewsArticle"]
        made = story.lead_picture.renditions.get(crop="social")
        assert card["og:image"] == f"http://127.0.0.1:8000{made.file.url}"
        assert (card["og:image:width"], card["og:image:height"]) == (str(made.width), str(made.height))
        assert (card["og:image:alt"], card["twitter:card"]) == ("A quay", "summary_large_image")
        assert len(article["image"]) == 3

    def test_a_picture_whose_rights_are_over_is_on_no_card(self):
        yesterday = timezone.localdate() - timedelta(days=1)
        story = make_story(lead_picture=make_picture(rights_until=yesterday))
        author = make_author(picture=make_picture(rights_until=yesterday), user=self.editor)
        for path in ("/", "/city/", story.get_absolute_url(), author.get_absolute_url()):
            assert "og:image" not in self.card(path), path

    def test_an_author_s_page_is_a_profile(self):
        make_story(authors=[make_author(role="Reporter", bio="Knows rivers.")])
        person = self.data("/authors/ruth-okafor/")["ProfilePage"]["mainEntity"]
        assert (person["@type"], person["name"], person["jobTitle"]) == ("Person", "Ruth Okafor", "Reporter")
        make_story(authors=[make_author("AFP", kind="agency")])
        assert self.data("/authors/afp/")["ProfilePage"]["mainEntity"]["@type"] == "Organization"
        assert self.card("/authors/ruth-okafor/")["og:type"] == "profile"

    def test_a_list_says_what_it_lists(self):
        story = make_story(tags=[make_tag("Dam")])
        for path in ("/city/", "/tags/dam/"):
            items = self.data(path)["CollectionPage"]["mainEntity"]["itemListElement"]
            assert [item["url"] for item in items] == [f"http://127.0.0.1:8000{story.get_absolute_url()}"]
            assert self.card(path)["og:url"] == f"http://127.0.0.1:8000{path}"

    def test_the_text_of_a_story_is_marked(self):
        story = make_story(kind="opinion")
        html = self.see(story.get_absolute_url())
        assert (
            f'itemtype="https://schema.org/OpinionNewsArticle" itemid="http://127.0.0.1:8000{story.get_absolute_url()}"'
            in html
        )
        assert '<div class="copy" itemprop="articleBody"' in html

    def test_no_text_breaks_out_of_what_machines_read(self):
        evil = "]]></script><script>alert(1)</script>\u202e\u2028\"'&"
        story = make_story(
            evil, standfirst=evil, authors=[make_author("A", bio=evil, role=evil)], tags=[make_tag("Dam")]
        )
        Correction.objects.create(article=story, wrong=evil, right=evil)
        make_story("Alone", kind="blog")
        for path in (story.get_absolute_url(), "/", "/city/", "/authors/a/", "/tags/dam/", "/blogs/", "/blogs/alone/"):
            assert self.data(path), path
            assert "<script>alert(1)" not in self.see(path), path
        assert self.data(story.get_absolute_url())["NewsArticle"]["headline"] == evil
