"""Variables that nobody reads: a misspelt name would otherwise be passed over without a word."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PREFIX = "UNTUNED_"

OTHERS = ("UNTUNED_REVIEW_PASSWORD", "UNTUNED_TEST_STACK_ADDRESSES")
"""What `bench/` and `tests/` read."""

LINKS = re.compile(r"(_SERVICE_(HOST|PORT(_\w+)?)|_PORT_\d+_\w+)=|_PORT=\w+://")
"""In variables that Kubernetes gives every pod for a Service `untuned` or `untuned-…`."""

LIKENESS = 0.9
"""From 0 to 1, as of `difflib`: how like one of ours a name in `.env` is that does not begin as ours do."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A variable that is set, and that nobody reads.

    `near` is the known name that it reads like, if any; `in_file` is whether it stands in the project's `.env`.
    """

    name: str
    near: str | None
    in_file: bool


def unread(project: Path) -> list[Unread]:
    """The variables that begin as ours do and are no setting; of the project's `.env` also what is nearly a setting.

    Keys that models.toml names are among them where they begin so.
    """
    from dotenv import dotenv_values

    try:
        written = dotenv_values(project / ".env")
    except UnicodeDecodeError:  # `load` says so
        written = {}
    return [*_unread(os.environ, in_file=False), *_unread(written, in_file=True)]


def _unread(variables: Mapping[str, str | None], *, in_file: bool) -> Iterator[Unread]:
    known = [*(str(field.alias) for field in Settings.model_fields.values()), *OTHERS]
    for name, value in sorted(variables.items()):
        upper = name.upper()  # pydantic reads names in any case
        if not value or upper in known:
            continue
        if upper.startswith(PREFIX) and not LINKS.search(f"{upper}={value}"):
            yield Unread(name, _near(upper, known), in_file)
        elif in_file and (found := difflib.get_close_matches(upper, known, n=1, cutoff=LIKENESS)):
            yield Unread(name, found[0], in_file)


def _near(name: str, known: Sequence[str]) -> str | None:
    """Compared without the prefix: with it, all are alike."""
    rests = [each.removeprefix(PREFIX) for each in known if each.startswith(PREFIX)]
    found = difflib.get_close_matches(name.removeprefix(PREFIX), rests, n=1)
    return PREFIX + found[0] if found else None
