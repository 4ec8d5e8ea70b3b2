"""The verbs: thin, no logic. Each module holds one family and is imported only when its verb is called."""

from __future__ import annotations

import importlib

import click

from processor import __version__

VERBS = {
    "init": "scaffold",
    "new": "scaffold",
    "up": "stack",
    "down": "stack",
    "status": "stack",
    "topics": "topics",
    "produce": "produce",
    "results": "results",
    "lag": "lag",
    "review": "review",
    "replay": "replay",
    "cases": "cases",
    "measure": "measure",
    "calibrate": "calibrate",
    "verdict": "verdict",
    "export": "export",
    "check": "definitions",
    "prompt": "prompt",
    "schemas": "schemas",
    "knowledge": "knowledge",
    "worker": "worker",
    "demo": "demo",
}
"""Verb -> module in this package, in the order of `untuned --help`."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"processor.cli.{VERBS[cmd_name]}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="untuned")
def untuned() -> None:
    """AI tasks as a stream: prompts, retrieval and rules first; people for the rest.

    \b
    A first run:  untuned up && untuned topics && untuned knowledge load ticket-triage
                  untuned produce ticket-triage tasks/ticket-triage/cases.jsonl
                  untuned worker        (in a second terminal)
                  untuned results --follow
    Your own:     untuned init my-project && cd my-project && untuned new my-task --kind classification

    The project is the current folder (tasks/ schemas/ rules/), or UNTUNED_PROJECT. Settings come from the
    environment or the project's .env file. Exit codes: 0 done, 1 fell short, 2 wrong call or settings.
    """
    from processor.cli import unread

    unread.warn()
