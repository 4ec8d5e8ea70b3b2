"""Calling the `untuned` command inside the test's process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click.testing

from processor import cli
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Finished:
    """How a call ended: its exit code, as `processor.__main__` gives it, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> list[Any]:
        """The lines of standard output, each one JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


def run(environment: Mapping[str, str], *arguments: str, stdin: bytes | None = None) -> Finished:
    """Call a verb; an error that is none of untuned's own fails the test."""
    found = click.testing.CliRunner().invoke(cli.untuned, arguments, env=environment, input=stdin)
    if isinstance(found.exception, errors.UntunedError):
        code = 2 if isinstance(found.exception, errors.UsageError) else 1
        return Finished(code, found.stdout, f"{found.stderr}{found.exception}\n")
    if found.exception is not None and not isinstance(found.exception, SystemExit):
        raise found.exception
    return Finished(found.exit_code, found.stdout, found.stderr)
