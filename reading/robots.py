"""Who is not a reader, by what it says itself. Whoever lies about it is held by the limits of reading/counting.py."""

import re

# What programs name themselves; those that browsers name themselves contain none of these (a Cubot is a telephone; no
# browser since Internet Explorer 10 says that it is compatible, and none says where it is described).
ROBOTS = re.compile(
    r"compatible;|\+https?:|google-|(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|headless|lighthouse|pagespeed|preview|monitor|fetch|scrap|archive|"
    r"python|curl|wget|httpx?\b|java/|go-http|okhttp|axios|node|ruby|perl|php|phantom|selenium|puppeteer|playwright",
    re.IGNORECASE,
)
BROWSER = "Mozilla/"  # every browser says so, since 1994


def is_robot(request) -> bool:
    """Also a browser that loads a page before anybody asked for it, and what sends no header of a browser's request."""
    headers = request.headers
    name = headers.get("User-Agent", "")
    purpose = f"{headers.get('Sec-Purpose', '')} {headers.get('Purpose', '')} {headers.get('X-Moz', '')}"
    return (
        not name.startswith(BROWSER)
        or ROBOTS.search(name) is not None
        or "fetch" in purpose
        or "prerender" in purpose
        or not ("Sec-Fetch-Site" in headers or "Origin" in headers)
    )
