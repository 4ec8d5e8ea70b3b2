"""`untuned measure` on a shipped task, with the real store and the real local model."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import verbs

ROOT = Path(__file__).parents[2]
TASK = "ticket-triage"


@pytest.mark.timeout(1200)
def test_a_shipped_task_is_measured_and_then_once_more_from_the_cache(shipped: dict[str, str], tmp_path: Path):
    loaded = verbs.run(shipped, "knowledge", "load", TASK)
    assert loaded.code == 0, loaded.err
    called = ("measure", TASK, "--max-cases", "2", "--rungs", "vote,rules", "--concurrency", "1")
    first = verbs.run(shipped, *called, "--json")
    assert first.code == 0, first.err
    found = first.json[0]
    assert (found["n"], found["unfinished"]) == (2, "")
    assert [each["rung"] for each in found["rungs"]] == ["vote", "rules", "people"]
    assert found["sampling"]["kept"] == 2

    report = tmp_path / "ladder.md"
    again = verbs.run(shipped, *called, "--report", str(report))
    assert again.code == 0, again.err
    assert "0 tokens spent" in again.out
    assert "n = 2: 2 of " in again.out
    assert "adds over the plain vote of the retrieved examples, which asks no model" in again.out
    assert report.read_text()

    compared = verbs.run(shipped, *called, "--against", str(ROOT), "--json")
    assert compared.code == 0, compared.err
    assert compared.json[0]["against"]["flips"] == []
    assert compared.json[0]["spent"]["tokens"] == 0
