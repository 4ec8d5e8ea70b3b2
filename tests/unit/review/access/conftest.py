"""Access over files of its own, with cheap hashes and a clock that stands still until it is moved."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import argon2
import pytest
from aiohttp import CookieJar, test_utils, web

from processor import config
from processor.review.access import composing, passwords
from processor.review.access.users import User, Users
from processor.review.values import Role
from processor.review.web import security, site, templating
from tests import reviewing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import jinja2
    from aiohttp import ClientResponse

    from processor.config import Settings
    from processor.review.access.login import Login

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET = "correct horse battery"
PAGE = {"Accept": "text/html"}


@dataclass
class Clock:
    """Seconds of the epoch."""

    at: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Browser:
    """A client of a served application, with the cookies of one browser."""

    client: test_utils.TestClient[Any, Any]
    access: Login
    clock: Clock
    users: Users
    csrf: str = field(default="", init=False)
    form: str = field(default="", init=False)

    async def get(self, path: str, **more: Any) -> ClientResponse:
        return await self.client.get(path, headers={**PAGE, **more.pop("headers", {})}, allow_redirects=False, **more)

    async def post(self, path: str, data: dict[str, str], **more: Any) -> ClientResponse:
        headers = {**PAGE, **more.pop("headers", {})}
        return await self.client.post(path, data=data, headers=headers, allow_redirects=False, **more)

    async def login(self, name: str = "ann", secret: str = SECRET, then: str = "/", **more: Any) -> ClientResponse:
        """Open the form, as somebody who is not logged in, and send it."""
        self.forget()
        form = await (await self.get("/login")).text()
        self.form = form.split('name="csrf" value="')[1].split('"')[0]
        return await self.enter(name, secret, then, **more)

    async def enter(self, name: str, secret: str, then: str = "/", **more: Any) -> ClientResponse:
        """Send the form that was opened last."""
        values = {"name": name, "password": secret, "next": then, "csrf": self.form}
        return await self.post("/login", values, **more)

    def forget(self) -> None:
        """Lose the session's cookie."""
        self.client.session.cookie_jar.clear(lambda each: each.key == "untuned_review")

    def keep(self, token: str) -> None:
        """Have a session's cookie."""
        self.client.session.cookie_jar.update_cookies({"untuned_review": token}, self.client.make_url("/"))

    async def who(self, **more: Any) -> dict[str, Any] | None:
        """Who the application takes us for; None where we are sent to the login."""
        answer = await self.get("/who", **more)
        if answer.status == 303:
            assert answer.headers["Location"].startswith("/login?next=")
            return None
        assert answer.status == 200, answer.status
        found: dict[str, Any] = await answer.json()
        self.csrf = found["csrf"]
        return found

    def cookie(self, name: str = "untuned_review") -> str | None:
        found = self.client.session.cookie_jar.filter_cookies(self.client.make_url("/")).get(name)
        return found.value if found else None


async def _who(request: web.Request) -> web.Response:
    me = site.reviewer(request)
    scope = sorted(me.tasks) if me.tasks is not None else None
    return web.json_response({"name": me.name, "role": me.role, "tasks": scope, "csrf": request[site.CSRF]})


async def _change(request: web.Request) -> web.Response:
    await request.post()
    return web.Response(text=f"changed by {site.reviewer(request).name}")


async def _stream(request: web.Request) -> web.StreamResponse:
    """Goes on for as long as the session holds."""
    response = web.StreamResponse()
    await response.prepare(request)
    while request[site.ALIVE]():
        await response.write(b".")
        await asyncio.sleep(0.01)
    return response


async def _static(_: web.Request) -> web.Response:
    return web.Response(text="")


async def _health(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


ROUTES = (
    web.get("/who", _who),
    web.post("/change", _change),
    web.get("/health", _health),
    web.get("/static/{name}", _static),
    web.get("/stream", _stream),
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a project with two users, ann (admin) and bob."""
    for name in ("UNTUNED_PROJECT", "UNTUNED_STACK"):
        monkeypatch.delenv(name, raising=False)
    found = config.load(project=tmp_path, state_home=tmp_path / "state", stack="access")

    def add(users: dict[str, User]) -> None:
        users["ann"] = User("ann", Role.ADMIN, password=CHEAP.hash(SECRET))
        users["bob"] = User("bob", tasks=frozenset({"sort"}), password=CHEAP.hash(SECRET + "!"))

    Users(found.review_users_file).change(add)
    return found


class Serving:
    """Serves applications over settings, until the test ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._clients: list[test_utils.TestClient[Any, Any]] = []

    async def __call__(self, settings: Settings) -> Browser:
        view = reviewing.FakeView()
        access = composing.create(settings, passwords.Passwords(CHEAP), self._clock)
        made = site.Site(
            view=view,
            desk=reviewing.FakeDesk(view),
            task=lambda _: None,
            tasks=tuple,
            log=access.gate.log,
            guard=_no_guard,
        )
        application = web.Application(middlewares=[security.explain])
        application[site.SITE], application[site.TEMPLATES] = made, _templates()
        application.router.add_routes(ROUTES)
        access.install(application)
        client = test_utils.TestClient(test_utils.TestServer(application), cookie_jar=CookieJar(unsafe=True))
        await client.start_server()
        self._clients.append(client)
        return Browser(client, access, self._clock, Users(settings.review_users_file))

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


@functools.cache
def _templates() -> jinja2.Environment:
    """Compiled once: that is most of what an application costs."""
    view = reviewing.FakeView()
    made = site.Site(view, reviewing.FakeDesk(view), lambda _: None, tuple, reviewing.FakeLog(), _no_guard)
    return templating.environment(made, lambda name: f"/static/{name}", str)


def _no_guard() -> Any:
    raise AssertionError


@pytest.fixture
async def serving(clock: Clock) -> AsyncIterator[Serving]:
    made = Serving(clock)
    yield made
    await made.close()


@pytest.fixture
async def browser(serving: Serving, given: Settings) -> Browser:
    """A browser before the application with ann and bob."""
    return await serving(given)
