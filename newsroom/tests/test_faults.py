"""A machine that cannot: people are told so, and what they sent is not said to be saved."""

import errno
import shutil
from unittest.mock import patch

from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from articles.models import Picture
from tests.cast import NewsroomTestCase, make_story, picture_bytes

FULL = "There is no room left on the newsroom’s disk."
SILENT = "The newsroom’s database does not answer."
NO_ROOM = patch("newsroom.faults.shutil.disk_usage", return_value=shutil._ntuple_diskusage(2**30, 2**30, 0))


def failing(error):
    """The database answers every question about stories with this."""

    def execute(execute, sql, params, many, context):
        if "articles_article" in sql:
            raise error
        return execute(sql, params, many, context)

    return connection.execute_wrapper(execute)


class FaultTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.client = Client(raise_request_exception=False)
        self.story = make_story()

    def save(self, **headers):
        self.sign_in(self.editor)
        path = reverse("admin:articles_article_change", args=[self.story.pk])
        with failing(OperationalError("disk I/O error")):
            return self.client.post(path, {"headline": "New"}, headers=headers)

    def test_a_save_that_finds_no_room_says_so_and_that_nothing_was_saved(self):
        with NO_ROOM:
            response = self.save()
        assert response.status_code == 503
        assert FULL in response.text
        assert "Nothing was saved." in response.text
        assert "still in this browser" in response.text

    def test_a_database_that_does_not_answer_is_told_apart(self):
        response = self.save()
        assert SILENT in response.text
        assert FULL not in response.text

    def test_a_script_is_told_in_its_own_way(self):
        with NO_ROOM:
            response = self.save(sec_fetch_dest="empty")
        assert response.json()["said"] == f"Nothing was saved. {FULL}"

    def test_an_upload_that_finds_no_room_leaves_no_picture(self):
        self.sign_in(self.editor)
        file = SimpleUploadedFile("quay.jpg", picture_bytes(), "image/jpeg")
        with patch.object(FileSystemStorage, "_save", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            response = self.client.post(
                reverse("admin:articles_picture_upload"), {"upload": file}, headers={"accept": "application/json"}
            )
        assert response.status_code == 503
        assert FULL in response.json()["error"]["message"]
        assert not Picture.objects.exists()

    def test_a_reader_is_asked_to_come_back(self):
        with failing(OperationalError("the connection is closed")):
            response = self.client.get("/search/?q=river")
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "Nothing was saved" not in response.text

    def test_a_mistake_of_ours_stays_one(self):
        with failing(ValueError("a mistake")):
            response = self.client.get("/search/?q=river")
        assert response.status_code == 500
        assert SILENT not in response.text
