"""Cases without what [cases] `redact` takes out of texts; one that would no longer be the same case is left out."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

from processor.measure.records import Exclusion
from processor.measure.scoring import Scorer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from processor.core.redaction import Redact
    from processor.core.task import Task
    from processor.measure.records import Case

FAILED = "redaction failed"  # the function raised, or gave something else than a text, or one name for two
CHANGES_LABEL = "redaction changes the label"  # in a place that is compared
CHANGES_GROUP = "redaction changes the group"  # cases of others would seem to belong together
CHANGES_TENANT = "redaction changes the tenant"  # the attribute that [visibility] names

FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
"""What a name looks like that whoever made the schema gave, and not whoever sent the event."""


class _FailedError(Exception):
    """The task's function cannot be used on a text."""


def redact(task: Task, cases: Iterable[Case]) -> tuple[tuple[Case, ...], tuple[Exclusion, ...]]:
    """The cases with each text of input, attributes, labels and first answer redacted, and what is left out.

    So is what names a value, unless it looks like the name of a field: the keys of a map may be contents. Ids of events
    and names of reviewers stay as they are. Without a function all stay.
    """
    if task.redact is None:
        return tuple(cases), ()
    redacting = _Redacting(task, task.redact)
    kept, left_out = [], []
    for case in cases:
        made = redacting.case(case)
        if isinstance(made, str):
            left_out.append(Exclusion(case.id, case.source, made))
        else:
            kept.append(made)
    return tuple(kept), tuple(left_out)


class _Redacting:
    def __init__(self, task: Task, function: Redact) -> None:
        self._function = function
        self._scorer = Scorer(task)
        visibility = task.definition.visibility
        self._tenant = visibility.attribute if visibility else None

    def case(self, case: Case) -> Case | str:
        """The case redacted, or why it is left out."""
        try:
            made = self._redacted(case)
        except _FailedError:
            return FAILED
        if not self._scorer.score(case.expected, made.expected).right or any(
            not self._scorer.score(label, made.labels_by[name]).right for name, label in case.labels_by.items()
        ):
            return CHANGES_LABEL
        if self._tree(case.group) != case.group:
            return CHANGES_GROUP
        if self._tenant is not None and _differ(case.event.attributes, made.event.attributes, self._tenant):
            return CHANGES_TENANT
        return made

    def _redacted(self, case: Case) -> Case:
        given = dataclasses.replace(
            case.event, input=self._tree(case.event.input), attributes=self._tree(case.event.attributes)
        )
        return dataclasses.replace(
            case,
            event=given,
            expected=self._tree(case.expected),
            labels_by={name: self._tree(label) for name, label in case.labels_by.items()},
            first_answer=None if case.first_answer is None else self._tree(case.first_answer),
        )

    def _tree(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            made = {self._name(name): self._tree(item) for name, item in value.items()}
            if len(made) < len(value):
                raise _FailedError  # two names became one
            return made
        return [self._tree(item) for item in value] if isinstance(value, list) else value

    def _name(self, name: str) -> str:
        return name if FIELD.fullmatch(name) else self._text(name)

    def _text(self, text: str) -> str:
        try:
            made = self._function(text)
        except Exception as error:
            raise _FailedError from error
        if not isinstance(made, str):
            raise _FailedError
        return made


def _differ(one: Mapping[str, str], other: Mapping[str, str], name: str) -> bool:
    return one.get(name) != other.get(name)
