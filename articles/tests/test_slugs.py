from unittest.mock import patch

from articles.models import Article
from tests.cast import NewsroomTestCase, make_story


class SlugTests(NewsroomTestCase):
    def test_the_headline_makes_the_address(self):
        cases = {
            "Mosul victory in ‘days’ as Daesh falls back": "mosul-victory-in-days-as-daesh-falls-back",
            "“You misspelt my street.” We did": "you-misspelt-my-street-we-did",
            "عودة النهر": "عودة-النهر",
            "😀😀😀": "story",
            "Feed": "feed-story",
        }
        for headline, slug in cases.items():
            assert make_story(headline).slug == slug

    def test_the_same_headline_takes_the_next_number(self):
        assert [make_story("Weather").slug for _ in range(3)] == ["weather", "weather-2", "weather-3"]

    def test_a_slug_that_was_taken_meanwhile_is_not_an_error(self):
        make_story("Weather")
        with patch.object(Article, "free_slug", side_effect=["weather", "weather-2"]):
            assert make_story("Weather").slug == "weather-2"

    def test_a_long_headline_makes_an_address_that_fits(self):
        assert len(make_story("river " * 33).slug) <= 120

    def test_an_address_survives_a_new_headline(self):
        story = make_story("Weather")
        story.headline = "Storm"
        story.save()
        assert story.slug == "weather"
