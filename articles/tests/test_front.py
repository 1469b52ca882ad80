"""The front page: what readers see of an arrangement, and the desk that makes one."""

import re
from datetime import timedelta
from unittest import mock
from urllib.parse import urlencode

import time_machine
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Banner, FrontPage, Section
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_user

DESK = "/admin/articles/front/"
HOUR = timedelta(hours=1)


def arrange(sections=(), starts_at=None, **slots):
    """An arrangement that readers see now; a keyword is a place (`lead_0`), its value a story or a slot."""
    stored = {name[::-1].replace("_", "-", 1)[::-1]: _slot(value) for name, value in slots.items()}
    return FrontPage.objects.create(slots=stored, sections=list(sections), starts_at=starts_at or timezone.now())


def _slot(value):
    return {"story": value.pk} if isinstance(value, Article) else value


class FrontPageTestCase(NewsroomTestCase):
    def page(self):
        """What the front page was made from."""
        return Client().get("/").context

    def lead(self):
        return self.page()["lead"]

    def headlines(self, part):
        return [story.headline for story in self.page()[part]]

    def fill(self, number=10, **fields):
        return [make_story(f"Story {index}", age=HOUR * (index + 1), **fields) for index in range(number)]


class ArrangedPageTests(FrontPageTestCase):
    def test_a_pinned_lead_stands_above_newer_stories(self):
        stories = self.fill()
        arrange(lead_0=stories[7])
        assert self.lead() == stories[7]

    def test_a_pinned_story_stands_at_its_place_and_the_others_fill_up(self):
        stories = self.fill()
        arrange(second_2=stories[9])
        assert self.headlines("second") == ["Story 1", "Story 2", "Story 9", "Story 3", "Story 4"]

    def test_no_story_stands_twice(self):
        stories = self.fill(40)
        follow = {"latest_of": make_section().pk}
        arrange(lead_0=stories[3], second_0=stories[3], second_1=stories[1], under_lead_1=follow, second_4=follow)
        page = self.page()
        shown = [page["lead"], *page["second"], *page["under_lead"], *page["river"], *page["latest"]]
        shown += [story for row in page["rows"] for band in row["bands"] for story in band["stories"]]
        assert len({story.pk for story in shown}) == len(shown)
        assert page["under_lead"][1] == stories[0]

    def test_what_is_left_of_the_day_stands_by_the_clock(self):
        stories = self.fill(20)
        page = self.page()
        assert page["river"] == stories[8:12]
        assert page["latest"] == stories[12:19]
        stories[15].lead_picture = make_picture()
        stories[15].save()
        old_but_weighty = make_story("An old one", age=HOUR * 28, placement=Article.Placement.TOP)
        page = self.page()
        assert page["river"] == [stories[15], *stories[8:11]]
        assert page["latest"][-1] == old_but_weighty

    def test_a_thin_day_is_shared_out_beside_and_under_the_lead(self):
        stories = self.fill(6)
        page = self.page()
        assert (page["second"], page["under_lead"], page["river"]) == (stories[1:4], stories[4:], [])
        arrange(under_lead_0=stories[1], under_lead_1=stories[2])
        page = self.page()
        shown = [page["lead"], *page["second"], *page["under_lead"], *page["river"]]
        assert sorted(story.pk for story in shown) == [story.pk for story in stories]

    def test_a_thin_day_has_no_list_by_the_clock(self):
        self.fill(14)
        assert (len(self.page()["river"]), self.page()["latest"]) == (6, [])

    def test_an_empty_arrangement_changes_nothing(self):
        self.fill(40)
        make_story("A view", kind="opinion")
        before = self.see("/")
        arrange()
        assert self.see("/") == before

    def test_a_pinned_story_that_is_not_public_leaves_its_place(self):
        stories = self.fill()
        arrange(lead_0=stories[5])
        for status in ("withdrawn", "draft", "review"):
            Article.objects.filter(pk=stories[5].pk).update(status=status)
            assert self.lead() == stories[0], status

    def test_an_embargoed_story_takes_its_place_when_its_hour_comes(self):
        stories = self.fill()
        coming = make_story("It is signed", embargo_until=timezone.now() + HOUR)
        arrange(lead_0=coming)
        assert self.lead() == stories[0]
        assert "It is signed" not in self.see("/")
        with time_machine.travel(timezone.now() + HOUR + timedelta(seconds=1), tick=False):
            assert self.lead() == coming

    def test_a_choice_ends_at_its_time(self):
        stories = self.fill()
        arrange(lead_0={"story": stories[5].pk, "until": (timezone.now() + HOUR).isoformat()})
        assert self.lead() == stories[5]
        with time_machine.travel(timezone.now() + HOUR * 1.1, tick=False):
            assert self.lead() == stories[0]

    def test_a_slot_follows_a_section_and_its_parts(self):
        self.fill()
        region = make_section("Region")
        coast = Section.objects.create(name="Coast", slug="coast", parent=region)
        make_story("The older", section=region, age=HOUR * 60)
        newer = make_story("The newer", section=coast, age=HOUR * 50)
        arrange(lead_0={"latest_of": region.pk})
        assert self.lead() == newer
        newest = make_story("Just in", section=region, age=HOUR / 60)
        assert self.lead() == newest

    def test_a_followed_section_is_found_below_what_is_weighed(self):
        self.fill()
        old = make_story("Long ago", section=make_section("Science"), age=HOUR * 999)
        older = make_story("Longer ago", section=make_section("Science"), age=HOUR * 1999)
        follow = {"latest_of": make_section("Science").pk}
        arrange(lead_0=follow, second_0=follow)
        with mock.patch("articles.front.CANDIDATES", 5):
            assert self.lead() == old
            assert self.page()["second"][0] == older

    def test_under_opinion_stands_only_opinion(self):
        news = self.fill()[0]
        view = make_story("A view", kind="opinion", section=make_section("City"), age=HOUR * 30)
        arrange(opinions_0=news, opinions_1={"latest_of": make_section("City").pk})
        assert self.page()["opinions"] == [view]

    def test_a_band_keeps_what_was_chosen_for_it(self):
        city, region = make_section("City"), make_section("Region")
        self.fill(40, section=city)
        chosen = make_story("From the region", section=region, age=HOUR * 90)
        arrange(**{f"band{city.pk}_1": chosen})
        band = self.page()["rows"][0]["bands"][0]
        assert band["section"] == city
        assert band["stories"][1] == chosen

    def test_the_bands_follow_the_editors_order(self):
        sections = [make_section(name, position=number) for number, name in enumerate(("City", "Region", "World"))]
        for section in sections:
            self.fill(15, section=section)
        arrange(sections=[sections[2].pk, sections[0].pk])
        bands = [band["section"].name for row in self.page()["rows"] for band in row["bands"]]
        assert bands == ["World", "City", "Region"]

    def test_a_page_opens_with_the_only_story_wherever_it_was_put(self):
        story = make_story()
        arrange(second_3=story)
        assert self.lead() == story

    def test_a_scheduled_page_begins_by_the_clock_alone(self):
        stories = self.fill()
        arrange(lead_0=stories[4])
        arrange(lead_0=stories[6], starts_at=timezone.now() + HOUR)
        assert self.lead() == stories[4]
        with time_machine.travel(timezone.now() + HOUR * 1.1, tick=False):
            assert self.lead() == stories[6]

    def test_what_was_stored_wrong_leaves_the_page_as_it_is(self):
        stories = self.fill()
        key = stories[4].pk
        for slots in (
            [], "lead", 7, 1.5, {"lead-0": key}, {"lead-0": {"story": str(key)}}, {"lead-0": {"story": True}},
            {"lead-0": {"story": key, "until": "tomorrow"}}, {"lead-0": {"story": key, "until": 5}},
            {"lead-0": {"story": 10**30}}, {"lead-0": {"story": -1}}, {"lead-0": {"latest_of": 999_999}},
            {"lead-0": {"story": 999_999}}, {"nowhere-0": {"story": key}}, {"lead-0": {"story": key, "latest_of": 1}},
            {"lead-0": [[[[]]]]}, {"lead-0": {"story": key, "until": "2026-11-23T10:00"}},
        ):  # fmt: skip
            arrange()
            FrontPage.objects.update(slots=slots, sections=slots)
            assert self.lead() == stories[0], slots

    def test_an_opinion_shows_the_face_of_its_writer_while_it_may_be_seen(self):
        self.fill(3)
        picture = make_picture()
        story = make_story("A view", [make_author("Marta Lind", picture=picture)], kind="opinion")
        for path in ("/", story.get_absolute_url()):
            assert '<div class="portrait"><img' in self.see(path), path
        picture.rights_until = timezone.localdate() - timedelta(days=2)
        picture.save()
        for path in ("/", story.get_absolute_url()):
            assert 'class="portrait"' not in self.see(path), path

    def test_it_costs_a_bounded_number_of_queries(self):
        sections = [make_section(name) for name in ("City", "Region", "World")]
        for section in sections:
            self.fill(30, section=section, authors=[make_author()], lead_picture=make_picture())
        old = [make_story(f"Old {n}", age=HOUR * 5000, section=sections[n % 3]) for n in range(6)]
        slots = {f"second_{number}": story for number, story in enumerate(old[:5])}
        for section in sections:
            slots |= {f"band{section.pk}_{number}": {"latest_of": section.pk} for number in range(3)}
        arrange(lead_0=old[5], under_lead_0={"latest_of": make_section("Science").pk}, **slots)
        for name in ("Marta Lind", "Elin Vass"):
            make_story(f"{name} says", [make_author(name, picture=make_picture())], kind="opinion")
        with CaptureQueriesContext(connection) as queries:
            self.see("/")
        assert len(queries) <= 20, len(queries)


