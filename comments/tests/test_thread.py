from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from comments.models import Comment, most_discussed_stories
from comments.templatetags.comments import comments_for, reader_text
from comments.tests.cast import make_comment
from comments.threads import thread_page
from tests.cast import NewsroomTestCase, make_story

TEXTS = [
    ("a < b & <script>alert(1)</script>", "<p>a &lt; b &amp; &lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("one\n\ntwo\nthree", "<p>one</p>\n<p>two<br>three</p>"),
    (
        "see https://a.example/x?y=1&z=2.",
        '<p>see <a href="https://a.example/x?y=1&amp;z=2" rel="ugc nofollow noopener">'
        "https://a.example/x?y=1&amp;z=2</a>.</p>",
    ),
    (
        "(http://a.example/b_(c)), yes",
        '<p>(<a href="http://a.example/b_(c)" rel="ugc nofollow noopener">http://a.example/b_(c)</a>), yes</p>',
    ),
    ("javascript:alert(1) ftp://a.example me@example.org", None),
    ("https://", None),
    ("https://...", None),
]


class ReaderTextTests(NewsroomTestCase):
    def test_text_is_escaped_and_only_web_addresses_are_links(self):
        for text, html in TEXTS:
            with self.subTest(text):
                assert reader_text(text) == (html or f"<p>{text}</p>")

    def test_an_address_cannot_break_out_of_its_attribute(self):
        html = reader_text('https://a.example/" onmouseover="alert(1) https://b.example/\'><img src=x>')
        assert "<img" not in html
        assert 'onmouseover="' not in html

    def test_a_long_address_is_shown_short(self):
        html = reader_text("https://a.example/" + "x" * 500)
        assert f">https://a.example/{'x' * 41}…</a>" in html


class ThreadTests(NewsroomTestCase):
    def setUp(self):
        super().setUp()
        self.story = make_story()
        self.now = timezone.now()

    def said(self, body, minutes, **fields):
        return make_comment(self.story, body, created_at=self.now + timedelta(minutes=minutes), **fields)

    def order(self):
        return [(comment.body, comment.depth) for comment in thread_page(self.story).comments]

    def test_oldest_first_with_answers_under_what_they_answer(self):
        second = self.said("second", 2)
        first = self.said("first", 1)
        self.said("to second", 3, parent=second)
        self.said("to first", 4, parent=first)
        assert self.order() == [("first", 0), ("to first", 1), ("second", 0), ("to second", 1)]

    def test_deep_answers_stand_flat_and_say_whom_they_answer(self):
        comment = None
        for depth in range(5):
            comment = self.said(f"depth {depth}", depth, parent=comment, name=f"Reader {depth}")
        assert [depth for _, depth in self.order()] == [0, 1, 2, 2, 2]
        page = self.see(self.story.get_absolute_url())
        assert '<span class="comment-answers">in reply to <bdi>Reader 3</bdi></span>' in page

    def test_what_answers_a_hidden_comment_is_hidden(self):
        top = self.said("top", 1)
        for number, status in enumerate(("pending", "rejected", "spam")):
            hidden = self.said(f"{status} words", 2, parent=top, status=status)
            answer = self.said("answer to the hidden", 3 + number, parent=hidden)
            self.said("answer to the answer", 6 + number, parent=answer)
        page = self.see(self.story.get_absolute_url())
        assert self.order() == [("top", 0)]
        assert "to the hidden" not in page
        assert "Comments (1)" in page

    def test_the_story_page_shows_name_time_permalink_and_reply(self):
        comment = self.said("I was there.", 1, name="<b>Peter</b>")
        page = self.see(self.story.get_absolute_url())
        assert "&lt;b&gt;Peter&lt;/b&gt;" in page
        assert f'id="comment-{comment.pk}"' in page
        assert f'href="#comment-{comment.pk}"' in page
        assert f'datetime="{timezone.localtime(comment.created_at).isoformat()}"' in page
        assert reverse("comments:reply", args=[self.story.pk, comment.pk]) in page

    def test_addresses_are_never_shown_to_readers(self):
        parent = self.said("I was there.", 1, email="secret@example.org")
        self.said("So was I.", 2, parent=parent, email="hidden@example.net")
        pages = [
            self.story.get_absolute_url(),
            reverse("comments:reply", args=[self.story.pk, parent.pk]),
            reverse("comments:thread", args=[self.story.pk, 1]),
        ]
        for url in pages:
            page = self.see(url)
            assert "I was there." in page
            assert "secret@" not in page
            assert "hidden@" not in page

    def test_one_query_whatever_the_length_of_a_page(self):
        for number in range(95):
            self.said(f"comment {number}", number, parent=Comment.objects.last() if number % 3 else None)
            if number in (4, 94):
                with self.assertNumQueries(1):
                    str(comments_for(self.story)["page"].comments)

    def test_rendering_the_story_asks_no_more_for_more_comments(self):
        counts = []
        for number in range(60):
            self.said(f"comment {number}", number, parent=Comment.objects.last() if number % 3 else None)
            if number in (4, 59):
                with CaptureQueriesContext(connection) as queries:
                    self.see(self.story.get_absolute_url())
                counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_long_conversations_go_on_on_further_pages(self):
        Comment.objects.bulk_create(
            Comment(article=self.story, name="R", email="r@example.org", body=f"number {n}.", status="approved")
            for n in range(250)
        )
        story, last = (self.see(url) for url in (self.story.get_absolute_url(), self.page(3)))
        assert "number 99." in story
        assert "number 100." not in story
        assert "Comments (250)" in story
        assert f'href="{self.page(2)}"' in story
        assert "number 249." in last
        assert "Later comments" not in last
        self.see(self.page(4), 404)
        self.see(self.page(10**30), 404)

    def page(self, number):
        return reverse("comments:thread", args=[self.story.pk, number])

    def test_closed_comments_show_the_conversation_without_the_form(self):
        self.story.comments_open = False
        self.story.save()
        self.said("I was there.", 1)
        page = self.see(self.story.get_absolute_url())
        assert "I was there." in page
        assert "Comments on this story are closed." in page
        assert 'name="body"' not in page
        assert ">Reply<" not in page

    def test_the_form_stands_in_the_story_without_a_question(self):
        page = self.see(self.story.get_absolute_url())
        for name in ("name", "email", "body"):
            assert f'name="{name}"' in page
        assert "captcha_0" not in page
        assert page == self.see(self.story.get_absolute_url())


class MostDiscussedTests(NewsroomTestCase):
    def test_published_stories_by_this_weeks_visible_comments(self):
        quiet, loud, gone = make_story("Quiet"), make_story("Loud"), make_story("Gone", status="withdrawn")
        for story in (quiet, loud, loud, gone, gone, gone):
            make_comment(story)
        make_comment(quiet, status=Comment.Status.SPAM)
        make_comment(make_story("Old"), created_at=timezone.now() - timedelta(days=8))
        assert [(story.headline, story.comment_count) for story in most_discussed_stories()] == [
            ("Loud", 2),
            ("Quiet", 1),
        ]

    def test_nothing_said_is_an_empty_list(self):
        make_story()
        assert most_discussed_stories() == []
