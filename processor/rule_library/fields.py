"""Values of the answer that must fit each other."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any, Unpack

from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from processor.core.records import Violation
    from processor.rule_library.making import Options

EMPTY: tuple[Any, ...] = (None, "", [])


def depends(
    path: str,
    on: str,
    allowed: Mapping[Any, Collection[Any]],
    *,
    otherwise: Collection[Any] | None = None,
    **options: Unpack[Options],
) -> Rule:
    """Which values are allowed depends on another value: a decision table.

    Args:
        path: of the value that is decided.
        on: of the value that decides.
        allowed: the values that are allowed at `path`, by the value at `on`.
        otherwise: those for all other values at `on`; default: any.
        options: as of `@rule`.

    Example: `fields.depends("$.urgency", "$.category", {"safety": ("high", "critical")})`
    """
    at, by = making.steps(path), making.steps(on)
    table = {decides: _several(values) for decides, values in allowed.items()}
    others = None if otherwise is None else _several(otherwise)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for values, deciding in making.together(answer, at, by):
            for (where, value), (_, decides) in itertools.product(values, deciding):
                right = table.get(decides, others) if isinstance(decides, str | bool | int) else others
                if right is not None and value not in right:
                    expected = " or ".join(map(making.word, right))
                    message = f"Where {on} is {making.word(decides)}, {path} is {expected}."
                    yield violation(where, message, found=value, expected=expected)

    return making.make(check, f"{path} fits {on}", (path, on), options)


def needed(path: str, on: str, values: Collection[Any], **options: Unpack[Options]) -> Rule:
    """A place is not empty where another value is one of these: null, an empty text and an empty list are empty.

    Example: `fields.needed("$.order_number", "$.category", ("refund", "return"))`
    """
    return _filled(path, on, _several(values), full=True, options=options)


def empty(path: str, on: str, values: Collection[Any], **options: Unpack[Options]) -> Rule:
    """A place is empty where another value is one of these.

    Example: `fields.empty("$.lines", "$.kind", ("reminder",))`
    """
    return _filled(path, on, _several(values), full=False, options=options)


def unique(path: str, **options: Unpack[Options]) -> Rule:
    """No value stands twice in a list.

    Example: `fields.unique("$.lines[*].sku")`
    """
    at = making.steps(path)
    making.need(making.EACH in at, f"{path} is one place; write [*] for the items of a list")

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        found = [(where, str(value)) for where, value in making.located(answer, at)]
        for value, times in Counter(value for _, value in found).items():
            if times > 1:
                second = [where for where, other in found if other == value][1]
                yield violation(second, f"{value} stands here {times} times.", found=value, expected="each once")

    return making.make(check, f"{path} holds no value twice", (path,), options)


def _filled(path: str, on: str, values: tuple[Any, ...], *, full: bool, options: Options) -> Rule:
    at, by = making.steps(path), making.steps(on)

    def check(event: Any, answer: Any, passages: Any) -> Iterator[Violation]:
        for places, deciding in making.together(answer, at, by, nulls=True):
            for (where, value), (_, decides) in itertools.product(places, deciding):
                if decides in values and (value in EMPTY) is full:
                    message = f"Where {on} is {making.word(decides)}, this is {'given' if full else 'left empty'}."
                    nothing = "[]" if isinstance(value, list) else "null"
                    yield violation(where, message, found=value, expected="" if full else nothing)

    return making.make(check, f"{path} is {'given' if full else 'empty'} by {on}", (path, on), options)


def _several(values: Collection[Any]) -> tuple[Any, ...]:
    making.need(values and not isinstance(values, str), "values are a tuple, and at least one")
    return tuple(values)
