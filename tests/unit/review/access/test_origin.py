"""Which requests come from this site's own pages, and where somebody goes on after a login."""

from __future__ import annotations

import pytest

from processor.review.access import origin

SITE = "review.example.org"


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": f"https://{SITE}"}, False),
        ({"Sec-Fetch-Site": "", "Origin": f"https://{SITE}"}, False),
        ({"Origin": f"https://{SITE}"}, True),
        ({"Origin": f"https://{SITE.upper()}:443"}, True),
        ({"Origin": f"http://{SITE}:80"}, True),
        ({"Origin": f"https://{SITE}:80"}, False),
        ({"Origin": f"http://{SITE}:443"}, False),
        ({"Origin": f"https://{SITE}:8443"}, False),
        ({"Origin": f"https://{SITE}.evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": f"odd://{SITE}"}, False),
        ({"Origin": "https://:443"}, False),
        ({"Origin": ""}, False),
    ],
)
def test_what_a_browser_says_of_where_a_form_comes_from(headers: dict[str, str], own: bool):
    assert origin.is_own(headers, {SITE}) is own


@pytest.mark.parametrize("origin_of", ["https://", "https://:443", "null"])
def test_no_place_is_the_place_of_no_host(origin_of: str):
    assert not origin.is_own({"Origin": origin_of}, {"", ":443"})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ("/", "/"),
        ("/queue?task=a%20b", "/queue?task=a%20b"),
        ("/" + "a" * 1999, "/" + "a" * 1999),
        ("/" + "a" * 2000, "/"),
        ("/oidc/callback", "/"),
    ],
)
def test_a_login_goes_on_to_a_page_of_this_site(given: str, found: str):
    assert origin.path(given) == found


@pytest.mark.parametrize(
    ("referer", "found"),
    [
        (f"https://{SITE}/items/x?a=b", "/items/x?a=b"),
        (f"https://{SITE}/items/x", "/items/x"),
        (f"https://{SITE.upper()}/items/x", "/items/x"),
        ("https://evil.example/items/x", "/"),
        ("https://[broken", "/"),
        (f"https://{SITE}/logout", "/"),
    ],
)
def test_a_form_goes_back_to_its_page(referer: str, found: str):
    assert origin.referring({"Referer": referer}, {SITE}) == found
