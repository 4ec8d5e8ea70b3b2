"""The file of users, names and passwords."""

from __future__ import annotations

import dataclasses
import json
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.review.access import names, passwords
from processor.review.access.users import User, Users
from processor.review.values import Reviewer, Role
from tests.unit.review.access.conftest import CHEAP

if TYPE_CHECKING:
    from pathlib import Path

BOUND = User("bob", Role.REVIEWER, frozenset({"sort"}), frozenset({"acme", "b"}), "$argon2id$…")


@pytest.fixture
def users(tmp_path: Path) -> Users:
    return Users(tmp_path / "deep" / "users.json")


def _add(users: Users, *added: User) -> None:
    users.change(lambda found: found.update({each.name: each for each in added}))


def test_no_file_is_no_users(users: Users):
    assert users.all() == {}
    assert users.find("ann") is None


def test_what_is_written_is_read(users: Users):
    ann = User("änn", Role.ADMIN)
    _add(users, ann, BOUND)
    again = Users(users.path)
    assert again.all() == {"bob": BOUND, "änn": ann}
    assert BOUND.reviewer == Reviewer("bob", Role.REVIEWER, frozenset({"sort"}), frozenset({"acme", "b"}))


def test_it_is_its_owners_alone_and_leaves_no_halves(users: Users):
    _add(users, BOUND)
    assert stat.S_IMODE(users.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(users.path.parent.stat().st_mode) == 0o700
    with pytest.raises(RuntimeError):
        users.change(lambda _: (_ for _ in ()).throw(RuntimeError))
    assert {each.name for each in users.path.parent.iterdir()} == {"users.json", "users.json.lock"}
    assert users.all() == {"bob": BOUND}


def test_a_change_by_another_process_is_seen(users: Users):
    _add(users, BOUND)
    other = Users(users.path)
    assert other.find("bob") is not None
    users.change(lambda found: found.pop("bob"))
    assert other.find("bob") is None
    users.path.unlink()
    assert users.all() == {}


def test_changes_at_once_are_all_kept(users: Users):
    def add(name: str) -> None:
        _add(Users(users.path), User(name))

    threads = [threading.Thread(target=add, args=(f"user-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(users.all()) == 8


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError"),
        ('{"users": []}', "AttributeError"),
        ('{"users": {"ann": {"role": "king"}}}', "king"),
        ('{"users": {"ann": {"rolle": "admin"}}}', "ann: unknown rolle"),
        ('{"users": {"ann": {"tasks": "sort"}}}', "`tasks` is to be a list"),
        ('{"users": {"ann": {"tenants": [1]}}}', "`tenants` is to be a list"),
        ('{"users": {"ann": {"password": 5}}}', "`password` is to be a hash"),
        ('{"users": {" ann": {}}}', "no name"),
        ('{"users": {"": {}}}', "a name is needed"),
        ('{"users": {"a\\u0000": {}}}', "printable"),
    ],
)
def test_what_is_no_file_of_users_is_refused(users: Users, text: str, told: str):
    users.path.parent.mkdir()
    users.path.write_text(text)
    with pytest.raises(errors.UsageError, match="is no file of users") as refused:
        users.all()
    assert told in str(refused.value)


def test_a_hash_in_a_broken_file_is_not_told(users: Users):
    users.path.parent.mkdir()
    users.path.write_text(json.dumps({"users": {"ann": {"role": "admin", "password": "$argon2id$secret"}}})[:-1])
    with pytest.raises(errors.UsageError) as refused:
        users.all()
    assert "secret" not in str(refused.value)


def test_a_folder_in_its_place_is_told(tmp_path: Path):
    with pytest.raises(errors.UsageError, match="cannot be read"):
        Users(tmp_path).all()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.UsageError, match="cannot be"):
        _add(Users(tmp_path / "file" / "users.json"), BOUND)


@pytest.mark.parametrize("changes", [{"role": Role.ADMIN}, {"password": "other"}, {"name": "ann"}, {"listed": False}])
def test_what_ends_sessions_changes_the_stamp(changes):
    assert dataclasses.replace(BOUND, **changes).stamp != BOUND.stamp


def test_another_scope_ends_none():
    assert dataclasses.replace(BOUND, tasks=None, tenants=None).stamp == BOUND.stamp


@pytest.mark.parametrize(
    ("given", "found"), [(" ann ", "ann"), ("Zoe\u0308", "Zoë"), ("山田", "山田"), ("a" * 100, "a" * 100)]
)
def test_names_are_in_one_form(given: str, found: str):
    assert names.checked(given) == found


@pytest.mark.parametrize("given", ["", "  ", "a" * 101, "a\nb", "a\0", "a\u202eb", "a\u200bb", "a\udc80", "\u2028"])
def test_names_that_nobody_could_read_are_refused(given: str):
    with pytest.raises(ValueError, match="name"):
        names.checked(given)


@pytest.mark.parametrize("given", ["", "x" * 11, "x" * 1025])
def test_passwords_are_neither_short_nor_endless(given: str):
    with pytest.raises(ValueError, match="12 to 1024"):
        passwords.checked(given)


async def test_a_password_fits_from_every_keyboard():
    made = passwords.Passwords(CHEAP)
    hashed = made.hash(passwords.checked("Zoe\u0308 zoë zoe zoe"))
    assert hashed.startswith("$argon2id$")
    assert await made.fits(hashed, "Zoë zoe\u0308 zoe zoe")
    assert not await made.fits(hashed, "Zoe zoe zoe zoe")
    assert not await made.fits(None, "nobody has this password")
    assert not await made.fits("no hash", "x")
    assert not await made.fits(hashed, "\udc80")


def test_the_real_parameters_are_those_of_rfc_9106():
    assert passwords.Passwords()._nobody.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
