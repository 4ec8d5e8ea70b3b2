"""Evidence for verdicts, made of numbers: how many cases are right, and why the others fail."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.records import Usage
from processor.measure.cases import Traffic
from processor.measure.records import Sampling
from processor.measure.verdict.evidence import Evidence, History
from tests import measured

if TYPE_CHECKING:
    from collections.abc import Mapping

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def traffic(
    per_day: float = 1000.0, days: int = 60, labels: tuple[Mapping[str, int], Mapping[str, int]] | None = None
) -> Traffic:
    """Production of `days` days; `labels` are those of each day of the older and of the newer half."""
    older, newer = labels or ({"card": 600, "refund": 400}, {"card": 600, "refund": 400})
    first = date(2026, 9, 28)
    by_day = {first + timedelta(day): older if day < days / 2 else newer for day in range(days)}
    return Traffic(round(per_day * days), float(days), labels=by_day)


def evidence(
    right: int = 900,
    causes: Mapping[str, int] | None = None,
    silent: int = 0,
    labels: int = 5000,
    usd: float = 0.002,
    agreed: tuple[int, int] = (290, 10),
    **changes: Any,
) -> Evidence:
    """`right` cases and, by cause, so many failed ones, of which the first `silent` of each cause were accepted.

    Each case is one call of 1,000 tokens in and 50 out for `usd` dollars. `agreed` cases were labelled twice: on so
    many the labels agree, on so many they do not.
    """
    given = {} if causes is None else causes
    failed = [(cause, number < silent) for cause, count in given.items() for number in range(count)]
    cases = measured.cases(right + len(failed))
    cases = tuple(
        measured.a_case(number + 1, agreed=None if number >= sum(agreed) else number < agreed[0])
        for number, _ in enumerate(cases)
    )
    letters = ["r"] * right + ["w" if unnoticed else "e" for _, unnoticed in failed]
    attempt = measured.an_attempt(usage=Usage(1000, 50), cost=Decimal(str(usd)))
    outcomes = {
        case.id: (measured.an_outcome(case, letter, attempts=(attempt,)),)
        for case, letter in zip(cases, letters, strict=True)
    }
    run = measured.a_run({"rules": "".join(letters)}, cases, sampling=Sampling(labels, len(cases)))
    fields: dict[str, Any] = {
        "run": run,
        "cases": tuple(sorted(cases, key=lambda case: case.id)),
        "outcomes": dict(sorted(outcomes.items())),
        "rung": "rules",
        "causes": {case.id: cause for case, (cause, _) in zip(cases[right:], failed, strict=True)},
        "labels": labels,
        "at": AT,
        "traffic": traffic(),
        "history": History(1, 365.0, "the history of the task's folder"),
        "class_place": "$.category",
    }
    return Evidence(**{**fields, **changes})
