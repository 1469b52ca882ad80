"""What readers see, page by page."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client, RequestFactory, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.defaults import bad_request, permission_denied, server_error

from articles import tasks
from articles.models import Article, Author, Correction, Rendition, Section
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag

HOUR = timedelta(hours=1)
HEADLINE = "Mosul victory in ‘days’ as “Daesh” falls back in Syria’s north"


def text_of(html):
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def data_of(html):
    """The page's JSON-LD blocks by type."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.S)
    return {data["@type"]: data for data in map(json.loads, blocks)}


class ModelledPageTests(NewsroomTestCase):
    """Every row of the page that the product is modelled on."""

    def setUp(self):
        super().setUp()
        world = make_section("World")
        picture = make_picture(alt="A patrol", caption="Members of Iraq’s elite division", credit="AFP photo")
        self.story = make_story(
            HEADLINE,
            authors=[make_author("AFP", kind="agency"), make_author("Ruth Okafor")],
            tags=[make_tag("Iraq"), make_tag("War")],
            standfirst="Army estimates that there are between 200 and 300 fighters left in city",
            kicker="Mosul",
            dateline="MOSUL, Iraq",
            body="<p>Iraq will declare victory, said <em>[Daesh]</em>.</p><h2>Escape route cut</h2><p>“Ongoing”.</p>",
            lead_picture=picture,
            section=Section.objects.create(name="Middle East", slug="middle-east", parent=world),
            published_at=datetime(2017, 7, 1, 9, 30, tzinfo=UTC),
            updated_at=datetime(2017, 7, 1, 12, 0, tzinfo=UTC),
        )
        Correction.objects.create(article=self.story, wrong="We wrote weeks.", right="It is days.")
        self.html = self.see(self.story.get_absolute_url())
        self.text = text_of(self.html)

    def test_the_trail_leads_from_home_to_the_headline(self):
        assert f"Home World Middle East {HEADLINE}" in self.text
        items = data_of(self.html)["BreadcrumbList"]["itemListElement"]
        assert [item["name"] for item in items] == ["Home", "World", "Middle East", HEADLINE]
        assert items[2]["item"].endswith("/middle-east/")

    def test_the_headline_keeps_its_curly_quotes_everywhere(self):
        assert f"<title>{HEADLINE} – " in self.html
        assert re.search(rf"<h1[^>]*>{HEADLINE}</h1>", self.html)
        assert f'<meta property="og:title" content="{HEADLINE}">' in self.html
        assert data_of(self.html)["NewsArticle"]["headline"] == HEADLINE

    def test_the_byline_names_and_links_its_authors_in_order(self):
        assert "By AFP and Ruth Okafor" in self.text
        assert re.findall(r'rel="author" href="([^"]+)"', self.html) == ["/authors/afp/", "/authors/ruth-okafor/"]
        names = [(a["@type"], a["name"]) for a in data_of(self.html)["NewsArticle"]["author"]]
        assert names == [("Organization", "AFP"), ("Person", "Ruth Okafor")]
        assert '<meta name="author" content="AFP, Ruth Okafor">' in self.html  # tools read the first or the last alone

    def test_both_dates_are_printed_with_their_instants(self):
        assert '<time datetime="2017-07-01T09:30:00+00:00">1 July 2017, 09:30</time>' in self.html
        assert "Last updated at 1 July 2017, 12:00" in self.text
        assert data_of(self.html)["NewsArticle"]["datePublished"] == "2017-07-01T09:30:00+00:00"

    def test_the_day_of_a_correction_is_not_taken_for_that_of_the_story(self):
        """Tools that read the block as text take the first date."""
        assert self.html.index('"datePublished"') < self.html.index('"CorrectionComment"')

    def test_the_picture_has_text_caption_and_credit(self):
        assert 'alt="A patrol"' in self.html
        assert "Members of Iraq’s elite division (AFP photo)" in self.text

    def test_the_dateline_runs_into_the_first_paragraph(self):
        assert '<p><span class="dateline">MOSUL, Iraq —</span> Iraq will declare' in self.html

    def test_kicker_standfirst_body_and_subheading_stand_in_order(self):
        parts = ["Mosul", HEADLINE, "Army estimates", "MOSUL, Iraq —", "[Daesh]", "Escape route cut", "“Ongoing”"]
        places = [self.text.index(part, self.text.index("Home World")) for part in parts[2:]]
        assert places == sorted(places)
        assert "<h2>Escape route cut</h2>" in self.html

    def test_the_page_has_one_h1(self):
        assert self.html.count("<h1") == 1

    def test_a_correction_is_shown_and_told_to_machines(self):
        assert "We wrote weeks. It is days." in self.text
        assert data_of(self.html)["NewsArticle"]["correction"][0]["text"] == "We wrote weeks. It is days."
        top, note = self.html.index('href="#correction"'), self.html.index('id="correction"')
        assert top < self.html.index('itemprop="articleBody"') < note

    def test_tags_are_links(self):
        assert set(re.findall(r'rel="tag" href="([^"]+)"', self.html)) == {"/tags/iraq/", "/tags/war/"}

    def test_vote_comments_and_subscribe_box_stand_on_the_page(self):
        for part in ('class="vote', 'id="comments"', 'id="subscribe"', 'name="email"'):
            assert part in self.html

    def test_the_address_is_canonical_and_shared_by_plain_links(self):
        assert f'rel="canonical" href="http://127.0.0.1:8000{self.story.get_absolute_url()}"' in self.html
        assert 'href="mailto:?subject=Mosul%20victory' in self.html


