"""Rules: plain functions for what a schema cannot say, registered by a decorator.

    from processor.core.rules import rule, violation

    @rule
    def refund_needs_order(event, answer, passages):
        if answer["category"] == "refund" and not answer["order_number"]:
            return violation("$.order_number", "A refund needs the order number.", expected="as in the message")

A rule sees the event, the typed answer and the passages, and nothing else; it can change none of them. It returns None
when all is well, a violation, or several (a generator may yield them). Common ones are in `processor.rule_library`.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, overload

from processor.core import errors
from processor.core.records import Event, Passage, Violation

RuleFunction = Callable[[Event, Mapping[str, Any], tuple[Passage, ...]], Violation | Iterable[Violation] | None]
Severity = Literal["violation", "warning"]
Then = Literal["retry", "review"]

SECONDS = 0.5
"""How long a rule may run, if it does not say otherwise: while it runs, the worker does nothing else."""

LEAST_SECONDS = 0.01
"""A limit under this would stop rules by chance."""

FOUND_LIMIT = 200
"""Characters of a found value that a violation keeps."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule.

    Attributes:
        name: what it is called in the rules module; it is in violations, logs and review items.
        function: the rule itself; pure.
        severity: a `violation` keeps the answer from being accepted, a `warning` only travels with the result.
        then: what follows a violation: `retry` at the next step, or straight to `review`.
        seconds: how long it may run; past that the event goes to review.
        description: the first line of the function's docstring.
        places: of the answer that it looks at, where that is known: the contract must have them.
    """

    name: str
    function: RuleFunction
    severity: Severity
    then: Then
    seconds: float
    description: str
    places: tuple[str, ...] = ()


class Overrun(BaseException):
    """A rule ran past its limit. Not an `Exception`, so that a rule that catches those cannot run on."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        super().__init__(rule.name)


@overload
def rule(function: RuleFunction, /) -> Rule: ...
@overload
def rule(
    *, severity: Severity = "violation", then: Then = "retry", seconds: float = SECONDS
) -> Callable[[RuleFunction], Rule]: ...
def rule(
    function: RuleFunction | None = None,
    /,
    *,
    severity: Severity = "violation",
    then: Then = "retry",
    seconds: float = SECONDS,
) -> Rule | Callable[[RuleFunction], Rule]:
    """Register a function `(event, answer, passages)` as a rule of its module's task.

    Raises:
        UsageError: it is no such function, or an option has no such value.
    """

    def register(function: RuleFunction) -> Rule:
        name = getattr(function, "__name__", "rule")
        description = (function.__doc__ or "").strip().split("\n")[0]
        made = Rule(name, function, severity, then, seconds, description)
        _check(made)
        return made

    return register if function is None else register(function)


def collect(module: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules of a module, by its variables in their order; each is called what its variable is called."""
    return tuple(dataclasses.replace(value, name=name) for name, value in module.items() if isinstance(value, Rule))


def violation(path: str, message: str, *, found: Any = None, expected: str = "") -> Violation:
    """Build a violation; the rule's name is filled in by the judge.

    Args:
        path: JSONPath of the place in the answer, `$` for the whole.
        message: one sentence that helps a model and a person.
        found: the value that was found; kept as JSON text of at most `FOUND_LIMIT` characters.
        expected: what would be right, in words.
    """
    text = "" if found is None else json.dumps(found, ensure_ascii=False, default=str)
    shown = text if len(text) <= FOUND_LIMIT else text[: FOUND_LIMIT - 1] + "…"
    return Violation(path=path, rule="", message=message, found=shown, expected=expected)


def _check(made: Rule) -> None:
    """A rule that could never run, or whose options mean nothing, is told where it is written."""
    for option, value, known in (("severity", made.severity, Severity), ("then", made.then, Then)):
        if value not in get_args(known):
            raise errors.UsageError(f"rule {made.name}: {option} is {' or '.join(get_args(known))}, not {value!r}")
    if not isinstance(made.seconds, int | float) or not LEAST_SECONDS <= made.seconds < math.inf:
        raise errors.UsageError(f"rule {made.name}: seconds is a number from {LEAST_SECONDS}, not {made.seconds!r}")
    if not callable(made.function):
        raise errors.UsageError(f"@rule stands above a function, not {made.function!r}; options have names")
    if inspect.iscoroutinefunction(made.function) or inspect.isasyncgenfunction(made.function):
        raise errors.UsageError(f"rule {made.name}: is async, but a rule is pure and waits for nothing; write `def`")
    try:
        inspect.signature(made.function).bind(None, None, None)
    except TypeError as error:
        raise errors.UsageError(f"rule {made.name}: must take (event, answer, passages)") from error
