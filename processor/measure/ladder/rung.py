"""The figures of one rung."""

from __future__ import annotations

import collections
import math
from typing import TYPE_CHECKING

from processor.measure.figures import Latency, Repeats, RungFigures, Share
from processor.measure.ladder import rows
from processor.measure.ladder.steps import Tried
from processor.measure.statistics import repeats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from processor.measure.ladder.rows import Rows
    from processor.measure.ladder.steps import Trials
    from processor.measure.records import Case, Outcome, RungName


def figures(rung: RungName, found: Rows, cases: Mapping[str, Case], class_place: str) -> RungFigures:
    """All figures of a rung that was measured.

    Args:
        rung: which.
        found: its outcomes by case; not empty.
        cases: by id.
        class_place: of the answer; empty where it has no class.
    """
    clusters = rows.clusters(cases.values())
    every = [outcome for outcomes in found.values() for outcome in outcomes]
    accepted = [outcome for outcome in every if outcome.accepted]
    inputs, outputs = (math.fsum(numbers) / len(every) for numbers in zip(*map(_tokens, every), strict=True))
    return RungFigures(
        rung=rung,
        failures=share(every, clusters, lambda outcome: outcome.failed),
        silent=share(accepted, clusters, lambda outcome: outcome.silent),
        coverage=share(every, clusters, lambda outcome: outcome.accepted),
        fields=_fields(accepted, clusters),
        classes=_classes(every, clusters, cases, class_place),
        usd=_mean_usd(every),
        tokens=(inputs, outputs),
        latency=latency([outcome.seconds for outcome in every]),
        retries=math.fsum(max(0, len(outcome.attempts) - 1) for outcome in every) / len(every),
        escalated=_reasons(every),
        repeats=_repeats(found),
    )


def share(outcomes: Iterable[Outcome], clusters: Mapping[str, str], mark: Callable[[Outcome], bool]) -> Share:
    """How many outcomes have the mark; the interval takes those of one case, or of one group of cases, together."""
    marked = list(outcomes)
    grouped = repeats.grouped([mark(outcome) for outcome in marked], [clusters[outcome.case] for outcome in marked])
    return repeats.share(grouped)


def trials(found: Rows) -> Trials:
    """By case, whether it failed, and what it cost on average."""
    return {
        case: Tried(tuple(outcome.failed for outcome in outcomes), _mean_usd(outcomes))
        for case, outcomes in found.items()
    }


def latency(seconds: Sequence[float]) -> Latency:
    """Percentiles by nearest rank: the smallest time within which at least so many of all were done."""
    timed = sorted(each for each in seconds if each > 0)
    if not timed:
        return Latency(None, None, None)
    p50, p95, p99 = (timed[max(0, math.ceil(len(timed) * percent / 100) - 1)] for percent in (50, 95, 99))
    return Latency(p50, p95, p99)


def _tokens(outcome: Outcome) -> tuple[int, int]:
    return outcome.usage.input_tokens, outcome.usage.output_tokens


def _mean_usd(outcomes: Sequence[Outcome]) -> float | None:
    costs = [outcome.cost for outcome in outcomes if outcome.cost is not None]
    return math.fsum(costs) / len(costs) if costs and len(costs) == len(outcomes) else None


def _fields(accepted: Sequence[Outcome], clusters: Mapping[str, str]) -> dict[str, Share]:
    """By labelled place, of the accepted answers to cases that are labelled there: the wrong ones."""
    places = dict.fromkeys(place for outcome in accepted for place in outcome.score.fields)
    return {
        place: share(
            (outcome for outcome in accepted if place in outcome.score.fields),
            clusters,
            lambda outcome, place=place: not outcome.score.fields[place],  # type: ignore[misc]
        )
        for place in places
    }


def _classes(
    every: Sequence[Outcome], clusters: Mapping[str, str], cases: Mapping[str, Case], path: str
) -> dict[str, Share]:
    """By expected class, the most frequent first."""
    of_case = {case.id: rows.class_of(case.expected, path) for case in cases.values()}
    found: dict[str, list[Outcome]] = {}
    for outcome in every:
        if (name := of_case[outcome.case]) is not None:
            found.setdefault(name, []).append(outcome)
    ordered = sorted(found, key=lambda name: (-len(found[name]), name))
    return {name: share(found[name], clusters, lambda outcome: outcome.failed) for name in ordered}


def _reasons(every: Iterable[Outcome]) -> dict[str, int]:
    """How many went to people for which reason, the most frequent first."""
    counted = collections.Counter(
        outcome.reason.value if outcome.reason else "unaccepted" for outcome in every if not outcome.accepted
    )
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _repeats(found: Rows) -> Repeats | None:
    marks = [[outcome.failed for outcome in outcomes] for outcomes in found.values()]
    return repeats.variation(marks) if any(len(each) > 1 for each in marks) else None
