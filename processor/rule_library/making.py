"""What all rules of the library are made with."""

from __future__ import annotations

import dataclasses
import importlib
import itertools
import json
from typing import TYPE_CHECKING, Any, TypedDict

from processor.core import errors, rules
from processor.core.contracts import place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from processor.core.records import Event, Passage

EACH = place.EACH

Found = tuple[str, Any]
"""A path such as `$.lines[2].sku`, and the value that stands there."""


class Options(TypedDict, total=False):
    """The options of every rule, as in `rules.rule`; and why it is there, in place of what it says of itself."""

    severity: rules.Severity
    then: rules.Then
    seconds: float
    description: str


def make(function: rules.RuleFunction, description: str, places: tuple[str, ...], options: Options) -> rules.Rule:
    """A rule of a function, which is given its name by the module that it is put into.

    Raises:
        UsageError: a place is not written as one, or an option is wrong.
    """
    for path in places:
        steps(path)
    given: dict[str, Any] = {"description": description, **options}
    described = given.pop("description")
    try:
        made = rules.rule(**given)(function)
    except TypeError as error:
        raise errors.UsageError(
            f"rules of the library take severity, then, seconds and description: {error}"
        ) from error
    return dataclasses.replace(made, description=described, places=places)


def steps(path: str) -> place.Steps:
    """The steps of a place.

    Raises:
        UsageError: it is not written as one.
    """
    try:
        return place.parse(path)
    except (ValueError, TypeError) as error:
        raise errors.UsageError(str(error)) from error


def need(condition: object, message: str) -> None:
    """Refuse parameters that make no rule.

    Raises:
        UsageError: the condition does not hold.
    """
    if not condition:
        raise errors.UsageError(message)


def load(module: str) -> ModuleType:
    """A module of the optional packages.

    Raises:
        UsageError: they are not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        problem = f"this rule needs the package {module.partition('.')[0]}: pip install 'untuned[rules]'"
        raise errors.UsageError(problem) from error


def located(answer: Any, at: place.Steps, path: str = "$", *, nulls: bool = False) -> Iterator[Found]:
    """What stands at a place, each with its own path; nulls only where they are asked for."""
    if not at:
        if nulls or answer is not None:
            yield path, answer
    elif at[0] == EACH:
        for index, item in enumerate(answer if isinstance(answer, list) else ()):
            yield from located(item, at[1:], f"{path}[{index}]", nulls=nulls)
    elif isinstance(answer, dict):
        yield from located(answer.get(at[0]), at[1:], f"{path}.{at[0]}", nulls=nulls)


def texts(answer: Any, at: place.Steps) -> Iterator[tuple[str, str]]:
    """The texts at a place."""
    return ((path, value) for path, value in located(answer, at) if isinstance(value, str))


def together(answer: Any, *paths: place.Steps, nulls: bool = False) -> Iterator[tuple[list[Found], ...]]:
    """What stands at several places, for each item of the lists that they share.

    For `$.lines[*].from` and `$.lines[*].to` it comes once a line.
    """
    alike = itertools.takewhile(lambda each: len(set(each)) == 1, zip(*paths, strict=False))
    lists = [number for number, each in enumerate(alike, start=1) if each[0] == EACH]
    shared = lists[-1] if lists else 0
    for path, item in located(answer, paths[0][:shared]):
        yield tuple(list(located(item, rest[shared:], path, nulls=nulls)) for rest in paths)


def given(event: Event, fields: tuple[str, ...], passages: tuple[Passage, ...] = ()) -> str:
    """The text of fields of the event's input, and of passages."""
    parts = (str(event.input.get(name) or "") for name in fields)
    return "\n".join(itertools.chain(parts, (f"{passage.title}\n{passage.text}" for passage in passages)))


def word(value: Any) -> str:
    """A value as it stands in JSON, a text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
