"""What a run was seen to do -> its figures -> the pairs compared. Pure."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import DataclassInstance


@dataclass(frozen=True, slots=True)
class Sample:
    """A look at the process: results seen so far, its CPU seconds so far, its resident bytes."""

    results: int
    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Trace:
    """One run. `started` and `results` are seconds since the epoch; `results` are the broker's times, in order."""

    started: float
    results: tuple[float, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """One run's figures.

    Attributes:
        rate: results a second, from the first wave's last to the last. A wave is `concurrency` results: it comes all
            at once when the first calls return, so counting it would show more than the limit.
        share: `rate` as a share of what the concurrency allows, which is `concurrency / latency`.
        cpu_ms: CPU milliseconds an event, user and system, over the same stretch.
        peak_mb: the most resident memory seen, in 10^6 bytes.
        start: seconds from the process's start to its first result.
    """

    rate: float
    share: float
    cpu_ms: float
    peak_mb: float
    start: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """Worker to loop, pair by pair: median and range."""

    median: float
    lowest: float
    highest: float


BUDGETS: dict[str, tuple[Literal[">=", "<="], float]] = {
    "share": (">=", 0.97),
    "cpu_ms": ("<=", 2.4),
    "peak_mb": ("<=", 200.0),
    "start": ("<=", 5.0),
}
"""What one worker may cost without retrieval, at 64 calls of 0.2 s in flight."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Whether the median of `figure` over the worker's runs is on the right side of `limit`."""

    figure: str
    bound: Literal[">=", "<="]
    limit: float
    met: bool


def of(trace: Trace, concurrency: int, latency: float) -> Figures:
    """The figures of a run; it must have more than `concurrency` results."""
    wave = trace.results[concurrency - 1 :]
    rate = (len(wave) - 1) / max(wave[-1] - wave[0], 1e-3)
    first = next(sample for sample in trace.samples if sample.results >= concurrency)
    last = trace.samples[-1]
    return Figures(
        rate=rate,
        share=rate * latency / concurrency,
        cpu_ms=1000 * (last.cpu - first.cpu) / max(last.results - first.results, 1),
        peak_mb=max(sample.memory for sample in trace.samples) / 1e6,
        start=trace.results[0] - trace.started,
    )


def compare(workers: Sequence[Figures], loops: Sequence[Figures]) -> dict[str, Ratio]:
    """The ratios of each figure."""
    pairs = [(asdict(worker), asdict(loop)) for worker, loop in zip(workers, loops, strict=True)]
    return {name: _ratio([worker[name] / loop[name] for worker, loop in pairs]) for name in asdict(workers[0])}


def _ratio(found: list[float]) -> Ratio:
    return Ratio(statistics.median(found), min(found), max(found))


def against_budgets(workers: Sequence[Figures]) -> tuple[Budget, ...]:
    """Each budget, held against the median of the worker's runs."""
    medians = {name: statistics.median(asdict(each)[name] for each in workers) for name in asdict(workers[0])}
    return tuple(
        Budget(name, bound, limit, medians[name] >= limit if bound == ">=" else medians[name] <= limit)
        for name, (bound, limit) in BUDGETS.items()
    )


def as_fields(value: DataclassInstance) -> dict[str, Any]:
    """JSON values, numbers of four digits."""
    return {name: float(f"{found:.4g}") if isinstance(found, float) else found for name, found in asdict(value).items()}
