import pytest
from django.test import RequestFactory

from newsroom.origin import is_same_origin

OURS = [
    {},  # no browser: nobody's cookies are in it
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://testserver"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://proxied.example"},
]
FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "null"},
    {"Origin": "http://[::1"},
    {"Origin": ""},
]


@pytest.mark.parametrize("headers", OURS)
def test_what_our_own_pages_send_is_ours(headers):
    assert is_same_origin(RequestFactory().post("/subscribe/", headers=headers))


@pytest.mark.parametrize("headers", FOREIGN)
def test_what_a_foreign_page_sends_is_not(headers):
    assert not is_same_origin(RequestFactory().post("/subscribe/", headers=headers))


def test_reading_is_open_to_everyone():
    assert is_same_origin(RequestFactory().get("/", headers={"Sec-Fetch-Site": "cross-site"}))
