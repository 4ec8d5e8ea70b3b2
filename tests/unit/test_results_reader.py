"""What decodes the records of the topics for the verbs."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from processor import config
from processor.adapters.project import Project
from processor.cli import results
from tests import projects, wires

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from processor.core.task import Task


def test_a_task_is_not_loaded_again_for_each_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    root = projects.make(tmp_path / "project")
    settings = config.load(project=root)
    contract = Project(root).load("sort").contract
    answer = {"category": "card", "reason": "asks for a card"}
    result = dataclasses.replace(wires.a_result(), answer=answer, contract=contract)
    message = wires.published(wires.make(sort=contract).encode(result, now=wires.NOW))
    loaded: list[str] = []
    load = Project.load

    def counting(self: Project, name: str) -> Task:
        loaded.append(name)
        return load(self, name)

    monkeypatch.setattr(Project, "load", counting)
    read = results.reader(settings)
    assert {read(message)["event_id"] for _ in range(3)} == {"e1"}
    assert loaded == ["sort"]
    schema = root / "schemas/sort.avsc"
    schema.write_text(schema.read_text() + "\n")
    os.utime(schema, ns=(1, 1))
    read(message)
    assert loaded == ["sort", "sort"]
