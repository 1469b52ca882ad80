"""Somebody of the desk without a browser: signs in, opens a story's form, changes a field, presses a button."""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser

STORIES = "/admin/articles/article/"


class Fields(HTMLParser):
    """What a browser would send of the story's form, but for its buttons."""

    def __init__(self):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.is_inside, self.text, self.select = False, None, None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "form":
            self.is_inside = given.get("id") == "article_form"
        elif not self.is_inside or "disabled" in given:
            return
        elif tag == "textarea" and name:
            self.text = [name, ""]
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.found.append((self.select, value))
        elif tag == "input" and name and is_sent(given):
            self.found.append((name, value or ("on" if given.get("type") == "checkbox" else "")))

    def handle_data(self, data):
        if self.text:
            self.text[1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text:
            self.found.append((self.text[0], self.text[1].removeprefix("\n")))
            self.text = None
        elif tag == "select":
            self.select = None
        elif tag == "form":
            self.is_inside = False


def is_sent(given) -> bool:
    kind = given.get("type")
    return kind not in {"submit", "button", "file", "image"} and (
        kind not in {"checkbox", "radio"} or "checked" in given
    )


@dataclass
class Answer:
    status: int
    text: str
    location: str

    @property
    def is_kept(self):
        """Whether the desk said that it has what was sent."""
        return self.status in {200, 302} and "errorlist" not in self.text


class StaysHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


class Editor:
    def __init__(self, address, name, password):
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies), StaysHere)
        self.ask("/admin/login/")
        assert self.send("/admin/login/", {"username": name, "password": password, "next": "/admin/"}).status == 302

    def ask(self, path, data=None):
        """Raises OSError where no answer comes."""
        request = urllib.request.Request(self.address + path, data, {"Origin": self.address})
        try:
            with self.opener.open(request, timeout=30) as response:
                return Answer(response.status, response.read().decode(), response.headers.get("Location", ""))
        except urllib.error.HTTPError as response:
            return Answer(response.code, response.read().decode(), response.headers.get("Location", ""))

    def send(self, path, fields):
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        pairs = [*(fields.items() if isinstance(fields, dict) else fields), ("csrfmiddlewaretoken", token)]
        return self.ask(path, urllib.parse.urlencode(pairs).encode())

    def form(self, path) -> list[tuple[str, str]]:
        answer, fields = self.ask(path), Fields()
        assert answer.status == 200, (path, answer.status)
        fields.feed(answer.text)
        return [(name, value) for name, value in fields.found if name != "csrfmiddlewaretoken"]

    def save(self, path, button="_continue", **changed):
        """Open the form at `path`, change fields, press a button."""
        return self.send(path, [*filled(self.form(path), changed), (button, "1")])

    def new_story(self, button="_publish", **fields) -> str:
        """The address of its form."""
        answer = self.save(f"{STORIES}add/", button, **fields)
        assert answer.status == 302, answer.text[:3000]
        return urllib.parse.urlsplit(answer.location).path


def filled(form, changed):
    return [(name, value) for name, value in form if name not in changed] + list(changed.items())
