"""Argon2id, by argon2-cffi: its defaults are those that RFC 9106 recommends for machines with little memory."""

from __future__ import annotations

import asyncio
import unicodedata

import argon2

SHORTEST = 12
LONGEST = 1024
"""Characters of a password: with more, hashing them would be an attack."""

AT_ONCE = 2
"""Passwords that are compared at the same time; each takes 64 MiB."""

MOST_WAITING = 50
"""Passwords that are compared or wait for it: the last of them for some seconds."""


class BusyError(Exception):
    """Too many passwords wait to be compared."""


def checked(password: str) -> str:
    """The password as it is hashed: in Unicode's form NFC, so that it is the same from every keyboard.

    Raises:
        ValueError: it is too short or too long.
    """
    found = unicodedata.normalize("NFC", password)
    if not SHORTEST <= len(found) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")
    return found


class Passwords:
    """Makes and compares hashes. A user that does not exist costs the same time as one that does.

    `hasher` may have cheaper parameters, for tests.
    """

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        self._hasher = hasher or argon2.PasswordHasher()
        self._nobody = self._hasher.hash("nobody has this password")
        self._free = asyncio.Semaphore(AT_ONCE)
        self._asked = 0

    def hash(self, password: str) -> str:
        """The hash that goes into the users' file: its parameters and its salt are in it."""
        return self._hasher.hash(password)

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(hashed)

    def check_room(self) -> None:
        """See whether one more can wait to be compared.

        Raises:
            BusyError: too many do.
        """
        if self._asked >= MOST_WAITING:
            raise BusyError

    async def fits(self, hashed: str | None, password: str) -> bool:
        """Whether the password is the one; with no hash never, after the same work."""
        given = unicodedata.normalize("NFC", password)[:LONGEST]
        self._asked += 1
        try:
            async with self._free:
                fitting = await asyncio.to_thread(self._compare, hashed or self._nobody, given)
        finally:
            self._asked -= 1
        return fitting and hashed is not None

    async def hashed(self, password: str) -> str:
        """As `hash`, beside the event loop."""
        async with self._free:
            return await asyncio.to_thread(self._hasher.hash, unicodedata.normalize("NFC", password))

    def _compare(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password.encode("utf-8", "surrogatepass"))
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