class DeskTestCase(FrontPageTestCase):
    def setUp(self):
        super().setUp()
        self.stories = self.fill()
        self.sign_in(self.editor)

    def seen(self, client=None):
        return re.search(r'name="seen" value="([^"]+)"', (client or self.client).get(DESK).content.decode())[1]

    def do(self, deed, client=None, seen=None, **sent):
        """One press on the desk; what it says afterwards."""
        client = client or self.client
        sent = {"deed": deed, "seen": seen or self.seen(client), **sent}
        response = client.post(DESK, sent, follow=True)
        assert response.status_code == 200
        return [str(message) for message in response.context["messages"]]

    def put(self, story, place="lead-0", **kwargs):
        return self.do("put", story=getattr(story, "pk", story), place=place, **kwargs)

    def slot(self, place, client=None):
        html = (client or self.client).get(DESK).content.decode()
        return re.search(rf'id="slot-{place}".*?</li>', html, re.S)[0]

    def second(self):
        """An editor at another screen."""
        client = Client()
        client.force_login(self._member("edda", "Editors"))
        return client


class DeskTests(DeskTestCase):
    def test_it_is_for_those_who_publish(self):
        for path in (DESK, f"{DESK}preview/"):
            assert Client().get(path)["Location"].startswith("/admin/login/")
            client = Client()
            client.force_login(self.reporter)
            assert client.get(path).status_code == 403
            assert "Front page" not in client.get("/admin/").content.decode()
        assert client.post(DESK, {"deed": "publish"}).status_code == 403
        assert client.post(f"{DESK}banner/", {"text": "x"}).status_code == 403
        assert f'href="{DESK}"' in self.see("/admin/")

    def test_it_shows_what_stands_where_and_whether_it_was_chosen(self):
        self.put(self.stories[6])
        assert "Story 6" in self.slot("lead-0")
        assert "Pinned" in self.slot("lead-0")
        assert "Story 0" in self.slot("second-0")
        assert "Automatic" in self.slot("second-0")

    def test_readers_see_nothing_before_it_is_published(self):
        self.put(self.stories[6])
        assert self.lead() == self.stories[0]
        self.do("publish")
        assert self.lead() == self.stories[6]

    def test_a_story_stands_in_one_place(self):
        self.put(self.stories[6])
        self.put(self.stories[6], "second-1")
        assert "Automatic" in self.slot("lead-0")
        assert "Pinned" in self.slot("second-1")

    def test_a_story_is_moved_up_and_down_and_taken_out(self):
        self.do("down", place="second-0", story=self.stories[1].pk)
        assert "Story 1" in self.slot("second-1")
        self.do("up", place="second-1", story=self.stories[1].pk)
        assert "Story 1" in self.slot("second-0")
        self.do("take_out", place="second-0")
        assert "Automatic" in self.slot("second-0")

    def test_two_places_are_exchanged(self):
        self.put(self.stories[6])
        self.do("move", place="second-3", to="lead-0", story=self.stories[3].pk)
        assert "Story 3" in self.slot("lead-0")
        assert "Story 6" in self.slot("second-3")

    def test_what_stands_there_by_itself_is_pinned(self):
        self.do("keep", place="lead-0", story=self.stories[0].pk)
        self.do("publish")
        make_story("Newer", age=timedelta(0), placement=Article.Placement.LEAD)
        assert self.lead() == self.stories[0]

    def test_a_place_follows_a_section_until_a_time(self):
        make_story("From the region", section=make_section("Region"), age=HOUR * 40)
        until = (timezone.now() + HOUR).strftime("%Y-%m-%dT%H:%M")
        self.do("follow", place="lead-0", latest_of=make_section("Region").pk, until=until)
        assert "Latest of Region" in self.slot("lead-0")
        assert "until" in self.slot("lead-0")
        self.do("publish")
        assert self.lead().headline == "From the region"
        with time_machine.travel(timezone.now() + HOUR * 2):
            assert self.lead() == self.stories[0]

    def test_a_time_that_is_over_is_refused(self):
        assert "That time is over" in self.do("follow", place="lead-0", until="2020-01-01T10:00", latest_of="")[0]
        self.put(self.stories[3])
        assert "That time is over" in self.do("schedule", at="2020-01-01T10:00")[0]
        assert not FrontPage.objects.published().exists()

    def test_a_draft_is_not_put_on_the_page(self):
        for status in ("draft", "review", "withdrawn"):
            said = self.put(make_story(f"A {status}", status=status))
            assert f"“A {status}” is not public" in said[0]
        assert not FrontPage.objects.exists()

    def test_a_scheduled_story_waits_for_its_time(self):
        coming = make_story("Tomorrow", age=-HOUR)
        self.put(coming)
        assert "“Tomorrow” is not public now" in self.slot("lead-0")
        self.do("publish")
        assert self.lead() == self.stories[0]
        with time_machine.travel(timezone.now() + HOUR * 1.1):
            assert self.lead() == coming

    def test_it_says_why_a_choice_does_not_stand(self):
        story = self.stories[6]
        self.put(story)
        Article.objects.filter(pk=story.pk).update(status="withdrawn")
        assert "“Story 6” is not public now (Withdrawn)" in self.slot("lead-0")
        story.delete()
        assert "The chosen story is gone" in self.slot("lead-0")
        gone = Section.objects.create(name="Gone", slug="gone")
        self.do("follow", place="second-0", latest_of=gone.pk)
        assert "Gone has no other story" in self.slot("second-0")
        gone.delete()
        assert "The section that was followed is gone" in self.slot("second-0")

    def test_sections_change_places(self):
        make_section("Region", position=5)
        self.do("move_band", section=make_section("Region").pk, step="up")
        html = self.see(DESK)
        parts = re.findall(r'id="part-(band\d+)"', html)
        assert parts == [f"band{section.pk}" for section in (make_section("Region"), make_section())]

    def test_the_shelf_is_searched(self):
        make_story("The ferry sails again", age=HOUR * 900)
        html = self.see(f"{DESK}?q=ferry")
        shelf = re.search(r'class="front-stories".*?</ul>', html, re.S)[0]
        assert "The ferry sails again" in shelf
        assert "Story 1" not in shelf
        self.see(f"{DESK}?q=%00%ED%A0%80%22")

    def test_what_is_sent_wrong_is_told_and_changes_nothing(self):
        key, huge = str(self.stories[0].pk), "9" * 40
        wrong = [
            {"deed": ""}, {"deed": "explode"}, {"deed": "put"}, {"deed": "put", "place": "lead-0"},
            {"deed": "put", "place": "lead-9", "story": key}, {"deed": "put", "place": "lead-0", "story": "0"},
            {"deed": "put", "place": "lead-0", "story": huge}, {"deed": "put", "place": "lead-0", "story": "\0"},
            {"deed": "put", "place": "band" + huge + "-0", "story": key}, {"deed": "put", "place": "x" * 100_000},
            {"deed": "put", "place": "lead-0", "story": "۵"}, {"deed": "put", "place": "opinions-0", "story": key},
            {"deed": "move", "place": "second-0", "to": "opinions-1", "story": key},
            {"deed": "move", "place": "second-0", "to": "", "story": key}, {"deed": "up", "place": "second-0"},
            {"deed": "follow", "place": "lead-0", "latest_of": huge},
            {"deed": "follow", "place": "lead-0", "latest_of": "\0"},
            {"deed": "follow", "place": "lead-0", "until": "9999-12-31T23:59"},
            {"deed": "follow", "place": "lead-0", "until": "0001-01-01T00:00"},
            {"deed": "follow", "place": "lead-0", "until": "\ud800"}, {"deed": "move_band", "section": huge},
            {"deed": "schedule", "at": ""}, {"deed": "publish"}, {"deed": "restore", "page": huge},
            {"deed": "restore", "page": "\0"}, {"deed": "call_off", "page": "1"},
        ]  # fmt: skip
        for sent in wrong:
            sent = urlencode({"seen": self.seen(), **sent}, errors="surrogatepass")
            response = self.client.post(DESK, sent, "application/x-www-form-urlencoded", follow=True)
            assert response.status_code == 200, sent
            assert list(response.context["messages"]), sent
        assert not FrontPage.objects.exists()

    def test_a_form_of_another_tab_that_is_out_of_date_does_nothing(self):
        old = self.seen()
        self.put(self.stories[4])
        assert "changed meanwhile" in self.put(self.stories[5], seen=old)[0]
        assert "Story 4" in self.slot("lead-0")

    def test_what_one_editor_tries_is_not_in_anothers_way(self):
        self.put(self.stories[4])
        assert "Story 4" not in self.slot("lead-0", self.second())

    def test_changes_can_be_put_away(self):
        self.put(self.stories[4])
        self.do("discard")
        assert "Automatic" in self.slot("lead-0")
        assert not FrontPage.objects.exists()

    def test_its_queries_do_not_grow(self):
        self.put(self.stories[4])
        with CaptureQueriesContext(connection) as few:
            self.see(DESK)
        self.fill(60, section=make_section("Region"), authors=[make_author()], lead_picture=make_picture())
        for number in range(30):
            arrange(lead_0=self.stories[number % 9])
        with CaptureQueriesContext(connection) as many:
            self.see(DESK)
        assert len(many) <= len(few) + 8
        assert len(many) < 30, len(many)


