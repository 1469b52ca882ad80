from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Tag
from articles.models.tag import TagSynonym
from newsroom.tests.test_page_cache import PageCacheTestCase
from tests.cast import NewsroomTestCase, make_picture, make_story, make_tag


def names(story):
    return sorted(tag.name for tag in story.tags.all())


class Resolving(NewsroomTestCase):
    def test_a_name_is_one_tag_however_it_is_written(self):
        tag = Tag.objects.create(name="Éclair", slug="eclair")
        assert Tag.resolve(["éCLAIR", " e\u0301clair "]) == [tag]

    def test_a_synonym_means_its_tag(self):
        tag = make_tag("Climate")
        TagSynonym.objects.create(name="Global warming", tag=tag)
        assert Tag.resolve(["global WARMING", "climate"]) == [tag]

    def test_a_new_name_makes_a_tag(self):
        (tag,) = Tag.resolve(["Canyon  dam"])
        assert (tag.name, tag.slug) == ("Canyon dam", "canyon-dam")
        assert Tag.resolve(["canyon dam"]) == [tag]

    def test_an_address_that_leads_elsewhere_is_not_given_away(self):
        make_tag("Water").absorb([make_tag("H2O")])
        (tag,) = Tag.resolve(["H2O!"])
        assert tag.slug == "h2o_2"

    def test_many_names_cost_two_queries(self):
        words = [make_tag(f"Tag {number}").name for number in range(20)]
        with self.assertNumQueries(2):
            assert len(Tag.resolve(words)) == 20

    def test_nothing_is_no_tag(self):
        assert Tag.resolve(["", "  "]) == []


class Merging(NewsroomTestCase):
    def merge(self, *tags, stays=None, follow=True):
        data = {"action": "merge", "_selected_action": [tag.pk for tag in tags]}
        if stays:
            data["stays"] = stays.pk
        return self.client.post("/admin/articles/tag/", data, follow=follow)

    def setUp(self):
        super().setUp()
        self.dam, self.dams = make_tag("Dam"), make_tag("Dams")
        self.both = make_story("Both", tags=[self.dam, self.dams])
        self.one = make_story("One", slug="one", tags=[self.dams])

    def test_it_is_asked_which_one_stays(self):
        self.sign_in(self.editor)
        page = self.merge(self.dam, self.dams).content.decode()
        assert "Which tag stays?" in page
        assert Tag.objects.count() == 2

    def test_the_one_that_stays_has_all_stories_once(self):
        self.sign_in(self.editor)
        self.merge(self.dam, self.dams, stays=self.dam)
        assert [tag.name for tag in Tag.objects.all()] == ["Dam"]
        assert names(self.both) == names(self.one) == ["Dam"]

    def test_the_other_name_and_address_lead_to_it(self):
        self.sign_in(self.editor)
        self.merge(self.dam, self.dams, stays=self.dam)
        assert Tag.resolve(["dams"]) == [self.dam]
        self.assertRedirects(self.client.get("/tags/dams/"), "/tags/dam/", status_code=301)
        self.assertRedirects(self.client.get("/tags/dams/feed/"), "/tags/dam/feed/", status_code=301)

    def test_synonyms_and_old_addresses_come_along(self):
        barrage = make_tag("Barrage")
        barrage.absorb([self.dams])
        self.dam.absorb([barrage])
        assert Tag.resolve(["Dams", "Barrage", "Dam"]) == [self.dam]
        self.assertRedirects(self.client.get("/tags/dams/"), "/tags/dam/", status_code=301)

    def test_two_ways_of_writing_one_name_can_be_merged(self):
        loud = Tag.objects.create(name="DAM", slug="dam-2")
        assert self.dam.absorb([loud]) == 1
        self.assertRedirects(self.client.get("/tags/dam-2/"), "/tags/dam/", status_code=301)

    def test_one_tag_alone_cannot_be_merged(self):
        self.sign_in(self.editor)
        assert "Choose from 2 to 50 tags" in self.merge(self.dam).content.decode()

    def test_reporters_do_not_merge(self):
        self.sign_in(self.reporter)
        self.merge(self.dam, self.dams, stays=self.dam)
        assert Tag.objects.count() == 2

    def test_it_is_in_the_history_of_the_one_that_stays(self):
        self.sign_in(self.editor)
        self.merge(self.dam, self.dams, stays=self.dam)
        assert "Merged into it: Dams" in self.see(f"/admin/articles/tag/{self.dam.pk}/history/")


