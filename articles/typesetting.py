"""Details of type that a style sheet cannot see for itself."""

import re

QUOTES = "“„‟«‹‘‚\"'"
QUOTATION = re.compile(rf"(<blockquote[^>]*>\s*<p|<blockquote)(?=[^>]*>\s*[{QUOTES}])")


def opens_with_quote(text: str) -> bool:
    """Whether a headline begins with a mark that hangs in the margin."""
    return text[:1] in tuple(QUOTES)


def hang_quotes(html: str) -> str:
    """Clean HTML, marked where a quotation's first mark is to hang in the margin."""
    return QUOTATION.sub(r'\1 class="hung"', html)
