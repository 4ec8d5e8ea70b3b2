"""`untuned verdict` and `untuned export` on a shipped task, with the real store and the real local model."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from processor.measure.training import openai_format
from tests import verbs

if TYPE_CHECKING:
    from pathlib import Path

TASK = "ticket-triage"


@pytest.mark.timeout(1800)
def test_a_volume_that_can_never_pay_is_no_and_closes_the_export(shipped: dict[str, str], tmp_path: Path):
    loaded = verbs.run(shipped, "knowledge", "load", TASK)
    assert loaded.code == 0, loaded.err
    # Whatever the model answers and however old this checkout is, no gate is closed: the ceiling decides alone.
    stable = ("--assume", "definition.changes_per_year=1", "--assume", "threshold.fixable_share=1")
    called = ("verdict", TASK, "--max-cases", "2", "--concurrency", "1", *stable)
    first = verbs.run(shipped, *called, "--events-per-day", "0.01", "--json")
    assert first.code == 0, first.err
    found = first.json[0]
    assert (found["answer"], found["cases"], found["unfinished"]) == ("no", 2, "")
    assert found["ceiling"]["pays"] is False
    assert "Even a perfect fine-tune does not pay" in found["sentence"]
    assert any(each["key"] == "volume.events_per_day" and each["value"] == 0.01 for each in found["assumptions"])

    out = tmp_path / "training"
    refused = verbs.run(shipped, "export", TASK, "--format", "openai", "--out", str(out))
    assert refused.code == 1
    assert "No: do not fine-tune" in refused.err
    forced = ("--anyway", "to see what would be trained on")
    exported = verbs.run(shipped, "export", TASK, "--format", "openai", "--out", str(out), *forced)
    assert exported.code == 0, exported.err
    assert openai_format.errors_in((out / "train.jsonl").read_bytes(), training=True) == ()
    manifest = json.loads((out / "manifest.json").read_text())
    assert (manifest["reason"], manifest["verdict"]["answer"]) == (forced[1], "no")
    assert manifest["files"]["train.jsonl"]["lines"] > manifest["files"]["validation.jsonl"]["lines"] > 0

    report = tmp_path / "verdict.md"
    again = verbs.run(shipped, *called, "--report", str(report))
    assert again.code == 1, again.err  # nobody said how many events come a day
    assert "say --events-per-day" in again.out
    assert report.read_text()
