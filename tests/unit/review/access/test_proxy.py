"""A proxy that says who somebody is, and whom it is believed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import test_utils

from processor.core import errors
from processor.review.access import addresses, composing
from processor.review.access.users import User

if TYPE_CHECKING:
    from processor.config import Settings
    from tests.unit.review.access.conftest import Serving

HEADER = "X-Forwarded-User"


def _proxied(settings: Settings, **more: Any) -> Settings:
    return settings.model_copy(update={"review_proxy_header": HEADER, "review_proxy_from": "127.0.0.1, ::1", **more})


async def test_who_is_named_is_in_with_what_the_file_says(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    found = await browser.who(headers={HEADER: "bob"})
    assert found is not None
    assert (found["name"], found["role"], found["tasks"]) == ("bob", "reviewer", ["sort"])
    answer = await browser.post("/change", {"csrf": browser.csrf}, headers={HEADER: "bob"})
    assert await answer.text() == "changed by bob"
    (entry,) = browser.access.gate.log.read()
    assert (entry.what, entry.by, entry.about) == ("login", "bob", {"how": "proxy", "address": "127.0.0.1"})


async def test_the_header_names_the_user_whatever_the_cookie_says(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    await browser.who(headers={HEADER: "bob"})
    before = browser.csrf
    assert (await browser.post("/change", {"csrf": before}, headers={HEADER: "ann"})).status == 403
    found = await browser.who(headers={HEADER: "ann"})
    assert found is not None
    assert found["name"] == "ann"
    assert browser.csrf != before
    assert await browser.who() is None  # whom the proxy no longer names is out, with the cookie as well


async def test_a_script_begins_no_session(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    answer = await browser.client.get("/who", headers={HEADER: "bob", "Accept": "application/json"})
    assert (await answer.json())["csrf"] == ""
    assert "Set-Cookie" not in answer.headers
    assert (await browser.post("/change", {}, headers={HEADER: "bob"})).status == 403


async def test_a_form_begins_no_session(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    answer = await browser.post("/change", {}, headers={HEADER: "bob"})
    assert (answer.status, browser.cookie()) == (403, None)
    assert [each.what for each in browser.access.gate.log.read()] == ["forged"]


async def test_a_stream_of_a_script_ends_with_its_user(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    async with browser.client.get("/stream", headers={HEADER: "bob", "Accept": "text/event-stream"}) as stream:
        assert await stream.content.readexactly(3) == b"..."
        browser.users.change(lambda users: users.pop("bob"))
        async with asyncio.timeout(60):
            await stream.content.read()


@pytest.mark.parametrize("name", ["nobody", "", " ", "a\u202eb", "x" * 101])
async def test_others_are_refused(serving: Serving, given: Settings, name: str):
    browser = await serving(_proxied(given))
    assert (await browser.get("/who", headers={HEADER: name})).status == 403


async def test_others_are_let_in_where_a_role_is_set(serving: Serving, given: Settings):
    browser = await serving(_proxied(given, review_proxy_role="reviewer"))
    found = await browser.who(headers={HEADER: "zoë"})
    assert found is not None
    assert (found["name"], found["role"]) == ("zoë", "reviewer")
    admin = await browser.who(headers={HEADER: "ann"})
    assert admin is not None
    assert admin["role"] == "admin"


@pytest.mark.parametrize("name", ["Bob", "BOB", "\uff42ob", "bo\u1d47"])
async def test_a_user_of_the_file_is_no_outsider_by_another_spelling(serving: Serving, given: Settings, name: str):
    """Directories take `BOB` for `bob`: with that he would be without his scope."""
    browser = await serving(_proxied(given, review_proxy_role="reviewer"))
    assert (await browser.get("/who", headers={HEADER: name})).status == 403
    why = next(each.about["why"] for each in browser.access.gate.log.read() if each.what == "refused")
    assert why == "the file of users has the proxy's name in another spelling"


async def test_the_header_from_elsewhere_is_refused_and_told(serving: Serving, given: Settings):
    browser = await serving(_proxied(given, review_proxy_from="192.0.2.0/24"))
    for path in ("/who", "/live"):
        assert (await browser.get(path, headers={HEADER: "ann"})).status == 403
    await browser.login()
    assert (await browser.get("/who", headers={HEADER: "ann"})).status == 403
    assert await browser.who() is not None
    assert "refused" in {each.what for each in browser.access.gate.log.read()}


async def test_two_headers_name_nobody(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    two = [("Accept", "text/html"), (HEADER, "ann"), (HEADER, "bob")]
    assert (await browser.client.get("/who", headers=two, allow_redirects=False)).status == 403


async def test_a_user_of_the_file_without_a_password_comes_by_the_proxy_alone(serving: Serving, given: Settings):
    browser = await serving(_proxied(given))
    browser.users.change(lambda users: users.update({"cyd": User("cyd")}))
    assert (await browser.login("cyd", "")).status == 401
    assert await browser.who(headers={HEADER: "cyd"}) is not None


def _request(remote: str, **headers: str) -> Any:
    class Transport:
        @staticmethod
        def get_extra_info(name: str, default: Any = None) -> Any:
            return (remote, 1) if name == "peername" else default

        @staticmethod
        def is_closing() -> bool:
            return False

    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    return test_utils.make_mocked_request("GET", "/", headers=spelled, transport=Transport())


PROXIES = addresses.Proxies(addresses.networks("10.0.0.0/8, ::1"))


@pytest.mark.parametrize(
    ("remote", "forwarded", "found"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "192.0.2.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9, 192.0.2.1, 10.9.9.9", "192.0.2.1"),
        ("10.0.0.1", "10.1.1.1", "10.1.1.1"),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "'; drop table", "'; drop table"),
        ("10.0.0.1", "192.0.2.1:40312", "192.0.2.1"),
        ("10.0.0.1", "[2001:db8::1]:40312", "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", "2001:db8::1"),
        ("10.0.0.1", "192.0.2.1, 10.1.1.1:99", "192.0.2.1"),
    ],
)
def test_where_a_request_comes_from_is_told_by_trusted_proxies_alone(remote: str, forwarded: str, found: str):
    headers = {"X_Forwarded_For": forwarded} if forwarded else {}
    assert PROXIES.client(_request(remote, **headers)) == found


def test_the_host_is_told_by_trusted_proxies_alone():
    headers = {"Host": "inner:8090", "X_Forwarded_Host": "review.example.org"}
    assert PROXIES.hosts(_request("10.0.0.1", **headers)) == {"inner:8090", "review.example.org"}
    assert PROXIES.hosts(_request("192.0.2.1", **headers)) == {"inner:8090"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"review_proxy_header": HEADER}, "UNTUNED_REVIEW_PROXY_FROM"),
        ({"review_proxy_from": "10.0.0.0/40"}, "UNTUNED_REVIEW_PROXY_FROM"),
        ({"review_proxy_from": "proxy.example"}, "UNTUNED_REVIEW_PROXY_FROM"),
        ({"review_proxy_role": "reviewer"}, "UNTUNED_REVIEW_PROXY_HEADER"),
        ({"review_oidc_issuer": "https://id.example"}, "CLIENT_ID"),
        ({"review_oidc_issuer": "https://id.example", "review_oidc_client": "u"}, "UNTUNED_REVIEW_URL"),
        (
            {
                "review_oidc_issuer": "http://id.example",
                "review_oidc_client": "u",
                "review_url": "https://review.example",
            },
            "https",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(given: Settings, changes: dict[str, str], told: str):
    with pytest.raises(errors.UsageError, match=told):
        composing.create(given.model_copy(update=changes))


def test_without_anybody_it_says_how_to_add_a_user(given: Settings):
    given.review_users_file.unlink()
    with pytest.raises(errors.UsageError, match="untuned review user add"):
        composing.create(given)