class PublishingTests(DeskTestCase):
    def test_who_published_what_and_when_is_kept(self):
        self.put(self.stories[4])
        self.do("publish", note="Election night")
        page = FrontPage.objects.current()
        assert (page.by, page.note) == (self.editor, "Election night")
        entry = LogEntry.objects.get(content_type__model="frontpage")
        assert (entry.user, entry.object_id) == (self.editor, str(page.pk))
        assert 'eve · <span dir="auto">Election night' in self.see(DESK)

    def test_it_is_scheduled_and_called_off(self):
        self.put(self.stories[4])
        at = (timezone.now() + HOUR).strftime("%Y-%m-%dT%H:%M")
        assert "Readers will see it from" in self.do("schedule", at=at)[0]
        assert self.lead() == self.stories[0]
        with time_machine.travel(timezone.now() + HOUR * 1.1):
            assert self.lead() == self.stories[4]
        self.do("call_off", page=FrontPage.objects.get().pk)
        with time_machine.travel(timezone.now() + HOUR * 1.1):
            assert self.lead() == self.stories[0]

    def test_an_earlier_page_is_restored_as_a_new_one(self):
        for story in (self.stories[4], self.stories[5]):
            self.put(story)
            self.do("publish")
        first = FrontPage.objects.earliest("starts_at")
        self.do("restore", page=first.pk)
        assert self.lead() == self.stories[4]
        assert FrontPage.objects.count() == 3
        assert FrontPage.objects.current().note.startswith("As on ")

    def test_older_history_is_a_page_further(self):
        for hours in range(20):
            arrange(starts_at=timezone.now() - HOUR * (hours + 1))
        older = re.search(r'href="(\?before=\d+)', self.see(DESK))[1]
        html = self.see(DESK + older)
        assert f"{DESK}{FrontPage.objects.earliest('starts_at').pk}/preview/" in html
        self.see(f"{DESK}?before=%00")

    def test_a_preview_is_the_readers_page_and_stays_at_the_desk(self):
        self.put(self.stories[4])
        response = self.client.get(f"{DESK}preview/")
        html = response.content.decode()
        assert response.context["lead"] == self.stories[4]
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in html
        assert "Readers cannot see this page" in html
        assert "preview-strip" not in self.see("/")

    def test_the_preview_publishes_in_one_step(self):
        self.put(self.stories[4])
        seen = re.search(r'name="seen" value="([^"]+)"', self.see(f"{DESK}preview/"))[1]
        self.do("publish", seen=seen)
        assert self.lead() == self.stories[4]

    def test_a_page_of_the_history_is_looked_at(self):
        page = arrange(lead_0=self.stories[4])
        arrange(lead_0=self.stories[5])
        assert self.client.get(f"{DESK}{page.pk}/preview/").context["lead"] == self.stories[4]
        self.see(f"{DESK}{'9' * 30}/preview/", status=404)


