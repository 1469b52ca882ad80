"""Work on a story that readers see, its history, and two people at once."""

from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Correction, Revision
from articles.tests.test_desk import DeskTestCase, change
from tests.cast import make_author, make_section, make_story, make_tag


class OverLiveTestCase(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)
        self.author = make_author()
        self.story = make_story(
            "The river comes back",
            authors=[self.author],
            tags=[make_tag("Rivers")],
            body="<p>The sound came first.</p>",
        )

    def save(self, **fields):
        """The form as it was opened, with some fields changed, sent by plain Save unless a button is named."""
        data = {
            "headline": self.story.headline,
            "slug": self.story.slug,
            "body": self.story.body,
            "section": self.story.section_id,
            "status": "published",
            "published_at_0": self.story.published_at.date().isoformat(),
            "published_at_1": self.story.published_at.time().isoformat("seconds"),
            "tags": "Rivers",
            "authors": [self.author],
            **fields,
        }
        return self.send(change(self.story), **data)

    def read(self):
        return self.see(Article.objects.get(pk=self.story.pk).get_absolute_url())

    def base(self):
        return self.story.revisions.first().number


class DraftOverLiveTests(OverLiveTestCase):
    def test_a_save_changes_nothing_for_readers(self):
        other = make_author("Dan Meyer")
        before = self.read()
        self.save(
            headline="SECRET headline", body="<p>SECRET</p>", slug="secret", tags="Rivers, SECRET", authors=[other]
        )
        assert self.read() == before
        for path in ("/", "/city/", "/feed/", "/search/?q=sound", "/authors/", "/news-sitemap.xml"):
            assert "secret" not in self.see(path).lower(), path
            assert "Dan Meyer" not in self.see(path), path
        self.see("/authors/dan-meyer/", status=404)

    def test_the_form_and_the_preview_show_what_waits(self):
        other = make_author("Dan Meyer")
        self.save(headline="Waiting headline", tags="Dams", authors=[other], body="<p>Waiting words.</p>")
        page = self.see(change(self.story))
        assert 'value="Waiting headline"' in page
        assert 'value="Dams"' in page
        assert f'<option value="{other.pk}" selected>' in page
        assert "Your changes wait" in page
        preview = self.see(reverse("admin:articles_article_preview", args=[self.story.pk]))
        assert "Waiting words." in preview
        assert "Dan Meyer" in preview

    def test_publish_changes_shows_them_at_once(self):
        other = make_author("Dan Meyer")
        self.save(headline="New headline", body="<p>New words.</p>")
        self.save(headline="New headline", body="<p>New words.</p>", tags="Dams", authors=[other], _publish="1")
        page = self.read()
        assert "New headline" in page
        assert "Dan Meyer" in page
        story = Article.objects.get(pk=self.story.pk)
        assert story.pending is None
        assert [tag.name for tag in story.tags.all()] == ["Dams"]

    def test_discarding_leaves_what_readers_read(self):
        self.save(headline="Not to be")
        self.client.post(reverse("admin:articles_article_discard", args=[self.story.pk]))
        assert "The river comes back" in self.see(change(self.story))
        assert self.story.revisions.filter(content__headline="Not to be").exists()

    def test_a_plain_save_says_that_it_waits(self):
        self.save(headline="Waiting headline", _continue="1")
        assert "Saved. Public since" in self.see(change(self.story))

    def test_a_save_that_changes_nothing_waits_for_nothing(self):
        self.save()
        assert Article.objects.get(pk=self.story.pk).pending is None

    def test_a_correction_waits_with_the_text(self):
        rows = {
            "corrections-TOTAL_FORMS": 1,
            "corrections-0-wrong": "It said nine weeks.",
            "corrections-0-right": "Days.",
        }
        self.save(**rows)
        assert "It said nine weeks." not in self.read()
        assert "It said nine weeks." not in self.see("/corrections/")
        self.save(_publish="1")
        assert "It said nine weeks." in self.read()
        assert "It said nine weeks." in self.see("/corrections/")

    def test_withdrawing_keeps_the_text_that_was_live(self):
        self.save(headline="Half done", _withdraw="1")
        story = Article.objects.get(pk=self.story.pk)
        assert (story.status, story.headline) == ("withdrawn", "The river comes back")

    def test_a_draft_has_no_second_text(self):
        draft = make_story("A draft", status="draft", published_at=None)
        self.send(change(draft), headline="A better draft", slug=draft.slug, status="draft")
        draft.refresh_from_db()
        assert (draft.headline, draft.pending) == ("A better draft", None)


