from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import time_machine
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from articles.models import Article, Picture, Rendition
from digest import editions, letters, tasks
from digest.models import Delivery, Edition, Subscriber
from digest.tests.readers import make_subscriber, make_subscribers
from tests.cast import NewsroomTestCase, make_author, make_picture, make_story

SEVEN = datetime(2026, 11, 23, 7, 0, 10, tzinfo=UTC)


def beat():
    """Beat's half minute, with a worker that takes what was queued."""
    tasks.send_what_is_due()
    for edition in Edition.objects.unfinished():
        tasks.send_chunk(edition.pk)


class EditionTestCase(NewsroomTestCase):
    def headlines(self, edition=None):
        edition = edition or Edition.objects.first()
        return [line.article.headline for line in edition.lines.select_related("article")]


@time_machine.travel(SEVEN, tick=False)
class DueTests(EditionTestCase):
    def test_edition_goes_out_at_the_hour_and_once(self):
        make_story()
        make_subscriber()
        for _ in range(3):
            beat()
        assert [message.to for message in mail.outbox] == [["ruth@example.org"]]
        assert Edition.objects.get().status == Edition.Status.SENT

    def test_nothing_goes_out_before_the_hour_or_too_late_after_it(self):
        make_story()
        make_subscriber()
        for hour, number in ((6, 0), (11, 0), (10, 1)):
            with time_machine.travel(SEVEN.replace(hour=hour, minute=0, second=0), tick=False):
                beat()
            assert Edition.objects.count() == number, hour

    @override_settings(DIGEST_HOUR=23, DIGEST_LATE_HOURS=3)
    def test_late_evening_edition_is_still_the_evenings(self):
        assert editions.due(datetime(2026, 11, 24, 0, 30, tzinfo=UTC)) == date(2026, 11, 23)
        assert editions.due(datetime(2026, 11, 24, 2, 30, tzinfo=UTC)) is None

    @override_settings(TIME_ZONE="America/New_York")
    def test_hour_is_the_sites(self):
        assert editions.due(datetime(2026, 11, 23, 11, 59, tzinfo=UTC)) is None
        assert editions.due(datetime(2026, 11, 23, 12, 0, tzinfo=UTC)) == date(2026, 11, 23)

    @override_settings(TIME_ZONE="Europe/Berlin", DIGEST_HOUR=2, DIGEST_LATE_HOURS=1)
    def test_change_of_the_clock_neither_skips_nor_doubles_an_edition(self):
        for day in (date(2026, 3, 29), date(2026, 10, 25)):  # 2 o'clock is left out, comes twice
            midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
            planned = []
            for minute in range(0, 26 * 60, 10):
                with time_machine.travel(midnight + timedelta(minutes=minute), tick=False):
                    if found := editions.due(timezone.now()):
                        planned.append(editions.plan(found).day)
            assert planned.count(day) == 1, day