class StoryPageTests(NewsroomTestCase):
    def test_a_draft_is_not_found(self):
        for status in ("draft", "review", "withdrawn"):
            story = make_story(f"A {status} story", status=status)
            self.see(story.get_absolute_url(), status=404)

    def test_a_scheduled_story_is_not_found(self):
        self.see(make_story(age=-HOUR).get_absolute_url(), status=404)

    def test_a_wrong_section_is_redirected_for_good(self):
        story = make_story(section=make_section("Region"))
        response = self.client.get(f"/city/{story.slug}/")
        assert (response.status_code, response["Location"]) == (301, story.get_absolute_url())

    def test_a_hostile_headline_is_text_everywhere(self):
        headline = "</script><script>alert(1)</script>&amp; \"'"
        story = make_story(headline, kicker="<b>k", standfirst="<i>s</i>", dateline="<u>d")
        html = self.see(story.get_absolute_url())
        assert "<script>alert" not in html
        assert "<b>k" not in html
        assert "<i>s" not in html
        assert "<u>d" not in html
        assert data_of(html)["NewsArticle"]["headline"] == headline

    def test_kinds_look_different(self):
        opinion = make_story("A view", kind="opinion", authors=[make_author("Marta Lind", role="Columnist")])
        post = make_story("A log", kind="blog", section=None)
        assert re.search(r"Opinion.*Marta Lind.*Columnist.*A view", text_of(self.see(opinion.get_absolute_url())))
        assert "OpinionNewsArticle" in data_of(self.see(opinion.get_absolute_url()))
        page = self.see(post.get_absolute_url())
        assert "kind-blog" in page
        assert [i["name"] for i in data_of(page)["BreadcrumbList"]["itemListElement"]] == ["Home", "Blogs", "A log"]

    def test_a_story_without_anything_optional_has_no_empty_parts(self):
        html = self.see(make_story().get_absolute_url())
        for part in (
            "<figure",
            "Last updated",
            'class="tags"',
            'class="standfirst"',
            'rel="author"',
            'class="dateline"',
        ):
            assert part not in html

    def test_a_visible_update_is_not_made_by_saving(self):
        story = make_story()
        story.body = "<p>Saved again.</p>"
        story.save()
        assert "Last updated" not in self.see(story.get_absolute_url())

    @override_settings(TIME_ZONE="Asia/Amman")
    def test_times_are_in_the_sites_zone(self):
        story = make_story(published_at=datetime(2017, 7, 1, 22, 30, tzinfo=UTC))
        assert '<time datetime="2017-07-02T01:30:00+03:00">2 July 2017, 01:30</time>' in self.see(
            story.get_absolute_url()
        )

    def test_the_dateline_never_runs_into_a_quotation(self):
        story = make_story(dateline="HALE", body="<blockquote><p>“No.”</p></blockquote><p>So she said.</p>")
        assert "“No.”</p></blockquote><p><span" in self.see(story.get_absolute_url())

    def test_the_dateline_stands_alone_where_there_is_no_paragraph(self):
        story = make_story(dateline="HALE", body="<ul><li>One</li></ul>")
        assert "HALE —</span> </p><ul>" in self.see(story.get_absolute_url())

    def test_a_wide_table_scrolls_in_a_box_of_its_own(self):
        story = make_story(body="<table><tbody><tr><td>1</td></tr></tbody></table>")
        assert re.search(r'<div class="table-box"[^>]*tabindex="0"[^>]*><table>', self.see(story.get_absolute_url()))

    def test_related_stories_share_a_tag(self):
        tag = make_tag("Rivers")
        make_story("The weir", tags=[tag], section=make_section("Region"))
        story = make_story(tags=[tag])
        assert "Related stories The weir" in text_of(self.see(story.get_absolute_url())).replace("Region ", "")