class Renaming(NewsroomTestCase):
    def save(self, tag, synonyms=(), **fields):
        data = {"name": tag.name, "slug": tag.slug, "description": "", **fields}
        data |= {"synonyms-TOTAL_FORMS": len(synonyms), "synonyms-INITIAL_FORMS": 0}
        data |= {f"synonyms-{number}-name": name for number, name in enumerate(synonyms)}
        return self.client.post(f"/admin/articles/tag/{tag.pk}/change/", data)

    def setUp(self):
        super().setUp()
        self.sign_in(self.editor)
        self.tag = make_tag("Covid")

    def refused(self, response):
        assert response.status_code == 200
        return response.content.decode()

    def test_a_renamed_tag_keeps_its_address_and_knows_its_old_name(self):
        self.save(self.tag, name="Covid-19")
        assert Tag.objects.get(slug="covid").name == "Covid-19"
        assert Tag.resolve(["COVID"]) == [self.tag]

    def test_an_old_address_leads_to_the_new_one(self):
        self.save(self.tag, slug="covid-19")
        self.assertRedirects(self.client.get("/tags/covid/"), "/tags/covid-19/", status_code=301)
        self.save(Tag.objects.get(), slug="covid")
        self.assertRedirects(self.client.get("/tags/covid-19/"), "/tags/covid/", status_code=301)
        self.see("/tags/covid/")

    def test_a_synonym_is_written_in_the_form(self):
        assert self.save(self.tag, ["Corona virus"]).status_code == 302
        assert Tag.resolve(["corona Virus"]) == [self.tag]

    def test_a_synonym_that_is_a_tag_is_refused(self):
        make_tag("Corona")
        assert "is a tag itself" in self.refused(self.save(self.tag, ["CORONA"]))

    def test_a_synonym_of_another_tag_is_refused(self):
        TagSynonym.objects.create(name="Corona", tag=make_tag("Beer"))
        assert "It is a synonym of “Beer” already." in self.refused(self.save(self.tag, ["corona"]))

    def test_a_synonym_cannot_stand_twice(self):
        assert "It stands here twice." in self.refused(self.save(self.tag, ["Corona", "corona"]))

    def test_a_name_in_other_letters_is_refused(self):
        other = make_tag("Virus")
        assert "is there already" in self.refused(self.save(other, name="COVID"))

    def test_an_address_that_leads_elsewhere_is_refused(self):
        self.tag.absorb([make_tag("Corona")])
        assert "This address leads elsewhere already" in self.refused(self.save(make_tag("Virus"), slug="corona"))

    def test_typing_a_synonym_suggests_its_tag(self):
        TagSynonym.objects.create(name="Corona", tag=self.tag)
        found = self.client.get(
            "/admin/autocomplete/",
            {"app_label": "articles", "model_name": "taggedarticle", "field_name": "tag", "term": "coro"},
        )
        assert [row["text"] for row in found.json()["results"]] == ["Covid"]

    def test_hostile_names_are_refused_beside_the_field(self):
        for name in ("\0", "x" * 101):
            self.refused(self.save(self.tag, [name]))
            self.refused(self.save(self.tag, name=name))


class TheList(NewsroomTestCase):
    def queries(self, tags):
        for number in range(tags):
            TagSynonym.objects.create(name=f"Word {tags} {number}", tag=make_tag(f"Tag {tags} {number}"))
        with CaptureQueriesContext(connection) as queries:
            assert f"Word {tags} 0" in self.see("/admin/articles/tag/")
        return len(queries)

    def test_its_queries_do_not_grow(self):
        self.sign_in(self.editor)
        assert self.queries(3) == self.queries(30)


class Writing(NewsroomTestCase):
    def test_a_story_that_is_given_a_synonym_gets_the_tag(self):
        tag = make_tag("Climate")
        TagSynonym.objects.create(name="Global warming", tag=tag)
        story = make_story(tags=["GLOBAL warming", "climate", "Water"])
        assert names(story) == ["Climate", "Water"]
        story.tags.set([tag, "Global Warming"])
        assert names(story) == ["Climate"]


