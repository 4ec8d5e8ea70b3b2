"""The file of users: JSON, written whole, for its owner's eyes only; read again when it changes.

    {"users": {"ann": {"role": "admin", "password": "$argon2id$…", "tasks": ["sort"], "tenants": ["acme"]}}}

`tasks` and `tenants` bound what the user sees; without them they see all. A user without `password` comes through a
trusted proxy or an OpenID Connect provider.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.core import errors
from processor.review.access import names
from processor.review.values import Reviewer, Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may log in.

    Attributes:
        name: as `names.checked` gives it.
        role: what they may do.
        tasks: which they see; None is all.
        tenants: whose events they see; None is all.
        password: its hash; None for those who come with another proof.
        listed: whether they are in the file; others are let in by a proxy's or a provider's word alone.
    """

    name: str
    role: Role = Role.REVIEWER
    tasks: frozenset[str] | None = None
    tenants: frozenset[str] | None = None
    password: str | None = None
    listed: bool = True

    @property
    def reviewer(self) -> Reviewer:
        """Who they are in the application."""
        return Reviewer(self.name, self.role, self.tasks, self.tenants)

    @property
    def stamp(self) -> str:
        """Changes with the password, the role and whether they are listed: sessions that were begun before end."""
        text = "\0".join((self.name, self.role, self.password or "", "listed" if self.listed else ""))
        return hashlib.sha256(text.encode()).hexdigest()

    def record(self) -> dict[str, Any]:
        """As it stands in the file."""
        scopes = {"tasks": self.tasks, "tenants": self.tenants}
        return {
            "role": self.role.value,
            **({} if self.password is None else {"password": self.password}),
            **{name: sorted(scope) for name, scope in scopes.items() if scope is not None},
        }


class Users:
    """The users of a file, as it is now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int, int] | None = None
        self._users: Mapping[str, User] = {}
        self._folded: Mapping[str, str] = {}

    def all(self) -> Mapping[str, User]:
        """The users by name; none where there is no file.

        Raises:
            UsageError: the file cannot be read, or holds something else.
        """
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._seen, self._users, self._folded = None, {}, {}
            return self._users
        seen = (found.st_mtime_ns, found.st_size, found.st_ino)
        if seen != self._seen:
            self._users, self._seen = self._read(), seen
            self._folded = {names.folded(name): name for name in self._users}
        return self._users

    def find(self, name: str) -> User | None:
        """The user of this name."""
        return self.all().get(name)

    def alike(self, name: str) -> str | None:
        """A user whose name is this one, or is taken for it."""
        self.all()
        return self._folded.get(names.folded(name))

    def change(self, how: Callable[[dict[str, User]], object]) -> None:
        """Read the file, have it changed, and put the new one in its place; one process at a time.

        Raises:
            UsageError: it cannot be read or written.
        """
        try:
            with self._locked():
                users = dict(self.all())
                how(users)
                self._write(users)
        except OSError as error:
            raise errors.UsageError(f"{self.path} cannot be written: {error.strerror}") from error

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_name(self.path.name + ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _read(self) -> dict[str, User]:
        try:
            records = json.loads(self.path.read_text(encoding="utf-8"))["users"]
            return {name: _user(name, record) for name, record in records.items()}
        except OSError as error:
            raise errors.UsageError(f"{self.path} cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise errors.UsageError(f"{self.path} is no file of users: {_why(error)}") from error

    def _write(self, users: Mapping[str, User]) -> None:
        text = json.dumps({"users": {name: user.record() for name, user in sorted(users.items())}}, indent=2)
        descriptor, made = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)  # 0600 from its first byte on
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(self.path)
        except BaseException:
            Path(made).unlink()
            raise


def _user(name: str, record: Mapping[str, Any]) -> User:
    if unknown := set(record) - {"role", "password", "tasks", "tenants"}:
        raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
    if names.checked(name) != name:
        raise ValueError(f"{name!r} is no name in Unicode's form NFC")
    password = record.get("password")
    if not isinstance(password, str | None):
        raise ValueError(f"{name}: `password` is to be a hash")  # noqa: TRY004 - told like all others
    role = Role(record.get("role", Role.REVIEWER))
    return User(name, role, _scope(name, record, "tasks"), _scope(name, record, "tenants"), password)


def _scope(name: str, record: Mapping[str, Any], key: str) -> frozenset[str] | None:
    found = record.get(key)
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(f"{name}: `{key}` is to be a list of texts")
    return frozenset(found)


def _why(error: Exception) -> str:
    """What is wrong, without what stands there: it may be a hash."""
    return str(error) if type(error) is ValueError else type(error).__name__
