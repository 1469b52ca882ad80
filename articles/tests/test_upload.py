"""Pictures at the desk: the form, and the upload from inside the story's editor."""

from datetime import date
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from kombu.exceptions import OperationalError

from articles import tasks
from articles.models import Article, Picture, Rendition
from articles.tests.test_pictures import giant_png, iim, photograph
from tests.cast import NewsroomTestCase, make_picture, make_story

UPLOAD = "/admin/articles/picture/upload/"
ADD = "/admin/articles/picture/add/"


def file(data=None, name="quay.jpg"):
    return SimpleUploadedFile(name, photograph() if data is None else data, "image/jpeg")


class EditorUploadTests(NewsroomTestCase):
    def upload(self, upload, status=200):
        response = self.client.post(UPLOAD, {"upload": upload})
        assert response.status_code == status
        return response.json()

    def test_a_picture_is_stored_and_answered_as_the_editor_expects(self):
        self.sign_in(self.reporter)
        answer = self.upload(file(iim((2, 120, b"The quay."), (2, 110, b"AFP")), "evil.html"))
        picture = Picture.objects.get()
        assert (answer["uploaded"], answer["width"], answer["height"]) == (1, 64, 48)
        assert answer["url"] == picture.file.url
        assert answer["fileName"].endswith(".jpg")
        assert (picture.caption, picture.credit, picture.uploaded_by) == ("The quay.", "AFP", self.reporter)
        stored = self.client.get(answer["url"])
        assert stored["Content-Type"] == "image/jpeg"
        assert b"".join(stored.streaming_content).startswith(b"\xff\xd8")

    def test_what_is_refused_is_refused_with_a_sentence(self):
        self.sign_in(self.reporter)
        refused = {
            "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "not a picture": b"<html><script>alert(1)</script>",
            "megapixels": giant_png(),
            "broken": photograph((200, 200))[:-3000],
        }
        for words, data in refused.items():
            answer = self.upload(file(data, "innocent.jpg"))
            assert answer["uploaded"] == 0
            assert words in answer["error"]["message"]
        assert self.client.post(UPLOAD).json()["error"]["message"] == "No file was sent."
        assert not Picture.objects.exists()

    def test_only_who_may_add_pictures_may_upload(self):
        assert self.client.post(UPLOAD, {"upload": file()}).status_code == 302
        self.sign_in(self.moderator)
        assert self.upload(file(), 403)["uploaded"] == 0
        assert not Picture.objects.exists()

    def test_a_foreign_page_cannot_upload(self):
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.reporter)
        assert client.post(UPLOAD, {"upload": file()}).status_code == 403
        assert not Picture.objects.exists()

    def test_a_file_that_is_kept_on_disk_while_it_arrives_is_known_again_too(self):
        self.sign_in(self.reporter)
        data = photograph((1700, 1300), quality=98)
        assert len(data) > 2.5 * 2**20
        first = self.upload(file(data))
        assert self.upload(file(data))["picture"] == first["picture"]

    def test_the_same_file_again_answers_with_the_picture_that_is_there(self):
        self.sign_in(self.reporter)
        data = photograph()
        first = self.upload(file(data))
        Picture.objects.update(alt="A quay")
        again = self.upload(file(data, "copy.jpg"))
        assert first["message"] == ""
        assert "in the library already" in again["message"]
        assert (again["picture"], again["alt"]) == (first["picture"], "A quay")
        assert Picture.objects.count() == 1

    def test_only_by_post(self):
        self.sign_in(self.reporter)
        assert self.client.get(UPLOAD).status_code == 405

    def test_the_editor_offers_the_library(self):
        self.sign_in(self.reporter)
        page = self.see("/admin/articles/article/add/")
        assert "/admin/articles/picture/choose/" in page
        assert "Choose from the library" in page

    def test_a_picture_of_the_body_survives_saving(self):
        self.sign_in(self.reporter)
        url = self.upload(file())["url"]
        figure = (
            f'<figure class="image"><img alt="A quay" data-picture="1" height="48" src="{url}" width="64">'
            "<figcaption>The quay. (AFP)</figcaption></figure>"
        )
        assert make_story(body=figure).body == figure

    def test_sizes_are_queued_once_the_row_is_stored(self):
        self.sign_in(self.reporter)
        with patch.object(tasks.make_renditions, "delay") as delay, self.captureOnCommitCallbacks(execute=True):
            self.upload(file())
            delay.assert_not_called()
        delay.assert_called_once_with(Picture.objects.get().pk)

    def test_a_broker_that_is_down_costs_nothing_but_time(self):
        self.sign_in(self.reporter)
        with (
            patch.object(tasks.make_renditions, "delay", side_effect=OperationalError("no broker")),
            self.assertLogs("articles.tasks", "WARNING"),
            self.captureOnCommitCallbacks(execute=True),
        ):
            assert self.upload(file())["uploaded"] == 1
        tasks.make_missing_renditions()
        assert Picture.objects.get().renditions.exists()


