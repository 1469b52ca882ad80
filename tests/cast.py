"""The people and things that tests are about: ten-line makers and one base class."""

from datetime import timedelta
from io import BytesIO

from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.utils import timezone
from PIL import Image

from articles.models import Article, Author, Byline, Picture, Section, Tag


def picture_bytes(size=(120, 80), colour="teal", format="JPEG", **options) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, format, **options)
    return out.getvalue()


def make_picture(**fields):
    file = SimpleUploadedFile("quay.jpg", picture_bytes(), "image/jpeg")
    return Picture.objects.create(
        **{"file": file, "alt": "A quay", "caption": "The quay.", "credit": "I. Haddad", **fields}
    )


def make_section(name="City", **fields):
    return Section.objects.get_or_create(slug=name.lower(), defaults={"name": name, **fields})[0]


def make_author(name="Ruth Okafor", **fields):
    return Author.objects.get_or_create(slug=name.lower().replace(" ", "-"), defaults={"name": name, **fields})[0]


def make_story(headline="The river comes back", authors=(), tags=(), age=timedelta(hours=1), **fields):
    """A published news story, `age` old; `status="draft"` and any other field by name."""
    fields = {"status": Article.Status.PUBLISHED, "body": "<p>The sound came first.</p>", **fields}
    fields.setdefault("published_at", timezone.now() - age)
    if "section" not in fields and fields.get("kind") != Article.Kind.BLOG:
        fields["section"] = make_section()
    story = Article.objects.create(headline=headline, **fields)
    for position, author in enumerate(authors):
        Byline.objects.create(article=story, author=author, position=position)
    if tags:
        story.tags.add(*tags)
    return story


def make_tag(name):
    return Tag.objects.get_or_create(slug=name.lower(), defaults={"name": name})[0]


def make_user(name, group=None, **fields):
    user = User.objects.create_user(name, f"{name}@example.org", "harbour-lights", is_staff=True, **fields)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


class NewsroomTestCase(TestCase):
    """A test with the cast at hand; each member is made when a test first names it."""

    def setUp(self):
        cache.clear()

    @property
    def editor(self):
        return self._member("eve", "Editors")

    @property
    def reporter(self):
        return self._member("rolf", "Reporters")

    @property
    def moderator(self):
        return self._member("mona", "Moderators")

    @property
    def newsletter_desk(self):
        return self._member("nils", "Newsletter desk")

    def _member(self, name, group):
        return User.objects.filter(username=name).first() or make_user(name, group)

    def sign_in(self, user):
        self.client.force_login(user)
        return user

    def see(self, path, status=200, **kwargs):
        """The text of a page, once it answers with the status."""
        response = self.client.get(path, **kwargs)
        assert response.status_code == status, path
        return response.content.decode()


class ArabicTestCase(NewsroomTestCase):
    """A small Arabic paper: a section, three authors, a story, a blog post. The class of tests sets the language."""

    @classmethod
    def setUpTestData(cls):
        cls.section = make_section("المدينة", slug="مدينة")
        cls.authors = [make_author(name) for name in ("ليلى حداد", "سامي خوري", "هدى سالم")]
        cls.story = make_story(
            "النهر يعود إلى الوادي",
            authors=cls.authors,
            tags=[make_tag("أنهار")],
            section=cls.section,
            kicker="السد",
            body="<p>سُمع الصوت أولًا.</p>",
        )
        cls.post = make_story("دفتر المصوّر", kind=Article.Kind.BLOG, body="<p>صورة.</p>")
