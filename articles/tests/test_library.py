"""The picture library: what its shelves hold, taking in many at once, where a picture is used, choosing one."""

import json
import re
from datetime import timedelta
from html import unescape

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles import pictures
from articles.models import Picture, Revision
from articles.revisions import snapshot
from articles.tests.test_pictures import iim, photograph
from articles.tests.test_rights import figure
from tests.cast import NewsroomTestCase, make_author, make_picture, make_story

LIST = "/admin/articles/picture/"
MANY = "/admin/articles/picture/upload-many/"
WORDS = "/admin/articles/picture/words/"
CHOOSE = "/admin/articles/picture/choose/"


def file(data=None, name="quay.jpg"):
    return SimpleUploadedFile(name, photograph() if data is None else data, "image/jpeg")


class DeletingTests(NewsroomTestCase):
    def test_a_deleted_picture_leaves_no_file_behind(self):
        self.sign_in(self.editor)
        one, two = make_picture(), make_picture()
        pictures.make_renditions(one)
        names = [one.file.name, two.file.name, *one.renditions.values_list("file", flat=True)]
        assert all(map(default_storage.exists, names))
        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(reverse("admin:articles_picture_delete", args=[one.pk]), {"post": "yes"})
            data = {"action": "delete_selected", "_selected_action": [two.pk], "post": "yes"}
            self.client.post(reverse("admin:articles_picture_changelist"), data)
        assert not Picture.objects.exists()
        assert not any(map(default_storage.exists, names))


class LibraryTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)

    def found(self, query):
        page = self.see(f"{LIST}?{query}")
        return {int(key) for key in re.findall(r'href="/admin/articles/picture/(\d+)/change/', page)}

    def test_words_of_every_kind_are_found(self):
        words = {"alt": "heron", "caption": "a flood", "credit": "Reuters", "byline": "Haddad", "place": "Mosul"}
        for name, word in words.items():
            picture = make_picture(**{"alt": "", "caption": "", "credit": "", name: word})
            assert self.found(f"q={word}") == {picture.pk}, name

    def test_each_shelf_holds_its_own(self):
        today, day = timezone.localdate(), timedelta(days=1)
        bare = make_picture(alt="", uploaded_by=self.reporter)
        nameless = make_picture(credit="", rights_until=today - day)
        led, in_body, portrait = make_picture(rights_until=today + day), make_picture(), make_picture()
        make_story(lead_picture=led, body=figure(in_body))
        make_author(picture=portrait)
        shelves = {
            "words=missing": {bare, nameless},
            "words=alt": {bare},
            "words=credit": {nameless},
            "use=no": {bare, nameless},
            "use=yes": {led, in_body, portrait},
            "rights=over": {nameless},
            "rights=soon": {led},
            f"by={self.reporter.pk}": {bare},
            f"by={self.reporter.pk}&words=alt&use=no": {bare},
            "words=nonsense&use=x&rights=x&by=x": {bare, nameless, led, in_body, portrait},
        }
        for query, expected in shelves.items():
            assert self.found(query) == {picture.pk for picture in expected}, query

    def test_a_card_says_what_is_wrong_and_where_it_is_used(self):
        picture = make_picture(alt="", credit="", rights_until=timezone.localdate() - timedelta(days=1))
        make_story(lead_picture=picture)
        make_story("Another", body=figure(picture))
        page = self.see(LIST)
        for words in ("no alternative text", "no credit", "rights over", "in 2 stories"):
            assert words in page

    def test_fifty_pictures_cost_what_five_cost(self):
        def fill(number):
            for _ in range(number):
                picture = make_picture(uploaded_by=self.reporter)
                make_story(lead_picture=picture, body=figure(picture))

        def cost(address):
            with CaptureQueriesContext(connection) as context:
                self.see(address)
            return len(context)

        addresses = (LIST, f"{LIST}?use=no", f"{LIST}?q=quay", CHOOSE)
        fill(5)
        key = Picture.objects.latest("pk").pk
        addresses = (*addresses, f"{LIST}{key}/change/")
        few = [cost(address) for address in addresses * 2][len(addresses) :]
        fill(45)
        assert [cost(address) for address in addresses] == few
        assert max(few) < 30

    def test_hostile_questions_are_only_questions(self):
        for query in ("q=%00", "q=%ED%A0%80", "by=99999999999999999999", "uploaded_at_from=x", "p=999999"):
            assert self.client.get(f"{LIST}?{query}").status_code in (200, 302), query


class UseTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)
        self.picture = make_picture()
        self.address = f"{LIST}{self.picture.pk}/"

    def test_its_page_names_what_shows_it(self):
        make_story("It leads here", lead_picture=self.picture)
        make_story("It stands in this text", status="draft", body=figure(self.picture))
        make_author("Ruth Okafor", picture=self.picture)
        page = self.see(f"{self.address}change/")
        for name in ("It leads here (Published)", "It stands in this text (Draft)", "Ruth Okafor"):
            assert name in page

    def test_what_is_used_is_not_deleted_and_the_stories_are_named(self):
        make_story("It stands in this text", body=figure(self.picture))
        for path, data in (
            (f"{self.address}delete/", {"post": "yes"}),
            (LIST, {"action": "delete_selected", "_selected_action": self.picture.pk, "post": "yes"}),
        ):
            response = self.client.post(path, data, follow=True)
            assert "It stands in this text" in response.content.decode()
            assert Picture.objects.filter(pk=self.picture.pk).exists()

    def test_what_waits_over_a_live_story_counts_too(self):
        for number, change in enumerate(({"body": figure(self.picture)}, {"lead_picture": self.picture.pk})):
            story = make_story(f"Live {number}")
            content = snapshot(story) | change
            story.pending = Revision.objects.record(story, content, self.editor, Revision.Deed.SAVED)
            story.save()
        page = self.client.post(f"{self.address}delete/", {"post": "yes"}).content.decode()
        assert "Live 0" in page
        assert "Live 1" in page
        assert "because these show it" in page
        assert Picture.objects.exists()

    def test_what_is_not_used_is_deleted(self):
        self.client.post(f"{self.address}delete/", {"post": "yes"})
        assert not Picture.objects.exists()

    def test_one_that_looks_the_same_is_pointed_out(self):
        other = make_picture(alt="A hill", look_0=1, look_1=2, look_2=3, look_3=4, look_4=5)
        assert "look like this one" not in self.see(f"{self.address}change/")
        Picture.objects.filter(pk=self.picture.pk).update(look_0=1, look_1=2, look_2=3, look_3=4, look_4=7)
        page = self.see(f"{self.address}change/")
        assert "look like this one" in page
        assert f"{LIST}{other.pk}/change/" in page

    def test_it_says_that_its_rights_are_over(self):
        Picture.objects.update(rights_until=timezone.localdate() - timedelta(days=1))
        assert "Its rights are over" in self.see(f"{self.address}change/")


