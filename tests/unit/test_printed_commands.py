"""Every `untuned` call in the pages' shell blocks has a verb and options that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from processor import cli
from tests.unit.test_links import PAGES, ROOT

BLOCK = re.compile(r"^```(?:sh|yaml)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
HERE_DOCUMENT = re.compile(r"<<'EOF'\n.*?^EOF$", flags=re.DOTALL | re.MULTILINE)
ENDS = {"|", "&&", ";", ">", ">>", "&", "||"}


def calls(page: Path) -> Iterator[list[str]]:
    for block in BLOCK.findall(page.read_text()):
        for line in HERE_DOCUMENT.sub("", block).replace("\\\n", " ").splitlines():
            if "untuned " in line:
                yield from called(line)


def called(line: str) -> Iterator[list[str]]:
    """The arguments of each call in a line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    starts = [place for place, word in enumerate(words) if word == "untuned"]
    for start in starts:
        rest = words[start + 1 :]
        end = next((place for place, word in enumerate(rest) if word in ENDS), len(rest))
        yield rest[:end]


def refused(arguments: list[str]) -> list[str]:
    """What of a call there is not."""
    command: click.Command = cli.untuned
    words = list(arguments)
    while words and isinstance(command, click.Group) and not words[0].startswith("-"):
        context = click.Context(command)
        found = command.get_command(context, words[0])
        if found is None:
            return [words[0]]
        command = found
        del words[0]
    known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)} | {"--help", "--version"}
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    return [name for name in given if name not in known]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_its_calls_are_calls(page: Path):
    assert {" ".join(call): wrong for call in calls(page) if (wrong := refused(call))} == {}


def test_the_readme_has_some():
    assert len(list(calls(ROOT / "README.md"))) > 10
