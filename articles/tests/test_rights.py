"""Pictures whose rights are over and pictures whose file is gone: no page shows the first or breaks on the second."""

from datetime import timedelta

from django.utils import timezone

from articles import tasks
from articles.models import Picture
from articles.models.picture import BodyPicture
from tests.cast import NewsroomTestCase, make_author, make_picture, make_story


def figure(picture, alt="A quay"):
    return (
        f'<figure class="image"><img alt="{alt}" data-picture="{picture.pk}" src="{picture.file.url}">'
        "<figcaption>On the quay.</figcaption></figure>"
    )


class RightsTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.picture = make_picture()
        self.author = make_author(picture=self.picture)
        self.story = make_story(
            authors=[self.author], lead_picture=self.picture, body=f"<p>Water.</p>{figure(self.picture)}<p>Later.</p>"
        )
        tasks.make_renditions(self.picture.pk)
        self.addresses = ["/", self.story.get_absolute_url(), "/city/", "/feed/", "/authors/ruth-okafor/", "/authors/"]

    def names(self):
        files = [self.picture.file.name, *self.picture.renditions.values_list("file", flat=True)]
        return [name.rpartition("/")[2] for name in files]

    def end_rights(self, days):
        Picture.objects.update(rights_until=timezone.localdate() + timedelta(days=days))

    def shown(self, address):
        page = self.see(address)
        return any(name in page for name in self.names())

    def test_on_their_last_day_it_is_shown_everywhere(self):
        self.end_rights(0)
        assert all(self.shown(address) for address in self.addresses)

    def test_from_the_next_day_on_no_page_shows_it(self):
        self.end_rights(-1)
        for address in self.addresses:
            assert not self.shown(address), address
        page = self.see(self.story.get_absolute_url())
        assert "On the quay." not in page
        assert "Later." in page
        assert "og:image" not in page

    def test_the_cost_of_a_feed_does_not_grow_with_the_pictures_in_texts(self):
        def queries():
            with self.assertNumQueries(self.feed_queries):
                self.see("/feed/")

        self.feed_queries = 7
        queries()
        for number in range(4):
            make_story(f"Story {number}", body=figure(self.picture))
        queries()


class BodyPictureTests(NewsroomTestCase):
    def test_a_story_remembers_the_pictures_of_its_text(self):
        first, second = make_picture(), make_picture()
        story = make_story(body=figure(first) + f'<p><img src="{second.file.url}" alt="Hill"></p>')
        assert set(story.body_pictures.values_list("picture", flat=True)) == {first.pk, second.pk}
        story.body = figure(second)
        story.save()
        assert story.body_pictures.get().picture == second
        story.body = "<p>None.</p>"
        story.save()
        assert not BodyPicture.objects.exists()

    def test_sizes_that_are_made_are_offered_in_the_text(self):
        picture = make_picture()
        story = make_story(body=figure(picture))
        assert "srcset" not in self.see(story.get_absolute_url())
        tasks.make_renditions(picture.pk)
        made = picture.renditions.get(crop="full", format="webp").file.url
        page = self.see(story.get_absolute_url()).replace(' loading="lazy" decoding="async"', "")
        assert f'<img srcset="{made} 120w" sizes="' in page

    def test_keys_that_are_no_pictures_are_passed_over(self):
        body = '<p><img src="/media/x.jpg" data-picture="999999" alt=""><img src="/media/y.jpg" data-picture="x"></p>'
        assert not make_story(body=body).body_pictures.exists()

    def test_an_empty_alternative_text_is_taken_from_the_library(self):
        picture = make_picture(alt='The "old" quay <b>')
        story = make_story(body=figure(picture, alt=""))
        assert 'alt="The &quot;old&quot; quay &lt;b&gt;"' in story.body
        story.save()
        assert story.body.count("alt=") == 1

    def test_a_text_of_its_own_is_kept(self):
        assert 'alt="Seen from the hill"' in make_story(body=figure(make_picture(), alt="Seen from the hill")).body


class FileGoneTests(NewsroomTestCase):
    def test_no_page_breaks_when_the_file_is_gone(self):
        picture, empty = make_picture(), make_picture()
        for made in (True, False):
            if made:
                tasks.make_renditions(picture.pk)
                files = [rendition.file for rendition in picture.renditions.all()]
            for file in [picture.file, *files]:
                file.storage.delete(file.name)
            Picture.objects.filter(pk=empty.pk).update(file="")
            author = make_author(picture=picture)
            stories = [make_story("One", [author], lead_picture=picture, body=figure(picture))]
            stories.append(make_story("Two", lead_picture=Picture.objects.get(pk=empty.pk)))
            for address in ("/", "/feed/", "/city/", "/authors/", *(story.get_absolute_url() for story in stories)):
                self.see(address)
            picture.renditions.all().delete()
        self.sign_in(self.editor)
        for key in (picture.pk, empty.pk):
            self.see(f"/admin/articles/picture/{key}/change/")
        self.see("/admin/articles/picture/")
        for story in stories:
            self.see(f"/admin/articles/article/{story.pk}/change/")
            self.see(f"/admin/articles/article/{story.pk}/preview/")

    def test_the_worker_passes_it_over(self):
        picture, empty = make_picture(), make_picture()
        picture.file.storage.delete(picture.file.name)
        Picture.objects.filter(pk=empty.pk).update(file="")
        tasks.make_missing_renditions()
        assert not Picture.objects.without_renditions().exists()
