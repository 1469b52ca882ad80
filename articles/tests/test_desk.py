"""Stories at the desk: who may do what with them, and what a person sees there."""

from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Byline, Tag
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag, make_user

LIST = "/admin/articles/article/"
ADD = "/admin/articles/article/add/"


def form(authors=(), **fields):
    """What the browser sends for a new story."""
    bylines = {f"bylines-{n}-author": author.pk for n, author in enumerate(authors)}
    return {
        "headline": "The river comes back",
        "slug": "",
        "kind": "news",
        "placement": "0",
        "status": "draft",
        "comments_open": "on",
        "bylines-TOTAL_FORMS": len(authors),
        "bylines-INITIAL_FORMS": 0,
        "corrections-TOTAL_FORMS": 0,
        "corrections-INITIAL_FORMS": 0,
        **bylines,
        **fields,
    }


def change(story):
    return reverse("admin:articles_article_change", args=[story.pk])


class DeskTestCase(NewsroomTestCase):
    def queries(self, path):
        with CaptureQueriesContext(connection) as captured:
            self.see(path)
        return len(captured)

    def send(self, path, answer=302, **fields):
        response = self.client.post(path, form(**fields))
        assert response.status_code == answer, self.errors(response)
        return response

    def refusal(self, field, path=ADD, **fields):
        """The message beside a field of a form that was refused."""
        response = self.send(path, 200, **fields)
        return " ".join(response.context["adminform"].form.errors.get(field, []))

    @staticmethod
    def errors(response):
        return response.context["errors"] if response.context else response

    def newest(self):
        return Article.objects.latest("pk")


class WritingTests(DeskTestCase):
    def test_a_story_with_everything_is_saved(self):
        self.sign_in(self.editor)
        elin, wire = make_author("Elin Vass"), make_author("Coastwire")
        section, picture = make_section("World"), make_picture()

        self.send(
            ADD,
            authors=[elin, wire],
            headline="Iraq’s “long” war",
            kicker="Mosul",
            standfirst="Two sentences. Or one.",
            dateline="MOSUL, Iraq",
            body="<p>“[Daesh] withdrew.”</p><script>alert(1)</script>",
            lead_picture=picture.pk,
            section=section.pk,
            tags="Iraq, armed forces",
            placement="2",
            status="published",
            published_at_0="2017-07-01",
            published_at_1="09:30",
        )

        story = self.newest()
        assert story.slug == "iraqs-long-war"
        assert story.body == "<p>“[Daesh] withdrew.”</p>"
        assert story.byline == [elin, wire]
        assert sorted(story.tags.names()) == ["Iraq", "armed forces"]
        assert story.published_at.isoformat() == "2017-07-01T09:30:00+00:00"
        assert (story.lead_picture, story.section, story.placement) == (picture, section, 2)
        assert story.headline in self.see(story.get_absolute_url())

    def test_publishing_without_a_time_publishes_now(self):
        self.sign_in(self.editor)
        self.send(ADD, status="published", section=make_section().pk)
        assert self.newest().is_public

    def test_publishing_without_a_section_says_so_beside_it(self):
        self.sign_in(self.editor)
        assert "section" in self.refusal("section", status="published")
        assert not Article.objects.exists()

    def test_a_blog_post_needs_no_section(self):
        self.sign_in(self.editor)
        self.send(ADD, status="published", kind="blog")
        assert self.newest().is_public

    def test_a_future_time_schedules_it(self):
        self.sign_in(self.editor)
        self.send(ADD, _publish="1", section=make_section().pk, published_at_0="2099-01-01", published_at_1="06:00")
        story = self.newest()
        assert story.is_scheduled
        assert "Scheduled: appears by itself on" in self.see(change(story))

    def test_authors_keep_the_order_that_was_dragged(self):
        self.sign_in(self.editor)
        first, second = make_author("Ann"), make_author("Ben")
        self.send(ADD, authors=[first, second], **{"bylines-0-position": 2, "bylines-1-position": 1})
        assert self.newest().byline == [second, first]

    def test_a_correction_remembers_who_wrote_it(self):
        self.sign_in(self.editor)
        correction = {
            "corrections-TOTAL_FORMS": 1,
            "corrections-0-wrong": "An earlier version said nine weeks.",
            "corrections-0-right": "It is nine days.",
        }
        self.send(ADD, **correction)
        assert self.newest().corrections.get().corrected_by == self.editor

    def test_only_the_switch_tells_readers_of_an_update(self):
        self.sign_in(self.editor)
        story = make_story()
        fields = {"status": "published", "section": story.section_id, "slug": story.slug}
        self.send(change(story), **fields)
        story.refresh_from_db()
        assert story.updated_at is None

        self.send(change(story), tell_readers="on", _publish="1", **fields)
        story.refresh_from_db()
        assert timezone.now() - story.updated_at < timedelta(minutes=1)

    def test_a_save_that_leaves_the_update_time_out_keeps_it(self):
        self.sign_in(self.editor)
        story = make_story(updated_at=timezone.now().replace(microsecond=0))
        self.send(change(story), status="published", section=story.section_id, slug=story.slug)
        assert Article.objects.get(pk=story.pk).updated_at == story.updated_at

    def test_a_reporters_new_story_begins_with_their_byline(self):
        author = make_author("Rolf Berg", user=self.reporter)
        self.sign_in(self.reporter)
        assert f'<option value="{author.pk}" selected>' in self.see(ADD)

    def test_the_parts_of_a_section_stand_under_it(self):
        city = make_section("City", position=2)
        make_section("World", position=1)
        make_section("Schools", parent=city)
        self.sign_in(self.editor)
        page = self.see(ADD)
        labels = [page.index(label) for label in (">World<", ">City<", "    Schools<")]
        assert labels == sorted(labels)


