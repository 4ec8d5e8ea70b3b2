"""Whose name and password these are; a hash by older parameters is made anew on the way."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import structlog

from processor.core import errors

if TYPE_CHECKING:
    from processor.review.access.passwords import Passwords
    from processor.review.access.users import User, Users

LOG = structlog.stdlib.get_logger("untuned")


async def user(users: Users, passwords: Passwords, name: str, password: str) -> User | None:
    """The user; None, after the same time, where there is none of that name, or the password is another.

    Raises:
        UsageError: the file of users cannot be read.
    """
    found = users.find(name)
    fits = await passwords.fits(found.password if found else None, password)
    if found is None or not fits:
        return None
    return await _rehashed(users, passwords, found, password)


async def _rehashed(users: Users, passwords: Passwords, user: User, password: str) -> User:
    """The user, with a hash by the parameters of today."""
    if user.password is None or not passwords.is_outdated(user.password):
        return user
    made = dataclasses.replace(user, password=await passwords.hashed(password))

    def put(kept: dict[str, User]) -> None:
        if kept.get(user.name) == user:
            kept[user.name] = made

    try:
        users.change(put)
    except errors.UsageError as failed:  # a file that may only be read
        LOG.warning("review_users_not_written", detail=str(failed))
        return user
    return users.find(user.name) or user
