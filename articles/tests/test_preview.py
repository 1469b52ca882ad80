"""A story shown before readers see it: beside the form as it is typed, and by the links that outsiders get."""

from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Byline, Correction, PreviewLink, PreviewOpening, Revision, Tag
from articles.tests.test_desk import ADD, DeskTestCase, change, form
from articles.tests.test_draft_over_live import OverLiveTestCase
from tests.cast import make_author, make_picture, make_story, make_tag, make_user

NEW = "/admin/articles/article/preview/"
HOSTILE = '<script>alert(1)</script>"\u202e'


def preview(story):
    return reverse("admin:articles_article_preview", args=[story.pk])


def links(story):
    return reverse("admin:articles_article_links", args=[story.pk])


def make_link(story, name="the lawyer", days=7, **fields):
    return PreviewLink.objects.create(
        article=story, name=name, **{"expires_at": timezone.now() + timedelta(days=days), **fields}
    )


def address(link):
    return reverse("articles:shared_preview", args=[link.token])


def rows():
    return [model.objects.count() for model in (Article, Byline, Tag, Revision, Correction, LogEntry, PreviewLink)]


class TypedPreviewTests(DeskTestCase):
    def typed(self, path=NEW, **fields):
        response = self.client.post(path, form(**fields))
        assert response.status_code == 200
        return response.content.decode()

    def test_a_story_that_was_never_saved_is_shown_and_nothing_is_written(self):
        self.sign_in(self.reporter)
        author, picture = make_author(), make_picture()
        before = rows()
        page = self.typed(
            headline="A new bridge",
            standfirst="In nine days.",
            body="<p>Words of the story.</p>",
            tags="New York, !Bridges",
            authors=[author],
            lead_picture=picture.pk,
        )
        for part in ("A new bridge", "In nine days.", "Words of the story.", "New York", "Ruth Okafor", "The quay."):
            assert part in page, part
        assert rows() == before

    def test_a_saved_story_is_shown_as_typed_and_stays_as_saved(self):
        self.sign_in(self.editor)
        story = make_story("As it was", tags=[make_tag("Rivers")], authors=[make_author()])
        before, was = rows(), self.see(story.get_absolute_url())
        page = self.typed(
            preview(story),
            headline="As it will be",
            slug=story.slug,
            section=story.section_id,
            status="published",
            tags="Dams",
            authors=[make_author("Dan Meyer")],
            **{
                "corrections-TOTAL_FORMS": 1,
                "corrections-0-article": story.pk,
                "corrections-0-wrong": "Nine weeks.",
                "corrections-0-right": "Nine days.",
            },
        )
        assert all(part in page for part in ("As it will be", "Dams", "Dan Meyer", "Nine weeks. Nine days."))
        assert "As it was" not in page
        assert rows() == before or Byline.objects.count() == before[1]
        assert self.see(story.get_absolute_url()) == was

    def test_what_waits_over_a_live_story_stays_waiting(self):
        self.sign_in(self.editor)
        story = make_story()
        self.typed(preview(story), headline="Only typed", section=story.section_id, status="published")
        story.refresh_from_db()
        assert (story.headline, story.pending, story.revisions.count()) == ("The river comes back", None, 0)

    def test_a_form_with_mistakes_is_shown_as_far_as_it_goes_with_its_mistakes(self):
        self.sign_in(self.reporter)
        page = self.typed(headline="", kicker="x" * 99, body="<p>Still here.</p>", published_at_0="yesterday")
        assert "No headline yet" in page
        assert "Still here." in page
        assert "Kicker" in page
        assert "preview-strip" in page
        assert "preview-strip" not in self.typed()

    def test_nothing_at_all_and_nonsense_are_answered(self):
        self.sign_in(self.reporter)
        assert self.client.post(NEW, {}).status_code == 200
        for name in ("headline", "body", "tags", "section", "lead_picture", "status", "kind", "placement", "base"):
            for value in ("a\0b", "\ud800".encode("utf-8", "surrogatepass"), "-1", "9" * 40, HOSTILE):
                self.typed(**{name: value})
        for name in ("bylines-TOTAL_FORMS", "bylines-0-author", "corrections-TOTAL_FORMS", "corrections-0-id"):
            self.typed(**{"bylines-TOTAL_FORMS": 1, "corrections-TOTAL_FORMS": 1, name: "x"})

    def test_markup_is_cleaned_as_a_save_cleans_it(self):
        self.sign_in(self.reporter)
        page = self.typed(
            headline=HOSTILE,
            body='<p onclick="x()">Kept</p><script>evil()</script><img src="https://elsewhere.example/x.png">',
        )
        assert "Kept" in page
        assert not any(part in page for part in ("onclick", "evil()", "elsewhere.example", "<script>alert"))

    def test_a_picture_whose_rights_are_over_is_not_shown(self):
        self.sign_in(self.reporter)
        over = make_picture(rights_until=timezone.localdate() - timedelta(days=2))
        page = self.typed(body=f'<p>Text</p><img src="{over.file.url}" data-picture="{over.pk}" alt="">')
        assert over.file.url not in page

    def test_only_who_may_write_the_story_may_post_it(self):
        story, draft = make_story(), make_story("Draft", status="draft")
        assert self.client.post(NEW, form()).status_code == 302
        self.sign_in(make_user("otto"))
        assert self.client.post(NEW, form()).status_code == 403
        self.sign_in(self.reporter)
        assert self.client.post(preview(story), form()).status_code == 403
        assert self.client.post(preview(draft), form()).status_code == 200
        assert self.client.get(NEW).status_code == 405
        self.client.handler.enforce_csrf_checks = True
        assert self.client.post(NEW, form()).status_code == 403

    def test_it_is_never_kept_and_never_found(self):
        self.sign_in(self.reporter)
        response = self.client.post(NEW, form())
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "votes" not in response.content.decode()

    def test_the_form_offers_it(self):
        self.sign_in(self.reporter)
        assert f'data-preview="{NEW}"' in self.see(ADD)
        draft = make_story(status="draft")
        page = self.see(change(draft))
        assert f'data-preview="{preview(draft)}"' in page
        assert links(draft) in page

    def test_its_queries_do_not_grow_with_the_stories(self):
        self.sign_in(self.reporter)
        self.typed()
        numbers = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                self.typed(tags="Rivers, Dams", authors=[make_author()])
            numbers.append(len(captured))
            for n in range(4):
                make_story(f"Story {n} of {len(numbers)}", tags=[make_tag("Ferries")])
        assert numbers[1] <= 40
        assert numbers[1] - numbers[0] <= 3


