"""What readers see of type and time: labels that stay true, quotation marks, what asks nobody else."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from articles import typesetting
from articles.models import Article
from newsroom.page_cache.carried import rendering
from tests.cast import NewsroomTestCase, make_story


class UpdatedTests(NewsroomTestCase):
    def story(self, updated, age=timedelta(hours=9)):
        return make_story("The river comes back", age=age, updated_at=timezone.now() - updated)

    def front(self):
        return self.client.get("/").content.decode()

    def test_a_story_that_was_updated_lately_says_so_with_the_hour(self):
        self.story(timedelta(minutes=5))
        assert re.search(r'<b class="is-updated">Updated <time datetime="[^"]+">[^<]+</time></b>', self.front())

    def test_an_old_update_is_no_news(self):
        self.story(timedelta(hours=7))
        assert "is-updated" not in self.front()

    def test_a_time_before_publication_is_no_update(self):
        self.story(timedelta(hours=3), age=timedelta(hours=1))
        assert "is-updated" not in self.front()

    def test_the_label_has_an_end_that_a_kept_page_knows(self):
        story = self.story(timedelta(hours=5, minutes=59))
        with rendering() as page:
            assert "is-updated" in self.front()
        assert page.until <= (story.updated_at + timedelta(hours=6)).timestamp()


class PageTests(NewsroomTestCase):
    def page(self, **fields):
        self.story = make_story(**{"headline": "“No boats,” she said", "lead_picture": None, **fields})
        return self.client.get(self.story.get_absolute_url()).content.decode()

    def test_a_mark_at_the_start_of_a_headline_hangs(self):
        assert '<h1 class="hung">' in self.page()
        assert 'class="headline hung"' in self.client.get("/").content.decode()

    def test_nothing_is_asked_of_anybody_else_before_a_press(self):
        page = re.sub(r"<script type=.application/ld.json.>.*?</script>", "", self.page(), flags=re.S)
        asked = re.findall(r'(?:\ssrc|srcset|<link[^>]* href)="(https?://[^"/]+)', page)
        assert {host for host in asked if "127.0.0.1" not in host and "testserver" not in host} == set()

    def test_share_links_are_plain_and_bring_nothing_along(self):
        links = re.findall(r'<li><a href="(https://[^"]+)" rel="noopener noreferrer nofollow">', self.page())
        assert len(links) == 3
        assert not [link for link in links if "utm_" in link or "ref=" in link]

    def test_a_preview_keeps_no_progress(self):
        assert "data-progress" in self.page()
        self.client.force_login(self.editor)
        Article.objects.filter(pk=self.story.pk).update(status=Article.Status.DRAFT)
        preview = self.client.get(f"/admin/articles/article/{self.story.pk}/preview/").content.decode()
        assert "story-page" in preview
        assert "data-progress" not in preview


@pytest.mark.parametrize(
    ("html", "hung"),
    [
        ("<blockquote><p>“No.”</p></blockquote>", '<blockquote><p class="hung">“No.”</p></blockquote>'),
        (
            '<blockquote>\n<p dir="rtl">«لا»</p></blockquote>',
            '<blockquote>\n<p class="hung" dir="rtl">«لا»</p></blockquote>',
        ),
        ("<blockquote>“No.”</blockquote>", '<blockquote class="hung">“No.”</blockquote>'),
        ("<blockquote><p>No.</p></blockquote>", "<blockquote><p>No.</p></blockquote>"),
        ("<p>“No.”</p>", "<p>“No.”</p>"),
    ],
)
def test_quotations_hang_their_first_mark(html, hung):
    assert typesetting.hang_quotes(html) == hung


def rows(*rows):
    cells = ("".join(f"<{tag}>{text}</{tag}>" for tag, text in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


@pytest.mark.parametrize(
    ("texts", "is_marked"),
    [
        (["1,204", "988"], True),
        (["−3.5 %", "12"], True),
        (["12", "–", ""], True),
        (["–", ""], False),
        (["12", "about 13"], False),
        (["٩٫٥", "١٢"], True),
        (["6,400", "<strong>7,410</strong>", "the quay"], True),
    ],
)
def test_a_column_of_figures_is_marked_with_its_head(texts, is_marked):
    html = rows([("th", "Day"), ("th", "Coins")], *([("th", "Monday"), ("td", text)] for text in texts))
    marked = typesetting.align_numbers(f"<p>12</p>{html}")
    assert marked.count('class="figure"') == (len(texts) + 1 if is_marked else 0)
    assert marked.replace(' class="figure"', "") == f"<p>12</p>{html}"


def test_the_first_column_and_tables_with_joined_cells_are_left_alone():
    assert 'class="figure"' not in typesetting.align_numbers(rows([("td", "1"), ("td", "Harbour")]))
    joined = rows([("td", "a"), ("td", "1")]).replace("<td>a", '<td colspan="2">a')
    assert typesetting.align_numbers(joined) == joined
