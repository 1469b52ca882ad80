from unittest.mock import patch

from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article
from articles.models.tag import TagSynonym
from newsroom import finder
from tests.cast import NewsroomTestCase, make_author, make_picture, make_story, make_tag, make_user


class Finder(NewsroomTestCase):
    def find(self, words, **parameters):
        response = self.client.get("/admin/search/", {"s": words, "extended": 1, **parameters})
        assert response.status_code == 200
        return response.content.decode()

    def test_stories_pictures_people_and_tags_are_found_by_a_part_of_a_word(self):
        self.sign_in(self.editor)
        things = [
            make_story("The canyon dam", status="draft"),
            make_picture(alt="A canyon at dusk"),
            make_author("Ann Canyon"),
            make_tag("Canyons"),
        ]
        page = self.find("CANY")
        for thing in things:
            assert f"/admin/articles/{thing._meta.model_name}/{thing.pk}/change/" in page

    def test_an_old_story_is_found_by_a_whole_word(self):
        story = make_story("The canyon dam")
        for number in range(3):
            make_story(f"Something else {number}")
        self.sign_in(self.editor)
        with patch.object(finder, "RECENT", 2):
            assert f"/article/{story.pk}/" in self.find("canyon")
            assert f"/article/{story.pk}/" not in self.find("cany")

    def test_a_synonym_finds_its_tag(self):
        TagSynonym.objects.create(name="Global warming", tag=make_tag("Climate"))
        self.sign_in(self.editor)
        assert "Climate" in self.find("warming")

    def test_a_place_of_the_desk_is_found(self):
        self.sign_in(self.editor)
        assert "/admin/articles/correction/" in self.find("correct")

    def test_the_trash_is_not_searched(self):
        make_story("The canyon dam")
        Article.objects.trash()
        self.sign_in(self.editor)
        assert "The canyon dam" not in self.find("canyon")

    def test_only_what_the_person_may_open_is_found(self):
        make_story("The canyon dam", status="draft")
        make_user("canyonist")
        self.sign_in(self.reporter)
        page = self.find("canyon")
        assert "The canyon dam" in page
        assert "canyonist" not in page
        self.sign_in(make_user("newcomer"))
        assert "The canyon dam" not in self.find("canyon")

    def test_it_is_for_the_desk_only(self):
        assert self.client.get("/admin/search/", {"s": "canyon"}).status_code == 302

    def test_whatever_is_typed_gets_an_answer(self):
        self.sign_in(self.editor)
        for words in ("", "\0", "%", "_", '"', "-", "NOT", "a" * 5000, "<script>", "نهر", "\u202e"):
            assert "<script>" not in self.find(words)
        for page in ("x", "0", "-1", "999999"):
            self.find("canyon", page=page)

    def queries(self, rows):
        for number in range(rows):
            name = f"Canyon {rows} {number}"
            make_story(name, slug=name.lower().replace(" ", "-"))
            make_author(name)
            make_tag(name.replace(" ", "-"))
        with CaptureQueriesContext(connection) as queries:
            page = self.find("canyon")
        assert page.count("<li") <= 4 * 6
        return len(queries)

    def test_it_costs_the_same_however_much_there_is(self):
        self.sign_in(self.editor)
        self.find("canyon")
        few = self.queries(6)
        assert few == self.queries(30)
        assert few <= 20

    def test_the_desk_has_its_button(self):
        self.sign_in(self.reporter)
        assert "Search the desk" in self.see("/admin/")