class SharedPreviewTests(OverLiveTestCase):
    """What an outsider sees."""

    def setUp(self):
        super().setUp()
        self.draft = make_story("Not out yet", status="draft", published_at=None, body="<p>The draft.</p>")

    def shared(self, link, status=200):
        self.client.logout()
        page = self.see(address(link), status)
        self.sign_in(self.editor)
        return page

    def test_it_shows_the_story_in_every_state_that_readers_cannot_see(self):
        hour = timezone.now() + timedelta(hours=1)
        for fields in (
            {"status": "draft"},
            {"status": "review"},
            {"status": "withdrawn"},
            {"status": "published", "published_at": hour},
            {"status": "published", "embargo_until": hour},
            {"status": "published", "unpublish_at": timezone.now() - timedelta(minutes=1)},
        ):
            story = make_story(f"A secret of {fields}", **fields)
            page = self.shared(make_link(story))
            assert "A secret of" in page
            assert "Not published: please do not pass it on." in page
            assert "is public now" not in page

    def test_it_says_for_whom_and_until_when_and_nothing_of_a_reader(self):
        page = self.shared(make_link(self.draft, "Ms Adler"))
        assert "for <bdi>Ms Adler</bdi>, until" in page
        assert not any(part in page for part in ("<form", 'rel="canonical"', "Back to editing", "/admin/"))

    def test_it_shows_no_other_story(self):
        other = make_story("Another secret", status="draft", section=self.draft.section)
        waits = make_story("A live one")
        Article.objects.filter(pk=waits.pk).update(
            pending=Revision.objects.record(waits, {"headline": "Waits"}, None, "saved")
        )
        page = self.shared(make_link(self.draft))
        assert "Not out yet" in page
        assert other.headline not in page
        assert "Waits" not in page

    def test_the_latest_is_what_stands_at_the_desk(self):
        link = make_link(self.story)
        self.save(headline="Waits to be published", tags="New York", body="<p>Waits too.</p>")
        page = self.shared(link)
        assert "Waits to be published" in page
        assert "New York" in page
        assert "is public now" in page
        assert self.story.get_absolute_url() in page
        assert "What is different here is not published" in page
        assert "Waits to be published" not in self.read()

    def test_a_published_story_says_so_with_its_address(self):
        page = self.shared(make_link(self.story))
        assert f'<a href="{self.story.get_absolute_url()}">Read it as everyone does</a>' in page
        assert "please do not pass it on" not in page

    def test_a_bound_link_stays_as_it_was(self):
        response = self.client.post(links(self.draft), {"name": "A source", "days": "1", "shows": "this"})
        assert response.status_code == 302
        link = PreviewLink.objects.get()
        cache.clear()
        before = self.shared(link)
        Article.objects.filter(pk=self.draft.pk).update(headline="SECRET", body="<p>SECRET</p>", slug="secret")
        Correction.objects.create(article=self.draft, wrong="SECRET", right="-")
        self.send(change(self.draft), headline="SECRET again", slug="secret", authors=[make_author("SECRET Person")])
        assert "The draft." in before
        assert "secret" not in self.shared(link).lower()

    def test_a_link_bound_after_discarding_shows_what_stands(self):
        self.save(headline="Dropped")
        self.client.post(reverse("admin:articles_article_discard", args=[self.story.pk]))
        self.client.post(links(self.story), {"name": "A source", "days": "1", "shows": "this"})
        page = self.shared(PreviewLink.objects.get())
        assert "The river comes back" in page
        assert "Dropped" not in page

    def test_expired_and_revoked_links_are_gone_and_unknown_ones_are_not_there(self):
        now = timezone.now()
        for link, status in (
            (make_link(self.draft, expires_at=now), 410),
            (make_link(self.draft, revoked_at=now), 410),
            (PreviewLink(token="x" * 43), 404),
        ):
            response = self.client.get(address(link))
            page = response.content.decode()
            assert response.status_code == status
            assert "This preview is closed" in page
            assert "Not out yet" not in page
            assert response["Cache-Control"] == "private, no-store"
        assert PreviewOpening.objects.count() == 0

    def test_a_story_in_the_trash_is_closed_to_everyone(self):
        link = make_link(self.draft)
        Article.objects.filter(pk=self.draft.pk).trash()
        assert "Not out yet" not in self.shared(link, 410)
        assert PreviewOpening.objects.count() == 0

    def test_odd_tokens_are_not_there(self):
        for token in ("%00", "%ED%A0%80", "..%2f", "a" * 5000, "%E2%80%AE"):
            assert self.client.get(f"/preview/{token}/").status_code == 404, token

    def test_it_is_never_kept_found_or_told(self):
        response = self.client.get(address(make_link(self.draft)))
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Referrer-Policy"] == "no-referrer"
        assert "Disallow: /preview/" in self.see("/robots.txt")
        assert "/preview/" not in self.see("/sitemap-pages.xml")

    def test_each_opening_is_kept_but_not_a_scanners_knock(self):
        link = make_link(self.draft)
        self.client.head(address(link))
        self.client.get(address(link), headers={"sec-purpose": "prefetch"})
        assert PreviewOpening.objects.count() == 0
        self.client.get(address(link), headers={"user-agent": "Firefox \0" + "x" * 900}, REMOTE_ADDR="192.0.2.7")
        self.client.get(address(link), REMOTE_ADDR="192.0.2.8")
        second, first = PreviewOpening.objects.all()
        assert len(first.user_agent) == 200
        assert "\0" not in first.user_agent
        assert first.address_hash != second.address_hash
        assert "192.0.2" not in f"{first.address_hash}{first.user_agent}"
        assert self.client.post(address(link)).status_code == 405

    def test_hostile_names_and_texts_are_escaped(self):
        self.draft.headline = HOSTILE
        self.draft.save()
        Article.objects.filter(pk=self.draft.pk).update(body="<p>x</p><script>evil()</script>")
        page = self.shared(make_link(self.draft, HOSTILE))
        assert "<script>alert" not in page
        assert "evil()" not in page

    def test_its_queries_are_bounded(self):
        link = make_link(self.draft)
        Revision.objects.bulk_create(
            Revision(article=self.draft, number=n, content={}, deed="saved") for n in range(1, 60)
        )
        self.client.get(address(link))
        with CaptureQueriesContext(connection) as captured:
            self.client.get(address(link))
        assert len(captured) <= 25


