"""How long a failed login has to wait: the double after each failure, for a name and for an address.

An attempt is counted before its password is compared, so that many at once gain nothing. What is kept are hashes of
names and addresses, for a day after the last failure, and of so many at most: those of the longest ago go first.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

KEPT = 86_400.0
MOST = 20_000


@dataclass(frozen=True, slots=True)
class Bound:
    """`free` failures are let pass; from then on each doubles a wait of one second, up to `longest` seconds."""

    free: int
    longest: float

    def wait(self, failures: int) -> float:
        """Seconds until the next attempt after so many failures."""
        return 0.0 if failures < self.free else min(2.0 ** min(failures - self.free, 30), self.longest)


NAME = Bound(5, 60.0)
"""A minute at most: who attacks a name keeps its owner out no longer."""

ADDRESS = Bound(20, 900.0)


class Throttle:
    """Failed logins of one file. `now` gives seconds of the epoch."""

    def __init__(self, store: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def attempt(self, name: str, address: str) -> float:
        """Count an attempt; seconds that it has to wait, 0 where it may go on.

        One that has to wait is not counted, so that nobody is kept out for longer by asking.
        """
        now, keys = self._now(), self._keys(name, address)
        self._store.execute("begin immediate")
        try:
            self._store.execute("delete from failures where last < ?", (now - KEPT,))
            found = {what: self._failures(what) for what in keys}
            wait = max(until - now for _, until in found.values())
            if wait <= 0:
                for what, bound in keys.items():
                    count = found[what][0] + 1
                    row = (what, count, now, now + bound.wait(count))
                    self._store.execute("insert or replace into failures values (?, ?, ?, ?)", row)
                self._store.execute(
                    "delete from failures where what in "
                    "(select what from failures order by last desc limit -1 offset ?)",
                    (MOST,),
                )
        finally:
            self._store.execute("commit")
        return max(wait, 0.0)

    def succeeded(self, name: str, address: str) -> None:
        """The last attempt was right: the name begins anew, and the address has it back.

        The address does not begin anew: else somebody with a login of their own could go on with others' names.
        """
        of_name, of_address = self._keys(name, address)
        self._store.execute("delete from failures where what = ?", (of_name,))
        self._store.execute("update failures set count = count - 1, until = 0 where what = ?", (of_address,))

    def _failures(self, what: str) -> tuple[int, float]:
        row = self._store.execute("select count, until from failures where what = ?", (what,)).fetchone()
        return row or (0, 0.0)

    def _keys(self, name: str, address: str) -> dict[str, Bound]:
        return {_key("name", name): NAME, _key("address", _network(address)): ADDRESS}


def _key(kind: str, text: str) -> str:
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "replace")).hexdigest()


def _network(address: str) -> str:
    """Who has one IPv6 address has a whole /64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))  # noqa: PLR2004
