"""The bench as a command, small: it runs both sides to their end and tells the ratios. No figure is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def small(environment: dict[str, str]):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        sizes = ("--pairs", "1", "--events", "40", "--concurrency", "8", "--latency", "0.05")
        return subprocess.run(
            [sys.executable, "-m", "bench.worker_vs_loop", *sizes, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    return run


def test_it_ends_with_the_ratios_of_both_sides(small):
    ended = small("--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout.splitlines()[-1])
    names = {"rate", "share", "cpu_ms", "peak_mb", "start"}
    assert set(found["ratios"]) == names
    for side in ("worker", "loop"):
        (figures,) = found[side]
        assert set(figures) == names
        assert all(value > 0 for value in figures.values())
    assert {each["figure"] for each in found["budgets"]} == names - {"rate"}
    assert [line.split()[2] for line in ended.stderr.splitlines() if line.startswith("pair")] == ["worker", "loop"]


def test_people_get_a_table(small):
    ended = small()
    assert ended.returncode == 0, ended.stderr
    for title in ("events a second", "CPU an event", "peak memory", "start to first result"):
        assert title in ended.stdout


def test_no_broker_is_one_line(small, environment: dict[str, str]):
    environment["KAFKA_BOOTSTRAP_SERVERS"] = "127.0.0.1:1"
    ended = small()
    assert ended.returncode == 1
    (line,) = ended.stderr.strip().splitlines()
    assert "KAFKA_BOOTSTRAP_SERVERS" in line
