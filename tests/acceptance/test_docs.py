"""docs/add-a-task.md, word by word: its commands are run in an empty folder, in one shell, and must do what it says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "add-a-task.md"
PATIENCE = 600.0


def commands() -> str:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert len(blocks) >= 8
    return "\n".join(blocks)


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str]) -> tuple[Path, dict[str, str]]:
    scripts = Path(sys.executable).parent
    mine = {name: value for name, value in environment.items() if name != "UNTUNED_PROJECT"}
    return tmp_path, {**mine, "PATH": f"{scripts}:{mine['PATH']}", "COLUMNS": "200"}


def run(script: str, folder: tuple[Path, dict[str, str]]) -> subprocess.CompletedProcess[str]:
    where, environment = folder
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=where, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_the_page_does_what_it_says(folder: tuple[Path, dict[str, str]]):
    ended = run(commands(), folder)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    look = run("cd my-project; untuned results --json; untuned results review --json", folder)
    records = [json.loads(line) for line in look.stdout.splitlines()]
    by_topic = {record.get("event_id") or record["event"]["id"]: record for record in records}
    assert set(by_topic) == {"r1", "r2", "r3"}
    injured = by_topic["r3"]
    assert "event_id" not in injured
    # The rule sends it there, unless the small model's answer did not even fit the schema.
    assert injured["reason"] in {"rule", "steps_exhausted"}


def test_a_broken_definition_is_named_as_the_page_says(folder: tuple[Path, dict[str, str]]):
    script = commands().split("untuned up")[0]
    broken = "sed -i '0,/max_tokens = 80/s//max_tokens = 0/' tasks/review-topic/task.toml"
    ended = run(f"{script}\n{broken}\nuntuned check", folder)
    assert ended.returncode == 1
    definition = (folder[0] / "my-project/tasks/review-topic/task.toml").read_text().splitlines()
    assert f"tasks/review-topic/task.toml:{definition.index('max_tokens = 0') + 1}" in ended.stdout
