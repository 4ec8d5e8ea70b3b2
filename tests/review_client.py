"""The review application in a test's own process, asked by aiohttp's test client."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from processor.adapters import rule_timer
from processor.review.web import app, flash
from processor.review.web.site import ALIVE, CSRF, REVIEWER, Site
from tests import reviewing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp.typedefs import Handler

    from processor.core.task import Task
    from processor.review.values import Reviewer

Client = TestClient[web.Request, web.Application]


class Entered:
    """As access.Access: whoever asks is `me`; None is nobody. `secure`: over HTTPS."""

    def __init__(self, me: Reviewer | None, *, secure: bool = False) -> None:
        self.me = me
        self.secure = secure
        self.alive = True

    def install(self, application: web.Application) -> None:
        @web.middleware
        async def enter(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.me is not None:
                request[REVIEWER] = self.me
                request[CSRF] = "a-token"
                request[ALIVE] = lambda: self.alive
            return await handler(request)

        application[flash.SECURE] = self.secure
        application.middlewares.append(enter)


def site(view: reviewing.FakeView, desk: reviewing.FakeDesk | None = None, **tasks: Task) -> Site:
    """What the handlers need, over fakes; the clock stands."""
    names = tuple(tasks) or ("sort",)
    guard = rule_timer.Timer(lambda *_: None)
    log = reviewing.FakeLog()
    found = desk or reviewing.FakeDesk(view)
    return Site(view, found, tasks.get, lambda: names, log, guard, lambda: reviewing.NOW)


@contextlib.asynccontextmanager
async def serving(of: Site, me: Reviewer | Entered | None = reviewing.EVE, **more: Any) -> AsyncIterator[Client]:
    """The application, asked by `me`; `more` goes to `create_app`."""
    access = me if isinstance(me, Entered) else Entered(me)
    async with TestClient(TestServer(app.create_app(of, access, **more))) as client:
        yield client


async def text(client: Client, path: str, status: int = 200) -> str:
    """A page's text."""
    async with client.get(path, allow_redirects=False) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()
