"""Training and validation data, kept apart: what belongs together stands on one side, whole."""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from typing import TYPE_CHECKING

from processor.core import errors
from processor.measure.cases import gather
from processor.measure.training import alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from processor.measure.records import Case
    from processor.measure.training.values import SplitBy

Sides = tuple[tuple[str, ...], tuple[str, ...]]


def by(cases: Sequence[Case]) -> SplitBy:
    """What to split by: groups where cases have some, else the time where all have one, else the cases."""
    if any(case.group for case in cases):
        return "group"
    return "time" if cases and all(case.event.created_at for case in cases) else "case"


def split(cases: Sequence[Case], how: SplitBy, validation: float, seed: int) -> Sides:
    """Ids for training and for validation, each in the order of the cases.

    Cases of one group, with the same normalised input, or nearly the same input stand together. By time the newest are
    for validation, and what has no time counts as the oldest; else a draw by the seed.

    Raises:
        UsageError: nothing can be kept apart: nearly all cases hang together.
    """
    clumps = sorted(_clumps(cases), key=lambda clump: _rank(clump, how, seed))
    wanted, chosen = validation * len(cases), set[str]()
    for clump in clumps:
        if len(chosen) + len(clump) / 2 <= wanted:
            chosen.update(case.id for case in clump)
    train = tuple(case.id for case in cases if case.id not in chosen)
    held = tuple(case.id for case in cases if case.id in chosen)
    if cases and (not train or not held):
        raise errors.UsageError(
            f"{len(cases)} cases fall into {len(clumps)} that do not depend on each other, "
            "and cannot be split into training and validation: label more"
        )
    return train, held


def text(case: Case) -> str:
    """What two cases are compared by."""
    return gather.normal_input(case.event.input)


def _clumps(cases: Sequence[Case]) -> list[list[Case]]:
    """Cases that hang together, directly or through others."""
    parent = {case.id: case.id for case in cases}

    def root(ident: str) -> str:
        while parent[ident] != ident:
            parent[ident] = parent[parent[ident]]
            ident = parent[ident]
        return ident

    for one, other in _tied(cases):
        parent[root(other)] = root(one)
    found: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        found[root(case.id)].append(case)
    return list(found.values())


def _tied(cases: Sequence[Case]) -> Iterator[tuple[str, str]]:
    first: dict[tuple[str, str], str] = {}
    texts = {case.id: text(case) for case in cases}
    for case in cases:
        yield first.setdefault(("input", texts[case.id]), case.id), case.id
        if case.group:
            yield first.setdefault(("group", case.group), case.id), case.id
    yield from alike.near(texts)


def _rank(clump: Sequence[Case], how: SplitBy, seed: int) -> tuple[float, str]:
    """What comes first is for validation: the newest by time, else by a hash that does not depend on the order."""
    ident = min(case.id for case in clump)
    drawn = hashlib.sha256(f"{seed}\0{ident}".encode()).hexdigest()
    if how == "time":
        times = (case.event.created_at.timestamp() for case in clump if case.event.created_at)
        return -max(times, default=-math.inf), drawn  # what has no time is for training
    return 0.0, drawn


def leaks(cases: Mapping[str, Case], sides: Sides) -> dict[str, tuple[str, ...]]:
    """What stands on both sides after all, by what was looked for: ids of the cases for validation.

    It looks at the sides alone, by another way than they were made.
    """
    train, held = ([cases[ident] for ident in side] for side in sides)
    inputs, groups = {text(case) for case in train}, {case.group for case in train if case.group}
    near = alike.has_near([text(case) for case in held], [text(case) for case in train])
    return {
        "same normalised input": tuple(case.id for case in held if text(case) in inputs),
        "same group": tuple(case.id for case in held if case.group in groups),
        "near duplicate": tuple(case.id for case, found in zip(held, near, strict=True) if found),
    }
