"""Who makes a request, by what the proxy or the session's cookie says."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aiohttp import web

from processor.core import errors
from processor.review.access import addresses, origin, sessions
from processor.review.access.users import User
from processor.review.values import Role

if TYPE_CHECKING:
    from processor.review.access.addresses import Proxies
    from processor.review.access.log import AuditLog
    from processor.review.access.sessions import How, Session, Sessions
    from processor.review.access.users import Users

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

SESSION = web.RequestKey("session", sessions.Session)
BEGUN = web.RequestKey("begun", sessions.Session)
"""A session that this request began: the answer sets its cookie."""


@dataclass(frozen=True, slots=True)
class Unlisted:
    """What somebody is whom a proxy or a provider knows and the file of users does not; None: nobody."""

    proxy: Role | None = None
    oidc: Role | None = None


@dataclass(frozen=True, slots=True)
class Cookies:
    """The cookies of the sessions. `secure` ones are sent over HTTPS alone, and no other site can set them."""

    secure: bool = False

    @property
    def session(self) -> str:
        """The name of that which holds the session's token."""
        return self._prefix + "untuned_review"

    @property
    def browser(self) -> str:
        """The name of that which holds a browser's token before there is a session."""
        return self._prefix + "untuned_login"

    @property
    def _prefix(self) -> str:
        return "__Host-" if self.secure else ""

    def put(self, response: web.StreamResponse, name: str, value: str, seconds: float | None = None) -> None:
        """Have the browser keep a token. Lax: a link to an item that somebody sends in a chat works."""
        age = None if seconds is None else int(seconds)
        response.set_cookie(name, value, max_age=age, path="/", secure=self.secure, httponly=True, samesite="Lax")

    def drop(self, response: web.StreamResponse, name: str) -> None:
        """Have the browser forget a token."""
        response.del_cookie(name, path="/", secure=self.secure, httponly=True, samesite="Lax")


class Caller(NamedTuple):
    """Who makes a request, and in which session; a proxy's user has none until their first page."""

    user: User
    session: Session | None


@dataclass(frozen=True, slots=True)
class Gate:
    """Finds out who makes a request.

    Attributes:
        users: the file of users.
        sessions: who is logged in.
        proxies: who may say who somebody is.
        unlisted: what those are who are in no file.
        cookies: how the browser keeps the token.
        log: the audit log.
        hosts: names of this site beside those of the request, as `host` or `host:port`.
        provided: whether there is a provider of OpenID Connect; without, the sessions that it began hold no longer.
    """

    users: Users
    sessions: Sessions
    log: AuditLog
    proxies: Proxies
    unlisted: Unlisted
    cookies: Cookies
    hosts: frozenset[str] = frozenset()
    provided: bool = False

    def user(self, name: str, role: str | None) -> User | None:
        """The user of this name; one that is in no file has `role`, and without one is nobody.

        Who is in the file in another spelling is nobody, too: as an outsider, they would be without their scope.
        """
        found = self.users.find(name)
        if found is not None or role is None or self.users.alike(name) is not None:
            return found
        return User(name, Role(role), listed=False)

    def why_nobody(self, name: str, given: str) -> str:
        """Why a name that somebody else vouches for is no user's."""
        if self.users.alike(name) is None:
            return f"{given} is not in the file of users"
        return f"the file of users has {given} in another spelling"

    def begin(self, request: web.Request, user: User, how: How) -> Session:
        """Begin a session with a new token; the one that the browser had ends."""
        if token := request.cookies.get(self.cookies.session):
            self.sessions.end(token)
        made = self.sessions.begin(user.name, user.stamp, user.role, how)
        request[BEGUN] = made
        self.log.write("login", user.name, how=how, address=self.proxies.client(request))
        return made

    def caller(self, request: web.Request) -> Caller | None:
        """Who makes the request; None where nobody is logged in.

        Raises:
            RefusedError: a header claims it without the right to.
        """
        named = self.proxies.named(request)
        return self._of_session(request) if named is None else self._of_proxy(request, named)

    def holds(self, caller: Caller) -> bool:
        """Whether who was found earlier is still in, with the same rights and scope; asking keeps no session longer."""
        try:
            if caller.session and self.sessions.find(caller.session.token, active=False) is None:
                return False
            now = self.user(caller.user.name, None if caller.user.listed else caller.user.role)
        except (errors.UsageError, sqlite3.Error):
            return False
        return now is not None and (now.stamp, now.reviewer) == (caller.user.stamp, caller.user.reviewer)

    def is_own(self, request: web.Request) -> bool:
        """Whether a request that changes something comes from a page of this site."""
        return origin.is_own(request.headers, self.hosts | self.proxies.hosts(request))

    def came_from(self, request: web.Request) -> str:
        """The page that a form was sent from."""
        return origin.referring(request.headers, self.hosts | self.proxies.hosts(request))

    def _session(self, request: web.Request) -> Session | None:
        token = request.cookies.get(self.cookies.session)
        # What the pages ask by themselves (live updates, leases) keeps no session alive.
        return self.sessions.find(token, active=wants_page(request)) if token else None

    def _of_session(self, request: web.Request) -> Caller | None:
        session = self._session(request)
        if session is None or session.how == "proxy":  # whom the proxy no longer names is logged out there
            return None
        if session.how == "oidc" and not self.provided:
            return None
        user = self.user(session.name, session.role if session.how == "oidc" else None)
        if user is None or user.stamp != session.stamp:
            self.sessions.end(session.token)
            return None
        return Caller(user, session)

    def _of_proxy(self, request: web.Request, name: str) -> Caller:
        user = self.user(name, self.unlisted.proxy)
        if user is None:
            raise addresses.RefusedError(self.why_nobody(name, "the proxy's name"))
        session = self._session(request)
        if session is None or (session.name, session.how, session.stamp) != (name, "proxy", user.stamp):
            session = self.begin(request, user, "proxy") if wants_page(request) and request.method in SAFE else None
        return Caller(user, session)


def wants_page(request: web.Request) -> bool:
    """Whether a person waits for a page; scripts and live updates ask for other things."""
    return "text/html" in request.headers.get("Accept", "")