class UploadManyTests(NewsroomTestCase):
    def send(self, *files):
        return self.client.post(MANY, {"upload": list(files)})

    def said(self, address):
        return self.client.get(address).content.decode()

    def test_all_come_in_and_their_words_are_asked_for(self):
        self.sign_in(self.reporter)
        response = self.send(file(iim((2, 120, b"The quay."))), file())
        keys = list(Picture.objects.order_by("pk").values_list("pk", flat=True))
        assert response.url == f"{WORDS}?key={keys[0]}&key={keys[1]}"
        page = self.said(response.url)
        assert page.count('name="form-') >= 8
        assert "The quay." in page

    def test_what_is_refused_is_named_and_the_others_come_in(self):
        self.sign_in(self.reporter)
        data = photograph()
        pictures.receive(file(data), self.editor)
        page = self.said(self.send(file(data, "again.jpg"), file(b"<svg/>", "drawing.svg"), file()).url)
        assert "again.jpg: This picture is in the library already." in page
        assert "drawing.svg: This is an SVG drawing." in page
        assert Picture.objects.count() == 2

    def test_nothing_sent_asks_again(self):
        self.sign_in(self.reporter)
        assert "Choose at least one file." in self.client.post(MANY, follow=True).content.decode()
        assert "not a picture" in self.client.post(MANY, {"upload": file(b"x")}, follow=True).content.decode()

    def test_the_words_of_all_are_kept_in_one_form(self):
        self.sign_in(self.reporter)
        address = self.send(file(), file()).url
        keys = list(Picture.objects.order_by("pk").values_list("pk", flat=True))
        form = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2}
        for number, key in enumerate(keys):
            form |= {f"form-{number}-id": key, f"form-{number}-alt": f"Quay {number}", f"form-{number}-credit": "AFP"}
        refused = self.client.post(address, form | {"form-1-alt": "a\0b", "form-0-caption": "x" * 1001})
        assert refused.status_code == 200
        assert "Null characters are not allowed" in refused.content.decode()
        assert self.client.post(address, form).url == LIST
        assert list(Picture.objects.order_by("pk").values_list("alt", "credit")) == [
            ("Quay 0", "AFP"),
            ("Quay 1", "AFP"),
        ]

    def test_nobody_writes_words_of_what_is_out_of_reach(self):
        shown = make_picture()
        make_story(lead_picture=shown)
        self.sign_in(self.reporter)
        form = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": shown.pk, "form-0-alt": "Mine"}
        self.client.post(f"{WORDS}?key={shown.pk}", form)
        shown.refresh_from_db()
        assert shown.alt == "A quay"
        unused = make_picture()
        self.client.post(f"{WORDS}?key={unused.pk}", form)
        shown.refresh_from_db()
        assert shown.alt == "A quay"

    def test_only_who_may_add_pictures_and_only_from_our_pages(self):
        self.sign_in(self.moderator)
        assert self.client.get(MANY).status_code == 403
        assert self.send(file()).status_code == 403
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.reporter)
        assert client.post(MANY, {"upload": file()}).status_code == 403
        assert not Picture.objects.exists()

    def test_hostile_keys_lead_back_to_the_library(self):
        self.sign_in(self.reporter)
        for query in ("", "?key=x", "?key=99999999999999999", "?key=%00", "?key=-1"):
            assert self.client.get(f"{WORDS}{query}").url == LIST


class ChooseTests(NewsroomTestCase):
    def offered(self, query=""):
        return [
            json.loads(unescape(data)) for data in re.findall(r'data-choose="([^"]*)"', self.see(f"{CHOOSE}{query}"))
        ]

    def test_a_picture_comes_with_all_that_the_text_needs(self):
        self.sign_in(self.reporter)
        picture = make_picture(caption='The <b>"quay"')
        make_picture(alt="A hill", caption="", credit="")
        chosen = self.offered("?q=quay")[0]
        assert (chosen["picture"], chosen["url"], chosen["alt"]) == (picture.pk, picture.file.url, "A quay")
        assert (chosen["caption"], chosen["credit"]) == ('The <b>"quay"', "I. Haddad")
        assert len(self.offered()) == 2
        assert "No picture has these words." in self.see(f"{CHOOSE}?q=nothing")

    def test_it_goes_on_page_by_page(self):
        self.sign_in(self.reporter)
        for _ in range(25):
            make_picture()
        assert (len(self.offered()), len(self.offered("?page=2"))) == (24, 1)
        assert len(self.offered("?page=x")) == 24

    def test_only_for_who_may_see_pictures(self):
        assert self.client.get(CHOOSE).status_code == 302
        self.sign_in(self.moderator)
        assert self.client.get(CHOOSE).status_code == 403

    def test_hostile_questions_are_only_questions(self):
        self.sign_in(self.reporter)
        for query in ("?q=%00", "?q=%ED%A0%80", "?q=" + "x" * 5000, "?page=99999999999999999999"):
            self.see(f"{CHOOSE}{query}")