class HistoryTests(OverLiveTestCase):
    def history(self):
        return self.see(reverse("admin:articles_article_history", args=[self.story.pk]))

    def test_every_save_is_kept_with_who_and_what(self):
        self.save(headline="Second")
        self.save(headline="Third", _publish="1")
        deeds = list(self.story.revisions.values_list("number", "deed", "by_name"))
        assert deeds == [(3, "published", "eve"), (2, "saved", "eve"), (1, "before", "")]
        assert self.story.revisions.first().changed == ["headline"]
        page = self.history()
        assert "#3" in page
        assert "eve" in page

    def test_two_revisions_side_by_side_word_by_word(self):
        self.save(headline="The river stays away", body="<p>The sound came last.</p>")
        page = self.see(reverse("admin:articles_article_compare", args=[self.story.pk]) + "?from=1&to=2")
        for piece in ("<del>comes back</del>", "<ins>stays away</ins>", "<del>first</del>", "<ins>last</ins>"):
            assert piece in page
        assert "Rivers" not in page  # what is the same is not shown

    def test_what_was_written_is_shown_as_text(self):
        self.save(headline="<script>alert(1)</script>")
        page = self.see(reverse("admin:articles_article_compare", args=[self.story.pk]))
        assert "<script>alert(1)" not in page

    def test_bringing_back_over_a_live_story_waits(self):
        self.save(headline="Second", _publish="1")
        self.client.post(reverse("admin:articles_article_bring_back", args=[self.story.pk, 1]))
        assert "Second" in self.read()
        assert 'value="The river comes back"' in self.see(change(self.story))
        assert self.story.revisions.first().deed == Revision.Deed.RESTORED

    def test_bringing_back_survives_what_was_deleted_since(self):
        gone_author, gone_section = make_author("Gone"), make_section("Gone")
        content = {**self.story_content(), "authors": [gone_author.pk, self.author.pk], "section": gone_section.pk}
        Revision.objects.record(self.story, content, self.editor, Revision.Deed.SAVED)
        gone_author.delete()
        gone_section.delete()
        self.client.post(reverse("admin:articles_article_bring_back", args=[self.story.pk, 1]))
        self.see(change(self.story))
        self.history()
        self.see(reverse("admin:articles_article_compare", args=[self.story.pk]))

    def story_content(self):
        from articles import revisions

        return revisions.live_snapshot(self.story)

    def test_opening_the_form_costs_the_same_with_many_revisions(self):
        self.save(headline="Second")
        few = self.queries(change(self.story))
        for number in range(40):
            Revision.objects.record(
                self.story, {**self.story_content(), "headline": f"{number}"}, self.editor, Revision.Deed.SAVED
            )
        assert self.queries(change(self.story)) == few

    def test_odd_numbers_are_not_found(self):
        compare = reverse("admin:articles_article_compare", args=[self.story.pk])
        for query in ("", "?from=9&to=8", "?from=x&to=%00", "?from=-1&to=" + "9" * 40):
            self.see(compare + query, 404)

    def test_reporters_do_not_bring_back_over_a_live_story(self):
        self.save(headline="Second")
        self.sign_in(self.reporter)
        path = reverse("admin:articles_article_bring_back", args=[self.story.pk, 1])
        assert self.client.post(path).status_code == 403