class TwoEditorsTests(DeskTestCase):
    def setUp(self):
        super().setUp()
        self.other = self.second()
        self.put(self.stories[4])
        self.put(self.stories[5], "second-0")
        self.put(self.stories[7], client=self.other)
        self.put(self.stories[8], "second-1", client=self.other)
        self.do("publish", client=self.other)

    def test_the_second_to_publish_is_told_and_overwrites_nothing(self):
        assert "somebody else published" in self.do("publish")[0]
        assert self.lead() == self.stories[7]
        html = self.see(DESK)
        assert "edda published another front page while you worked on this one" in html
        assert re.search(r"<th scope=\"row\">Lead</th><td dir=\"auto\">fills itself</td><td dir=\"auto\">Story 7", html)

    def test_nor_is_a_page_scheduled_over_it_unawares(self):
        at = (timezone.now() + HOUR).strftime("%Y-%m-%dT%H:%M")
        assert "somebody else published" in self.do("schedule", at=at)[0]
        assert not FrontPage.objects.scheduled().exists()

    def test_a_form_from_before_is_told_too(self):
        other = self._member("edda", "Editors")
        arrange(lead_0=self.stories[2]).delete()
        old = self.seen()
        FrontPage.objects.create(slots={}, starts_at=timezone.now(), by=other)
        assert "changed meanwhile" in self.do("publish", seen=old, over="1")[0]

    def test_both_works_are_brought_together(self):
        self.do("take_in")
        assert "Story 4" in self.slot("lead-0")
        assert "Story 5" in self.slot("second-0")
        assert "Story 8" in self.slot("second-1")
        self.do("publish")
        assert self.lead() == self.stories[4]

    def test_the_editor_may_publish_over_it(self):
        self.do("publish", over="1")
        assert self.lead() == self.stories[4]
        assert FrontPage.objects.published().count() == 2

    def test_work_without_a_change_follows_what_is_published(self):
        third = Client()
        third.force_login(make_user("emil", "Editors"))
        assert "Story 7" in self.slot("lead-0", third)
        assert "while you worked" not in third.get(DESK).content.decode()