class LinksTests(DeskTestCase):
    """Making, seeing and closing links at the desk."""

    def setUp(self):
        super().setUp()
        self.draft = make_story("Not out yet", status="draft", published_at=None)

    def make(self, **fields):
        return self.client.post(links(self.draft), {"name": "For the lawyer", "days": "7", "shows": "latest", **fields})

    def test_a_reporter_makes_one_for_a_draft(self):
        self.sign_in(self.reporter)
        assert self.make().status_code == 302
        link = PreviewLink.objects.get()
        assert link.created_by == self.reporter
        assert link.revision is None
        assert timedelta(days=6) < link.expires_at - timezone.now() <= timedelta(days=7)
        assert len(link.token) >= 32
        page = self.see(links(self.draft))
        assert address(link) in page
        assert "For the lawyer" in LogEntry.objects.first().change_message

    def test_openings_are_shown(self):
        self.sign_in(self.reporter)
        self.client.get(address(make_link(self.draft)), headers={"user-agent": "Lawyers’ browser"})
        page = self.see(links(self.draft))
        assert "Opened 1 time" in page
        assert "Not opened yet" not in page

    def test_closing_it_holds_at_once_and_is_logged_once(self):
        self.sign_in(self.reporter)
        link = make_link(self.draft)
        close = reverse("admin:articles_article_revoke_link", args=[self.draft.pk, link.pk])
        assert self.client.get(close).status_code == 405
        self.client.post(close)
        self.client.post(close)
        assert self.client.get(address(link)).status_code == 410
        assert LogEntry.objects.count() == 1
        assert address(link) not in self.see(links(self.draft))

    def test_a_link_is_closed_by_its_own_story_only(self):
        self.sign_in(self.editor)
        link = make_link(make_story("Another"))
        close = reverse("admin:articles_article_revoke_link", args=[self.draft.pk, link.pk])
        assert self.client.post(close).status_code == 404
        assert PreviewLink.objects.open().count() == 1

    def test_only_who_may_change_the_story(self):
        public = make_story("Public")
        assert self.client.get(links(self.draft)).status_code == 302
        self.sign_in(make_user("otto"))
        assert self.make().status_code == 403
        self.sign_in(self.reporter)
        assert self.client.get(links(public)).status_code == 403
        assert self.client.post(links(public), {"name": "x", "days": "1", "shows": "this"}).status_code == 403
        assert PreviewLink.objects.count() == 0

    def test_what_is_missing_or_wrong_is_said_beside_it(self):
        self.sign_in(self.reporter)
        for field, value in (
            ("name", ""),
            ("name", "   "),
            ("name", "x" * 99),
            ("name", "a\0b"),
            ("days", "365"),
            ("days", "x"),
            ("shows", "all"),
        ):
            response = self.make(**{field: value})
            assert response.status_code == 200
            assert response.context["form"].errors.keys() == {field}, value
        assert self.make(name="\ud800".encode("utf-8", "surrogatepass")).status_code == 302
        assert PreviewLink.objects.count() == 1

    def test_names_are_escaped_at_the_desk_and_a_story_that_is_not_there_is_not_found(self):
        self.sign_in(self.editor)
        self.make(name=HOSTILE)
        assert "<script>alert" not in self.see(links(self.draft))
        self.see("/admin/articles/article/999/links/", 404)

    def test_the_page_asks_the_same_whatever_was_made_and_opened(self):
        self.sign_in(self.editor)
        make_link(self.draft)
        self.see(links(self.draft))
        few = self.queries(links(self.draft))
        for n in range(5):
            link = make_link(self.draft, f"Number {n}", created_by=self.editor)
            PreviewOpening.objects.bulk_create(PreviewOpening(link=link) for _ in range(9))
        assert self.queries(links(self.draft)) == few
