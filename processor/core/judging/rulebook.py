"""A task's rules, applied to an answer that fits the contract -> Verdict. Without a clock: a guard watches the time."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from processor.core.judging import read_only
from processor.core.records import Event, Passage, Reason, Verdict, Violation
from processor.core.rules import Overrun, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.task import Task

Guard = Callable[[], AbstractContextManager[Callable[[Rule], None]]]
"""Watches over the rules of one answer: what it gives is called before each rule, and `Overrun` is raised out of the
one that runs past its limit."""

VIOLATIONS_LIMIT = 10
"""How many violations of one rule are told; more would only make the next prompt long."""

TRACEBACK_LIMIT = 4000
"""Characters of a rule's traceback that are kept."""


@contextlib.contextmanager
def unguarded() -> Iterator[Callable[[Rule], None]]:
    """A guard that lets every rule run for as long as it likes."""
    yield lambda _: None


def apply(task: Task, event: Event, answer: Mapping[str, Any], passages: tuple[Passage, ...], guard: Guard) -> Verdict:
    """Apply all rules in their order; each sees the same, whatever those before it did.

    The first that raises, runs past its limit or returns what is none of a rule's outcomes ends it: people decide.
    """
    if not task.rules:
        return Verdict(answer)
    shown = read_only.frozen(task.contract.convert(answer))
    event, passages = _shown_event(event), tuple(map(_shown_passage, passages))
    violations: list[Violation] = []
    warnings: list[Violation] = []
    for_people: list[str] = []
    running = task.rules[0]
    try:
        with guard() as begin:
            for running in task.rules:
                begin(running)
                found = _outcome(running, running.function(event, shown, passages))
                (warnings if running.severity == "warning" else violations).extend(found)
                if found and running.severity == "violation" and running.then == "review":
                    for_people.append(running.name)
    except Overrun as overrun:
        detail = f"rule {overrun.rule.name} ran longer than {overrun.rule.seconds:g} s"
        return Verdict(answer, tuple(violations), tuple(warnings), Reason.RULE_FAILED, detail)
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - also what asyncio would take for its own (CancelledError), and Rust's panics
        detail = f"rule {running.name} raised\n{traceback.format_exc(limit=-5)[-TRACEBACK_LIMIT:]}"
        return Verdict(answer, tuple(violations), tuple(warnings), Reason.RULE_FAILED, detail)
    detail = f"rule {', '.join(for_people)} wants a person" if for_people else ""
    return Verdict(answer, tuple(violations), tuple(warnings), Reason.RULE if for_people else None, detail)


def _outcome(rule: Rule, returned: Any) -> list[Violation]:
    """What a rule returned, as violations that carry its name.

    Raises:
        TypeError: it is none of a rule's outcomes.
    """
    if returned is None:
        return []
    several = [returned] if isinstance(returned, Violation) or not isinstance(returned, Iterable) else returned
    found = list(itertools.islice(several, VIOLATIONS_LIMIT))
    for each in found:
        if not isinstance(each, Violation):
            raise TypeError(f"a rule returns None, a violation or several, not {type(each).__name__}")
        if not all(isinstance(text, str) for text in (each.path, each.message, each.found, each.expected)):
            raise TypeError("path, message, found and expected of a violation are texts")
    return [dataclasses.replace(each, rule=rule.name) for each in found]


def _shown_event(event: Event) -> Event:
    return dataclasses.replace(event, input=read_only.frozen(event.input), attributes=read_only.flat(event.attributes))


def _shown_passage(passage: Passage) -> Passage:
    return dataclasses.replace(passage, columns=read_only.flat(passage.columns)) if passage.columns else passage
