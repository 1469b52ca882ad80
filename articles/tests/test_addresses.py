from urllib.parse import quote

from django.contrib.admin.models import LogEntry
from django.contrib.redirects.models import Redirect
from django.contrib.sites.models import Site
from django.urls import reverse

from articles import addresses
from articles.models import Article
from tests.cast import NewsroomTestCase, make_author, make_section, make_story, make_tag


def rename(thing, slug, **fields):
    for name, value in {"slug": slug, **fields}.items():
        setattr(thing, name, value)
    thing.save()
    return thing


class AddressTests(NewsroomTestCase):
    def lands(self, path, at):
        response = self.client.get(path)
        assert (response.status_code, response.headers.get("Location")) == (301, at), path

    def test_a_renamed_story_is_found_at_its_old_address(self):
        story = make_story("Weather")
        rename(story, "storm")
        self.lands("/city/weather/", "/city/storm/")
        self.lands("/city/weather/?utm_source=letter", "/city/storm/?utm_source=letter")
        assert self.client.head("/city/weather/").status_code == 301
        assert self.client.post("/city/weather/").status_code == 405

    def test_addresses_of_any_script_are_kept(self):
        story = make_story("عودة النهر")
        old = story.get_absolute_url()
        rename(story, "ماء" * 30)
        self.lands(old, story.get_absolute_url())
        assert story.get_absolute_url() == f"/city/{quote('ماء' * 30)}/"

    def test_a_new_section_or_kind_leaves_the_old_address(self):
        story = make_story("Weather")
        rename(story, "weather", section=make_section("Sport"))
        rename(story, "weather", kind=Article.Kind.BLOG)
        rename(story, "storm")
        for old in ("/city/weather/", "/sport/weather/", "/blogs/weather/"):
            self.lands(old, "/blogs/storm/")

    def test_every_old_address_leads_straight_to_the_present_one(self):
        story = make_story("One")
        for slug in ("two", "three", "four"):
            rename(story, slug)
        assert set(Redirect.objects.values_list("old_path", "new_path")) == {
            (f"/city/{old}/", "/city/four/") for old in ("one", "two", "three")
        }

    def test_nothing_leads_in_a_circle(self):
        story = make_story("One")
        for slug in ("two", "one", "two", "one"):
            rename(story, slug)
        assert list(Redirect.objects.values_list("old_path", "new_path")) == [("/city/two/", "/city/one/")]
        self.see("/city/one/")
        self.lands("/city/two/", "/city/one/")

    def test_what_readers_never_saw_leaves_nothing(self):
        draft = make_story("Secret plan", status="draft", published_at=None)
        rename(draft, "plan", status="published")
        assert not Redirect.objects.exists()

    def test_an_address_that_the_clock_made_public_is_kept_through_a_draft(self):
        story = make_story("Weather")
        Article.objects.filter(pk=story.pk).update(status="draft")
        story.refresh_from_db()
        rename(story, "storm")
        self.see("/city/weather/", status=404)
        rename(story, "storm", status="published")
        self.lands("/city/weather/", "/city/storm/")

    def test_an_old_address_tells_nothing_of_a_story_that_is_not_public(self):
        for status, answer in (("draft", 404), ("withdrawn", 410)):
            story = rename(make_story(f"Old {status}"), f"secret-{status}", status=status)
            response = self.client.get(f"/city/old-{status}/")
            assert response.status_code == answer
            assert "Location" not in response.headers
            assert story.slug not in response.content.decode()

    def test_a_renamed_section_takes_its_feed_and_its_stories_along(self):
        story = make_story("Weather")
        rename(story.section, "town")
        rename(story, "storm")
        rename(story.section, "place")
        self.lands("/city/", "/place/")
        self.lands("/town/?before=1-1", "/place/?before=1-1")
        self.lands("/city/feed/", "/place/feed/")
        for old in ("/city/weather/", "/town/weather/", "/city/storm/", "/town/storm/", "/place/weather/"):
            self.lands(old, "/place/storm/")

    def test_a_section_may_take_the_old_address_of_another(self):
        rename(make_section("City"), "town")
        make_section("City")
        self.see("/city/")
        assert not Redirect.objects.exists()

    def test_renamed_authors_and_tags_are_found(self):
        author = make_author(user=self.reporter)
        for thing, place in ((author, "authors/ruth-okafor"), (make_tag("River"), "tags/river")):
            rename(thing, "new")
            self.lands(f"/{place}/", thing.get_absolute_url())
            self.lands(f"/{place}/feed/", f"{thing.get_absolute_url()}feed/")
            thing.delete()
            self.see(f"/{place}/", status=404)

    def test_pages_in_any_script_are_found_at_their_addresses(self):
        section = make_section("اقتصاد")
        story = make_story(slug="مرفأ-الموصل", section=section, tags=[make_tag("café")])
        for path in (story.get_absolute_url(), section.get_absolute_url(), "/tags/caf%C3%A9/", "/tags/café/"):
            self.see(path)
        self.lands(f"/elsewhere/{story.slug}/", story.get_absolute_url())
        rename(story, "الميناء")
        self.lands("/اقتصاد/مرفأ-الموصل/", story.get_absolute_url())
        assert f'href="http://127.0.0.1:8000{section.get_absolute_url()}feed/"' in self.see("/اقتصاد/feed/")

    def test_a_page_is_found_however_its_address_was_garbled(self):
        story = make_story(slug="café-opens", tags=[make_tag("River")])
        rename(make_story(slug="weather"), "storm")
        garbled = ("/CITY/Café-Opens/", "/city/café-opens /", "/city//café-opens/", "/city/cafe\u0301-opens/%20")
        for path in garbled:
            self.lands(path, story.get_absolute_url())
        self.lands("/Tags/RIVER/", "/tags/river/")
        self.lands("/city/Weather/", "/city/storm/")
        Article.objects.filter(pk=story.pk).update(status="draft", first_public_at=None)
        for path in garbled:
            self.see(path, status=404)

    def test_a_change_of_other_columns_asks_nothing(self):
        story = make_story()
        with self.assertNumQueries(1):
            addresses.leaves_redirect(lambda story, **kwargs: Article.objects.count())(story, update_fields=["kicker"])

    def test_a_new_story_does_not_take_an_old_address(self):
        rename(make_story("Weather"), "storm")
        assert make_story("Weather").slug == "weather-2"

    def test_the_form_says_that_an_address_is_taken(self):
        rename(make_story("Weather"), "storm")
        self.sign_in(self.editor)
        data = {"headline": "Weather", "slug": "weather", "kind": "news", "placement": 0, "status": "draft"}
        data |= {"bylines-TOTAL_FORMS": 0, "bylines-INITIAL_FORMS": 0}
        data |= {"corrections-TOTAL_FORMS": 0, "corrections-INITIAL_FORMS": 0}
        response = self.client.post(reverse("admin:articles_article_add"), data)
        assert "Readers know another story by this address" in response.content.decode()
        assert Article.objects.count() == 1

    def test_a_story_may_have_its_own_old_address_back(self):
        story = rename(make_story("Weather"), "storm")
        story.slug = "weather"
        story.full_clean()

    def test_the_site_is_named_by_the_settings(self):
        assert Site.objects.get().name == "The Harbour Post"

    def test_hostile_paths_are_not_found(self):
        rename(make_story("Weather"), "storm")
        for path in ("/city/wea%00ther/", "/%ED%A0%80/", "/" * 300, "/city/weather/more/"):
            assert self.client.get(path).status_code == 404, path


class RedirectDeskTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)

    def add(self, old, new):
        return self.client.post(reverse("admin:redirects_redirect_add"), {"old_path": old, "new_path": new})

    def test_an_address_of_an_older_site_is_led_on_by_hand(self):
        story = make_story("The flood")
        assert self.add("/2019/05/the-flood.html", "/city/the-flood/").status_code == 302
        assert self.client.get("/2019/05/the-flood.html")["Location"] == "/city/the-flood/"
        rename(story, "high-water")
        assert self.client.get("/2019/05/the-flood.html")["Location"] == "/city/high-water/"
        assert LogEntry.objects.filter(content_type__app_label="redirects").exists()

    def test_another_site_and_nothing_at_all_are_led_to(self):
        self.add("/forum/", "https://forum.example.org/")
        self.add("/horoscope/", "")
        assert self.client.get("/forum/")["Location"] == "https://forum.example.org/"
        assert self.client.get("/forum/thread/").status_code == 404
        self.see("/horoscope/", status=410)

    def test_what_makes_no_sense_is_refused_beside_its_field(self):
        self.add("/a/", "/b/")
        wrong = [("old", "/b/"), ("//host/", "/b/"), ("/x?y", "/b/"), ("/n%00", "/b/"), ("/n\0", "/b/"), ("/a/", "/c/")]
        wrong += [("/c/", "javascript:alert(1)"), ("/c/", "//host/"), ("/c/", "https://["), ("/b/", "/a/")]
        wrong += [("/" * 201, "/b/"), ("", "/b/"), ("/c/", "/n%00")]
        for old, new in wrong:
            response = self.add(old, new)
            assert response.status_code == 200, (old, new)
            assert "errorlist" in response.content.decode() or "text-red" in response.content.decode(), (old, new)
        assert Redirect.objects.count() == 1

    def test_reporters_see_no_former_addresses(self):
        self.sign_in(self.reporter)
        assert self.client.get(reverse("admin:redirects_redirect_changelist")).status_code == 403
