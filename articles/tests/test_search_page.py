"""What a reader can ask of the search page, and what anybody may send to it."""

from datetime import UTC, datetime, timedelta
from unittest import mock

from articles import search as full_text
from articles.models import Article
from tests.cast import NewsroomTestCase, make_author, make_section, make_story, make_tag


class SearchPageTestCase(NewsroomTestCase):
    def found(self, **asked):
        """The headlines on the page, in their order."""
        context = self.client.get("/search/", asked).context
        return [story.headline for story in context["found"].stories]


class FilterTests(SearchPageTestCase):
    def setUp(self):
        super().setUp()
        city = make_section("City")
        quays = make_section("Quays", parent=city)
        ruth, omar = make_author("Ruth Okafor"), make_author("Omar Haddad")
        at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        make_story("Ferry one", section=city, authors=[ruth], published_at=at)
        make_story("Ferry two", section=quays, authors=[omar], published_at=at + timedelta(days=1))
        make_story(
            "Ferry three", section=make_section("World"), authors=[ruth, omar], published_at=at + timedelta(days=2)
        )
        make_story("Ferry four", kind=Article.Kind.BLOG, published_at=at + timedelta(days=3))

    def test_a_section_is_searched_with_its_parts(self):
        assert set(self.found(q="ferry", section="city")) == {"Ferry one", "Ferry two"}
        assert self.found(q="ferry", section="quays") == ["Ferry two"]

    def test_a_kind(self):
        assert self.found(q="ferry", kind="blog") == ["Ferry four"]

    def test_an_author_by_a_part_of_the_name_or_the_slug(self):
        for author in ("okafor", "Ruth Okafor", "ruth-okafor"):
            assert set(self.found(q="ferry", author=author)) == {"Ferry one", "Ferry three"}, author

    def test_days_hold_both_ends(self):
        assert set(self.found(q="ferry", since="2026-03-02", until="2026-03-03")) == {"Ferry two", "Ferry three"}
        assert self.found(q="ferry", until="2026-03-01") == ["Ferry one"]

    def test_the_order(self):
        ordered = ["Ferry one", "Ferry two", "Ferry three", "Ferry four"]
        assert self.found(q="ferry", sort="oldest") == ordered
        assert self.found(q="ferry", sort="newest") == ordered[::-1]

    def test_all_together(self):
        asked = {"section": "world", "kind": "news", "author": "omar", "since": "2026-03-01", "sort": "newest"}
        assert self.found(q="ferry", **asked) == ["Ferry three"]

    def test_what_moved_is_found_where_it_is(self):
        story = Article.objects.get(headline="Ferry one")
        story.section = make_section("World")
        story.save()
        Article.objects.filter(headline="Ferry two").update(kind=Article.Kind.OPINION)
        assert "Ferry one" in self.found(q="ferry", section="world")
        assert self.found(q="ferry", kind="opinion") == ["Ferry two"]

    def test_the_form_keeps_what_was_asked_and_opens(self):
        html = self.see("/search/?q=ferry&section=quays&author=omar&since=2026-03-01")
        assert '<details class="search-filters" open>' in html
        assert '<option value="quays" selected>' in html
        assert 'name="author" value="omar"' in html
        assert 'name="since" value="2026-03-01"' in html
        assert " open>" not in self.see("/search/?q=ferry")

    def test_nothing_left_offers_the_whole_paper(self):
        assert 'href="/search/?q=ferry"' in self.see("/search/?q=ferry&section=world&kind=blog")