class TagTests(DeskTestCase):
    def saved(self, line):
        self.sign_in(self.editor)
        self.send(ADD, tags=line)
        return sorted(self.newest().tags.names())

    def test_commas_separate_and_quotes_protect(self):
        assert self.saved('city council, "Paris, Texas", 3" pipes') == ['3" pipes', "Paris, Texas", "city council"]

    def test_an_existing_tag_is_found_whatever_its_case(self):
        make_tag("Iraq")
        assert self.saved("IRAQ") == ["Iraq"]
        assert Tag.objects.count() == 1

    def test_names_of_other_scripts_keep_their_letters(self):
        assert self.saved("العراق, Ωμέγα") == ["Ωμέγα", "العراق"]

    def test_what_was_saved_comes_back_as_it_can_be_sent(self):
        self.saved('"Paris, Texas", Rome')
        assert "&quot;Paris, Texas&quot;, Rome" in self.see(change(self.newest()))

    def test_tags_that_cannot_be_are_refused_beside_the_field(self):
        self.sign_in(self.editor)
        assert "characters" in self.refusal("tags", tags="x" * 101)
        assert "letter or digit" in self.refusal("tags", tags="!!!")
        assert "At most" in self.refusal("tags", tags=",".join(str(n) for n in range(31)))
        assert "At most" in self.refusal("tags", tags='"' * 100_000)
        assert "Null" in self.refusal("tags", tags="a\0b")
        assert not Tag.objects.exists()

    def test_suggestions_come_by_the_desks_autocomplete(self):
        make_tag("Harbour")
        self.sign_in(self.reporter)
        query = {"term": "harb", "app_label": "articles", "model_name": "taggedarticle", "field_name": "tag"}
        found = self.client.get("/admin/autocomplete/", query).json()["results"]
        assert [row["text"] for row in found] == ["Harbour"]
        assert self.client.get("/admin/autocomplete/", {**query, "term": "h\0arb"}).status_code == 200


class ReporterTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.reporter)

    def test_may_write_a_draft_and_send_it_to_review(self):
        self.send(ADD)
        story = self.newest()
        self.send(change(story), slug=story.slug, _review="Send to review")
        story.refresh_from_db()
        assert story.status == "review"

    def test_is_told_why_a_hand_made_publish_is_refused(self):
        for sent in ({"status": "published"}, {"status": "withdrawn"}, {"_publish": "1"}, {"_withdraw": "1"}):
            assert "Only editors" in self.refusal("status", section=make_section().pk, **sent), sent
        assert not Article.objects.exists()

    def test_may_not_publish_an_existing_draft_either(self):
        story = make_story(status="draft")
        sent = {"path": change(story), "slug": story.slug, "section": story.section_id, "status": "published"}
        assert "Only editors" in self.refusal("status", **sent)
        assert Article.objects.get().status == "draft"

    def test_may_not_touch_what_is_public_scheduled_or_withdrawn(self):
        for story in (
            make_story("Public"),
            make_story("Scheduled", age=-timedelta(days=1)),
            make_story("Withdrawn", status="withdrawn"),
        ):
            assert 'name="headline"' not in self.see(change(story))
            self.send(change(story), 403, headline="Mine now", slug=story.slug)
            assert self.client.post(f"{LIST}{story.pk}/delete/", {"post": "yes"}).status_code == 403
        assert not Article.objects.filter(headline="Mine now").exists()

    def test_reads_what_is_public_as_text_and_not_as_html(self):
        page = self.see(change(make_story(body="<p>The <em>sound</em> came first.</p>")))
        assert "<p>The <em>sound</em> came first.</p>" in page
        assert "&lt;p&gt;" not in page

    def test_is_offered_no_button_that_would_be_refused(self):
        page = self.see(ADD)
        assert 'name="_review"' in page
        assert 'name="_publish"' not in page
        assert '<option value="published"' not in page

    def test_has_no_bulk_publishing(self):
        story = make_story(status="draft")
        self.client.post(LIST, {"action": "publish", "_selected_action": story.pk})
        assert Article.objects.get().status == "draft"


class EditorTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)

    def test_each_button_sets_its_status_and_says_what_is_so_now(self):
        story = make_story(status="draft", published_at=None)
        said = {
            "_review": ("review", "Waits for an editor"),
            "_publish": ("published", "Public since"),
            "_withdraw": ("withdrawn", "readers no longer find it"),
            "_draft": ("draft", "only the desk sees it"),
        }
        for button, (status, words) in said.items():
            data = form(slug=story.slug, section=story.section_id, status="draft", **{button: "1"})
            page = self.client.post(change(story), data, follow=True).content.decode()
            assert Article.objects.get().status == status
            assert words in page

    def test_a_refused_publish_offers_publishing_again(self):
        response = self.send(ADD, 200, _publish="1")
        assert 'name="_publish"' in response.content.decode()

    def test_bulk_publishing_leaves_out_what_has_no_section(self):
        ready, blog = make_story("A", status="draft"), make_story("B", status="draft", kind="blog", published_at=None)
        unready = make_story("C", status="review", section=None)
        page = self.act("publish", ready, blog, unready)
        assert set(Article.objects.published()) == {ready, blog}
        assert "1 story has no section yet." in page
        assert LogEntry.objects.filter(user=self.editor).count() == 2

    def test_bulk_withdrawing_and_back_to_draft(self):
        public, draft = make_story("A"), make_story("B", status="draft")
        self.act("withdraw", public, draft)
        assert [Article.objects.get(pk=story.pk).status for story in (public, draft)] == ["withdrawn", "draft"]
        self.act("back_to_draft", public)
        assert Article.objects.get(pk=public.pk).status == "draft"

    def act(self, action, *stories):
        data = {"action": action, "_selected_action": [story.pk for story in stories]}
        return self.client.post(LIST, data, follow=True).content.decode()

    def test_may_delete_a_published_story(self):
        story = make_story()
        self.client.post(f"{LIST}{story.pk}/delete/", {"post": "yes"})
        assert not Article.objects.kept().exists()

    def test_view_on_site_leads_to_public_stories_only(self):
        assert "View on site" in self.see(change(make_story()))
        assert "View on site" not in self.see(change(make_story("A draft", status="draft")))


