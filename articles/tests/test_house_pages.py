from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from articles.models import Page, Part, Section, Series
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_user

OWN = {"/about/": "AboutPage", "/contact/": "ContactPage", "/privacy/": "WebPage"}
DESK = "/admin/articles/page/"


def page(slug):
    return Page.objects.get(slug=slug)


class HousePageTests(NewsroomTestCase):
    def test_each_is_there_from_the_beginning_in_the_products_own_words(self):
        front = self.see("/")
        for path, kind in OWN.items():
            html = self.see(path)
            assert settings.SITE_NAME in html.partition("<main")[2].partition("</main>")[0]
            assert f'"@type": "{kind}"' in html
            assert f'<link rel="canonical" href="http://127.0.0.1:8000{path}">' in html
            assert f'<li><a href="{path}">' in front
        assert "We do so without cookies, and we do not keep who read them." in self.see("/privacy/")
        assert "We do not take errors away in silence." in self.see("/corrections/")

    @override_settings(SITE_NAME="<b>Post</b> & Co")
    def test_the_name_of_the_paper_is_text(self):
        assert "<b>Post</b>" not in self.see("/about/")
        assert "&lt;b&gt;Post&lt;/b&gt; &amp; Co reports" in self.see("/about/")

    def test_what_an_editor_writes_is_shown_and_cleaned(self):
        self.sign_in(self.editor)
        about = page("about")
        data = {"title": "Who owns us", "body": "<h2>Owners</h2><p onclick=x()>A co-op.<script>x()</script></p>"}
        response = self.client.post(f"{DESK}{about.pk}/change/", {**data, "position": "1", "is_shown": "on"})
        assert response.status_code == 302
        self.client.logout()
        html = self.see("/about/")
        assert "<h2>Owners</h2>" in html
        assert "<p>A co-op.</p>" in html
        assert '<li><a href="/about/">Who owns us</a>' in self.see("/")
        assert LogEntry.objects.filter(object_id=about.pk).exists()

    def test_words_that_nobody_changed_are_not_stored(self):
        self.sign_in(self.editor)
        about = page("about")
        html = self.client.get(f"{DESK}{about.pk}/change/").context["adminform"].form.initial
        assert "How we work" in html["body"]
        data = {"title": html["title"], "body": html["body"], "position": "1", "is_shown": "on"}
        assert self.client.post(f"{DESK}{about.pk}/change/", data).status_code == 302
        assert (page("about").title, page("about").body) == ("", "")

    def test_a_hidden_page_is_not_found_and_not_linked(self):
        Page.objects.filter(slug="about").update(is_shown=False)
        assert self.client.get("/about/").status_code == 404
        assert 'href="/about/"' not in self.see("/contact/")

    def test_a_hidden_policy_leaves_the_corrections(self):
        Page.objects.filter(slug="corrections").update(is_shown=False)
        assert "in silence" not in self.see("/corrections/")

    def test_a_page_of_ones_own_has_an_address_and_keeps_it_when_renamed(self):
        own = Page.objects.create(slug="ethics", title="Ethics", body="<p>We pay our own way.</p>")
        assert "We pay our own way." in self.see("/pages/ethics/")
        assert '<a href="/pages/ethics/">Ethics</a>' in self.see("/")
        own.slug = "code"
        own.save()
        assert self.client.get("/pages/ethics/").headers["Location"] == "/pages/code/"
        Page.objects.filter(pk=own.pk).update(is_shown=False)
        assert self.client.get("/pages/ethics/").status_code == 404
        for path in ("/pages/about/", "/pages/none/", "/pages/%00/", "/about/x/", "/pages/"):
            assert self.client.get(path).status_code == 404, path

    def test_the_map_of_the_site_names_them(self):
        Page.objects.filter(slug="contact").update(is_shown=False)
        Part.objects.create(series=Series.objects.create(name="Sand", slug="sand"), article=make_story())
        Series.objects.create(name="Planned", slug="planned")
        xml = self.see("/sitemap-pages.xml")
        for path in ("/about/", "/privacy/", "/archive/", "/series/sand/"):
            assert f"<loc>http://127.0.0.1:8000{path}</loc>" in xml
        assert "/contact/" not in xml
        assert "/series/planned/" not in xml
        assert xml.count("/corrections/") == 1

    def test_a_lost_row_loses_no_page(self):
        Page.objects.all().delete()
        assert "How we work" in self.see("/about/")

    def test_a_built_in_page_is_not_deleted_and_keeps_its_address(self):
        self.sign_in(self.editor)
        about = page("about")
        assert self.client.post(f"{DESK}{about.pk}/delete/", {"post": "yes"}).status_code == 403
        chosen = {"action": "delete_selected", "_selected_action": [about.pk], "post": "yes"}
        self.client.post(DESK, chosen)
        data = {"title": "x", "slug": "else", "body": "", "position": "1", "is_shown": "on"}
        self.client.post(f"{DESK}{about.pk}/change/", data)
        assert page("about").title == "x"

    def test_bad_input_is_answered_beside_the_field(self):
        self.sign_in(self.editor)
        good = {"title": "Ethics", "slug": "ethics", "body": "<p>x</p>", "position": "1", "is_shown": "on"}
        for wrong in (
            {"title": ""},
            {"title": "a\0b"},
            {"title": "x" * 5000},
            {"slug": "a b"},
            {"slug": "about"},
            {"slug": "\u202e"},
            {"position": "9" * 30},
            {"position": "x"},
            {"body": "a\0b"},
        ):
            assert self.client.post(f"{DESK}add/", {**good, **wrong}).status_code == 200, wrong
        assert self.client.post(f"{DESK}add/", {**good, "body": "<p>" * 9000 + "\u202e"}).status_code == 302

    def test_a_reporter_and_an_editor_of_one_section_do_not_write_them(self):
        limited = make_user("lena", "Editors")
        make_section().editors.add(limited)
        for user in (self.reporter, limited):
            self.sign_in(user)
            assert self.client.post(f"{DESK}{page('about').pk}/change/", {"title": "x"}).status_code == 403
            assert self.client.get(f"{DESK}add/").status_code == 403

    def test_a_picture_whose_rights_are_over_is_left_out(self):
        picture = make_picture()
        body = f'<p>Us.</p><img src="{picture.file.url}" alt="Us" data-picture="{picture.pk}">'
        Page.objects.create(slug="us", title="Us", body=body)
        assert picture.file.url in self.see("/pages/us/")
        picture.rights_until = timezone.localdate() - timedelta(days=2)
        picture.save()
        assert picture.file.url not in self.see("/pages/us/")

    def test_a_section_at_an_address_of_ours_gets_another(self):
        migration = import_module("articles.migrations.0018_pages_and_series")
        section = Section.objects.create(name="About", slug="about")
        story = make_story(section=section)
        migration.free_addresses(apps, SimpleNamespace(connection=connection))
        assert self.client.get(f"/about/{story.slug}/").headers["Location"] == f"/about-news/{story.slug}/"
        assert self.client.get("/about/feed/").headers["Location"] == "/about-news/feed/"
        self.see("/about-news/")

    def test_a_section_cannot_take_one_of_these_addresses(self):
        self.sign_in(self.editor)
        for slug in ("about", "contact", "privacy", "series"):
            self.client.post("/admin/articles/section/add/", {"name": "x", "slug": slug, "position": "0"})
        assert not Section.objects.filter(name="x").exists()


