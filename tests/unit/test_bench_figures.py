"""The bench's arithmetic, and that both sides of it ask the model the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import figures, hand_written, race
from bench.figures import Figures, Ratio, Sample, Trace
from processor.adapters.project import Project
from processor.core.prompting import prompt
from tests import builders

PROJECT = Path(__file__).parents[2] / "bench" / "project"

# Four calls of 0.5 s in flight, without any loss: a wave of four results every half second.
WAVES = tuple(100.0 + 0.5 * (n // 4) for n in range(12))


def test_waves_without_loss_are_exactly_the_limit():
    samples = (Sample(0, 1.0, 50_000_000), Sample(4, 2.0, 90_000_000), Sample(12, 2.125, 80_000_000))
    found = figures.of(Trace(98.5, WAVES, samples), concurrency=4, latency=0.5)
    assert found == Figures(rate=8.0, share=1.0, cpu_ms=15.625, peak_mb=90.0, start=1.5)


def test_ratios_are_taken_pair_by_pair():
    def run(rate: float) -> Figures:
        return Figures(rate, rate / 10, 2.0, 100.0, 3.0)

    ratios = figures.compare([run(8), run(6), run(9)], [run(4), run(6), run(6)])
    assert ratios["rate"] == Ratio(1.5, 1.0, 2.0)
    assert ratios["cpu_ms"] == Ratio(1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, set()),
        ({"share": 0.96}, {"share"}),
        ({"cpu_ms": 2.41, "peak_mb": 201.0, "start": 5.1}, {"cpu_ms", "peak_mb", "start"}),
    ],
)
def test_budgets_hold_the_median_to_their_limits(changes: dict[str, float], missed: set[str]):
    good = {"rate": 312.0, "share": 0.97, "cpu_ms": 2.4, "peak_mb": 200.0, "start": 5.0}
    worst = Figures(rate=1.0, share=0.1, cpu_ms=9.0, peak_mb=900.0, start=60.0)
    found = figures.against_budgets([Figures(**{**good, **changes}), Figures(**{**good, **changes}), worst])
    assert {each.figure for each in found if not each.met} == missed


def test_worker_and_loop_ask_the_same():
    task = Project(PROJECT).load(race.TASK)
    asked = prompt.render(task, builders.work("Where is it?", task=race.TASK), ())
    assert [{"role": turn.role, "content": turn.content} for turn in asked.messages] == hand_written.messages(
        "Where is it?"
    )
    answer = {"name": asked.schema_name, "schema": asked.schema, "strict": True}
    assert hand_written.ANSWER["json_schema"] == answer
    assert asked.max_tokens == hand_written.MAX_TOKENS
    assert asked.temperature == hand_written.TEMPERATURE