class TwoPeopleTests(OverLiveTestCase):
    def test_changes_to_different_fields_come_together(self):
        self.save()
        base = self.base()
        self.save(base=base, standfirst="Theirs.")
        self.save(base=base, headline="Mine")
        waiting = Article.objects.get(pk=self.story.pk).pending.content
        assert (waiting["headline"], waiting["standfirst"]) == ("Mine", "Theirs.")

    def test_the_same_field_is_asked_with_both_texts(self):
        self.save()
        base = self.base()
        self.save(base=base, headline="The river stays")
        told = self.refused(base=base, headline="The river leaves")
        assert "<del>stays</del>" in told
        assert "<ins>leaves</ins>" in told
        assert Article.objects.get(pk=self.story.pk).pending.content["headline"] == "The river stays"

    def test_sending_again_keeps_ones_own_and_loses_neither(self):
        base, asked = self.asked("headline")
        self.save(base=base, headline="Mine", **asked)
        assert self.waiting()["headline"] == "Mine"
        assert self.story.revisions.filter(content__headline="Theirs").exists()

    def test_theirs_may_be_taken_and_ones_own_is_in_the_history(self):
        base, asked = self.asked("headline")
        self.save(base=base, headline="Mine", theirs=["headline"], **asked)
        assert self.waiting()["headline"] == "Theirs"
        assert self.story.revisions.filter(content__headline="Mine", by=self.editor).exists()

    def test_a_third_text_is_asked_about_again(self):
        base, asked = self.asked("headline")
        self.save(base=self.base(), headline="A third")
        assert "A third" in self.refused(base=base, headline="Mine", **asked)

    def test_having_been_asked_about_one_field_overwrites_no_other(self):
        base, asked = self.asked("headline", standfirst="Theirs too.")
        self.save(base=base, headline="Mine", **asked)
        assert (self.waiting()["headline"], self.waiting()["standfirst"]) == ("Mine", "Theirs too.")
        assert "<ins>Mine</ins>" in self.refused(base=base, headline="Mine", standfirst="Mine too.", **asked)

    def test_a_form_refused_for_another_reason_still_asks(self):
        self.save()
        base = self.base()
        self.save(base=base, headline="Theirs")
        page = self.refused(base=base, headline="Mine", section="999")
        assert f'name="base" value="{base}"' in page
        assert "Theirs" in self.refused(base=base, headline="Mine")

    def test_the_first_two_saves_of_a_story_meet_as_well(self):
        assert 'name="base" value="0"' in self.see(change(self.story))
        self.save(base=0, headline="Theirs")
        assert "Theirs" in self.refused(base=0, headline="Mine")

    def test_a_byline_of_the_other_is_taken_over(self):
        self.save()
        base, dan = self.base(), make_author("Dan Meyer")
        self.save(base=base, authors=[self.author, dan])
        self.save(base=base, headline="Mine")
        assert self.waiting()["authors"] == [self.author.pk, dan.pk]

    def test_two_bylines_are_asked_about(self):
        self.save()
        base, dan, ann = self.base(), make_author("Dan Meyer"), make_author("Ann Li")
        self.save(base=base, authors=[dan])
        page = self.refused(base=base, authors=[ann])
        assert 'name="theirs" value="authors"' in page
        assert "Meyer</del>" in page
        self.save(base=base, authors=[ann], seen=self.base(), asked=["authors"])
        assert self.waiting()["authors"] == [ann.pk]

    def asked(self, *fields, **theirs):
        """Theirs is saved and mine was asked about: the number mine was opened with, and what its form carries."""
        self.save()
        base = self.base()
        self.save(base=base, headline="Theirs", **theirs)
        page = self.refused(base=base, headline="Mine")
        for name in fields:
            assert f'name="asked" value="{name}"' in page
        assert f'name="seen" value="{self.base()}"' in page
        return base, {"seen": self.base(), "asked": fields}

    def waiting(self):
        return Article.objects.get(pk=self.story.pk).pending.content

    def test_a_form_open_since_last_week_does_not_undo_a_publish(self):
        self.save()
        base = self.base()
        self.save(base=base, standfirst="Published meanwhile.", _publish="1")
        self.save(base=base, headline="Old tab", _publish="1")
        story = Article.objects.get(pk=self.story.pk)
        assert (story.headline, story.standfirst) == ("Old tab", "Published meanwhile.")

    def test_an_editors_line_ends_are_no_change(self):
        self.save()
        base = self.base()
        self.save(base=base, body="<p>Theirs.</p>")
        self.save(base=base, body="<p>The sound came first.</p>\r\n", headline="Mine")
        waiting = Article.objects.get(pk=self.story.pk).pending.content
        assert (waiting["body"], waiting["headline"]) == ("<p>Theirs.</p>", "Mine")

    def test_the_editors_own_layout_of_the_markup_is_no_change(self):
        self.save(headline="Other", body="<p>The sound\n came first.</p>\n\n")
        assert self.story.revisions.first().changed == ["headline"]

    def test_odd_numbers_are_taken_for_none(self):
        for base in ("x", "-1", "9" * 30, "1e1"):
            self.save(base=base, headline=f"Base {base}"[:60])
        assert Article.objects.get(pk=self.story.pk).pending is not None

    def refused(self, **fields):
        data = {
            "slug": self.story.slug,
            "body": self.story.body,
            "section": self.story.section_id,
            "status": "published",
            "tags": "Rivers",
            "authors": [self.author],
            "published_at_0": self.story.published_at.date().isoformat(),
            "published_at_1": self.story.published_at.time().isoformat("seconds"),
            **fields,
        }
        return self.send(change(self.story), 200, **data).content.decode()


