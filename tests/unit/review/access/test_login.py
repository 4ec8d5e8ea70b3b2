"""Login, logout, sessions, forged forms: through the application, over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import sqlite3
import stat
from typing import TYPE_CHECKING, Any

import argon2
import pytest
from aiohttp import web

from processor.review.access import composing, gate, passwords, posted, sessions
from processor.review.values import Role
from processor.review.web import flash
from tests.unit.review.access.conftest import CHEAP, PAGE, SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from processor.config import Settings
    from processor.review.access.users import User
    from tests.unit.review.access.conftest import Browser, Serving


async def test_a_page_asks_for_a_login_and_goes_on_after_it(browser: Browser):
    sent = await browser.get("/who?task=sort")
    assert (sent.status, sent.headers["Location"]) == (303, "/login?next=/who?task%3Dsort")
    entered = await browser.login(then="/who?task=sort")
    assert (entered.status, entered.headers["Location"]) == (303, "/who?task=sort")
    assert await browser.who() == {"name": "ann", "role": "admin", "tasks": None, "csrf": browser.csrf}
    assert (await browser.get("/login?next=/who")).headers["Location"] == "/who"


async def test_a_script_is_told_instead_of_sent(browser: Browser):
    for headers in ({"Accept": "text/event-stream"}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = await browser.client.get("/who", headers=headers, allow_redirects=False)
        assert answer.status == 401
        assert await answer.json() == {"error": "login", "login": "/login"}


@pytest.mark.parametrize("path", ["/health", "/login", "/static/style.css"])
async def test_what_needs_no_login(browser: Browser, path: str):
    assert (await browser.get(path)).status == 200


@pytest.mark.parametrize("path", ["/nothing", "/static/../who", "/healthy", "/login/x", "/static"])
async def test_what_is_no_open_page_tells_nothing_without_a_login(browser: Browser, path: str):
    assert (await browser.get(path)).status in {303, 404}
    assert "csrf" not in await (await browser.get(path)).text()


@pytest.mark.parametrize(
    ("name", "secret"), [("ann", "wrong"), ("nobody", SECRET), ("", ""), ("ann", ""), ("a\0", "x")]
)
async def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(browser: Browser, name: str, secret: str):
    answer = await browser.login(name, secret)
    assert answer.status == 401
    assert "The name or the password is wrong." in await answer.text()
    assert await browser.who() is None


async def test_an_unknown_name_costs_a_comparison_too(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    compared: list[str] = []
    whole = passwords.Passwords._compare

    def compare(self: passwords.Passwords, hashed: str, given: str) -> bool:
        compared.append(given)
        return whole(self, hashed, given)

    monkeypatch.setattr(passwords.Passwords, "_compare", compare)
    await browser.login("nobody", "a wrong one")
    await browser.login("ann", "a wrong one")
    assert compared == ["a wrong one"] * 2


async def test_what_a_page_shows_of_a_hostile_name_is_text(browser: Browser):
    shown = await (await browser.login('"><script>alert(1)</script>', "x")).text()
    assert "<script>alert" not in shown


async def test_the_cookie_is_for_this_site_and_no_script(browser: Browser):
    await browser.login()
    (told,) = (await browser.login("bob", SECRET + "!")).headers.getall("Set-Cookie")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(told.split("; "))
    assert "Secure" not in told


async def test_over_https_no_other_site_can_set_it(serving: Serving, given: Settings):
    browser = await serving(given.model_copy(update={"review_secure_cookie": True}))
    told = (await browser.get("/login")).headers["Set-Cookie"]
    assert told.startswith("__Host-untuned_login=")
    assert "Secure" in told


async def test_the_line_of_the_next_page_is_kept_as_the_session_is(serving: Serving, given: Settings):
    browser = await serving(given.model_copy(update={"review_secure_cookie": True}))
    assert browser.client.app is not None
    assert browser.client.app[flash.SECURE]
    browser = await serving(given)
    assert browser.client.app is not None
    assert not browser.client.app[flash.SECURE]


@pytest.mark.parametrize("secure", [False, True])
def test_a_cookie_is_dropped_as_it_was_put(*, secure: bool):
    """A browser forgets one with `__Host-` only where it is told over HTTPS, for the whole site."""
    cookies, put, dropped = gate.Cookies(secure), web.Response(), web.Response()
    cookies.put(put, cookies.session, "t", 60.5)
    cookies.drop(dropped, cookies.session)
    same = {"path": "/", "httponly": True, "samesite": "Lax", "secure": secure}
    for response, age in ((put, "60"), (dropped, "0")):
        made = response.cookies[cookies.session]
        assert {name: made[name] for name in same} == same
        assert made["max-age"] == age
    cookies.put(put, cookies.browser, "t")
    assert "max-age" not in put.cookies[cookies.browser]


async def test_a_login_makes_a_new_token(browser: Browser):
    await browser.login()
    browser.forget()
    browser.keep("fixed")
    assert await browser.who() is None
    await browser.enter("ann", SECRET)
    first = browser.cookie() or ""
    assert first != "fixed"
    await browser.enter("bob", SECRET + "!")
    assert browser.cookie() != first
    browser.keep(first)
    assert await browser.who() is None


async def test_the_file_has_no_token_and_is_its_owners_alone(browser: Browser, given: Settings):
    await browser.login()
    path = given.review_dir / composing.FILE
    kept = b"".join(each.read_bytes() for each in given.review_dir.glob("access.sqlite*"))
    assert (browser.cookie() or "").encode() not in kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(each.stat().st_mode) for each in given.review_dir.glob("access.sqlite*")} == {0o600}


async def test_a_session_ends_by_logout(browser: Browser):
    await browser.login()
    token = browser.cookie() or ""
    await browser.who()
    left = await browser.post("/logout", {"csrf": browser.csrf})
    assert (left.status, left.headers["Location"]) == (303, "/login")
    assert browser.cookie() is None
    browser.keep(token)
    assert await browser.who() is None


async def test_a_session_ends_by_idleness_which_live_updates_do_not_break(browser: Browser):
    await browser.login()
    for _ in range(3):
        browser.clock.at += 28_000
        assert await browser.who() is not None
    browser.clock.at += 20_000
    assert await browser.who() is None  # 24 h are over
    await browser.login()
    for _ in range(29):
        browser.clock.at += 1000
        await browser.client.get("/who", headers={"Accept": "application/json"})
    assert await browser.who() is None


def _without(users: dict[str, User]) -> None:
    del users["ann"]


def _with_another_password(users: dict[str, User]) -> None:
    users["ann"] = dataclasses.replace(users["ann"], password=CHEAP.hash(SECRET))


def _with_another_role(users: dict[str, User]) -> None:
    users["ann"] = dataclasses.replace(users["ann"], role=Role.REVIEWER)


@pytest.mark.parametrize("change", [_without, _with_another_password, _with_another_role])
async def test_a_session_ends_with_what_it_rests_on(browser: Browser, change):
    await browser.login()
    assert await browser.who() is not None
    browser.users.change(change)
    assert await browser.who() is None


async def test_a_session_that_has_ended_does_not_come_back_with_its_user(browser: Browser):
    await browser.login()
    kept = browser.users.find("ann")
    assert kept is not None
    browser.users.change(_without)
    assert await browser.who() is None
    browser.users.change(lambda users: users.update({"ann": kept}))
    assert await browser.who() is None


async def test_to_ask_whether_a_session_holds_keeps_it_no_longer(browser: Browser):
    await browser.login()
    found, user = browser.access.gate.sessions.find(browser.cookie() or ""), browser.users.find("ann")
    assert user is not None
    caller, held = gate.Caller(user, found), []
    for _ in range(30):
        browser.clock.at += 1000
        held.append(browser.access.gate.holds(caller))
    assert held == [True] * 28 + [False] * 2


async def test_nobody_is_in_while_it_cannot_be_told_who_they_are(browser: Browser):
    await browser.login()
    found, user = browser.access.gate.sessions.find(browser.cookie() or ""), browser.users.find("ann")
    assert user is not None
    assert browser.access.gate.holds(gate.Caller(user, found))
    browser.users.path.write_text("{")
    assert not browser.access.gate.holds(gate.Caller(user, found))


def _with_another_scope(users: dict[str, User]) -> None:
    users["ann"] = dataclasses.replace(users["ann"], tenants=frozenset({"acme"}))


@pytest.mark.parametrize("change", [_without, _with_another_password, _with_another_scope, None])
async def test_a_stream_learns_that_its_session_is_over(browser: Browser, change: Any):
    await browser.login()
    async with browser.client.get("/stream", headers={"Accept": "text/event-stream"}) as stream:
        assert await stream.content.readexactly(3) == b"..."
        if change is None:
            browser.clock.at += 28_801
        else:
            browser.users.change(change)
        async with asyncio.timeout(60):
            await stream.content.read()


@pytest.mark.parametrize("by_header", [False, True])
async def test_a_form_that_took_long_to_come_is_of_who_they_are_by_then(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, *, by_header: bool
):
    await browser.login()
    await browser.who()
    text, asked, whole = f"csrf={browser.csrf}", asyncio.Event(), gate.Gate.caller

    def caller(self: gate.Gate, request: web.Request) -> gate.Caller | None:
        asked.set()
        return whole(self, request)

    monkeypatch.setattr(gate.Gate, "caller", caller)

    async def slowly() -> AsyncIterator[bytes]:
        yield text[:10].encode()
        await asked.wait()
        browser.users.change(_without)
        yield text[10:].encode()

    headers = {**PAGE, "Content-Type": "application/x-www-form-urlencoded"}
    if by_header:
        headers["X-CSRF"] = browser.csrf
    answer = await browser.client.post("/change", data=slowly(), headers=headers, allow_redirects=False)
    assert answer.status == 401
    assert "changed by" not in await answer.text()


async def test_another_scope_holds_at_once(browser: Browser):
    await browser.login()

    def bound(users: dict[str, User]) -> None:
        users["ann"] = dataclasses.replace(users["ann"], tasks=frozenset({"route"}))

    browser.users.change(bound)
    found = await browser.who()
    assert found is not None
    assert found["tasks"] == ["route"]


async def test_a_form_needs_its_token(browser: Browser):
    await browser.login()
    await browser.who()
    for data in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": browser.cookie() or ""}):
        assert (await browser.post("/change", data)).status == 403
    assert (await browser.post("/change", {}, headers={"X-CSRF": "x"})).status == 403
    assert (await browser.post("/change", {"csrf": browser.csrf})).status == 200
    assert (await browser.post("/change", {}, headers={"X-CSRF": browser.csrf})).status == 200
    assert (await browser.post("/change", {}, headers={"X-CSRF-Token": browser.csrf})).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "http://[broken"},
    ],
)
async def test_a_form_of_another_site_is_refused_even_with_the_token(browser: Browser, headers: dict[str, str]):
    await browser.login()
    await browser.who()
    assert (await browser.post("/change", {"csrf": browser.csrf}, headers=headers)).status == 403
    own = {"Origin": str(browser.client.make_url("/")).rstrip("/")}
    assert (await browser.post("/change", {"csrf": browser.csrf}, headers=own)).status == 200
    assert [each.what for each in browser.access.gate.log.read()] == ["forged", "login"]


async def test_the_token_of_one_login_fits_no_other(browser: Browser):
    await browser.login()
    await browser.who()
    before = browser.csrf
    await browser.login()
    assert (await browser.post("/change", {"csrf": before})).status == 403


async def test_a_form_that_comes_after_the_end_is_told_that_it_was_not_saved(browser: Browser):
    await browser.login()
    await browser.who()
    browser.clock.at += 90_000
    origin = str(browser.client.make_url("/who?a=b"))
    answer = await browser.post("/change", {"csrf": browser.csrf}, headers={"Referer": origin})
    assert answer.status == 401
    shown = await answer.text()
    assert "was not saved" in shown
    assert 'name="next" value="/who?a=b"' in shown


async def test_a_login_form_from_elsewhere_is_refused(browser: Browser):
    answer = await browser.post("/login", {"name": "ann", "password": SECRET, "csrf": ""})
    assert answer.status == 403
    assert (await browser.login(headers={"Sec-Fetch-Site": "cross-site"})).status == 403
    assert await browser.who() is None


@pytest.mark.parametrize(
    "then", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "x", "/logout", ""]
)
async def test_nobody_is_sent_to_another_site(browser: Browser, then: str):
    assert (await browser.login(then=then)).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/x-www-form-urlencoded; charset=klingon", b"name=ann", 400),
        ("application/x-www-form-urlencoded; charset=base64", b"name=ann", 400),
        ("multipart/form-data", b"name=ann", 400),
        ("multipart/form-data; boundary=x", b"--x\r\nname", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--", 400),
        ("application/x-www-form-urlencoded", b"name=%ff%00&csrf=%ff", 403),
        ("application/json", b"{}", 403),
        ("application/x-www-form-urlencoded", b"a&" * 10_000, 413),
    ],
)
async def test_whatever_is_sent_to_the_login_is_no_defect(
    browser: Browser, content_type: str, body: bytes, status: int
):
    headers = {"Content-Type": content_type}
    assert (await browser.client.post("/login", data=body, headers=headers)).status == status


async def test_a_form_in_an_unknown_encoding_is_no_defect(browser: Browser):
    await browser.login()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    assert (await browser.client.post("/change", data=b"csrf=x", headers=headers)).status == 400


async def test_a_form_that_does_not_come_is_not_waited_for(browser: Browser, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(posted, "PATIENCE", 0.01)

    async def slowly() -> AsyncIterator[bytes]:
        yield b"name=ann&"
        await asyncio.sleep(5)

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.client.post("/login", data=slowly(), headers=headers)).status == 408


async def test_failed_logins_have_to_wait_longer_and_longer(browser: Browser):
    for _ in range(5):
        assert (await browser.login(secret="wrong")).status == 401
    refused = await browser.login()
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert "Try again in a second." in await refused.text()
    browser.clock.at += 1
    assert (await browser.login(secret="wrong")).status == 401
    refused = await browser.login()
    assert refused.headers["Retry-After"] == "2"
    assert "Try again in 2 seconds." in await refused.text()
    assert (await browser.login("bob", SECRET + "!")).status == 303
    browser.clock.at += 2
    assert (await browser.login()).status == 303
    assert (await browser.login(secret="wrong")).status == 401
    assert (await browser.login()).status == 303


async def test_names_that_do_not_exist_have_to_wait_as_well(browser: Browser):
    answers = [(await browser.login("nobody", "wrong")).status for _ in range(6)]
    assert answers == [401] * 5 + [429]


async def test_an_address_that_tries_many_names_has_to_wait(browser: Browser):
    answers = [(await browser.login(f"user-{number}", "wrong")).status for number in range(21)]
    assert answers == [401] * 20 + [429]
    assert (await browser.login()).status == 429


async def test_no_header_makes_another_address_of_one_where_no_proxy_is_trusted(browser: Browser):
    async def tried(number: int) -> int:
        forwarded = f"192.0.2.{number}"
        headers = {"X-Forwarded-For": forwarded, "Forwarded": f"for={forwarded}", "X-Real-IP": forwarded}
        return (await browser.login(f"user-{number}", "wrong", headers=headers)).status

    assert [await tried(number) for number in range(21)] == [401] * 20 + [429]
    assert {each.about["address"] for each in browser.access.gate.log.read()} == {"127.0.0.1"}


async def test_guesses_at_names_that_do_not_exist_fill_no_log(browser: Browser):
    for number in range(5):
        await browser.login(f"user-{number}", "wrong")
        await browser.login("ann", "wrong")
    told = [(each.what, each.by) for each in browser.access.gate.log.read()]
    assert told.count(("login_failed", "ann")) == 5
    assert told.count(("login_failed", "")) == 1


async def test_more_logins_at_once_than_can_wait_are_asked_to_come_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(passwords, "MOST_WAITING", 0)
    refused = await browser.login()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
    assert "Many people log in just now" in await refused.text()
    monkeypatch.setattr(passwords, "MOST_WAITING", 1)
    assert (await browser.login()).status == 303
    assert (await browser.login()).status == 303


async def test_of_one_user_so_many_sessions_are_kept_and_the_oldest_ends(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions, "MOST_OF_ONE", 2)
    tokens = []
    for _ in range(3):
        await browser.login()
        tokens.append(browser.cookie() or "")
        browser.clock.at += 1
    await browser.login("bob", SECRET + "!")
    assert await browser.who() is not None
    holding = []
    for token in tokens:
        browser.keep(token)
        holding.append(await browser.who() is not None)
    assert holding == [False, True, True]


async def test_the_log_says_who_came_and_went_and_has_no_secrets(browser: Browser, given: Settings):
    await browser.login(secret="a wrong secret")
    await browser.login("my-password-in-the-wrong-field", "x")
    await browser.login()
    await browser.who()
    await browser.post("/logout", {"csrf": browser.csrf})
    told = [(each.what, each.by) for each in browser.access.gate.log.read()]
    assert told == [("logout", "ann"), ("login", "ann"), ("login_failed", ""), ("login_failed", "ann")]
    with contextlib.closing(sqlite3.connect(given.review_dir / composing.FILE)) as database:
        rows = database.execute("select * from log").fetchall()
    assert not any(secret in str(rows) for secret in ("secret", "wrong-field", browser.csrf))


async def test_a_hash_by_older_parameters_is_made_anew(browser: Browser):
    older = argon2.PasswordHasher(time_cost=2, memory_cost=8, parallelism=1).hash(SECRET)

    def put(users: dict[str, User]) -> None:
        users["ann"] = dataclasses.replace(users["ann"], password=older)

    browser.users.change(put)
    assert (await browser.login()).status == 303
    found = browser.users.find("ann")
    assert found is not None
    assert found.password not in {None, older}
    assert await browser.who() is not None


async def test_a_broken_file_of_users_lets_nobody_in(browser: Browser):
    await browser.login()
    browser.users.path.write_text("{")
    assert (await browser.get("/who")).status == 503
    assert (await browser.login()).status == 503