class BannerTests(DeskTestCase):
    def show(self, status=302, **fields):
        until = (timezone.now() + HOUR).strftime("%Y-%m-%dT%H:%M")
        sent = {"text": "Ferries stay in port", "link": "/city/", "starts_at": "", "until": until, **fields}
        response = self.client.post(f"{DESK}banner/", sent)
        assert response.status_code == status, response.content.decode()[:2000]
        return response.content.decode()

    def shown(self, path="/corrections/"):
        found = re.search(r'<section class="breaking".*?</section>', Client().get(path).content.decode(), re.S)
        return found[0] if found else ""

    def test_it_stands_on_every_page_while_it_lasts(self):
        self.show()
        for path in ("/", "/corrections/", self.stories[0].get_absolute_url()):
            assert 'href="/city/"><b>Breaking</b> Ferries stay in port' in self.shown(path), path
        with time_machine.travel(timezone.now() + HOUR * 1.1):
            assert self.shown() == ""

    def test_it_comes_before_a_breaking_story(self):
        make_story("Breaking story", breaking_until=timezone.now() + HOUR * 9)
        self.show()
        assert "Ferries stay" in self.shown()
        with time_machine.travel(timezone.now() + HOUR * 1.1):
            assert "Breaking story" in self.shown()

    def test_the_strip_costs_one_query(self):
        make_story("Breaking story", breaking_until=timezone.now() + HOUR * 9)
        self.show()
        with CaptureQueriesContext(connection) as queries:
            Client().get("/corrections/")
        assert len([query for query in queries if "banner" in query["sql"]]) == 1

    def test_it_may_say_something_that_leads_nowhere_yet(self):
        self.show(link="", text="<b>Power</b> is out")
        assert "<p><b>Breaking</b> &lt;b&gt;Power&lt;/b&gt; is out</p>" in self.shown()

    def test_it_is_taken_down(self):
        self.show()
        self.client.post(f"{DESK}banner/{Banner.objects.get().pk}/end/")
        assert self.shown() == ""
        assert self.client.post(f"{DESK}banner/{'9' * 30}/end/").status_code == 302
        assert LogEntry.objects.filter(content_type__model="banner").count() == 2

    def test_it_begins_later(self):
        self.show(starts_at=(timezone.now() + HOUR / 2).strftime("%Y-%m-%dT%H:%M"))
        assert self.shown() == ""
        with time_machine.travel(timezone.now() + HOUR * 0.7):
            assert "Ferries" in self.shown()

    def test_it_is_not_shown_on_the_page_that_it_leads_to(self):
        self.show()
        assert self.shown("/city/") == ""

    def test_a_wrong_link_is_refused_beside_the_field(self):
        hidden = make_story("Secret", status="draft").get_absolute_url()
        for link in (
            "javascript:alert(1)", "//evil.example/", "/\\evil.example", "http://evil.example/", "https://", "city",
            "https://a b/", "/nowhere/at/all/ever/", hidden, "/city/\u202e", "https://[", "/x" * 400,
        ):  # fmt: skip
            html = self.show(status=422, link=link)
            assert 'role="alert"' in html, link
        assert not Banner.objects.exists()

    def test_wrong_times_and_texts_are_refused_beside_the_field(self):
        for fields in (
            {"text": ""}, {"text": "\0"}, {"text": "x" * 500}, {"until": ""}, {"until": "2020-01-01T10:00"},
            {"until": "9999-12-31T23:59"}, {"until": "x"}, {"starts_at": "0001-01-01T00:00"},
        ):  # fmt: skip
            assert 'role="alert"' in self.show(status=422, **fields), fields
        assert not Banner.objects.exists()
