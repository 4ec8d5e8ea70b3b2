"""Who is logged in, until when. The browser has a token; the file has only its hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

TOKEN_BYTES = 32

MOST_OF_ONE = 50
"""Sessions of one user: where a program comes through a proxy and keeps no cookie, each of its requests begins one."""

SEEN_EVERY = 30.0
"""Seconds between two notes that somebody is still there."""

How = Literal["password", "proxy", "oidc"]


@dataclass(frozen=True, slots=True)
class Session:
    """One login. `stamp` and `role` are of the time when it began; `how` says what proved who it is."""

    token: str
    name: str
    stamp: str
    role: str
    how: How

    @property
    def csrf(self) -> str:
        """What forms of this session carry: it follows from the token, which only the browser has."""
        return derived(self.token, "csrf")


def token() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def derived(token: str, purpose: str) -> str:
    """A text that nobody can make without the token, and from which nobody learns it."""
    made = hmac.digest(token.encode("utf-8", "replace"), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def digest(text: str) -> str:
    """What is kept in the place of a token, which the browser alone has."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


class Sessions:
    """The sessions of one file.

    Args:
        store: as of `store.connect`.
        now: seconds of the epoch.
        idle: seconds without a request after which a session ends.
        longest: seconds after which it ends whatever happens.
    """

    def __init__(self, store: sqlite3.Connection, now: Callable[[], float], idle: float, longest: float) -> None:
        self._store = store
        self._now = now
        self._idle = idle
        self._longest = longest

    @property
    def longest(self) -> float:
        """Seconds that a session may last."""
        return self._longest

    def begin(self, name: str, stamp: str, role: str, how: How) -> Session:
        """A new session, with a token that nobody has had before."""
        now, made = self._now(), Session(token(), name, stamp, role, how)
        self._store.execute(
            "delete from sessions where began <= ? or seen <= ?", (now - self._longest, now - self._idle)
        )
        self._store.execute(
            "delete from sessions where token in "
            "(select token from sessions where name = ? order by began desc limit -1 offset ?)",
            (name, MOST_OF_ONE - 1),
        )
        self._store.execute(
            "insert into sessions values (?, ?, ?, ?, ?, ?, ?)", (digest(made.token), name, stamp, role, how, now, now)
        )
        return made

    def find(self, token: str, *, active: bool = True) -> Session | None:
        """The session of a token, if it has not ended; `active` is whether its time begins anew."""
        now = self._now()
        row = self._store.execute(
            "select name, stamp, role, how, seen from sessions where token = ? and began > ? and seen > ?",
            (digest(token), now - self._longest, now - self._idle),
        ).fetchone()
        if row is None:
            return None
        *of, seen = row
        if active and now - seen >= min(SEEN_EVERY, self._idle / 4):
            self._store.execute("update sessions set seen = ? where token = ?", (now, digest(token)))
        return Session(token, *of)

    def end(self, token: str) -> None:
        """End one session."""
        self._store.execute("delete from sessions where token = ?", (digest(token),))