class PictureTests(NewsroomTestCase):
    def test_a_picture_without_renditions_is_its_own_file_cut_by_its_focus(self):
        picture = make_picture(focal_x=0.31, focal_y=0.68)
        make_story(lead_picture=picture)
        html = self.see("/")
        assert "focus-x-3 focus-y-7" in html
        assert f'src="{picture.file.url}" width="960" height="640"' in html

    def test_renditions_that_exist_are_offered_by_width(self):
        picture = make_picture()
        for width in (640, 320):
            Rendition.objects.create(
                picture=picture, crop="wide", width=width, height=width * 2 // 3, format="webp", file=f"w{width}.webp"
            )
        make_story(lead_picture=picture)
        html = self.see("/")
        assert 'srcset="/media/w320.webp 320w, /media/w640.webp 640w"' in html
        assert "focus-x" not in html

    def test_avif_is_offered_before_webp_in_the_same_shape(self):
        picture = make_picture()
        tasks.make_renditions(picture.pk)
        story = make_story(lead_picture=picture)
        for address, crop in (("/", "wide"), (story.get_absolute_url(), "full")):
            avif = picture.renditions.get(crop=crop, format="avif").file.url
            webp = picture.renditions.get(crop=crop, format="webp").file.url
            html = self.see(address)
            assert f'<picture><source type="image/avif" srcset="{avif} 120w" sizes="' in html
            assert f'<img class="crop-{crop}" src="{webp}" srcset="{webp} 120w"' in html

    def test_machines_are_offered_three_ratios(self):
        story = make_story(lead_picture=make_picture())
        assert data_of(self.see(story.get_absolute_url()))["NewsArticle"]["image"] == [
            f"http://127.0.0.1:8000{story.lead_picture.file.url}"
        ]
        tasks.make_renditions(story.lead_picture.pk)
        page = self.see(story.get_absolute_url())
        made = {
            r.crop: f"http://127.0.0.1:8000{r.file.url}" for r in story.lead_picture.renditions.filter(format="jpeg")
        }
        assert data_of(page)["NewsArticle"]["image"] == [made["social"], made["social43"], made["social11"]]
        assert f'og:image" content="{made["social"]}"' in page

    def test_only_the_lead_is_fetched_first(self):
        for number in range(4):
            make_story(f"Story {number}", lead_picture=make_picture())
        images = re.findall(r"<img [^>]+>", self.see("/"))
        assert [("fetchpriority" in image, "lazy" in image) for image in images].count((True, False)) == 1
        assert all("width=" in image and "height=" in image and "alt=" in image for image in images)


class FrontPageTests(NewsroomTestCase):
    def test_an_empty_newsroom_says_so(self):
        assert "Nothing has been published yet." in self.see("/")

    def test_the_editors_lead_leads_even_without_a_picture(self):
        make_story("With a picture", lead_picture=make_picture())
        make_story("Chosen", placement=Article.Placement.LEAD)
        assert re.search(r'class="story lead.*?<h2[^>]*><a[^>]*>(.*?)</a>', self.see("/"), re.S)[1] == "Chosen"

    def test_every_part_has_its_stories_and_none_stands_twice(self):
        for name in ("City", "Region", "World"):
            for number in range(12):
                make_story(f"{name} {number}", section=make_section(name), age=HOUR * (number + 1))
        make_story("A view", kind="opinion", authors=[make_author()])
        make_story("A log", kind="blog", section=None)
        html = self.see("/").partition("Most discussed")[0]
        headlines = re.findall(r'class="headline"><a[^>]*>(.*?)</a>', html)
        assert len(headlines) == len(set(headlines)) >= 27
        assert headlines.index("A log") >= 25
        for part in ("Opinion", "More of the day", "From the blogs"):
            assert part in html

    def test_a_newsroom_with_nothing_but_a_post_leads_with_it(self):
        make_story("A log", kind="blog", section=None)
        html = self.see("/")
        assert html.count("A log") == 1
        assert "Nothing has been published" not in html

    def test_breaking_news_has_an_end(self):
        make_story("Ferries sail", breaking_until=timezone.now() + HOUR)
        make_story("Ferries sailed", breaking_until=timezone.now() - HOUR)
        make_story("Ferries will sail", breaking_until=timezone.now() + HOUR, status="draft")
        strip = re.search(r'<section class="breaking".*?</section>', self.see("/corrections/"), re.S)[0]
        assert text_of(strip) == "Breaking Ferries sail"

    def test_the_navigation_marks_where_the_reader_is(self):
        region = make_section("Region")
        story = make_story(section=Section.objects.create(name="Valley", slug="valley", parent=region))
        for path in ("/region/", "/valley/", story.get_absolute_url()):
            assert re.findall(r'aria-current="true">(.*?)</a>', self.see(path)) == ["Region"]
        assert re.findall(r'aria-current="true">(.*?)</a>', self.see("/blogs/")) == ["Blogs"]