class WrongParameterTests(SearchPageTestCase):
    def test_a_value_that_does_not_exist_is_said_beside_its_field(self):
        make_story("Ferry returns")
        for name, value, said in (
            ("section", "nowhere", "There is no such section."),
            ("kind", "poem", "There is no such kind of story."),
            ("sort", "random", "There is no such order."),
            ("author", "Nobody", "No author has this name."),
            ("since", "0000-01-01", "Enter a valid date."),
            ("since", "0001-01-01", "Choose a day from"),
            ("until", "9999-12-31", "Choose a day from"),
            ("until", "yesterday", "Enter a valid date."),
        ):
            html = self.see("/search/", data={"q": "ferry", name: value})
            assert said in html, (name, value)
            assert f'id="{name}-error"' in html
            assert "Ferry returns" not in html

    def test_days_the_wrong_way_round(self):
        assert "This day is before the first one." in self.see("/search/?q=a&since=2026-02-02&until=2026-01-01")

    def test_pages_that_are_none_are_not_found(self):
        make_story("Ferry returns")
        for page in ("0", "-1", "abc", "2", "999", "9" * 5000, "1.0", "١", "\0", "1 "):
            self.see("/search/", 404, data={"q": "ferry", "page": page})
        self.see("/search/?q=ferry&page=1")

    def test_anything_may_be_sent(self):
        make_story("Ferry returns")
        for name in ("q", "section", "kind", "author", "since", "until", "sort"):
            for value in ("\0", "%ED%A0%80", "\u202e", "x" * 100_000, "' OR 1=1 --", '"><script>', "%", "_", "*"):
                response = self.client.get("/search/", {"q": "ferry", name: value})
                assert response.status_code == 200, (name, value[:20])
                assert len(response.content) < 60_000
                assert b"><script>" not in response.content.replace(b" defer></script>", b"")
        self.see("/search/?q=%00%ED%A0%80%FF&author=%ED%A0%80&section=%FF&page=1")

    def test_ten_megabytes_are_looked_at_for_a_moment_only(self):
        assert len(self.see("/search/", data={"q": "ferry " * 1_700_000})) < 60_000


class PagesTests(SearchPageTestCase):
    def test_pages_keep_the_question(self):
        for number in range(25):
            make_story(f"Ferry {number:02}", age=timedelta(days=number))
        html = self.see("/search/?q=ferry&sort=newest")
        assert "25 stories for “ferry”" in html
        assert 'rel="next" href="/search/?q=ferry&amp;sort=newest&amp;page=2"' in html
        assert self.found(q="ferry", sort="newest", page="3") == [
            "Ferry 20",
            "Ferry 21",
            "Ferry 22",
            "Ferry 23",
            "Ferry 24",
        ]
        self.see("/search/?q=ferry&sort=newest&page=4", 404)

    def test_the_last_page_is_bounded_and_says_so(self):
        with mock.patch.multiple(full_text, NEWEST=12, NEWEST_HEADLINES=3):
            for number in range(20):
                make_story(f"Brief {number}", body="<p>The ferry.</p>", age=timedelta(days=number))
            assert "More than 12 stories" in self.see("/search/?q=ferry")
            assert len(self.found(q="ferry", page="2")) == 2
            self.see("/search/?q=ferry&page=3", 404)

    def test_the_count_tells_nothing_of_hidden_stories(self):
        make_story("Ferry returns")
        make_story("Ferry secret", status="draft")
        over = make_story("Ferry gone", age=timedelta(days=2))
        Article.objects.filter(pk=over.pk).update(unpublish_at=datetime(2026, 1, 1, tzinfo=UTC))
        assert "1 story for “ferry”" in self.see("/search/?q=ferry")


class SuggestionTests(NewsroomTestCase):
    def suggested(self, typed):
        return self.client.get("/search/suggest/", {"q": typed}).json()

    def test_sections_tags_and_headlines_in_which_a_word_begins_so(self):
        make_story("The ferry sails again", section=make_section("Ferries"), tags=[make_tag("Ferry trade")])
        assert self.suggested("FER") == ["Ferries", "Ferry trade", "The ferry sails again"]
        assert self.suggested("erry") == []

    def test_arabic_without_its_vowel_marks(self):
        make_story("سد الموصل يفتح بواباته")
        assert self.suggested("المُوص") == ["سد الموصل يفتح بواباته"]

    def test_only_what_is_public(self):
        make_story("Ferry secret", status="draft", tags=[make_tag("Ferrous")])
        make_story("Ferry later", age=-timedelta(hours=1))
        assert self.suggested("ferr") == []

    def test_anything_may_be_typed(self):
        for typed in ("", "a", "\0", "((((", "[a-", "x" * 100_000, "%ED%A0%80", "\\"):
            assert self.suggested(typed) == []
        assert self.client.get("/search/suggest/?q=%FF%ED%A0%80").json() == []

    def test_at_most_eight_in_few_queries(self):
        for number in range(20):
            make_story(f"Ferry {number}")
        with self.assertNumQueries(5):
            assert len(self.suggested("ferry")) == 8