class ThePage(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.water, self.rivers, self.wells = make_tag("Water"), make_tag("Rivers"), make_tag("Wells")
        Tag.objects.exclude(pk=self.water.pk).update(parent=self.water)
        self.story = make_story("The river", tags=[self.water, self.rivers, self.wells])
        Tag.objects.filter(pk=self.water.pk).update(description="What falls, runs and is drawn.")

    def head(self, tag):
        return self.see(tag.get_absolute_url()).partition('class="list-header"')[2].partition("</header>")[0]

    def test_it_says_what_it_is_about_and_leads_to_its_parts_and_back(self):
        head = self.head(self.water)
        assert "What falls, runs and is drawn." in head
        assert head.index(">Rivers</a>") < head.index(">Wells</a>")
        assert ">Part of Water</a>" in self.head(self.rivers)
        assert "Wells" not in self.head(self.rivers)

    def test_what_stands_on_hidden_stories_alone_is_not_named(self):
        hidden = make_tag("Coup")
        Tag.objects.filter(pk=hidden.pk).update(parent=self.water)
        make_story("A draft", status="draft", tags=[hidden])
        Tag.objects.filter(pk=self.water.pk).update(parent=hidden)
        assert "Coup" not in self.see(self.water.get_absolute_url())

    def test_the_address_of_a_synonym_leads_to_its_tag(self):
        TagSynonym.objects.create(name="Ground water", tag=self.wells)
        for word in ("ground-water", "Ground-Water"):
            response = self.client.get(f"/tags/{word}/", follow=True)
            assert response.redirect_chain[-1] == (self.wells.get_absolute_url(), 301), word
        Article.objects.update(status="draft", first_public_at=None)
        self.see("/tags/ground-water/", status=404)
        for word in ("nothing", "%00", "a" * 400):
            assert self.client.get(f"/tags/{word}/").status_code == 404

    def test_it_costs_no_more_with_many_parts_and_pictures(self):
        for number in range(20):
            tag = make_tag(f"Part-{number}")
            Tag.objects.filter(pk=tag.pk).update(parent=self.water)
            make_story(f"Story {number}", tags=[self.water, tag], lead_picture=make_picture())
        with CaptureQueriesContext(connection) as captured:
            assert self.head(self.water).count("<li>") == 22
        assert len(captured) <= 8

    def test_a_circle_is_refused_beside_the_field(self):
        self.sign_in(self.editor)
        rows = {"synonyms-TOTAL_FORMS": 0, "synonyms-INITIAL_FORMS": 0}
        for parent in (self.water, self.rivers):
            data = {"name": "Water", "slug": "water", "parent": parent.pk, **rows}
            response = self.client.post(f"/admin/articles/tag/{self.water.pk}/change/", data)
            assert "this tag or a part of it" in response.content.decode()
        data = {"name": "Rain", "slug": "rain", "parent": self.water.pk, **rows}
        assert self.client.post("/admin/articles/tag/add/", data).status_code == 302
        assert Tag.objects.get(slug="rain").parent == self.water

    def test_the_parts_of_a_merged_tag_come_along(self):
        make_tag("Rain").absorb([self.water])
        assert set(make_tag("Rain").children.all()) == {self.rivers, self.wells}


class TheKeptPage(PageCacheTestCase):
    def setUp(self):
        super().setUp()
        self.water, self.rivers, self.other = make_tag("Water"), make_tag("Rivers"), make_tag("Bread")
        make_story("Both", tags=[self.water, self.other])
        self.draft = make_story("A draft", status="draft", tags=[self.rivers])
        self.rivers.parent = self.water
        self.rivers.save()
        self.pages = [self.water.get_absolute_url(), self.other.get_absolute_url()]

    def test_a_part_that_becomes_known_shows(self):
        self.draft.status = Article.Status.PUBLISHED
        assert self.pages[0] in self.made_anew(self.draft.save, *self.pages)
        assert ">Rivers</a>" in self.get(self.pages[0]).text

    def test_a_part_that_comes_is_renamed_or_goes_shows(self):
        make_story("A river", tags=[self.rivers])
        self.rivers.name = "Streams"
        assert self.made_anew(self.rivers.save, *self.pages) == self.pages[:1]
        assert ">Streams</a>" in self.get(self.pages[0]).text
        self.rivers.parent = None
        assert self.made_anew(self.rivers.save, *self.pages) == self.pages[:1]
        self.rivers.parent = self.water
        assert self.made_anew(self.rivers.save, *self.pages) == self.pages[:1]
        assert self.made_anew(self.rivers.delete, *self.pages) == self.pages[:1]
        assert "Streams" not in self.get(self.pages[0]).text

    def test_parts_that_come_by_a_merge_show(self):
        make_story("A river", tags=[self.rivers])
        lakes = make_tag("Lakes")
        self.rivers.parent = lakes
        self.rivers.save()
        assert self.pages[0] in self.made_anew(lambda: self.water.absorb([lakes]), *self.pages)
        assert ">Rivers</a>" in self.get(self.pages[0]).text
