"""What /health says of a worker, and what stands in its way in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from processor.core import diagnosis
from processor.core.diagnosis import Trouble

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.diagnosis import Deadlines, History
    from processor.core.vitals import Vitals

UNHURRIED = 10.0
"""Seconds after which it is told that messages do not come or do not move: between two looks none need do."""


def report(
    seen: Vitals,
    history: History,
    deadlines: Deadlines,
    *,
    broker: bool | None,
    gates: Mapping[str, Mapping[str, Any]],
    tasks: Mapping[str, Any],
) -> dict[str, Any]:
    """The answer of GET /health, for JSON.

    Args:
        seen: the latest vitals.
        history: what is wrong with them, and for how many seconds.
        deadlines: how long each trouble may last.
        broker: whether the broker answers; None where there was no reason to ask.
        gates: how each dependency stands, by its name.
        tasks: how each task stands, by its name.
    """
    complaints = diagnosis.diagnose(history, deadlines)
    told = {each.symptom for each in complaints}
    untold = {each: history.get(each, 0.0) for each in diagnosis.symptoms(seen) if each not in told}
    why = [
        *(str(each) for each in complaints),
        *_why(seen, untold, broker=broker),
        *(f"{name}: {gate['why']}" for name, gate in gates.items() if gate.get("why")),
    ]
    return {
        "live": not complaints,
        "ready": seen.ready and not complaints,
        "degraded": bool(why),
        "why": why,
        "broker": {None: "assumed", True: "answers", False: "away"}[broker],
        "partitions": {each.name: {"position": each.position, "lag": each.behind} for each in seen.partitions},
        "in_flight": seen.in_hand,
        "settled": seen.settled,
        "gates": dict(gates),
        "tasks": dict(tasks),
    }


def _why(seen: Vitals, lasting: History, *, broker: bool | None) -> Iterator[str]:
    if broker is False:
        yield "Kafka does not answer, or not for all partitions: the worker waits for it, and nothing is lost"
    if seen.spare:
        yield "the group gave this worker no partition: there are more workers than partitions"
    elif not seen.partitions and not lasting:
        yield "the group has given this worker no partition yet"
    for each, seconds in lasting.items():
        if each.trouble is Trouble.STOP:
            yield f"the worker stops, for {seconds:.0f} s now"
        elif each.trouble not in {Trouble.DELIVERY, Trouble.WORK} or seconds >= UNHURRIED:
            yield f"{each.words}, for {seconds:.0f} s"
