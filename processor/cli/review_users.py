"""`untuned review user`."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING, Any

import click

from processor import config
from processor.cli import review_extra, terminal
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.review.access.users import User, Users
    from processor.review.values import Role

ROLES = ("reviewer", "admin")

ROLE = click.option("--role", type=click.Choice(ROLES), help="Admins also have bulk actions, the log and the figures.")
TASK = click.option("--task", "tasks", multiple=True, metavar="TASK", help="See only this task. Repeatable.")
TENANT = click.option("--tenant", "tenants", multiple=True, metavar="T", help="See only this tenant. Repeatable.")
STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def user() -> None:
    """Who may use the review application: the file UNTUNED_REVIEW_USERS, review/users.json in the state folder."""


@user.command()
@click.argument("name")
@ROLE
@TASK
@TENANT
@STDIN
@click.option("--no-password", is_flag=True, help="They come through a trusted proxy or OpenID Connect.")
@JSON
def add(
    name: str,
    role: str | None,
    tasks: tuple[str, ...],
    tenants: tuple[str, ...],
    password_stdin: bool,
    no_password: bool,
    as_json: bool,
) -> None:
    """Add a user; the password is asked for twice.

    \b
    untuned review user add ann --role admin
    untuned review user add bob --task ticket-triage --tenant acme
    untuned review user add ci --password-stdin < password.txt
    """
    review_extra.check()
    from processor.review.access.users import User

    if no_password and password_stdin:
        raise click.UsageError("give --password-stdin or --no-password, not both")
    file, known = _file(), _name(name)
    if known in file.all():
        raise errors.UsageError(f"there is a user {known}: change them by `untuned review user change`")
    if other := file.alike(known):
        raise errors.UsageError(f"there is a user {other}: names are taken for one another that differ in case alone")
    password = None if no_password else _hashed(password_stdin)
    made = User(known, _role(role or "reviewer"), _scope(tasks), _scope(tenants), password)

    def put(users: dict[str, User]) -> None:
        if users.setdefault(known, made) is not made:
            raise errors.UsageError(f"there is a user {known} by now")

    file.change(put)
    _told(made, "added", as_json=as_json)


@user.command()
@click.argument("name")
@ROLE
@TASK
@TENANT
@click.option("--all-tasks", is_flag=True, help="See all tasks.")
@click.option("--all-tenants", is_flag=True, help="See all tenants.")
@JSON
def change(
    name: str,
    role: str | None,
    tasks: tuple[str, ...],
    tenants: tuple[str, ...],
    all_tasks: bool,
    all_tenants: bool,
    as_json: bool,
) -> None:
    """Change a user's role, or what they see. Another role ends their sessions; another scope holds at once."""
    review_extra.check()
    changes: dict[str, Any] = {}
    if role:
        changes["role"] = _role(role)
    if tasks or all_tasks:
        changes["tasks"] = None if all_tasks else _scope(tasks)
    if tenants or all_tenants:
        changes["tenants"] = None if all_tenants else _scope(tenants)
    if not changes:
        raise click.UsageError("say what to change: --role, --task, --tenant, --all-tasks or --all-tenants")
    _told(_changed(name, lambda found: dataclasses.replace(found, **changes)), "changed", as_json=as_json)


@user.command()
@click.argument("name")
@STDIN
@JSON
def password(name: str, password_stdin: bool, as_json: bool) -> None:
    """Give a user another password; their sessions end."""
    review_extra.check()
    if _name(name) not in _file().all():
        raise _unknown(name)
    made = _hashed(password_stdin)
    _told(_changed(name, lambda found: dataclasses.replace(found, password=made)), "changed", as_json=as_json)


@user.command()
@click.argument("name")
@JSON
def remove(name: str, as_json: bool) -> None:
    """Remove a user; their sessions end. What they decided stays."""
    review_extra.check()
    known, gone = _name(name), []

    def take(users: dict[str, User]) -> None:
        if known not in users:
            raise _unknown(name)
        gone.append(users.pop(known))

    _file().change(take)
    _told(gone[0], "removed", as_json=as_json)


@user.command("list")
@JSON
def list_(as_json: bool) -> None:
    """Show the users, their roles and what they see."""
    review_extra.check()
    file = _file()
    users = sorted(file.all().values(), key=lambda each: each.name)
    if as_json:
        terminal.emit({"file": str(file.path), "users": [_fields(each) for each in users]})
        return
    columns: dict[str, dict[str, Any]] = {"user": {}, "role": {}, "tasks": {}, "tenants": {}, "password": {}}
    rows = (
        (each.name, each.role, _words(each.tasks), _words(each.tenants), "yes" if each.password else "no")
        for each in users
    )
    terminal.console().print(terminal.table(columns, rows))


def _file() -> Users:
    from processor.review.access.users import Users

    return Users(config.load().review_users_file)


def _changed(name: str, how: Callable[[User], User]) -> User:
    known, made = _name(name), []

    def put(users: dict[str, User]) -> None:
        if known not in users:
            raise _unknown(name)
        users[known] = how(users[known])
        made.append(users[known])

    _file().change(put)
    return made[0]


def _hashed(from_stdin: bool) -> str:
    """The hash of a password that is asked for."""
    from processor.review.access import passwords

    if from_stdin:
        given = sys.stdin.readline().rstrip("\r\n")
    elif terminal.is_interactive():
        given = click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)
    else:
        raise click.UsageError("there is nobody to ask: give --password-stdin")
    try:
        return passwords.Passwords().hash(passwords.checked(given))
    except ValueError as error:
        raise errors.UsageError(str(error)) from error


def _name(given: str) -> str:
    from processor.review.access import names

    try:
        return names.checked(given)
    except ValueError as error:
        raise errors.UsageError(str(error)) from error


def _role(given: str) -> Role:
    from processor.review.values import Role

    return Role(given)


def _scope(given: tuple[str, ...]) -> frozenset[str] | None:
    return frozenset(given) or None


def _unknown(name: str) -> errors.UsageError:
    return errors.UsageError(f"there is no user {_name(name)}: see `untuned review user list`")


def _words(scope: frozenset[str] | None) -> str:
    return "all" if scope is None else ", ".join(sorted(scope))


def _fields(found: User) -> dict[str, Any]:
    scopes = {"tasks": found.tasks, "tenants": found.tenants}
    return {
        "name": found.name,
        "role": found.role.value,
        **{key: None if scope is None else sorted(scope) for key, scope in scopes.items()},
        "password": found.password is not None,
    }


def _told(found: User, what: str, *, as_json: bool) -> None:
    if as_json:
        terminal.emit({what: _fields(found)})
    else:
        click.echo(f"{what} {found.name} ({found.role})")