class PictureFormTests(NewsroomTestCase):
    def form(self, **fields):
        return {"alt": "", "caption": "", "credit": "", "focal_x": "0.5", "focal_y": "0.5", **fields}

    def send(self, path=ADD, **fields):
        return self.client.post(path, self.form(**fields))

    def refusal(self, field, **fields):
        response = self.send(**fields)
        assert response.status_code == 200
        return " ".join(response.context["adminform"].form.errors[field])

    def change(self, picture):
        return reverse("admin:articles_picture_change", args=[picture.pk])

    def test_empty_caption_and_credit_are_read_from_the_photograph(self):
        self.sign_in(self.reporter)
        self.send(file=file(iim((2, 120, b"The quay."), (2, 80, b"I. Haddad"), (2, 110, b"AFP"))))
        picture = Picture.objects.get()
        assert (picture.caption, picture.credit) == ("The quay.", "I. Haddad / AFP")
        assert (picture.uploaded_by, picture.width, picture.height) == (self.reporter, 64, 48)

    def test_rights_place_and_days_are_read_too(self):
        self.sign_in(self.reporter)
        self.send(file=file(iim((2, 80, b"I. Haddad"), (2, 116, b"AFP 2026"), (2, 90, b"Mosul"), (2, 37, b"20261231"))))
        picture = Picture.objects.get()
        assert (picture.byline, picture.copyright, picture.place) == ("I. Haddad", "AFP 2026", "Mosul")
        assert picture.rights_until == date(2026, 12, 31)
        assert picture.digest

    def test_what_was_typed_wins(self):
        self.sign_in(self.reporter)
        self.send(file=file(iim((2, 120, b"The quay."))), caption="Our own words.")
        assert Picture.objects.get().caption == "Our own words."

    def test_what_is_no_picture_is_refused_beside_the_field(self):
        self.sign_in(self.reporter)
        assert "SVG" in self.refusal("file", file=file(b"<svg/>", "a.png"))
        assert "empty" in self.refusal("file", file=file(b""))
        assert "required" in self.refusal("file")
        assert self.refusal("caption", file=file(), caption="a\0b")
        assert self.refusal("focal_x", file=file(), focal_x="2")
        assert self.refusal("focal_y", file=file(), focal_y="nan")
        assert not Picture.objects.exists()

    def test_a_new_focal_point_makes_the_sizes_anew(self):
        self.sign_in(self.editor)
        picture = make_picture()
        tasks.make_renditions(picture.pk)
        before = set(Rendition.objects.values_list("pk", flat=True))
        self.send(self.change(picture), focal_x="0.1")
        assert not Rendition.objects.exists()
        tasks.make_missing_renditions()
        assert before.isdisjoint(Rendition.objects.values_list("pk", flat=True))

    def test_new_words_leave_the_sizes_alone(self):
        self.sign_in(self.editor)
        picture = make_picture()
        tasks.make_renditions(picture.pk)
        self.send(self.change(picture), caption="Other words.", credit=picture.credit)
        picture.refresh_from_db()
        assert picture.caption == "Other words."
        assert Rendition.objects.exists()

    def test_a_new_credit_is_written_into_the_sizes(self):
        self.sign_in(self.editor)
        picture = make_picture()
        tasks.make_renditions(picture.pk)
        self.send(self.change(picture), credit="AFP")
        assert not Rendition.objects.exists()

    def test_a_reporter_may_not_change_a_picture_that_readers_see(self):
        self.sign_in(self.reporter)
        shown, unused = make_picture(), make_picture()
        make_story(lead_picture=shown)
        make_story("A draft", status="draft", lead_picture=unused)
        assert self.send(self.change(shown), caption="Mine.").status_code == 403
        assert self.send(self.change(unused), caption="Mine.").status_code == 302

    def test_the_list_shows_small_pictures_and_finds_words(self):
        self.sign_in(self.reporter)
        quay, hill = make_picture(), make_picture(alt="A hill", caption="", credit="")
        tasks.make_renditions(quay.pk)
        page = self.see("/admin/articles/picture/")
        assert quay.renditions.get(crop="wide", width=120, format="webp").file.url in page
        assert hill.file.url in page
        assert "A hill" not in self.see("/admin/articles/picture/?q=quay")

    def test_a_chosen_picture_can_be_shown_before_it_is_saved(self):
        picture = make_picture()
        address = f"/admin/articles/picture/{picture.pk}/thumbnail/"
        self.sign_in(self.reporter)
        assert self.client.get(address).url == picture.file.url
        self.sign_in(self.moderator)
        assert self.client.get(address).status_code == 403

    def test_a_story_outlives_its_picture(self):
        picture = make_picture()
        story = make_story(lead_picture=picture)
        picture.delete()
        assert Article.objects.get(pk=story.pk).lead_picture is None

    def test_the_same_file_again_is_the_picture_that_is_there(self):
        self.sign_in(self.reporter)
        data = photograph()
        self.send(file=file(data), caption="The quay.")
        known = Picture.objects.get()
        response = self.send(file=file(data), alt="A quay", caption="Other words.")
        assert response.url == self.change(known)
        known.refresh_from_db()
        assert (known.alt, known.caption) == ("A quay", "The quay.")
        assert "in the library already" in self.see(response.url)

    def test_the_file_of_another_picture_is_refused_beside_the_field(self):
        self.sign_in(self.editor)
        data, other = photograph(), make_picture()
        self.send(file=file(data))
        response = self.client.post(self.change(other), self.form(file=file(data)))
        assert "in the library already" in response.context["adminform"].form.errors["file"][0]
        known = Picture.objects.exclude(pk=other.pk).get()
        assert self.client.post(self.change(known), self.form(file=file(data))).status_code == 302