class ListPageTests(NewsroomTestCase):
    def test_a_section_shows_each_story_once_however_many_stand_on_top(self):
        for number in range(1, 9):
            make_story(f"Story {number}", section=make_section("City"))
            html = self.see("/city/")
            for shown in range(1, number + 1):
                assert html.count(f">Story {shown}</a></h2>") == 1, (number, shown)
            assert ("section-second" in html) == (number >= 6)

    def test_a_section_shows_its_parts_and_their_stories(self):
        region = make_section("Region", description="From the estuary to the tree line.")
        valley = Section.objects.create(name="Valley", slug="valley", parent=region)
        make_story("In the valley", section=valley)
        text = text_of(self.see("/region/"))
        assert "From the estuary" in text
        assert "In the valley" in text
        assert "Home Region Valley Valley" in text_of(self.see("/valley/"))

    def test_older_stories_are_found_page_by_page(self):
        for number in range(25):
            make_story(f"Story {number:02}", age=HOUR * (number + 1))
        first = self.see("/city/")
        older = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
        second = self.see(older)
        assert "Story 19" in first
        assert "Story 20" not in first
        assert "Story 20" in second
        assert "Story 24" in second
        assert 'rel="next"' not in second

    def test_a_mark_that_is_none_is_not_found(self):
        make_section("City")
        for mark in ("x", "1-x", "-", "99999999999999999999-1", "1-99999999999999999999", "%00", "%ED%A0%80"):
            assert self.client.get(f"/city/?before={mark}").status_code == 404, mark

    def test_an_author_has_a_role_a_biography_and_stories(self):
        author = make_author("Ruth Okafor", role="Valley reporter", bio="Grew up <here>.")
        make_story("Hers", authors=[author])
        make_story("A draft of hers", authors=[author], status="draft")
        text = text_of(self.see("/authors/ruth-okafor/"))
        assert "Valley reporter Ruth Okafor Grew up <here>." in text
        assert "Hers" in text
        assert "A draft" not in text

    def test_who_we_are_names_everyone_whom_readers_know(self):
        """The desk’s own people, and whoever signed something that is or was public."""
        make_author("Ruth Okafor", role="Valley reporter", user=self.reporter)
        make_story(authors=[make_author("Coastwire", kind=Author.Kind.AGENCY)], unpublish_at=timezone.now())
        text = text_of(self.see("/authors/"))
        assert "Ruth Okafor Valley reporter" in text
        assert "Coastwire Agency or organisation" in text

    def test_a_tag_lists_its_stories(self):
        make_story("About rivers", tags=[make_tag("Rivers")])
        assert "About rivers" in self.see("/tags/rivers/")

    def test_blogs_list_posts_only(self):
        make_story("A log", kind="blog", section=None)
        make_story("Some news")
        html = self.see("/blogs/")
        assert "A log" in html
        assert "Some news" not in html

    def test_corrections_are_kept_in_one_place(self):
        story = make_story("The dam")
        Correction.objects.create(article=story, wrong="We wrote weeks.", right="It is days.")
        hidden = make_story("Unpublished", status="draft")
        Correction.objects.create(article=hidden, wrong="Nobody saw this.", right="Nor that.")
        html = self.see("/corrections/")
        assert "The dam We wrote weeks. It is days." in text_of(html)
        assert "Nobody saw" not in html

    def test_empty_pages_say_so(self):
        make_section("City")
        make_author("Ruth Okafor", user=self.editor)
        make_tag("Rivers")
        for path in ("/city/", "/authors/ruth-okafor/", "/tags/rivers/", "/blogs/", "/corrections/"):
            assert 'class="empty"' in self.see(path), path

    def test_what_is_not_there_is_not_found_and_offers_a_search(self):
        for path in ("/nowhere/", "/nowhere/at-all/", "/authors/nobody/", "/tags/nothing/"):
            html = self.see(path, status=404)
            assert "This page is not here" in html
            assert 'role="search"' in html

    def test_each_list_names_its_feed_and_the_feed_is_there(self):
        make_story(authors=[make_author()], tags=[make_tag("Rivers")])
        for path in ("/city/", "/authors/ruth-okafor/", "/tags/rivers/", "/blogs/"):
            feeds = re.findall(r'rel="alternate" type="application/rss\+xml"[^>]*href="([^"]+)"', self.see(path))
            assert feeds == [f"{path}feed/", "/feed/"]  # a feed reader takes the first
            self.see(feeds[0])

    def test_search_without_words_asks_for_some(self):
        assert "Type one or more words" in self.see("/search/")

    def test_search_shows_what_it_found(self):
        make_story("The ferry sails again", body="<p>The night boat stays in port.</p>")
        html = self.see("/search/?q=ferry")
        assert "1 story for “ferry”" in text_of(html)
        assert "The ferry sails again" in text_of(html)

    def test_a_search_that_finds_nothing_keeps_the_words_as_text(self):
        html = self.see("/search/?q=%3Cscript%3Ealert")
        assert "<script>alert" not in html
        assert "No story has the words “<script>alert”" in text_of(html)


