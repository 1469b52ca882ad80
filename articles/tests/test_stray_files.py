"""Files that nothing names: how long they stay, and what keeps them."""

from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles import revisions, stray_files, tasks
from articles.models import Article, Picture, Revision, StrayFile, WorkingCopy
from tests.cast import make_picture, make_story, make_user, picture_bytes

DAYS = 30
STORAGES = {
    "memory": "django.core.files.storage.InMemoryStorage",  # has no path(), as a bucket has none
    "disk": "django.core.files.storage.FileSystemStorage",
}


@pytest.fixture(params=STORAGES, autouse=True)
def _storage(request, tmp_path):
    """Each test on both, beginning with nothing stored."""
    own = {
        "default": {"BACKEND": STORAGES[request.param]},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=own, MEDIA_ROOT=tmp_path, STRAY_FILE_DAYS=DAYS):
        yield


@pytest.mark.usefixtures("db")
class TestStrayFiles:
    def later(self, days):
        """What the worker's daily sweep removes so many days later."""
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            return stray_files.sweep()

    def stays(self, name):
        self.later(0)
        self.later(DAYS + 1)
        self.later(3 * DAYS)
        return default_storage.exists(name)

    def deleted_picture(self):
        picture = make_picture()
        tasks.make_renditions(picture.pk)
        names = [picture.file.name, *picture.renditions.values_list("file", flat=True)]
        picture.delete()
        return names

    def test_files_of_a_deleted_picture_go_after_their_days(self):
        names = self.deleted_picture()
        assert len(names) > 3
        assert self.later(0) == 0
        assert self.later(DAYS - 1) == 0
        assert all(default_storage.exists(name) for name in names)
        assert self.later(DAYS + 1) == len(names)
        assert not any(default_storage.exists(name) for name in names)
        assert not StrayFile.objects.exists()
        assert self.later(DAYS + 2) == 0

    def test_the_days_begin_when_it_was_first_missed(self):
        self.deleted_picture()
        assert self.later(5 * DAYS) == 0

    def test_what_a_row_names_stays(self):
        picture = make_picture()
        tasks.make_renditions(picture.pk)
        for name in (picture.file.name, *picture.renditions.values_list("file", flat=True)):
            assert self.stays(name)

    def test_a_replaced_file_goes_and_the_new_one_stays(self):
        picture = make_picture()
        old = picture.file.name
        picture.file = SimpleUploadedFile("new.jpg", picture_bytes(), "image/jpeg")
        picture.save()
        assert not self.stays(old)
        assert default_storage.exists(picture.file.name)

    def test_what_a_text_shows_stays(self):
        def shown(keep):
            picture = make_picture()
            name, address = picture.file.name, picture.file.url
            keep(f'<p>On the quay.</p><p><img alt="A quay" src="{address}"></p>')
            Picture.objects.all().delete()
            return name

        def story(html):
            make_story(body=html)

        def trashed(html):
            Article.objects.filter(pk=make_story(body=html).pk).trash()

        def revision(html):
            story = make_story()
            content = {**revisions.snapshot(story), "body": html}
            Revision.objects.record(story, content, None, Revision.Deed.SAVED)

        def unsaved(html):
            story = make_story()
            WorkingCopy.objects.create(user=make_user("eve"), article=story, data={"body": [html]}, writing="abcdefgh")

        for keep in (story, trashed, revision, unsaved):
            assert self.stays(shown(keep)), keep.__name__

    def test_when_the_last_text_lets_go_it_is_removed(self):
        picture = make_picture()
        name = picture.file.name
        story = make_story(body=f'<p><img alt="A quay" src="{picture.file.url}"></p>')
        picture.delete()
        assert self.stays(name)
        story.delete()
        assert self.later(6 * DAYS) == 1
        assert not default_storage.exists(name)

    def test_a_file_whose_row_comes_back_is_forgotten(self):
        picture = make_picture()
        name = picture.file.name
        Picture.objects.update(file="")
        self.later(0)
        assert StrayFile.objects.get().name == name
        Picture.objects.update(file=name)
        assert self.stays(name)
        assert not StrayFile.objects.exists()

    def test_other_files_are_left_alone(self):
        default_storage.save("feeds/logo.png", ContentFile(b"x"))
        assert self.stays("feeds/logo.png")

    def test_a_storage_that_fails_is_tried_again(self):
        names = self.deleted_picture()
        self.later(0)
        with patch.object(type(default_storage._wrapped), "delete", side_effect=OSError):
            assert self.later(DAYS + 1) == 0
        assert self.later(DAYS + 2) == len(names)

    def test_nothing_is_stored_yet(self):
        assert stray_files.sweep() == 0

    def test_switched_off_it_does_nothing(self):
        self.deleted_picture()
        with override_settings(STRAY_FILE_DAYS=0):
            tasks.remove_stray_files()
        assert not StrayFile.objects.exists()
        tasks.remove_stray_files()
        assert StrayFile.objects.exists()

    def test_the_cost_does_not_grow_with_the_files(self):
        def queries():
            with CaptureQueriesContext(connection) as captured:
                self.later(0)
            return len(captured)

        make_picture()
        before = queries()
        for _n in range(20):
            make_picture()
        assert queries() == before


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('<img src="/media/pictures/2026/11/a.jpg">', ["pictures/2026/11/a.jpg"]),
        ("https://cdn.example/bucket/pictures/2026/11/a%20b.jpg?v=2", ["pictures/2026/11/a b.jpg"]),
        ('srcset="/media/renditions/2026/11/a.webp 320w, /media/renditions/2026/11/b.webp 640w"',
         ["renditions/2026/11/a.webp", "renditions/2026/11/b.webp"]),
        ("src='/media/pictures/2026/11/caf%C3%A9&amp;co.jpg'", ["pictures/2026/11/café&co.jpg"]),
        ("pictures/", []),
    ],
)  # fmt: skip
def test_the_names_in_a_text(text, names):
    assert list(stray_files.names_in(text)) == names