@time_machine.travel(SEVEN, tick=False)
class ContentTests(EditionTestCase):
    def test_top_stories_stand_in_the_front_pages_order_and_blog_posts_after_them(self):
        make_story("A post", kind=Article.Kind.BLOG, age=timedelta(minutes=5))
        make_story("Fresh brief", age=timedelta(minutes=10))
        make_story("The lead", placement=Article.Placement.LEAD, age=timedelta(hours=9))
        make_story("A view", kind=Article.Kind.OPINION, age=timedelta(hours=2))
        beat()
        assert self.headlines() == ["The lead", "Fresh brief", "A view", "A post"]

    @override_settings(DIGEST_STORIES=2, DIGEST_POSTS=1)
    def test_edition_is_as_long_as_the_settings_say(self):
        for n in range(4):
            make_story(f"Story {n}")
            make_story(f"Post {n}", kind=Article.Kind.BLOG)
        beat()
        assert Edition.objects.get().lines.count() == 3

    def test_drafts_scheduled_withdrawn_and_old_stories_are_not_in_it(self):
        make_story("Draft", status="draft")
        make_story("In review", status="review")
        make_story("Withdrawn", status="withdrawn")
        make_story("Tomorrow", published_at=timezone.now() + timedelta(hours=1))
        make_story("Old", age=timedelta(hours=25))
        make_story("New")
        beat()
        assert self.headlines() == ["New"]

    def test_next_edition_begins_where_the_last_ended(self):
        make_story("Monday")
        make_subscriber()
        beat()
        with time_machine.travel(SEVEN + timedelta(days=1), tick=False):
            make_story("Tuesday")
            beat()
            assert self.headlines() == ["Tuesday"]

    def test_no_story_is_mailed_twice_even_with_a_new_time(self):
        story = make_story("Monday")
        beat()
        with time_machine.travel(SEVEN + timedelta(days=1), tick=False):
            Article.objects.filter(pk=story.pk).update(published_at=timezone.now())
            beat()
            assert Edition.objects.first().status == Edition.Status.EMPTY

    def test_day_with_nothing_new_sends_nothing(self):
        make_subscriber()
        beat()
        assert Edition.objects.get().status == Edition.Status.EMPTY
        assert mail.outbox == []
        assert not Delivery.objects.exists()

    def test_empty_edition_takes_no_story_away(self):
        make_story("Sunday's", age=timedelta(hours=30))
        Edition.objects.create(day=date(2026, 11, 21), since=SEVEN, until=SEVEN - timedelta(hours=36), status="sent")
        Edition.objects.create(day=date(2026, 11, 22), since=SEVEN, until=SEVEN - timedelta(hours=24), status="empty")
        beat()
        assert self.headlines() == ["Sunday's"]

    def test_only_confirmed_subscribers_have_a_row(self):
        make_story()
        make_subscriber("yes@example.org")
        make_subscriber("not-yet@example.org", Subscriber.Status.PENDING)
        make_subscriber("gone@example.org", Subscriber.Status.UNSUBSCRIBED)
        beat()
        assert [message.to[0] for message in mail.outbox] == ["yes@example.org"]

    def test_planning_killed_in_the_middle_goes_on(self):
        make_story()
        first, *_ = make_subscribers(5)
        edition = editions.plan(date(2026, 11, 23))
        Delivery.objects.create(edition=edition, subscriber=first)
        beat()
        assert edition.deliveries.count() == len(mail.outbox) == 5


