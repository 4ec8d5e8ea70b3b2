"""What a worker asks of a task before it uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from processor import app, config
from processor.adapters import telemetry
from processor.core import errors
from tests import builders, running

if TYPE_CHECKING:
    from pathlib import Path

LABELLED = '{"id": "c1", "input": {"text": "Where is my card?"}, "expected": {"category": "card"}}\n'
MISSPELT = builders.PROMPT.replace("input.text", "input.txet")


def load(root: Path) -> str:
    tasks = app.create_tasks(config.load(project=root), None, telemetry.Story(contents=False))
    return tasks.find("sort").version


def test_a_prompt_that_no_message_can_fill_is_refused_with_its_file(tmp_path: Path):
    root = running.plain_project(tmp_path)
    (root / "tasks/sort/cases.jsonl").write_text(LABELLED)
    assert load(root)
    (root / "tasks/sort/prompt.md").write_text(MISSPELT)
    with pytest.raises(errors.DefinitionError, match=r"tasks/sort/prompt\.md: .*txet"):
        load(root)


@pytest.mark.parametrize("cases", ["", "no JSON\n", '{"id": "c1", "input": {}, "expected": {}}\n'])
def test_without_a_message_to_try_a_worker_goes_by_the_files_alone(tmp_path: Path, cases: str):
    root = running.plain_project(tmp_path)
    (root / "tasks/sort/cases.jsonl").write_text(cases)
    (root / "tasks/sort/prompt.md").write_text(MISSPELT)
    assert load(root)
