"""New projects and tasks: what they begin with holds to itself, and nothing is written over."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from processor import cli, config
from processor.adapters.project import Project
from processor.core import definition, errors
from processor.scaffold import make
from tests import verbs

if TYPE_CHECKING:
    from pathlib import Path


def check(root: Path, *arguments: str) -> dict[str, Any]:
    found = verbs.run({"UNTUNED_PROJECT": str(root)}, "check", "--json", *arguments)
    assert found.code == 0, found.out
    return dict(found.json[-1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    assert verbs.run({}, "init", str(tmp_path)).code == 0
    return tmp_path


@pytest.mark.parametrize("kind", make.KINDS)
def test_a_new_task_passes_check_and_every_rule_of_it_fires_on_something(root: Path, kind: str):
    made = verbs.run({"UNTUNED_PROJECT": str(root)}, "new", "my-2nd-task", "--kind", kind, "--json")
    assert made.code == 0, made.err
    assert all((root / path).is_file() for path in made.json[0]["files"])
    (row,) = check(root)["tasks"]
    assert (row["kind"], row["ok"]) == (kind, True)
    assert (row["tried"]["problems"], row["tried"]["never"]) == ([], [])
    assert row["tried"]["labels"] >= 4
    task = Project(root).load("my-2nd-task")
    assert task.contract.name == "untuned_tasks.My2ndTask"
    for path in made.json[0]["files"]:
        text = (root / path).read_text()
        assert "TASK_NAME" not in text
        assert "RECORD_NAME" not in text


@pytest.mark.parametrize("kind", make.KINDS)
def test_what_is_sent_is_not_what_is_learnt_from(root: Path, kind: str):
    make.task(root, "mine", kind)  # type: ignore[arg-type]
    seen: set[str] = set()
    for path in sorted((root / "tasks/mine").glob("*.jsonl")):
        if path.name == "counterexamples.jsonl":
            continue
        texts = [json.loads(line)["input"]["text"] for line in path.read_text().splitlines()]
        assert len(texts) >= 2
        assert not seen.intersection(texts)
        seen.update(texts)


def test_a_task_and_its_help_say_what_comes_next(root: Path):
    found = verbs.run({"UNTUNED_PROJECT": str(root)}, "new", "refund-check", "--kind", "routing")
    assert "untuned knowledge load refund-check" in found.out


def test_what_comes_next_can_be_pasted(tmp_path: Path):
    found = verbs.run({}, "init", str(tmp_path / "my proj"))
    assert f"cd '{tmp_path}/my proj'" in found.out


@pytest.mark.parametrize("name", ["", "Refund", "1st", "a_b", "a--b", "-a", "a-", "../x", "a" * 41, "é"])
def test_a_name_that_is_none_is_refused(root: Path, name: str):
    before = sorted(root.rglob("*"))
    with pytest.raises(errors.UsageError, match="no task's name"):
        make.task(root, name, "parsing")
    assert sorted(root.rglob("*")) == before


def test_what_a_project_begins_with_is_true(root: Path):
    text = (root / "README.md").read_text()
    assert set(re.findall(r"untuned ([a-z]+)", text)) <= set(cli.VERBS)
    named = set(re.findall(r"^# ([A-Z_]+)=", (root / ".env.example").read_text(), flags=re.MULTILINE))
    assert len(named) >= 10
    assert named <= {field.alias for field in config.Settings.model_fields.values()}
    models = (root / "tasks/models.toml").read_text()
    strong = re.sub(r"^# (?=\[|\w+ = )", "", models, flags=re.MULTILINE)
    assert definition.parse(definition.Models, strong, "models.toml").models["strong"].api_key == "STRONG_API_KEY"


def test_an_env_file_that_is_not_text_is_named(root: Path):
    (root / ".env").write_bytes(b"\xff\xfeA=1")
    with pytest.raises(errors.UsageError, match=r"\.env is not UTF-8"):
        config.load(project=root)


def test_a_task_is_made_in_a_project_only(tmp_path: Path):
    found = verbs.run({"UNTUNED_PROJECT": str(tmp_path)}, "new", "mine", "--kind", "parsing")
    assert found.code == 2
    assert "untuned init" in found.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("there", ["tasks/mine/prompt.md", "schemas/mine.avsc", "rules/mine.py"])
def test_nothing_is_written_over(root: Path, there: str):
    (root / there).parent.mkdir(parents=True, exist_ok=True)
    (root / there).write_text("mine")
    before = sorted(root.rglob("*"))
    with pytest.raises(errors.UsageError, match=there):
        make.task(root, "mine", "parsing")
    assert sorted(root.rglob("*")) == before
    assert (root / there).read_text() == "mine"


def test_a_project_is_made_once(root: Path, tmp_path: Path):
    with pytest.raises(errors.UsageError, match="is a project already"):
        make.project(root)
    other = tmp_path / "other"
    other.mkdir()
    (other / "README.md").write_text("mine")
    with pytest.raises(errors.UsageError, match=r"README\.md is there already"):
        make.project(other)
    assert [path.name for path in other.iterdir()] == ["README.md"]
