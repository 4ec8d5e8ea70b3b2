"""Which decided events are written: as cases behind those of a file, or as labelled examples beside those of a task.

Found -> Chosen(cases, exclusions)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.checking import labelled
from processor.core.lookup import visibility
from processor.knowledge import examples
from processor.measure.cases import gather, redacting
from processor.measure.records import Exclusion
from processor.measure.scoring import Scorer, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from processor.checking.labelled import Labelled
    from processor.core.task import Task
    from processor.measure.cases.values import Found
    from processor.measure.records import Case

ALREADY_THERE = "already there"  # the file has it, or its like
ANOTHER_LABEL = "another label there"  # the file, or an example, has the same input with another label
NOT_AGREED = "not agreed"  # fewer than two reviewers, or they disagree
DISAGREED = "reviewers disagree"  # no example is made of what is disputed
NOT_WHOLE = "not a whole answer"  # an example must be one
ALSO_A_CASE = "also a case"  # cases.jsonl has it: what is measured on must not be retrieved
NO_TENANT = "no tenant"  # its attribute that [visibility] names does not say who alone may see it


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is written, and what is left out."""

    cases: tuple[Case, ...]
    exclusions: tuple[Exclusion, ...]


def cases(task: Task, found: Found, others: Iterable[Labelled], before: Iterable[Case], *, agreed: bool) -> Chosen:
    """What is new to a file of cases.

    Args:
        task: what they are for.
        found: what people decided.
        others: the labelled messages of the task's folder: what is an example is no case.
        before: what the file holds.
        agreed: only those that two reviewers agree on.
    """
    sieve = _Choosing(task, found)
    if agreed:
        sieve.refuse(lambda case: "" if case.agreed else NOT_AGREED)
    sieve.sift([each for each in others if each.is_example])
    known = {gather.normal_input(case.event.input): case.expected for case in before}
    ids = {case.id for case in before}
    sieve.refuse(lambda case: sieve.against(case, known) or (ALREADY_THERE if case.id in ids else ""))
    return sieve.chosen


def as_examples(task: Task, found: Found, others: Iterable[Labelled], *, agreed: bool = False) -> Chosen:
    """What can be an example.

    Args:
        task: what they are for.
        found: what people decided.
        others: the labelled messages of the task's folder; what was made an example before is chosen anew.
        agreed: only those that two reviewers agree on.
    """
    others = tuple(others)
    sieve = _Choosing(task, found)
    if agreed:
        sieve.refuse(lambda case: "" if case.agreed else NOT_AGREED)
    sieve.refuse(lambda case: DISAGREED if case.agreed is False else "")
    shape = task.contract.shape
    sieve.refuse(lambda case: NOT_WHOLE if task.contract.check(plain.of(shape, case.expected)) else "")
    if (named := task.definition.visibility) is not None:
        sieve.refuse(lambda case: "" if visibility.owner(named, case.event) else NO_TENANT)
    sieve.sift([])
    mine = [each for each in others if each.is_example and each.file != examples.DECIDED]
    held_out = [each for each in others if each.file == labelled.CASES]
    ids, inputs = {each.id for each in held_out}, {gather.normal_input(each.input) for each in held_out}
    sieve.refuse(lambda case: ALSO_A_CASE if case.id in ids or gather.normal_input(case.event.input) in inputs else "")
    known = {gather.normal_input(each.input): each.answer for each in mine}
    taken = {each.id for each in mine}
    sieve.refuse(lambda case: sieve.against(case, known) or (gather.SAME_ID if case.id in taken else ""))
    return sieve.chosen


class _Choosing:
    """Cases on their way, redacted, with what was left out so far."""

    def __init__(self, task: Task, found: Found) -> None:
        self._task = task
        self._scorer = Scorer(task)
        self._cases, left_out = redacting.redact(task, found.cases)
        self._exclusions = [*found.exclusions, *left_out]

    @property
    def chosen(self) -> Chosen:
        return Chosen(self._cases, tuple(self._exclusions))

    def refuse(self, why: Callable[[Case], str]) -> None:
        """Leave out those of which it says why."""
        told = [(case, why(case)) for case in self._cases]
        self._cases = tuple(case for case, reason in told if not reason)
        self._exclusions += [Exclusion(case.id, case.source, reason) for case, reason in told if reason]

    def sift(self, others: Sequence[Labelled]) -> None:
        """Leave out what cannot be measured, and what is there twice."""
        kept, left_out = gather.sift(self._task, self._cases, others)
        self._cases = tuple(kept)
        self._exclusions += left_out

    def against(self, case: Case, known: Mapping[str, Mapping[str, object]]) -> str:
        """Why a case adds nothing to labels of the same inputs; empty where it does."""
        label = known.get(gather.normal_input(case.event.input))
        if label is None:
            return ""
        return ALREADY_THERE if self._scorer.agree(label, case.expected) else ANOTHER_LABEL
