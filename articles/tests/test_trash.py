from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import override_settings
from django.utils import timezone

from articles import tasks
from articles.models import Article
from comments.models import Comment
from tests.cast import NewsroomTestCase, make_story

LIST = "/admin/articles/article/"


class Trash(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story("The canyon dam")

    @property
    def admin(self):
        return User.objects.filter(username="ada").first() or User.objects.create_superuser("ada")

    def delete(self, story, follow=True):
        return self.client.post(f"{LIST}{story.pk}/delete/", {"post": "yes"}, follow=follow)

    def act(self, action, *stories, where="", **data):
        data |= {"action": action, "_selected_action": [story.pk for story in stories]}
        return self.client.post(f"{LIST}{where}", data, follow=True)

    def listed(self, query=""):
        return "The canyon dam" in self.see(f"{LIST}{query}").partition('id="result_list"')[2]

    def test_a_deleted_story_is_in_the_trash(self):
        self.sign_in(self.editor)
        self.delete(self.story)
        assert not self.listed()
        assert not self.listed("?state=withdrawn")
        assert self.listed("?trash=yes")

    def test_readers_no_longer_find_it(self):
        self.sign_in(self.editor)
        self.delete(self.story)
        self.client.logout()
        assert self.client.get(self.story.get_absolute_url()).status_code in (404, 410)
        assert "The canyon dam" not in self.see("/")

    def test_the_confirmation_says_how_long_it_is_kept(self):
        self.sign_in(self.editor)
        assert "For 30 days it can be put back" in self.see(f"{LIST}{self.story.pk}/delete/")

    def test_undo_puts_it_back_as_it_was(self):
        draft = make_story("A draft", status="draft")
        self.sign_in(self.editor)
        page = self.delete(draft).content.decode()
        assert f'action="{LIST}{draft.pk}/put-back/"' in page
        self.client.post(f"{LIST}{draft.pk}/put-back/")
        draft.refresh_from_db()
        assert (draft.trashed_at, draft.status) == (None, Article.Status.DRAFT)

    def test_putting_back_does_not_publish(self):
        self.sign_in(self.editor)
        self.delete(self.story)
        self.act("put_back", self.story, where="?trash=yes")
        assert self.listed("?state=withdrawn")
        assert "The canyon dam" not in self.see("/")

    def test_many_go_into_the_trash_at_once(self):
        other = make_story("Another", status="draft")
        self.sign_in(self.editor)
        page = self.act("trash", self.story, other).content.decode()
        assert "2 stories are in the trash." in page
        assert Article.objects.trashed().count() == 2

    def test_reporters_do_not_delete(self):
        self.sign_in(self.reporter)
        assert self.delete(self.story).status_code == 403
        self.act("trash", self.story)
        assert not Article.objects.trashed().exists()

    def test_a_second_press_says_how_it_is_and_changes_nothing(self):
        self.sign_in(self.editor)
        for _press in range(2):
            self.delete(self.story)
        assert LogEntry.objects.count() == 1
        undo = f"{LIST}{self.story.pk}/put-back/"
        self.client.post(undo)
        page = self.client.post(undo, follow=True).content.decode()
        assert "is not in the trash any more" in page
        assert LogEntry.objects.count() == 2

    def test_an_administrator_who_presses_twice_deletes_nothing_for_good(self):
        self.sign_in(self.admin)
        assert 'name="to_trash"' in self.see(f"{LIST}{self.story.pk}/delete/")
        for _press in range(2):
            self.client.post(f"{LIST}{self.story.pk}/delete/", {"post": "yes", "to_trash": "yes"})
        assert Article.objects.trashed().get() == self.story
        assert LogEntry.objects.count() == 1

    def test_a_reporter_puts_nothing_back(self):
        Article.objects.trash()
        self.sign_in(self.reporter)
        assert self.client.post(f"{LIST}{self.story.pk}/put-back/").status_code == 403
        assert Article.objects.trashed().exists()

    def test_what_is_in_the_trash_is_not_changed(self):
        Article.objects.trash()
        self.sign_in(self.editor)
        self.see(f"{LIST}{self.story.pk}/change/")
        assert self.client.post(f"{LIST}{self.story.pk}/change/", {"headline": "x"}).status_code == 403

    def test_only_an_administrator_deletes_for_good(self):
        Article.objects.trash()
        self.sign_in(self.editor)
        assert "is in the trash already" in self.delete(self.story).content.decode()
        self.act("delete_selected", self.story, where="?trash=yes", post="yes")
        assert Article.objects.exists()
        self.sign_in(self.admin)
        self.delete(self.story)
        assert not Article.objects.exists()

    def test_an_administrator_empties_the_trash_by_the_list(self):
        kept = make_story("Kept")
        Article.objects.filter(pk=self.story.pk).trash()
        self.sign_in(self.admin)
        self.act("delete_selected", self.story, kept, where="?trash=yes", post="yes")
        assert [story.headline for story in Article.objects.all()] == ["Kept"]

    def test_what_readers_knew_stays_gone_at_its_address(self):
        draft = make_story("Never public", status="draft")
        Article.objects.trash()
        self.sign_in(self.admin)
        self.delete(self.story)
        self.delete(draft)
        self.see(self.story.get_absolute_url(), 410)
        self.see(draft.get_absolute_url(), 404)

    def test_there_is_no_deleting_from_the_list_of_stories(self):
        self.sign_in(self.admin)
        assert "delete_selected" not in self.see(LIST)
        self.act("delete_selected", self.story, post="yes")
        assert Article.objects.exists()

    def test_it_is_in_the_history(self):
        self.sign_in(self.editor)
        self.delete(self.story)
        entry = LogEntry.objects.get(object_id=self.story.pk)
        assert (entry.user, entry.change_message) == (self.editor, "Moved to the trash.")

    def test_the_desk_does_not_offer_what_is_in_the_trash(self):
        make_story("Waiting dam", status="review")
        Article.objects.trash()
        self.sign_in(self.editor)
        assert "Waiting dam" not in self.see("/admin/")

    @override_settings(TRASH_DAYS=30)
    def test_the_worker_empties_it_after_its_days(self):
        Comment.objects.create(article=self.story, name="Iris", email="iris@example.org", body="Well.")
        recent = make_story("Recent")
        Article.objects.trash()
        Article.objects.filter(pk=self.story.pk).update(trashed_at=timezone.now() - timedelta(days=31))
        tasks.empty_trash()
        tasks.empty_trash()
        assert list(Article.objects.all()) == [recent]
