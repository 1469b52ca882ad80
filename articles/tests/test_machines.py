import json
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import override_settings
from PIL import Image

from tests.cast import NewsroomTestCase, make_author, make_story


class MachineTests(NewsroomTestCase):
    def test_robots_may_read_what_readers_read(self):
        text = self.see("/robots.txt")
        for line in ("Disallow: /admin/", "Disallow: /search/?", "Disallow: /comments/"):
            assert line in text
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

    def test_search_engines_may_show_large_pictures(self):
        story = make_story(authors=[make_author()])
        for path in ("/", "/city/", story.get_absolute_url(), "/authors/ruth-okafor/"):
            assert '<meta name="robots" content="max-image-preview:large">' in self.see(path), path
