"""From what sources gave to the cases that are measured: what cannot be measured is left out, and counted."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

from processor.core import errors, inputs
from processor.core.records import Origin, Work
from processor.knowledge import examples as example_files
from processor.measure.cases import sample
from processor.measure.cases.values import Gathered
from processor.measure.records import Exclusion, Sampling
from processor.measure.scoring import Scorer, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from processor.checking.labelled import Labelled
    from processor.core.contracts.shapes.base import Shape
    from processor.core.task import Task
    from processor.measure.cases.values import Found
    from processor.measure.records import Case

NOTHING_LABELLED = "nothing labelled"  # the label has no place that is compared
BREAKS_CONTRACT = "label breaks the contract"
INVALID_INPUT = "invalid input"  # the task refuses it before anything is spent
ALSO_AN_EXAMPLE = "also an example"  # it would be retrieved for itself, with the answer
DUPLICATE = "duplicate"  # the same input with the same label is kept once
CONTRADICTORY = "contradictory"  # the same input has another label elsewhere: neither is measured
SAME_ID = "same id"  # as a case from another place


def gather(
    task: Task,
    found: Iterable[Found],
    *,
    examples: Iterable[Labelled] = (),
    most: int | None = None,
    seed: int = 0,
) -> Gathered:
    """The cases that are measured.

    Args:
        task: what they are for.
        found: what the sources gave; of cases that are the same, the earlier one is kept.
        examples: the task's labelled messages; those that may be retrieved count.
        most: at most so many cases, over 0: a sample, stratified by class. None keeps all.
        seed: of the sample, and of the order of the cases.
    """
    sources = tuple(found)
    sieve = _Sieve(task, examples)
    cases = sieve.kept(_with_chance(case, each) for each in sources for case in each.cases)
    exclusions = (*(exclusion for each in sources for exclusion in each.exclusions), *sieve.exclusions)
    scorer = sieve.scorer
    drawn, strata = sample.draw(cases, most, seed, lambda case: scorer.class_of(case.expected))
    return Gathered(
        cases=drawn,
        exclusions=exclusions,
        sampling=Sampling(
            found=len(cases) + len(exclusions),
            kept=len(drawn),
            excluded=dict(Counter(exclusion.why for exclusion in exclusions).most_common()),
            seed=seed,
            strata=strata,
            population=_population(sources, cases, exclusions, drawn=bool(strata)),
            production=sources[0].production if len(sources) == 1 else None,
        ),
        unlabelled=sum(each.unlabelled for each in sources),
    )


def _with_chance(case: Case, found: Found) -> Case:
    """The case with the chance that it came to be labelled by now."""
    chance = found.chances.get(case.id)
    return case if chance is None else dataclasses.replace(case, inclusion=chance)


def _population(
    sources: Sequence[Found], cases: Sequence[Case], exclusions: Sequence[Exclusion], *, drawn: bool
) -> int | None:
    """How many events the cases stand for: all of some days, or those that they were drawn from."""
    if len(sources) == 1 and sources[0].population is not None and not exclusions:
        return sources[0].population
    return len(cases) if drawn and all(case.inclusion is None for case in cases) else None


def sift(
    task: Task, cases: Iterable[Case], examples: Iterable[Labelled] = ()
) -> tuple[Sequence[Case], tuple[Exclusion, ...]]:
    """The cases that could be measured, in their order, and those that could not; as `gather`, without a sample."""
    sieve = _Sieve(task, examples)
    given = tuple(cases)
    kept = {id(case) for case in sieve.kept(given)}
    return tuple(case for case in given if id(case) in kept), tuple(sieve.exclusions)


def normal_input(given: Mapping[str, Any]) -> str:
    """What two inputs that are the same have in common: case, blanks and Unicode forms of their texts aside."""
    return json.dumps(_normal(given), sort_keys=True, ensure_ascii=False)


class _Sieve:
    """Holds cases against the task and against each other."""

    def __init__(self, task: Task, examples: Iterable[Labelled]) -> None:
        self.scorer = Scorer(task)
        self.exclusions: list[Exclusion] = []
        self._task = task
        retrieved = tuple(each for each in examples if each.is_example)
        self._examples = {normal_input(each.input) for each in retrieved}
        # Their inputs may have been redacted since, but they have the ids of the events that they were made of.
        self._decided = {each.id for each in retrieved if each.file == example_files.DECIDED}

    def kept(self, cases: Iterable[Case]) -> Sequence[Case]:
        same: dict[str, list[Case]] = {}
        for case in cases:
            given = normal_input(case.event.input)
            is_example = given in self._examples or case.id in self._decided
            if why := self._against(case) or (ALSO_AN_EXAMPLE if is_example else ""):
                self._exclude(case, why)
            else:
                same.setdefault(given, []).append(case)
        return list(self._once(case for group in same.values() for case in self._settled(group)))

    def _against(self, case: Case) -> str:
        """Why a case cannot be measured, whatever others there are; empty where it can."""
        if not self.scorer.score(case.expected, None).fields:
            return NOTHING_LABELLED
        if breaks_contract(self._task.contract.shape, case.expected):
            return BREAKS_CONTRACT
        try:
            origin = Origin(case.source, 0, 0, 0)
            inputs.check(self._task, Work(case.event, 1, (), origin, origin, None))
        except errors.Refused:
            return INVALID_INPUT
        return ""

    def _settled(self, group: Sequence[Case]) -> Iterator[Case]:
        """Of cases with the same input the one with the fullest label, or none where labels differ."""
        fullest = max(group, key=lambda case: len(self.scorer.score(case.expected, None).fields))
        agreed = all(self.scorer.agree(fullest.expected, case.expected) for case in group)
        for case in group:
            if not agreed:
                self._exclude(case, CONTRADICTORY)
            elif case is not fullest:
                self._exclude(case, DUPLICATE)
        if agreed:
            yield fullest

    def _once(self, cases: Iterable[Case]) -> Iterator[Case]:
        ids = set()
        for case in cases:
            if case.id in ids:
                self._exclude(case, SAME_ID)
            else:
                ids.add(case.id)
                yield case

    def _exclude(self, case: Case, why: str) -> None:
        self.exclusions.append(Exclusion(case.id, case.source, why))


def breaks_contract(shape: Shape, label: Mapping[str, Any]) -> bool:
    """Whether a label, or a part of one, has what the contract refuses; what is missing at any depth is no matter."""
    return any(violation.rule != "required" for violation in shape.check(plain.of(shape, label), "$"))


def _normal(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    if isinstance(value, dict):
        return {name: _normal(item) for name, item in value.items()}
    return [_normal(item) for item in value] if isinstance(value, list) else value
