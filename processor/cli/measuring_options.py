"""The options that the verbs share that measure a task."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

INSTALL = "pip install 'untuned[measure]', or in a checkout of untuned: pip install -e '.[measure]'"
"""How the extra is had, whether the package is published where one is or not."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured, and for how much."""

    cases: Path | None
    days: float | None
    max_cases: int | None
    seed: int
    repeats: int = 1
    max_usd: Decimal | None = None
    max_tokens: int | None = None
    concurrency: int | None = None
    reviewer_error: float = 0.0


class Usd(click.ParamType):
    """An amount of US dollars over 0, as a `Decimal`."""

    name = "usd"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The amount; what is none fails the call."""
        try:
            found = Decimal(value)
        except InvalidOperation:
            found = Decimal(0)
        return found if found > 0 else self.fail(f"{value!r} is no amount of US dollars over 0", param, ctx)


_SOURCES = (
    click.option(
        "--cases",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Labelled cases, JSON lines or CSV; default: the task's cases.jsonl.",
    ),
    click.option("--days", type=click.FloatRange(0, min_open=True), help="Take what people decided in the last days."),
    click.option(
        "--max-cases", type=click.IntRange(1), metavar="N", help="A sample of at most N, stratified by class."
    ),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Of the sample, and of the order of the cases."
    ),
)

_OPTIONS = (
    *_SOURCES,
    click.option(
        "--repeats",
        type=click.IntRange(1, 100),
        default=1,
        show_default=True,
        help="Answers to each case, on each rung.",
    ),
    click.option(
        "--max-usd", type=Usd(), metavar="USD", help="Stop once so much is spent; needs prices in models.toml."
    ),
    click.option("--max-tokens", type=click.IntRange(1), metavar="N", help="Stop once so many tokens are spent."),
    click.option("--concurrency", type=click.IntRange(1, 1024), help="Cases at a time; default: UNTUNED_CONCURRENCY."),
    click.option(
        "--reviewer-error",
        type=click.FloatRange(0, 1),
        default=0.0,
        show_default=True,
        help="Share of what reviewers decide that is taken to be wrong.",
    ),
)


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a measurement; the verb gets them as `asked`, an `Options`."""
    return _asking(command, _OPTIONS)


def sources(command: Callable[..., None]) -> Callable[..., None]:
    """Those that say which cases, for verbs that run nothing; `asked` has the rest as it is by default."""
    return _asking(command, _SOURCES)


def _asking(command: Callable[..., None], those: Iterable[Callable[..., Any]]) -> Callable[..., None]:
    @functools.wraps(command)
    def called(**given: Any) -> None:
        names = [each.name for each in dataclasses.fields(Options) if each.name in given]
        command(asked=Options(**{name: given.pop(name) for name in names}), **given)

    for option in reversed(tuple(those)):
        called = option(called)
    return called


def needs_extra() -> None:
    """What is measured with is installed.

    Raises:
        UsageError: it is not.
    """
    if importlib.util.find_spec("scipy") is None:
        raise errors.UsageError(f"measuring needs more packages: {INSTALL}")