class PeopleTests(NewsroomTestCase):
    def test_people_stand_in_the_order_of_the_desk_and_agencies_apart(self):
        for name, fields in (
            ("Zoe First", {"position": 1}),
            ("Abe Second", {"position": 2}),
            ("Ann Second", {"position": 2}),
            ("Aaa Wire", {"kind": "agency"}),
        ):
            make_story(authors=[make_author(name, **fields)])
        html = self.see("/authors/").partition("<main")[2]
        places = [html.index(f">{name}<") for name in ("Zoe First", "Abe Second", "Ann Second", "Aaa Wire")]
        assert places == sorted(places)
        assert html.index("Ann Second") < html.index("Agencies and organisations") < html.index("Aaa Wire")

    def test_an_author_can_be_reached_where_they_say(self):
        author = make_author(email="ruth@example.org", links="https://www.social.example/@ruth\nhttps://ruth.example/")
        make_story(authors=[author])
        html = self.see(author.get_absolute_url())
        assert 'href="mailto:ruth@example.org"' in html
        assert '<a rel="me noopener" href="https://www.social.example/@ruth"><bdi>social.example</bdi></a>' in html
        silent = make_author("Silent One")
        make_story(authors=[silent])
        assert 'class="reach"' not in self.see(silent.get_absolute_url())

    def test_only_full_https_addresses_are_links(self):
        self.sign_in(self.editor)
        good = {"kind": "person", "name": "Ruth", "slug": "ruth", "role": "", "bio": "", "email": "", "position": "0"}
        for links in (
            *("http://x.example/", "javascript:alert(1)", "//x.example", "https://", "https://a@b.example/", "x"),
            *("https://x.example/\0", "https://" + "x" * 2000, "https://x.example/ " * 9, "https://[::1", "data:,x"),
        ):
            response = self.client.post("/admin/articles/author/add/", {**good, "links": links})
            assert response.status_code == 200, links
        ok = {**good, "links": "https://x.example/ https://y.example/~ruth"}
        assert self.client.post("/admin/articles/author/add/", ok).status_code == 302

    def test_a_link_that_was_stored_past_the_form_is_not_printed(self):
        author = make_author(links="javascript:alert(1) https://fine.example/")
        make_story(authors=[author])
        html = self.see(author.get_absolute_url())
        assert "javascript:" not in html
        assert "https://fine.example/" in html


class KeptHousePageTests(PageCacheTestCase):
    def test_a_new_text_shows_on_its_page_alone(self):
        about = page("about")
        about.body = "<p>New words.</p>"
        assert self.made_anew(about.save, "/", "/about/", "/contact/") == ["/about/"]
        assert "New words." in self.get("/about/").text

    def test_a_new_title_shows_in_the_foot_of_every_page(self):
        story = make_story()
        about = page("about")
        about.title = "Our house"
        pages = ["/", "/about/", "/contact/", story.get_absolute_url()]
        assert self.made_anew(about.save, *pages) == pages
        assert "Our house" in self.get("/contact/").text

    def test_a_policy_shows_on_the_corrections_alone(self):
        policy = page("corrections")
        policy.body = "<p>Within a day.</p>"
        assert self.made_anew(policy.save, "/", "/about/", "/corrections/") == ["/corrections/"]
