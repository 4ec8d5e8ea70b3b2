"""The pages of login and logout."""

from __future__ import annotations

import dataclasses
import math
import sqlite3
from http import HTTPStatus
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

from processor.core import errors
from processor.review.access import gate, identity, middleware, names, oidc, origin, posted, proving, sessions
from processor.review.access.passwords import BusyError
from processor.review.web import flash, site

if TYPE_CHECKING:
    from processor.review.access.gate import Gate
    from processor.review.access.passwords import Passwords
    from processor.review.access.throttle import Throttle

LOG = structlog.stdlib.get_logger("untuned")

WRONG = "The name or the password is wrong."
OLD = "That page was too old, or came from elsewhere. Try again."
ENDED = "Your login has ended, and what you sent was not saved. Log in, and send it again."
FAILED = "Your organisation's login did not work. Try again; if it stays so, ask an administrator: the log says why."
NOBODY = "Your organisation knows you, but you may not use this application. Ask an administrator."

TOO_OFTEN = "Too many failed logins. Try again in {}."
BUSY = "Many people log in just now. Try again in a moment."
BUSY_SECONDS = 5

MOST = 200
"""Characters of a name that are looked at."""

MOST_BYTES = 16 * 1024
"""Of the form: everybody can send it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Login:
    """Lets people in and out.

    Attributes:
        gate: knows who is in.
        passwords: compares them.
        throttle: holds up those who guess.
        provider: of OpenID Connect, where one is set.
    """

    gate: Gate
    passwords: Passwords
    throttle: Throttle
    provider: oidc.Provider | None = None

    def install(self, app: web.Application) -> None:
        """Have every request pass the gate, and serve the pages."""
        app[flash.SECURE] = self.gate.cookies.secure
        middleware.Before(self.gate, self.ended).install(app)
        app.router.add_get("/login", self.show)
        app.router.add_post("/login", self.enter)
        app.router.add_post("/logout", self.leave)
        if self.provider is not None:
            app.router.add_get("/oidc/start", self.start)
            app.router.add_get("/oidc/callback", self.arrive)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /login: the form, or onwards for those who are in."""
        try:
            caller = self.gate.caller(request)
        except Exception as failed:  # noqa: BLE001 - whatever it is, a form is shown and nobody is let in
            LOG.warning("review_access_broken", detail=type(failed).__name__)
            caller = None
        then = origin.path(request.query.get("next", "/"))
        if caller is not None:
            raise web.HTTPSeeOther(then)
        return self._page(request, then)

    async def ended(self, request: web.Request) -> web.StreamResponse:
        """The login in answer to a form of somebody whose session is over."""
        return self._page(request, self.gate.came_from(request), ENDED, status=HTTPStatus.UNAUTHORIZED)

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """POST /login: name and password; the same answer, after the same time, whichever of them is wrong."""
        form = await posted.texts(request, MOST_BYTES)
        then, name = origin.path(form.get("next", "/")), form.get("name", "")[:MOST]
        browser = request.cookies.get(self.gate.cookies.browser, "")
        expected = sessions.derived(browser, "login")
        if not browser or not sessions.same(form.get("csrf", ""), expected) or not self.gate.is_own(request):
            return self._page(request, then, OLD, name, HTTPStatus.FORBIDDEN)
        address = self.gate.proxies.client(request)
        try:
            self.passwords.check_room()
            counted = names.as_counted(name)
            if wait := math.ceil(self.throttle.attempt(counted, address)):
                return self._later(request, then, name, wait, _too_often(wait), HTTPStatus.TOO_MANY_REQUESTS)
            user = await proving.user(self.gate.users, self.passwords, counted, form.get("password", ""))
            if user is None:
                self._note_failure(counted, address)
                return self._page(request, then, WRONG, name, HTTPStatus.UNAUTHORIZED)
            self.throttle.succeeded(user.name, address)
            self.gate.begin(request, user, "password")
        except BusyError:
            return self._later(request, then, name, BUSY_SECONDS, BUSY, HTTPStatus.SERVICE_UNAVAILABLE)
        except (errors.UsageError, sqlite3.Error) as broken:
            LOG.warning("review_access_broken", detail=str(broken))
            raise web.HTTPServiceUnavailable from broken
        raise web.HTTPSeeOther(then)

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """POST /logout."""
        session = request[gate.SESSION]
        self.gate.sessions.end(session.token)
        self.gate.log.write("logout", session.name)
        response = web.HTTPSeeOther("/login")
        self.gate.cookies.drop(response, self.gate.cookies.session)
        raise response

    async def start(self, request: web.Request) -> web.StreamResponse:
        """GET /oidc/start: on to the provider."""
        assert self.provider is not None
        browser, response = self._browser(request), web.HTTPSeeOther("/login")
        then = origin.path(request.query.get("next", "/"))
        try:
            address = await self.provider.begin(sessions.derived(browser, "oidc"), then)
        except identity.FailedError as failed:
            return self._failed(request, then, failed)
        response = web.HTTPSeeOther(address)
        self.gate.cookies.put(response, self.gate.cookies.browser, browser)
        raise response

    async def arrive(self, request: web.Request) -> web.StreamResponse:
        """GET /oidc/callback: back from the provider."""
        assert self.provider is not None
        browser = request.cookies.get(self.gate.cookies.browser, "")
        try:
            known, then = await self.provider.finish(request.query, sessions.derived(browser, "oidc"))
        except identity.FailedError as failed:
            return self._failed(request, "/", failed)
        try:
            user = self.gate.user(known.name, known.role or self.gate.unlisted.oidc)
            if user is None:
                self.gate.log.write("refused", known.name, why=self.gate.why_nobody(known.name, "the name"), how="oidc")
                return self._page(request, then, NOBODY, status=HTTPStatus.FORBIDDEN)
            self.gate.begin(request, user, "oidc")
        except (errors.UsageError, sqlite3.Error) as broken:
            LOG.warning("review_access_broken", detail=str(broken))
            raise web.HTTPServiceUnavailable from broken
        raise web.HTTPSeeOther(then)

    def _failed(self, request: web.Request, then: str, failed: identity.FailedError) -> web.StreamResponse:
        self.gate.log.seldom("oidc_failed", "", why=str(failed), address=self.gate.proxies.client(request))
        return self._page(request, then, FAILED, status=HTTPStatus.UNAUTHORIZED)

    def _note_failure(self, name: str, address: str) -> None:
        """A name that is no user's stays unsaid: it may be a password in the wrong field."""
        if self.gate.users.find(name) is not None:
            self.gate.log.write("login_failed", name, address=address)
        else:
            self.gate.log.seldom("login_failed", "", address=address)

    def _later(
        self, request: web.Request, then: str, name: str, seconds: int, problem: str, status: int
    ) -> web.StreamResponse:
        response = self._page(request, then, problem, name, status)
        response.headers["Retry-After"] = str(seconds)
        return response

    def _browser(self, request: web.Request) -> str:
        return request.cookies.get(self.gate.cookies.browser) or sessions.token()

    def _page(
        self, request: web.Request, then: str, problem: str = "", name: str = "", status: int = HTTPStatus.OK
    ) -> web.Response:
        browser = self._browser(request)
        values = {
            "next": then,
            "problem": problem,
            "name": name,
            "oidc": self.provider is not None,
            "passwords": self._has_passwords(),
            "login_csrf": sessions.derived(browser, "login"),
        }
        response = site.page(request, "login.html.j2", values, status)
        self.gate.cookies.put(response, self.gate.cookies.browser, browser)
        return response

    def _has_passwords(self) -> bool:
        try:
            return any(user.password for user in self.gate.users.all().values())
        except errors.UsageError:
            return True


def _too_often(seconds: int) -> str:
    return TOO_OFTEN.format("a second" if seconds == 1 else f"{seconds} seconds")
