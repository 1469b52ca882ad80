"""What HTML a story may hold: a table of what comes in and what stands on the page."""

import pytest

from articles.markup import clean, to_text
from articles.models import Article
from tests.cast import NewsroomTestCase, make_story

KEPT = [
    "<p>“[Daesh] withdrew”, he said — Iraq’s army.</p>",
    "<h2>Escape route cut</h2>",
    "<p>A <strong>b</strong> and <em>c</em> and 10<sup>2</sup>.</p>",
    "<blockquote><p>Slowly.</p></blockquote>",
    "<ul><li>one</li><li>two</li></ul>",
    '<table><thead><tr><th scope="col">Boat</th></tr></thead><tbody><tr><td>7.41</td></tr></tbody></table>',
    '<p><a href="https://example.org/" rel="noopener">a link</a></p>',
    '<figure class="image"><img src="/media/pictures/a.jpg" alt="A quay"><figcaption>The quay.</figcaption></figure>',
    '<p><span lang="ar" dir="rtl">مرحبا</span></p>',
    '<figure class="image image-left"><img alt="" data-picture="7" height="2" src="/media/a.jpg" width="3"></figure>',
    '<p><img class="image-right" alt="" src="/media/a.jpg"></p>',
]
CHANGED = [
    ("<p>a</p><script>alert(1)</script>", "<p>a</p>"),
    ("<p onclick=alert(1)>a</p>", "<p>a</p>"),
    ("<img src=x onerror=alert(1)>", ""),
    ('<img src="https://tracker.example/pixel.gif">', ""),
    ('<img src="/media/../admin/logout/">', ""),
    ('<img src="//evil.example/media/a.jpg">', ""),
    ('<a href="javascript:alert(1)">x</a>', '<a rel="noopener">x</a>'),
    ('<a href="JaVa&#10;Script:alert(1)">x</a>', '<a rel="noopener">x</a>'),
    ('<a href="data:text/html,x">x</a>', '<a rel="noopener">x</a>'),
    ("<iframe src=https://example.org></iframe><p>a</p>", "<p>a</p>"),
    ("<svg><script>alert(1)</script></svg><p>a</p>", "<p>a</p>"),
    ('<p style="position:fixed" class="x" id="y">a</p>', "<p>a</p>"),
    ("<h1>A</h1>", "<h2>A</h2>"),
    ("<p><b>a</b> <i>b</i></p>", "<p><strong>a</strong> <em>b</em></p>"),
    ("<p>&nbsp;</p><p> </p><p>a</p>", "<p>a</p>"),
    ("<!-- hidden --><p>a</p>", "<p>a</p>"),
    ("<p>a\0b\ud800c</p>", "<p>abc</p>"),
    ("<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>", ""),
    (
        '<figure class="image evil"><img src="/media/a.jpg"></figure>',
        '<figure class="image"><img src="/media/a.jpg"></figure>',
    ),
    ("<p><strong><em></em></strong></p><p>a</p>", "<p>a</p>"),
    (
        '<figure class="image"><img src="/media/a.jpg" alt=""><figcaption>&nbsp;</figcaption></figure>',
        '<figure class="image"><img src="/media/a.jpg" alt=""></figure>',
    ),
    ('<img class="image-left evil" src="/media/a.jpg">', '<img class="image-left" src="/media/a.jpg">'),
    ("<o:p>Word</o:p>", "Word"),
    ("", ""),
]


@pytest.mark.parametrize("html", KEPT)
def test_what_a_story_needs_is_kept_to_the_letter(html):
    assert clean(html) == html


@pytest.mark.parametrize(("html", "expected"), CHANGED)
def test_what_does_not_belong_on_a_page_is_taken_out(html, expected):
    assert clean(html) == expected


@pytest.mark.parametrize("html", [*KEPT, *(html for html, _ in CHANGED)])
def test_cleaning_twice_changes_nothing(html):
    assert clean(clean(html)) == clean(html)


def test_text_keeps_words_apart_and_characters_whole():
    html = "<h2>A &amp; B</h2><p>one<br>two</p><ul><li>x</li><li>y</li></ul>"
    assert to_text(html) == "A & B\none\ntwo\nx\ny"
    assert to_text('<ul><li>Ropes<ol start="3"><li>of hemp</li></ol></li></ul>') == "Ropes\nof hemp"


class StoredTests(NewsroomTestCase):
    def test_every_way_into_the_database_cleans(self):
        dirty = "<p>a</p><script>alert(1)</script>"
        story = make_story(body=dirty)
        Article.objects.bulk_create([Article(headline="Bulk", slug="bulk", body=dirty)])
        for pk in (story.pk, Article.objects.get(slug="bulk").pk):
            assert Article.objects.get(pk=pk).body == "<p>a</p>"

    def test_the_words_that_search_reads_follow_the_text(self):
        story = make_story("Quay", standfirst="Nine to six.", body="<p>one two</p><p>three</p>")
        assert story.word_count == 3
        assert story.search_text == "Quay\nNine to six.\none two\nthree"
        story.body = "<p>four</p>"
        story.save(update_fields=["body"])
        story.refresh_from_db()
        assert story.word_count == 1
        assert story.search_text.endswith("four")
