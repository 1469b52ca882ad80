from datetime import timedelta

import feedparser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.feeds import STORIES
from articles.models import Article, Correction
from tests.cast import NewsroomTestCase, make_author, make_picture, make_section, make_story, make_tag

FEEDS = ("/feed/", "/city/feed/", "/authors/ruth-okafor/feed/", "/tags/dam/feed/", "/blogs/feed/")


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
        for path in FEEDS:
            assert "Secret" not in self.see(path), path

    def test_unknown_feeds_are_not_found(self):
        for path in ("/nowhere/feed/", "/authors/nobody/feed/", "/tags/nothing/feed/"):
            self.see(path, status=404)

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
        counts = [self.count(path) for path in FEEDS]
        for number in range(4):
            make_public_everywhere(f"Story {number}", lead_picture=make_picture())
        assert [self.count(path) for path in FEEDS] == counts
        assert max(counts) <= 8

    def count(self, path):
        with CaptureQueriesContext(connection) as queries:
            self.see(path)
        return len(queries)

    def test_a_feed_names_its_own_address(self):
        assert '<atom:link href="http://127.0.0.1:8000/blogs/feed/" rel="self"' in self.see("/blogs/feed/")
