"""Before every request: who makes it, and whether it comes from a page of this site."""

from __future__ import annotations

import functools
import sqlite3
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from yarl import URL

from processor.core import errors
from processor.review.access import addresses, gate, origin, posted, sessions
from processor.review.web import site

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.typedefs import Handler, Middleware

    from processor.review.access.gate import Caller, Gate

OPEN = ("/login", "/health", "/static/", "/oidc/")
"""Routes that are answered without a login; with a slash at the end all below it. What is no route is not open."""

LOG = structlog.stdlib.get_logger("untuned")


def is_open(request: web.Request) -> bool:
    """Whether the request's route is answered without a login."""
    resource = request.match_info.route.resource
    path = resource.canonical if resource else ""
    return any(path.startswith(each) if each.endswith("/") else path == each for each in OPEN)


def login_address(then: str) -> str:
    """The login, and where to go on after it."""
    return str(URL("/login").with_query(next=origin.path(then)))


class Before:
    """The middleware. `finding` finds out who asks; `ended` answers a form of somebody whose session is over."""

    def __init__(self, finding: Gate, ended: Handler) -> None:
        self._gate = finding
        self._ended = ended

    def install(self, app: web.Application) -> None:
        """Have every request of the application pass here."""
        app.middlewares.append(self._middleware())
        app.on_response_prepare.append(self._set_cookie)

    def _middleware(self) -> Middleware:
        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            if is_open(request):
                return await handler(request)
            caller = self._caller(request)
            if caller is None:
                return await self._turned_away(request)
            if request.method not in gate.SAFE:
                await self._check_form(request, caller)
                if not self._gate.holds(caller):  # it may have come for a minute
                    return await self._turned_away(request)
            request[site.REVIEWER] = caller.user.reviewer
            request[site.CSRF] = caller.session.csrf if caller.session else ""
            holds: Callable[[], bool] = functools.partial(self._gate.holds, caller)
            request[site.ALIVE] = holds
            if caller.session:
                request[gate.SESSION] = caller.session
            return await handler(request)

        return check

    def _caller(self, request: web.Request) -> Caller | None:
        try:
            return self._gate.caller(request)
        except addresses.RefusedError as refused:
            self._gate.log.seldom("refused", "", why=str(refused), address=self._gate.proxies.client(request))
            raise web.HTTPForbidden(text="You are not allowed to use this application.") from refused
        except (errors.UsageError, sqlite3.Error) as broken:
            LOG.warning("review_access_broken", detail=str(broken))
            raise web.HTTPServiceUnavailable(text="Nobody can be let in now: the log says why.") from broken

    async def _turned_away(self, request: web.Request) -> web.StreamResponse:
        if not gate.wants_page(request):
            return web.json_response({"error": "login", "login": "/login"}, status=401)
        if request.method in gate.SAFE:
            raise web.HTTPSeeOther(login_address(request.path_qs))
        return await self._ended(request)

    async def _check_form(self, request: web.Request, caller: Caller) -> None:
        form = await posted.texts(request)  # also where a header has the token: from here on, nothing waits for it
        given = request.headers.get("X-CSRF") or request.headers.get("X-CSRF-Token") or form.get("csrf", "")
        if caller.session and self._gate.is_own(request) and sessions.same(given, caller.session.csrf):
            return
        self._gate.log.write("forged", caller.user.name, path=request.path)
        raise web.HTTPForbidden(text="This form was not sent from a page of this application, or its page is too old.")

    async def _set_cookie(self, request: web.Request, response: web.StreamResponse) -> None:
        begun = request.get(gate.BEGUN)
        if begun is not None:
            cookies = self._gate.cookies
            cookies.put(response, cookies.session, begun.token, self._gate.sessions.longest)
            # aiohttp has made headers of the cookies by now.
            response.headers.add("Set-Cookie", response.cookies[cookies.session].OutputString())
