"""The warning about variables that nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from processor import config
from processor.core import errors

if TYPE_CHECKING:
    from pathlib import Path


def warn() -> None:
    """One line on standard error, where there is any such variable."""
    root = config.project()
    found = config.unread(root)
    if not found:
        return
    keys = _keys(root)
    told = [_told(each) for each in found if each.name not in keys]
    if told:
        click.echo(f"untuned: nobody reads {', '.join(told)}: see docs/reference-settings.md", err=True)


def _told(variable: config.Unread) -> str:
    place = " in .env" if variable.in_file else ""
    meant = f" (did you mean {variable.near}?)" if variable.near else ""
    return f"{variable.name}{place}{meant}"


def _keys(root: Path) -> set[str | None]:
    """The names of variables that models.toml gives to keys."""
    from processor.adapters import project

    try:
        return {endpoint.api_key for endpoint in project.Project(root).models().endpoints.values()}
    except errors.DefinitionError:  # who needs the file says so
        return set()