@time_machine.travel(SEVEN, tick=False)
class MessageTests(EditionTestCase):
    def letter_of(self, **fields):
        make_story(**fields)
        make_subscriber()
        beat()
        return mail.outbox[0].parsed

    def test_message_says_what_is_in_the_paper_in_html_and_text(self):
        message = self.letter_of(
            headline="Ferja går igjen & igjen", kicker="Sjø", standfirst="Første båt “klokka ni”.",
            authors=[make_author("Ruth Okafor"), make_author("Dan Meyer")],
        )  # fmt: skip
        text = message.get_body(("plain",)).get_content()
        html = message.get_body(("html",)).get_content()
        assert message["Subject"] == "Ferja går igjen & igjen"
        assert "Ferja går igjen & igjen" in text
        assert "Ferja går igjen &amp; igjen" in html
        for part in (text, html):
            assert "Første båt “klokka ni”." in part
            assert "Ruth Okafor and Dan Meyer" in part
            assert "http://127.0.0.1:8000/city/ferja-går-igjen-igjen/" in part or "ferja-g%C3%A5r" in part
            assert "Monday, 23 November 2026" in part

    def test_every_link_and_picture_is_absolute_and_nothing_is_loaded_but_pictures(self):
        html = self.letter_of(lead_picture=make_picture()).get_body(("html",)).get_content()
        assert html.count('href="') == html.count('href="http://127.0.0.1:8000/')
        assert html.count("<img") == html.count('src="http://127.0.0.1:8000/media/') == 1
        assert 'alt="A quay"' in html
        assert "<script" not in html
        assert "<link" not in html

    def test_picture_is_the_small_jpeg_where_there_is_one(self):
        picture = make_picture()
        Rendition.objects.create(picture=picture, crop="wide", width=640, height=427, format="webp", file="r/x.webp")
        Rendition.objects.create(picture=picture, crop="wide", width=640, height=427, format="jpeg", file="r/x.jpg")
        html = self.letter_of(lead_picture=picture).get_body(("html",)).get_content()
        assert 'src="http://127.0.0.1:8000/media/r/x.jpg" width="552" height="368"' in html

    def test_picture_without_rights_or_file_is_left_out(self):
        empty = make_picture()
        Picture.objects.filter(pk=empty.pk).update(file="")
        make_story("A story without its file", lead_picture=Picture.objects.get(pk=empty.pk))
        over = make_picture(rights_until=timezone.localdate() - timedelta(days=1))
        html = self.letter_of(lead_picture=over).get_body(("html",)).get_content()
        assert "A story without its file" in html
        assert "<img" not in html

    def test_style_is_inline_and_the_dark_scheme_is_kept(self):
        html = self.letter_of().get_body(("html",)).get_content()
        assert "@media (prefers-color-scheme: dark)" in html
        assert '<h2 style="' in html

    def test_headers_let_a_mail_provider_unsubscribe_with_one_click(self):
        message = self.letter_of()
        leave = f"/subscribe/leave/{Subscriber.objects.get().token}/"
        assert message["List-Unsubscribe"] == f"<http://127.0.0.1:8000{leave}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert message["List-Id"] == '"The Harbour Post" <daily.127.0.0.1>'
        self.client.post(leave, {"List-Unsubscribe": "One-Click"})
        assert Subscriber.objects.get().status == Subscriber.Status.UNSUBSCRIBED

    def test_message_names_its_row_of_the_ledger(self):
        message = self.letter_of()
        assert message["Message-ID"] == f"<{Delivery.objects.get().pk}.20261123@127.0.0.1>"

    def test_each_copy_holds_its_own_readers_link_and_no_other_address(self):
        make_story()
        readers = make_subscribers(3)
        beat()
        for reader, message in zip(readers, mail.outbox, strict=True):
            others = [other for other in readers if other != reader]
            assert message.to == [reader.email]
            for part in (message.parsed.get_body(("plain",)), message.parsed.get_body(("html",))):
                assert part.get_content().count(reader.token) == 1
            assert not any(o.token in str(message.parsed) or o.email in str(message.parsed) for o in others)

    def test_full_edition_of_long_stories_is_not_clipped_by_mail_clients(self):
        for n in range(12):
            make_story(f"{n} " + "ن" * 190, standfirst="نص " * 200, lead_picture=make_picture())
            make_story(f"{n} " + "ب" * 190, standfirst="نص " * 200, kind=Article.Kind.BLOG)
        make_subscriber()
        beat()
        html = mail.outbox[0].parsed.get_body(("html",)).get_content()
        assert len(html.encode()) < 102_000
        assert max(map(len, mail.outbox[0].raw.split(b"\r\n"))) < 998

    def test_hostile_headline_is_text(self):
        html = self.letter_of(headline="<script>alert(1)</script>").get_body(("html",)).get_content()
        assert "<script" not in html

    def test_edition_of_blog_posts_alone_has_a_subject(self):
        assert self.letter_of(headline="Only a post", kind=Article.Kind.BLOG)["Subject"] == "Only a post"

    @override_settings(LANGUAGE_CODE="ar", SITE_NAME="البريد")
    def test_right_to_left_edition_says_so(self):
        message = self.letter_of(headline="النهر يعود")
        assert '<body dir="rtl"' in message.get_body(("html",)).get_content()
        assert "البريد" in str(message["List-Id"])
        assert message["Subject"] == "النهر يعود"


@time_machine.travel(SEVEN, tick=False)
class BetweenPlanningAndSendingTests(EditionTestCase):
    def setUp(self):
        super().setUp()
        self.first = make_story("First", placement=Article.Placement.LEAD)
        self.second = make_story("Second")
        make_subscriber()
        self.edition = editions.plan(date(2026, 11, 23))

    def text(self):
        return mail.outbox[0].parsed.get_body(("plain",)).get_content()

    def test_withdrawn_story_is_left_out_and_does_not_give_the_subject(self):
        Article.objects.filter(pk=self.first.pk).update(status=Article.Status.WITHDRAWN)
        beat()
        assert mail.outbox[0].subject == "Second"
        assert "First" not in self.text()

    def test_corrected_story_is_sent_corrected(self):
        self.first.headline = "First, corrected"
        self.first.save()
        beat()
        assert mail.outbox[0].subject == "First, corrected"

    def test_edition_of_which_nothing_is_left_is_not_sent(self):
        Article.objects.update(status=Article.Status.WITHDRAWN)
        beat()
        assert mail.outbox == []
        assert Delivery.objects.get().status == Delivery.Status.SUPPRESSED
        self.edition.refresh_from_db()
        assert self.edition.status == Edition.Status.SENT

    def test_preview_is_what_goes_out(self):
        html = letters.preview(self.edition, letters.public_stories(self.edition))
        assert "First" in html
        assert "/subscribe/leave/" not in html
