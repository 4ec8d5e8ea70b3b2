"""The body of the reference of the verbs: what `untuned VERB --help` says, for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from processor import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 100


def page() -> Iterator[str]:
    """The lines of the page, below its title."""
    yield "Exit codes: 0 done, 1 fell short, 2 wrong call or settings. With `--json`, what is printed is JSON."
    yield from _command(cli.untuned, click.Context(cli.untuned, info_name="untuned", **_settings(cli.untuned)))


def _settings(command: click.Command) -> dict[str, Any]:
    """Of the command itself, but for the terminal."""
    return {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """A verb's help, then that of the verbs below it."""
    yield from ("", f"## `{context.command_path}`", "", "```text", *_lines(command.get_help(context)), "```")
    if not isinstance(command, click.Group):
        return
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None
        yield from _command(below, click.Context(below, info_name=name, parent=context, **_settings(below)))


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.splitlines()]
