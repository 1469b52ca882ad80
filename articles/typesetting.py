"""Details of type that a style sheet cannot see for itself."""

import re
from itertools import count

QUOTES = "“„‟«‹‘‚\"'"
QUOTATION = re.compile(rf"(<blockquote[^>]*>\s*<p|<blockquote)(?=[^>]*>\s*[{QUOTES}])")

TABLE = re.compile(r"<table\b.*?</table>", re.S)
ROW = re.compile(r"<tr\b.*?</tr>", re.S)
CELL = re.compile(r"<(t[dh])\b([^>]*)>(.*?)</\1>", re.S)
MARKS = re.compile(r"<[^>]*>")
FIGURE = re.compile(r"(?:[-+−±]|&minus;)?[€$£¥]?\s?\d[\d.,٫٬:’ \u00a0\u202f]*(?:&nbsp;)?\s?[%‰°€$£]?")


def opens_with_quote(text: str) -> bool:
    """Whether a headline begins with a mark that hangs in the margin."""
    return text[:1] in tuple(QUOTES)


def hang_quotes(html: str) -> str:
    """Clean HTML, marked where a quotation's first mark is to hang in the margin."""
    return QUOTATION.sub(r'\1 class="hung"', html)


def align_numbers(html: str) -> str:
    """Clean HTML whose tables have each column marked that is mostly figures; the first names the row."""
    return TABLE.sub(lambda table: _with_marked_columns(table[0]), html) if "<table" in html else html


def _with_marked_columns(table):
    if "span=" in table:  # columns cannot be counted
        return table
    rows = [[(tag, text) for tag, _more, text in CELL.findall(row)] for row in ROW.findall(table)]
    columns = {number for number in range(1, max(map(len, rows), default=0)) if _is_figures(rows, number)}
    return ROW.sub(lambda row: _marked(row[0], columns), table) if columns else table


def _is_figures(rows, number):
    cells = (MARKS.sub("", row[number][1]).strip() for row in rows if len(row) > number and row[number][0] == "td")
    texts = [text for text in cells if text.strip("–—-")]
    return 2 * sum(FIGURE.fullmatch(text) is not None for text in texts) > len(texts)


def _marked(row, columns):
    place = count()
    return CELL.sub(
        lambda cell: f'<{cell[1]}{cell[2]} class="figure">{cell[3]}</{cell[1]}>' if next(place) in columns else cell[0],
        row,
    )