class BadInputTests(DeskTestCase):
    """Nothing that can be sent is answered with a 500, and what was typed stays."""

    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)

    def test_nul_bytes_are_refused_beside_each_field(self):
        for field in ("headline", "slug", "kicker", "standfirst", "dateline", "body", "lead_caption"):
            assert self.refusal(field, **{field: "a\0b"}), field

    def test_lone_surrogates_do_no_harm(self):
        body = "headline=%ED%A0%80&body=%ED%A0%80&" + "&".join(
            f"{key}={value}" for key, value in form().items() if key != "headline"
        )
        response = self.client.post(ADD, body, content_type="application/x-www-form-urlencoded")
        assert response.status_code in (200, 302)

    def test_a_taken_slug_is_said_beside_it(self):
        make_story(slug="river")
        assert "already exists" in self.refusal("slug", slug="river")

    def test_an_empty_slug_finds_a_free_one(self):
        make_story("The river comes back")
        self.send(ADD)
        assert self.newest().slug == "the-river-comes-back-2"

    def test_a_headline_without_a_letter_still_gets_an_address(self):
        self.send(ADD, headline="???")
        assert self.newest().slug == "story"

    def test_a_paste_of_two_megabytes_is_saved(self):
        self.send(ADD, body="<p>" + "word " * 400_000 + "</p>")
        assert self.newest().word_count == 400_000

    def test_a_body_nested_without_end_is_answered_at_once(self):
        self.send(ADD, body="<blockquote>" * 50_000 + "words")
        assert self.newest().body == "words"

    def test_wrong_types_are_refused_beside_the_field(self):
        wrong = {
            "section": "x",
            "lead_picture": "999",
            "kind": "poem",
            "placement": "9",
            "status": "gone",
            "headline": "x" * 201,
            "standfirst": "x" * 601,
            "slug": "no spaces",
        }
        for field, value in wrong.items():
            assert self.refusal(field, **{field: value}), field

    def test_a_time_outside_the_calendar_is_refused(self):
        for day in ("0001-01-01", "9999-12-31", "soon"):
            assert self.refusal("published_at", published_at_0=day, published_at_1="23:59"), day

    def test_an_author_who_is_gone_is_refused_beside_the_byline(self):
        author = make_author()
        data = form(authors=[author])
        author.delete()
        response = self.client.post(ADD, data)
        assert response.status_code == 200
        assert not Byline.objects.exists()

    def test_an_author_twice_is_printed_once(self):
        author = make_author()
        self.send(ADD, authors=[author, author])
        assert self.newest().byline == [author]

    def test_odd_questions_to_the_list_are_answered(self):
        for query in ("q=%00", "q=%ED%A0%80", "state=x", "section=%00", "section=9" + "9" * 40, "o=99.x", "p=x"):
            assert self.client.get(f"{LIST}?{query}").status_code in (200, 302), query


class ListTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)

    def test_the_state_is_told_at_a_glance(self):
        make_story("Now")
        make_story("Later", age=-timedelta(days=2))
        for status in ("draft", "review", "withdrawn"):
            make_story(status, status=status)
        page = self.see(LIST)
        for words in ("Published", "Scheduled ", "Draft", "In review", "Withdrawn"):
            assert words in page

    def test_states_and_sections_filter(self):
        city = make_section("City")
        schools = make_section("Schools", parent=city)
        make_story("In schools", section=schools)
        make_story("In world", section=make_section("World"))
        make_story("Tomorrow", age=-timedelta(days=1), section=city)
        assert self.headlines(f"?section={city.pk}") == {"In schools", "Tomorrow"}
        assert self.headlines("?state=scheduled") == {"Tomorrow"}
        assert self.headlines("?state=published") == {"In schools", "In world"}

    def test_search_reads_headlines(self):
        make_story("The ferry sails")
        make_story("A quiet day", body="<p>The ferry.</p>")
        assert self.headlines("?q=ferry") == {"The ferry sails"}

    def headlines(self, query):
        return {story.headline for story in self.client.get(LIST + query).context["cl"].result_list}

    def test_the_number_of_queries_does_not_grow_with_the_stories(self):
        for number in range(5):
            make_story(f"Story {number}", authors=[make_author()], section=make_section("City"))
        few = self.queries(LIST)
        for number in range(5, 50):
            make_story(
                f"Story {number}", authors=[make_author(), make_author("Ann")], section=make_section(f"S{number}")
            )
        assert self.queries(LIST) == few


