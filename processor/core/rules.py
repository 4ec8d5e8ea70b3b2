"""Rules: plain functions for what a schema cannot say, registered by a decorator.

    from processor.core.rules import rule, violation

    @rule
    def refund_needs_order(event, answer, passages):
        if answer["category"] == "refund" and not answer["order_number"]:
            return violation("$.order_number", "A refund needs the order number.", expected="as in the message")

A rule sees the event, the typed answer and the passages, and nothing else. It returns None when all is well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, overload

from processor.core.records import Event, Passage, Violation

RuleFunction = Callable[[Event, Mapping[str, Any], tuple[Passage, ...]], Violation | None]

FOUND_LIMIT = 200
"""Characters of a found value that a violation keeps."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A registered rule.

    Attributes:
        name: the function's name; it is in violations, logs and review items.
        function: the rule itself; pure.
        severity: a `violation` keeps the answer from being accepted, a `warning` only travels with the result.
        then: what follows a violation: `retry` at the next step, or straight to `review`.
        description: the first line of the function's docstring.
    """

    name: str
    function: RuleFunction
    severity: Literal["violation", "warning"]
    then: Literal["retry", "review"]
    description: str


@overload
def rule(function: RuleFunction, /) -> Rule: ...
@overload
def rule(
    *, severity: Literal["violation", "warning"] = "violation", then: Literal["retry", "review"] = "retry"
) -> Callable[[RuleFunction], Rule]: ...
def rule(
    function: RuleFunction | None = None,
    /,
    *,
    severity: Literal["violation", "warning"] = "violation",
    then: Literal["retry", "review"] = "retry",
) -> Rule | Callable[[RuleFunction], Rule]:
    """Register a function `(event, answer, passages) -> Violation | None` as a rule of its module's task."""

    def register(function: RuleFunction) -> Rule:
        name = getattr(function, "__name__", "rule")
        description = (function.__doc__ or "").strip().split("\n")[0]
        return Rule(name, function, severity, then, description)

    return register if function is None else register(function)


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
