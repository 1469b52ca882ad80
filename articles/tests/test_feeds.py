import json
from datetime import timedelta
from unittest import mock

import feedparser
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from articles.feeds import STORIES
from articles.models import Article, Correction
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag

FORMS = ("", "atom/", "json/")
PLACES = ("/feed/", "/city/feed/", "/authors/ruth-okafor/feed/", "/tags/dam/feed/", "/blogs/feed/", "/feed/news/")
FEEDS = [f"{place}{form}" for place in PLACES for form in FORMS if form != "json/"]
JSON_FEEDS = [f"{place}json/" for place in PLACES]


def make_public_everywhere(headline="The river comes back", **fields):
    """One story and one blog post that between them stand in every feed."""
    authors, tags, section = [make_author()], [make_tag("Dam")], make_section()
    make_story(headline, authors=authors, tags=tags, section=section, **fields)
    make_story(f"{headline}, a post", authors=authors, tags=tags, kind=Article.Kind.BLOG, **fields)


class FeedTests(NewsroomTestCase):
    def parsed(self, path="/feed/"):
        feed = feedparser.parse(self.see(path).encode())
        assert not feed.bozo, feed.get("bozo_exception")
        return feed

    def test_each_feed_carries_its_stories(self):
        make_public_everywhere()
        for path in FEEDS:
            feed = self.parsed(path)
            assert feed.entries, path
            assert feed.feed.link.startswith("http://127.0.0.1"), path
            assert feed.feed.title, path

    def test_what_is_not_public_is_in_none(self):
        make_public_everywhere()
        for state in ("draft", "review", "withdrawn"):
            make_public_everywhere(f"Secret {state}", status=state)
        make_public_everywhere("Secret until later", age=-timedelta(minutes=5))
        for path in (*FEEDS, *JSON_FEEDS):
            assert "Secret" not in self.see(path), path

    def test_unknown_feeds_are_not_found(self):
        for path in ("/nowhere/feed/", "/authors/nobody/feed/", "/tags/nothing/feed/", "/feed/gossip/", "/feed/rss/"):
            self.see(path, status=404)
            self.see(f"{path}atom/", status=404)

    def test_a_story_of_a_part_stands_in_the_feed_of_its_section(self):
        city = make_section()
        make_story("Bridge opens", section=make_section("Harbour", parent=city))
        assert [e.title for e in self.parsed("/city/feed/").entries] == ["Bridge opens"]

    def test_an_entry_says_all_that_a_page_says(self):
        story = make_story(
            "Dam & gates <open>",
            authors=[make_author(), make_author("AFP", kind="agency")],
            tags=[make_tag("Dam")],
            standfirst="Water < air & more.",
            dateline="MOSUL, Iraq",
            body='<p>It came. <a href="/city/">City</a></p><p><img src="/media/a.jpg" alt=""></p>',
            lead_picture=make_picture(),
        )
        entry = self.parsed().entries[0]
        assert entry.title == "Dam & gates <open>"
        assert entry.link.endswith(story.get_absolute_url())
        assert entry.id.endswith(f"/story/{story.pk}")
        assert [a.name for a in entry.authors] == ["Ruth Okafor", "AFP"]
        assert [t.term for t in entry.tags] == ["City", "Dam"]
        assert entry.summary == "Water &lt; air &amp; more."
        assert entry.published_parsed[:5] == story.published_at.timetuple()[:5]
        assert entry.media_content[0]["url"].startswith("http://127.0.0.1")
        assert entry.media_credit[0]["content"] == "I. Haddad"
        body = entry.content[0].value
        assert "MOSUL, Iraq — It came." in body
        assert 'href="http://127.0.0.1:8000/city/"' in body
        assert 'src="http://127.0.0.1:8000/media/a.jpg"' in body
        assert "The quay. (I. Haddad)" in body

    def test_corrections_go_with_the_story(self):
        story = make_story()
        Correction.objects.create(article=story, wrong="It said nine weeks.", right="It is nine days.")
        assert "It said nine weeks. It is nine days." in self.parsed().entries[0].content[0].value

    def test_characters_that_xml_forbids_are_left_out(self):
        make_public_everywhere("Bell\x07 and \ufffe done", standfirst="Form\x0cfeed", dateline="A\x01B")
        for path in FEEDS:
            assert "Bell and  done" in self.parsed(path).entries[-1].title

    def test_what_was_read_already_is_not_sent_again(self):
        make_story()
        first = self.client.get("/feed/")
        again = self.client.get("/feed/", headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        make_story("Another")
        assert self.client.get("/feed/", headers={"if-none-match": first["ETag"]}).status_code == 200

    def test_a_long_archive_makes_no_long_feed(self):
        for number in range(STORIES + 2):
            make_story(f"Story {number}", age=timedelta(hours=number))
        entries = self.parsed().entries
        assert len(entries) == STORIES
        assert entries[0].title == "Story 0"

    def test_the_number_of_queries_does_not_grow(self):
        make_public_everywhere(lead_picture=make_picture())
        counts = [self.count(path) for path in (*FEEDS, *JSON_FEEDS)]
        for number in range(4):
            make_public_everywhere(f"Story {number}", lead_picture=make_picture())
        assert [self.count(path) for path in (*FEEDS, *JSON_FEEDS)] == counts
        assert max(counts) <= 8

    def test_a_tag_and_an_author_of_very_many_stories_list_the_same(self):
        make_public_everywhere()
        make_public_everywhere("Older", age=timedelta(days=2))
        make_story("Of nobody and nothing")
        paths = ("/tags/dam/feed/", "/authors/ruth-okafor/feed/json/", "/tags/dam/", "/authors/ruth-okafor/")
        few = [self.see(path) for path in paths]
        with mock.patch("articles.models.article.BROAD", 1):
            assert [self.see(path) for path in paths] == few

    def count(self, path):
        with CaptureQueriesContext(connection) as queries:
            self.see(path)
        return len(queries)

    def test_a_feed_names_its_own_address(self):
        assert '<atom:link href="http://127.0.0.1:8000/blogs/feed/" rel="self"' in self.see("/blogs/feed/")
        assert '<link href="http://127.0.0.1:8000/blogs/feed/atom/" rel="self"' in self.see("/blogs/feed/atom/")
        assert self.items("/blogs/feed/json/", "feed_url") == "http://127.0.0.1:8000/blogs/feed/json/"

    def items(self, path="/feed/json/", what="items"):
        return json.loads(self.see(path))[what]

    def test_the_kinds_have_feeds_of_their_own(self):
        for kind in Article.Kind:
            make_story(kind.title(), kind=kind)
        for kind, path in (("News", "/feed/news/"), ("Opinion", "/feed/opinion/"), ("Blog", "/blogs/feed/")):
            assert [entry.title for entry in self.parsed(path).entries] == [kind]

    def test_atom_says_all_that_rss_says(self):
        make_story(
            "Dam & gates <open>",
            authors=[make_author(), make_author("AFP", kind="agency")],
            tags=[make_tag("Dam")],
            standfirst="Water < air & more.",
            lead_picture=make_picture(),
        )
        entry = self.parsed("/feed/atom/").entries[0]
        assert (entry.title, entry.summary) == ("Dam & gates <open>", "Water < air & more.")
        assert [a.name for a in entry.authors] == ["Ruth Okafor", "AFP"]
        assert [t.term for t in entry.tags] == ["City", "Dam"]
        assert entry.id.startswith("tag:127.0.0.1,2026:story/")
        assert "The sound came first." in entry.content[0].value
        assert "The quay. (I. Haddad)" in entry.content[0].value

    def test_json_says_all_that_rss_says(self):
        make_story("Dam & gates <open>", authors=[make_author()], tags=[make_tag("Dam")], lead_picture=make_picture())
        item = self.items()[0]
        assert item["title"] == "Dam & gates <open>"
        assert item["authors"] == [{"name": "Ruth Okafor", "url": "http://127.0.0.1:8000/authors/ruth-okafor/"}]
        assert item["tags"] == ["City", "Dam"]
        assert item["image"].startswith("http://127.0.0.1:8000/media/")
        assert "The sound came first." in item["content_html"]
        assert self.items(what="version") == "https://jsonfeed.org/version/1.1"
        assert self.client.get("/feed/json/")["Content-Type"] == "application/feed+json; charset=utf-8"

    def test_a_correction_is_an_update(self):
        story = make_story()
        record = Correction.objects.create(article=story, wrong="It said nine weeks.", right="It is nine days.")
        assert self.parsed("/feed/atom/").entries[0].updated_parsed[:6] == record.corrected_at.utctimetuple()[:6]

    @override_settings(FEED_FULL_TEXT=False)
    def test_a_newsroom_may_give_summaries_alone(self):
        make_public_everywhere(standfirst="In short.", body="<p>The whole of it.</p>", dateline="MOSUL")
        for path in (*FEEDS, *JSON_FEEDS):
            text = self.see(path)
            assert "In short." in text, path
            assert "The whole of it." not in text, path
            assert "MOSUL" not in text, path

    @override_settings(FEED_FULL_TEXT=False)
    def test_a_summary_that_nobody_wrote_is_the_opening(self):
        make_story(body=f"<h2>Up</h2><p>{'word ' * 100}end</p>")
        assert self.items()[0]["content_text"] == f"Up {'word ' * 59}".strip() + "…"

    def test_an_empty_feed_is_the_same_each_time(self):
        for form in FORMS:
            first = self.client.get(f"/feed/{form}")
            assert self.client.get(f"/feed/{form}", headers={"if-none-match": first["ETag"]}).status_code == 304
        assert self.parsed("/feed/atom/").entries == []

    def test_whatever_was_written_every_format_is_read(self):
        """Line ends of scripts and CDATA, direction overrides, and a headline as long as one can be."""
        for headline in ("]]></script><!-- & &amp; \u202egnp.exe", "x" * 190, "نهر \u2066دجلة", "\U0001f30a \x7f"):
            make_public_everywhere(headline, standfirst=headline, dateline="]]>")
        make_story("Alone", kind=Article.Kind.BLOG, body="", standfirst="")
        for path in FEEDS:
            assert self.parsed(path).entries, path
        for path in JSON_FEEDS:
            assert self.items(path), path
        assert "]]></script><!-- & &amp; \u202egnp.exe" in {item["title"] for item in self.items()}

    @override_settings(WEBSUB_HUB="https://hub.example/")
    def test_a_feed_names_its_hub(self):
        make_public_everywhere()
        for path in (*FEEDS, *JSON_FEEDS):
            response = self.client.get(path)
            assert response["Link"] == f'<https://hub.example/>; rel="hub", <http://127.0.0.1:8000{path}>; rel="self"'
            if path in FEEDS:
                hubs = [link.href for link in self.parsed(path).feed.links if link.rel == "hub"]
                assert hubs == ["https://hub.example/"], path
        assert self.items(what="hubs") == [{"type": "WebSub", "url": "https://hub.example/"}]

    def test_every_page_names_its_feeds(self):
        make_public_everywhere()
        for page, feed in (("/", "/feed/"), ("/city/", "/city/feed/"), ("/authors/ruth-okafor/", "/feed/"),
                           ("/tags/dam/", "/tags/dam/feed/"), ("/blogs/", "/blogs/feed/"),
                           ("/corrections/", "/corrections/feed/")):  # fmt: skip
            html = self.see(page)
            for form in FORMS:
                assert f'href="{feed}{form}"' in html, (page, form)

    def test_a_renamed_section_takes_its_feeds_along(self):
        make_story(section=(section := make_section()))
        section.slug = "town"
        section.save()
        assert self.client.get("/city/feed/atom/")["Location"] == "/town/feed/atom/"