class PreviewTests(DeskTestCase):
    @staticmethod
    def preview(story):
        return f"{LIST}{story.pk}/preview/"

    def test_staff_see_a_draft_as_a_reader_would(self):
        story = make_story("Not out yet", status="draft", published_at=None)
        self.sign_in(self.reporter)
        response = self.client.get(self.preview(story))
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
        assert "Not out yet" in response.content.decode()
        assert Article.objects.get().published_at is None

    def test_nobody_else_does(self):
        story = make_story(status="draft")
        assert self.client.get(self.preview(story)).status_code == 302
        self.sign_in(make_user("otto"))  # on the staff, without any permission
        assert self.client.get(self.preview(story)).status_code == 403

    def test_a_story_that_is_not_there_is_not_found(self):
        self.sign_in(self.editor)
        self.see(f"{LIST}99/preview/", 404)

    def test_save_and_preview_leads_there(self):
        self.sign_in(self.reporter)
        response = self.send(ADD, _preview="1")
        assert response.url == self.preview(self.newest())


class FirstPageTests(DeskTestCase):
    def test_shows_what_a_person_needs_now(self):
        make_author("Rolf Berg", user=self.reporter)
        mine = make_story("My draft", status="draft", authors=[make_author("Rolf Berg")])
        make_story("Another’s draft", status="draft")
        make_story("To be read", status="review")
        make_story("Out today", age=timedelta(0))
        self.sign_in(self.reporter)
        page = self.see("/admin/")
        assert mine.headline in page
        assert "Another’s draft" not in page
        assert "To be read" in page
        assert "Out today" in page

    def test_a_story_that_somebody_began_is_theirs_without_a_byline(self):
        self.sign_in(self.reporter)
        self.send(ADD, headline="Begun and left")
        assert "Begun and left" in self.see("/admin/")

    def test_its_queries_do_not_grow_with_the_stories(self):
        self.sign_in(self.editor)
        for status in ("draft", "review", "published"):
            make_story(f"A {status} story", status=status)
        few = self.queries("/admin/")
        for number in range(20):
            make_story(f"Story {number}", section=make_section(f"S{number}"))
            make_story(f"Review {number}", status="review", section=make_section(f"S{number}"))
        assert self.queries("/admin/") == few

    def test_each_person_finds_their_own_rooms(self):
        rooms = {
            self.reporter: ("Stories", "Accounts"),
            self.editor: ("Comments", "Accounts"),
            self.moderator: ("Comments", "Subscribers"),
            self.newsletter_desk: ("Outbox", "Accounts"),
        }
        for person, (there, absent) in rooms.items():
            self.sign_in(person)
            items = [
                str(item["title"])
                for group in self.client.get("/admin/").context["sidebar_navigation"]
                for item in group["items"]
            ]
            assert there in items, person
            assert absent not in items, person

    def test_every_list_and_form_of_the_desk_opens(self):
        boss = self.editor
        boss.is_superuser = True
        boss.save()
        self.sign_in(boss)
        make_story(authors=[make_author()], tags=[make_tag("Iraq")], lead_picture=make_picture())
        for name in ("article", "picture", "author", "section", "tag", "correction"):
            self.see(f"/admin/articles/{name}/")
            if name != "correction":
                self.see(f"/admin/articles/{name}/add/")
        for path in (
            "/admin/auth/user/",
            "/admin/auth/user/add/",
            f"/admin/auth/user/{boss.pk}/change/",
            "/admin/auth/group/",
        ):
            self.see(path)

    def test_the_sign_in_page_names_the_newsroom(self):
        assert "The Harbour Post" in self.see("/admin/login/")

    def test_signing_in_leads_to_the_desk(self):
        username = self.editor.username
        response = self.client.post("/admin/login/", {"username": username, "password": "harbour-lights"})
        assert response.url == "/admin/"
