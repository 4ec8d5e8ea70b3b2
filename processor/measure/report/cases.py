"""A case as the page shows it: the answers of all rungs side by side, and what stood against each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from processor.core.contracts import place
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.records import Attempt, Passage, Violation
    from processor.measure.causes.records import Finding
    from processor.measure.records import Case, Outcome, Run, RungName

State = Literal["right", "wrong", "people", "mixed"]

TEXT, CELL, SUMMARY = 4000, 240, 110
"""Characters that are shown of an input or an attempt's answer, of a cell, and of the input in a case's one line."""

PLACES, PASSAGES, VIOLATIONS = 40, 12, 8
"""How many are shown at the most of each."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of an answer. `right` is None where it is not labelled, or where nothing was answered."""

    text: str
    right: bool | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A place of the answer: what is expected there (None: not labelled), and by rung what was answered."""

    place: str
    expected: str | None
    cells: tuple[tuple[Cell, ...], ...]

    @property
    def differs(self) -> bool:
        """Whether any rung was wrong there."""
        return any(cell.right is False for cells in self.cells for cell in cells)


@dataclass(frozen=True, slots=True)
class Way:
    """One way that a case went on a rung; with repeats, `times` of them."""

    state: State
    times: int
    reason: str
    violations: tuple[Violation, ...]
    attempts: tuple[Attempt, ...]
    passages: tuple[Passage, ...]
    cut: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnRung:
    """What became of a case on a rung: how many of its repeats were right, and the different ways that it went."""

    rung: RungName
    state: State
    right: int
    repeats: int
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A case, ready for the page. Without texts, `input` and `rows` are empty and `line` is."""

    case: Case
    anchor: str
    line: str
    failed: bool
    rungs: tuple[OnRung, ...]
    input: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    finding: Finding | None
    texts: bool


def by_case(run: Run) -> dict[str, dict[RungName, list[Outcome]]]:
    """By case id and rung, the outcomes by repeat."""
    found: dict[str, dict[RungName, list[Outcome]]] = {case.id: {} for case in run.cases}
    for outcome in sorted(run.outcomes, key=lambda each: each.repeat):
        found.setdefault(outcome.case, {}).setdefault(outcome.rung, []).append(outcome)
    return found


def shown(
    case: Case, anchor: str, outcomes: Mapping[RungName, list[Outcome]], finding: Finding | None, *, texts: bool
) -> Shown:
    """A case with its outcomes by rung, in the ladder's order.

    Args:
        case: the case.
        anchor: its place in the page.
        outcomes: by rung; empty where the run ended before it.
        finding: why it failed, where that was examined.
        texts: whether its input, label and answers are shown.
    """
    return Shown(
        case=case,
        anchor=anchor,
        line=display.short(" ".join(_scalars(case.event.input)), SUMMARY) if texts else "",
        failed=any(outcome.failed for found in outcomes.values() for outcome in found),
        rungs=tuple(_on_rung(rung, found) for rung, found in outcomes.items()),
        input=tuple((name, cut(text(value), TEXT)) for name, value in case.event.input.items()) if texts else (),
        rows=_rows(case, outcomes) if texts else (),
        finding=finding,
        texts=texts,
    )


def text(value: Any) -> str:
    """A JSON value for people: a string as it is, all else as JSON, over several lines where it is long."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n")
    short = json.dumps(value, ensure_ascii=False, default=str)
    return short if len(short) <= CELL else json.dumps(value, ensure_ascii=False, indent=1, default=str)


def cut(shown: str, limit: int) -> str:
    """At most `limit` characters, and how many are left out."""
    return shown if len(shown) <= limit else f"{shown[:limit]}… ({len(shown) - limit:,} more characters)"


def state(outcome: Outcome) -> State:
    """Settled right, settled wrong, or left to people."""
    if not outcome.accepted:
        return "people"
    return "right" if outcome.score.right else "wrong"


def _scalars(value: Any) -> list[str]:
    """The texts and numbers of an input, for one line."""
    if isinstance(value, dict):
        return [found for item in value.values() for found in _scalars(item)]
    if isinstance(value, list):
        return [found for item in value for found in _scalars(item)]
    return [] if value is None else [str(value)]


def _on_rung(rung: RungName, outcomes: Sequence[Outcome]) -> OnRung:
    states = {state(outcome) for outcome in outcomes}
    ways: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        ways.setdefault(f"{state(outcome)} {outcome.reason} {text(outcome.offered)}", []).append(outcome)
    return OnRung(
        rung=rung,
        state=states.pop() if len(states) == 1 else "mixed",
        right=sum(not outcome.failed for outcome in outcomes),
        repeats=len(outcomes),
        ways=tuple(_way(found) for found in ways.values()),
    )


def _way(outcomes: Sequence[Outcome]) -> Way:
    first = outcomes[0]
    return Way(
        state=state(first),
        times=len(outcomes),
        reason=first.reason.value if first.reason else "",
        violations=first.violations,
        attempts=first.attempts,
        passages=first.passages,
        cut=first.cut,
    )


def _rows(case: Case, outcomes: Mapping[RungName, list[Outcome]]) -> tuple[Row, ...]:
    """Labelled places first, those that differ on top; then what was answered beyond them."""
    every = [outcome for found in outcomes.values() for outcome in found]
    labelled = dict.fromkeys(name for outcome in every for name in outcome.offered_score.fields)
    labelled = labelled or dict.fromkeys(f"$.{name}" for name in case.expected)
    covered = {name.removeprefix("$.").split(".")[0].split("[")[0] for name in labelled}
    beyond = dict.fromkeys(f"$.{name}" for outcome in every for name in outcome.offered or {} if name not in covered)
    rows = [_row(case, name, outcomes.values(), labelled=True) for name in labelled]
    rows.sort(key=lambda row: not row.differs)
    rows += [_row(case, name, outcomes.values(), labelled=False) for name in beyond]
    return tuple(rows[:PLACES])


def _row(case: Case, name: str, outcomes: Any, *, labelled: bool) -> Row:
    expected = at(case.expected, name) if labelled else None
    return Row(name, expected, tuple(_cells(name, found, expected) for found in outcomes))


def _cells(name: str, outcomes: Sequence[Outcome], expected: str | None) -> tuple[Cell, ...]:
    """The different values there over the repeats, each once."""
    found: dict[Cell, int] = {}
    for outcome in outcomes:
        cell = _cell(name, outcome, expected)
        found[cell] = found.get(cell, 0) + 1
    if len(found) == 1:
        return tuple(found)
    return tuple(Cell(f"{cell.text} ({times} times)", cell.right) for cell, times in found.items())


def _cell(name: str, outcome: Outcome, expected: str | None) -> Cell:
    if outcome.offered is None:
        return Cell("no answer")
    right = outcome.offered_score.fields.get(name)
    value = at(outcome.offered, name)
    same = right and value == expected and len(value) > CELL // 4
    return Cell("as expected" if same else value, right)


def at(answer: Mapping[str, Any], name: str) -> str:
    """What stands at a place of an answer, cut to a cell; `–` where there is nothing."""
    try:
        found = list(place.values(answer, place.parse(name)))
    except ValueError:  # a field whose name is no word
        found = [answer[key] for key in (name, name.removeprefix("$.")) if key in answer][:1]
    if not found:
        return "–"
    return cut(text(found[0] if len(found) == 1 else found), CELL)