class CorrectionsMeanwhileTests(OverLiveTestCase):
    def test_one_that_was_discarded_meanwhile_comes_as_a_new_one(self):
        self.save(**self.rows("It said nine.", "It said red."))
        first, second = Correction.objects.order_by("pk").values_list("pk", flat=True)
        Correction.objects.filter(pk=first).delete()
        fields = self.rows("It said nine, twice.", "It said red and blue.", initial=2)
        self.save(**fields, **{"corrections-0-id": first, "corrections-1-id": second})
        assert Correction.objects.get(pk=second).wrong == "It said red and blue."
        assert Correction.objects.exclude(pk=second).get().wrong == "It said nine, twice."

    def test_odd_rows_are_no_fault_of_the_desk(self):
        for initial in ("9" * 8, "-1", "x"):
            self.client.post(change(self.story), {"corrections-INITIAL_FORMS": initial, "corrections-TOTAL_FORMS": 2})

    def rows(self, *wrong, initial=0):
        texts = {f"corrections-{n}-wrong": text for n, text in enumerate(wrong)}
        right = {f"corrections-{n}-right": "Otherwise." for n in range(len(wrong))}
        return {"corrections-TOTAL_FORMS": len(wrong), "corrections-INITIAL_FORMS": initial, **texts, **right}


class DecisionsMeanwhileTests(OverLiveTestCase):
    """Who sees a story is no text: a tab that is open since last week does not decide it anew."""

    def opened(self, **fields):
        """What the form says that it was opened with."""
        moment = self.story.published_at
        at = {"published_at_0": moment.date().isoformat(), "published_at_1": moment.time().isoformat("seconds")}
        empty = {f"{name}_{n}": "" for name in ("embargo_until", "unpublish_at") for n in (0, 1)}
        opened = {"status": "published", **at, **empty, "assigned_to": "", **fields}
        return {f"initial-{name}": value for name, value in opened.items()}

    def stored(self):
        return Article.objects.get(pk=self.story.pk)

    def test_the_form_carries_them(self):
        page = self.see(change(self.story))
        for name in ("status", "published_at_0", "embargo_until_1", "unpublish_at_0", "assigned_to"):
            assert f'name="initial-{name}"' in page

    def test_an_embargo_set_meanwhile_holds(self):
        Article.objects.filter(pk=self.story.pk).update(embargo_until="2099-01-01T06:00Z")
        self.save(headline="Old tab", **self.opened())
        assert self.stored().embargo_until.year == 2099

    def test_a_story_published_meanwhile_stays_public(self):
        self.save(headline="Old tab", status="draft", **self.opened(status="draft"))
        assert self.stored().status == "published"
        assert "Old tab" not in self.read()
        assert self.stored().pending.content["headline"] == "Old tab"

    def test_a_story_withdrawn_meanwhile_stays_away(self):
        Article.objects.filter(pk=self.story.pk).update(status="withdrawn")
        self.save(headline="Old tab", **self.opened())
        assert self.stored().status == "withdrawn"

    def test_an_old_tabs_button_asks(self):
        mine = {"status": "draft", "headline": "Old tab", "slug": self.story.slug, **self.opened(status="draft")}
        page = self.send(change(self.story), 200, _review="1", **mine).content.decode()
        assert "Somebody has changed this since you opened the story. Now it is: Published." in page
        assert '<option value="published" selected>' in page
        assert 'name="initial-status" value="published"' in page
        assert 'value="Old tab"' in page
        assert self.stored().status == "published"

    def test_an_old_tab_that_publishes_what_was_withdrawn_asks(self):
        Article.objects.filter(pk=self.story.pk).update(status="withdrawn")
        page = self.send(change(self.story), 200, _publish="1", slug=self.story.slug, **self.opened())
        assert "Now it is: Withdrawn." in page.content.decode()

    def test_two_times_are_asked_about(self):
        Article.objects.filter(pk=self.story.pk).update(embargo_until="2099-01-01T06:00Z")
        mine = {"embargo_until_0": "2098-01-01", "embargo_until_1": "06:00"}
        page = self.send(change(self.story), 200, status="published", **self.opened(), **mine).content.decode()
        assert "Now it is: " in page
        assert 'value="2099-01-01"' in page
        assert 'value="2098-01-01"' not in page

    def test_ones_own_decision_holds(self):
        self.save(assigned_to=self.reporter.pk, embargo_until_0="2099-01-01", embargo_until_1="06:00", **self.opened())
        assert (self.stored().assigned_to, self.stored().embargo_until.year) == (self.reporter, 2099)

    def test_odd_values_are_no_fault_of_the_desk(self):
        odd = self.opened(status="\0", published_at_0="x", embargo_until_0="9" * 40, assigned_to="x")
        self.client.post(change(self.story), {"headline": "x", **odd})


class ScheduledTests(OverLiveTestCase):
    def test_the_time_of_a_scheduled_story_changes_at_once_its_text_waits(self):
        self.story.published_at = timezone.now() + timezone.timedelta(days=2)
        self.story.save()
        self.save(headline="Other", published_at_0="2099-01-01", published_at_1="06:00")
        story = Article.objects.get(pk=self.story.pk)
        assert story.published_at.year == 2099
        assert story.headline == "The river comes back"
