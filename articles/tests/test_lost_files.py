"""A picture whose file is gone: nothing breaks, the desk says so, and the same upload brings it back."""

from datetime import timedelta
from unittest.mock import patch

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from articles import lost_files, pictures, tasks
from articles.models import Article, Picture
from digest import editions, letters
from tests.cast import NewsroomTestCase, make_author, make_picture, make_story, picture_bytes

GONE = "Its file is gone."
UNREADABLE = "file unreadable"


class LostFileTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.bytes = picture_bytes((320, 240))
        self.picture, _ = pictures.receive(self.upload(), None)
        Picture.objects.filter(pk=self.picture.pk).update(alt="A crane at the quay")
        self.picture.refresh_from_db()
        tasks.make_renditions(self.picture.pk)
        body = (
            f'<p>The sound.</p><p><img data-picture="{self.picture.pk}" src="{self.picture.file.url}" alt="Seen"></p>'
        )
        self.author = make_author(picture=self.picture, bio="Writes.")
        self.story = make_story(lead_picture=self.picture, body=body, authors=[self.author])

    def upload(self):
        return SimpleUploadedFile("crane.jpg", self.bytes, "image/jpeg")

    def lose(self, renditions=True):
        self.picture.file.storage.delete(self.picture.file.name)
        for made in self.picture.renditions.all() if renditions else []:
            made.file.storage.delete(made.file.name)

    def test_no_page_of_readers_breaks_and_each_leaves_it_out_once_it_is_known(self):
        self.lose()
        paths = [
            "/",
            self.story.get_absolute_url(),
            "/city/",
            "/feed/",
            self.author.get_absolute_url(),
            "/search/?q=sound",
        ]
        for path in paths:
            self.see(path)
        tasks.find_lost_files()
        for path in paths:
            assert self.picture.file.url not in self.see(path), path

    def test_no_page_of_the_desk_breaks_and_the_library_says_so(self):
        self.lose()
        self.sign_in(self.editor)
        assert GONE in self.see(reverse("admin:articles_picture_change", args=[self.picture.pk]))
        tasks.find_lost_files()
        assert UNREADABLE in self.see(reverse("admin:articles_picture_changelist"))
        for name, key in (("article_change", self.story.pk), ("article_preview", self.story.pk)):
            self.see(reverse(f"admin:articles_{name}", args=[key]))
        self.see(reverse("admin:articles_picture_choose"))

    def test_its_words_can_still_be_saved(self):
        self.lose()
        self.sign_in(self.editor)
        path = reverse("admin:articles_picture_change", args=[self.picture.pk])
        fields = {"alt": "The crane", "focal_x": "0.5", "focal_y": "0.2", "caption": "", "credit": "I. Haddad"}
        assert self.client.post(path, fields).status_code == 302
        assert Picture.objects.get().alt == "The crane"

    def test_the_mail_goes_out_without_it(self):
        self.lose()
        tasks.find_lost_files()
        edition = editions.plan(timezone.localdate() + timedelta(days=1))
        letter = letters.edition_letter(edition, letters.public_stories(edition) or [Article.objects.get()])
        assert self.story.headline in letter.html
        assert self.picture.file.url not in letter.html

    def test_sizes_that_are_left_go_on_to_be_shown(self):
        self.lose(renditions=False)
        tasks.find_lost_files()
        assert "-wide-" in self.see("/")

    def test_lost_sizes_are_made_anew(self):
        for made in self.picture.renditions.all():
            made.file.storage.delete(made.file.name)
        tasks.find_lost_files()
        tasks.make_missing_renditions()
        assert all(made.file.storage.exists(made.file.name) for made in self.picture.renditions.all())
        assert Picture.objects.get().sizes_made

    def test_the_same_upload_brings_it_back_at_its_old_address(self):
        self.lose()
        tasks.find_lost_files()
        known, is_new = pictures.receive(self.upload(), None)
        assert (known, is_new) == (self.picture, False)
        tasks.make_missing_renditions()
        assert self.picture.file.storage.exists(self.picture.file.name)
        assert self.picture.file.url in self.see(self.story.get_absolute_url())

    def test_a_file_that_is_back_is_shown_again(self):
        with self.picture.file.open() as file:
            kept = file.read()
        self.lose()
        tasks.find_lost_files()
        self.picture.file.storage.save(self.picture.file.name, SimpleUploadedFile("a.jpg", kept))
        tasks.find_lost_files()
        assert not Picture.objects.get().is_unreadable

    def test_a_storage_that_is_not_there_marks_nothing(self):
        make_picture()
        with patch.object(lost_files, "SOME", 0):
            for picture in Picture.objects.all():
                picture.file.storage.delete(picture.file.name)
            tasks.find_lost_files()
        assert not Picture.objects.filter(is_unreadable=True).exists()