class ErrorPageTests(NewsroomTestCase):
    def test_they_need_no_database_and_no_context(self):
        request = RequestFactory().get("/")
        with self.assertNumQueries(0):
            assert "Something went wrong on our side" in server_error(request).content.decode()
            assert "was wrong" in bad_request(request, ValueError()).content.decode()

    def test_a_refusal_is_a_page_of_the_paper(self):
        html = permission_denied(RequestFactory().get("/"), PermissionDenied()).content.decode()
        assert "This is not open to you" in html
        assert 'class="masthead"' in html


class SameForEveryoneTests(NewsroomTestCase):
    def paths(self):
        story = make_story(authors=[make_author()], tags=[make_tag("Rivers")], lead_picture=make_picture())
        return ["/", "/city/", "/blogs/", "/authors/", "/corrections/", "/search/", story.get_absolute_url()]

    def test_two_readers_get_the_same_bytes_and_no_cookie(self):
        for path in self.paths():
            plain = Client().get(path)
            other = Client(headers={"accept-language": "ar", "user-agent": "Other", "cookie": "a=b"}).get(path)
            assert plain.content == other.content, path
            assert not plain.cookies, path
            assert "Cookie" not in plain.headers.get("Vary", ""), path

    def test_an_editor_sees_what_a_reader_sees(self):
        self.sign_in(self.editor)
        for path in self.paths():
            assert self.client.get(path).content == Client().get(path).content, path

    def test_no_page_carries_inline_styles_scripts_or_a_token(self):
        for path in self.paths():
            html = self.see(path)
            assert "csrfmiddlewaretoken" not in html, path
            assert not re.search(r"<[^>]+ (style|on\w+)=", html), path
            assert not re.search(r"<script(?![^>]*(src=|ld\+json))", html), path


class CostTests(NewsroomTestCase):
    """Pages cost the same however many stories there are."""

    def queries(self, path):
        with CaptureQueriesContext(
            connection,
        ) as context:
            self.see(path)
        return len(context)

    def fill(self, number):
        tag, author = make_tag("Rivers"), make_author()
        for index in range(number):
            section = make_section(("City", "Region", "World")[index % 3])
            make_story(f"Story {index}", [author], [tag], HOUR * index, section=section, lead_picture=make_picture())

    def test_the_face_of_a_columnist_costs_no_query(self):
        faceless, known = make_author("Elin Vass"), make_author("Marta Lind", picture=make_picture())
        plain, signed = (
            make_story(f"{who} says", [who], kind="opinion", lead_picture=make_picture()) for who in (faceless, known)
        )
        self.see(plain.get_absolute_url())
        assert self.queries(signed.get_absolute_url()) == self.queries(plain.get_absolute_url()) <= 12

    def test_queries_do_not_grow_with_the_archive(self):
        self.fill(25)
        story = Article.objects.first()
        limits = {"/": 20, story.get_absolute_url(): 12, "/city/": 8, "/authors/ruth-okafor/": 8, "/tags/rivers/": 8}
        few = {path: self.queries(path) for path in limits}
        self.fill(60)
        many = {path: self.queries(path) for path in limits}
        assert many == few
        assert all(number <= limits[path] for path, number in many.items()), many
