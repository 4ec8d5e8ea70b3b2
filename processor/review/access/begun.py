"""Logins that were begun at the provider: what was sent is kept until its own browser comes back, and used once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from processor.review.access import sessions

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

PATIENCE = 600.0
"""Seconds that somebody may take at the provider."""

MOST = 10_000
"""At a time: everybody can begin one, and with more the oldest are forgotten."""


class Sent(NamedTuple):
    """What a login was begun with.

    Attributes:
        browser: what only the browser that began it can show again.
        nonce: to stand in the ID token.
        verifier: whose hash the provider has.
        then: the page to go on with.
    """

    browser: str
    nonce: str
    verifier: str
    then: str


class Begun:
    """Those of one file.

    Args:
        store: as of `store.connect`.
        now: seconds of the epoch.
    """

    def __init__(self, store: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def put(self, state: str, sent: Sent) -> None:
        """Keep what was sent, by the state that comes back."""
        now = self._now()
        self._store.execute("delete from begun where until < ?", (now,))
        self._store.execute(
            "delete from begun where state in (select state from begun order by until desc limit -1 offset ?)",
            (MOST - 1,),
        )
        row = (sessions.digest(state), *sent, now + PATIENCE)
        self._store.execute("insert into begun values (?, ?, ?, ?, ?, ?)", row)

    def take(self, state: str, browser: str) -> Sent | None:
        """What was sent, which is forgotten; None where it was not from here, from this browser, or not lately."""
        rows = self._store.execute(
            "delete from begun where state = ? returning browser, nonce, verifier, next, until",
            (sessions.digest(state),),
        ).fetchall()
        if not rows or rows[0][-1] < self._now():
            return None
        sent = Sent(*rows[0][:-1])
        return sent if sessions.same(sent.browser, browser) else None
