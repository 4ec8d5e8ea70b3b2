"""`untuned measure` over fakes: what it prints, compares and exits with."""

from __future__ import annotations

import dataclasses
import subprocess
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from processor.cli import measure as verb
from processor.core import errors, models
from processor.measure import other
from processor.measure.ladder import compute
from processor.measure.running import session
from tests import builders, projects, sessions, verbs

if TYPE_CHECKING:
    from pathlib import Path

LABELS = [
    {"id": f"c{number}", "input": {"text": f"Where is card {number}?"}, "expected": {"category": "card"}}
    for number in range(12)
]
RETRIEVES_NOTHING = builders.DEFINITION.split("[[retrieval]]", maxsplit=1)[0] + '[[step]]\nprompt = "prompt.md"\n'
BROKEN = builders.PROMPT.replace("You sort", "BROKEN You sort")


def answers(prompt):
    """What the model says: wrong under the broken prompt."""
    return sessions.WRONG if "BROKEN" in prompt.messages[0].content else sessions.RIGHT


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one task, whose model is a script."""
    servers = sessions.Servers(sessions.Model(answers))
    monkeypatch.setitem(session.Session.__init__.__kwdefaults__ or {}, "connect", servers.connect)
    monkeypatch.setattr(compute, "planned", lambda _: ())
    return make(tmp_path / "project")


def make(folder: Path, prompt: str = builders.PROMPT) -> Path:
    files = {"task.toml": RETRIEVES_NOTHING, "cases.jsonl": projects.lines(LABELS), "prompt.md": prompt}
    return projects.make(folder, **files)


def measure(root: Path, *arguments: str) -> verbs.Finished:
    environment = {"UNTUNED_PROJECT": str(root), "XDG_STATE_HOME": str(root.parent / "state")}
    return verbs.run(environment, "measure", "sort", *arguments)


def git(root: Path, *arguments: str) -> None:
    named = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    subprocess.run(["git", "-C", str(root), *named, *arguments], check=True, capture_output=True)


def test_tables_and_words(root):
    found = measure(root)
    assert found.code == 0, found.err
    assert "0 of 12" in found.out
    assert "n = 12: 12 of 12 labelled events are measured." in found.out
    assert "the task as it stands" in found.out


def test_json_has_n_sampling_exclusions_and_seed(root):
    found = measure(root, "--max-cases", "5", "--seed", "3", "--json")
    document = found.json[0]
    assert (found.code, document["n"], document["seed"], document["exclusions"]) == (0, 5, 3, [])
    assert document["sampling"]["found"] == 12
    assert [each["rung"] for each in document["rungs"]] == ["prompt", "rules", "people"]


def test_a_second_run_is_from_the_cache(root):
    assert measure(root, "--json").json[0]["spent"]["tokens"] > 0
    again = measure(root, "--json").json[0]["spent"]
    assert again["tokens"] == 0
    assert again["cached"] >= 12


def test_a_limit_leaves_it_unfinished(root):
    found = measure(root, "--max-tokens", "250", "--concurrency", "1")
    assert found.code == 1
    assert "unfinished" in found.err
    assert "Unfinished" in found.out


def test_another_folder(root, tmp_path):
    worse = make(tmp_path / "worse", BROKEN)
    found = measure(worse, "--against", str(root), "--json")
    assert found.code == 1
    assert "worse, beyond the noise" in found.err
    told = found.json[0]["against"]
    assert told["worse"] is True
    assert (told["rung"], len(told["flips"]), told["flips"][0]["became"]) == ("rules", 12, "broken")
    assert measure(root, "--against", str(worse)).code == 0
    assert measure(worse, "--against", str(root), "--margin", "0.9").code == 0
    assert "broken" in measure(worse, "--against", str(root)).out


def test_a_git_revision(root):
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "one")
    assert measure(root, "--against", "HEAD").code == 0
    (root / "tasks/sort/prompt.md").write_text(BROKEN)
    found = measure(root, "--against", "HEAD")
    assert found.code == 1
    assert "this version is worse than HEAD (" in found.out
    assert (root / "tasks/sort/prompt.md").read_text() == BROKEN
    assert measure(root, "--against", "no-such").code == 2


def test_other_knowledge_is_told_since_the_store_is_the_same_for_both(root, tmp_path):
    same, other = make(tmp_path / "same"), make(tmp_path / "other")
    assert "other knowledge" not in measure(root, "--against", str(same)).err
    assert "other knowledge" not in measure(root, "--against", "model:strong").err
    (other / "tasks/sort/knowledge/deep").mkdir(parents=True)
    (other / "tasks/sort/knowledge/deep/cards.md").write_text("# Cards")
    found = measure(root, "--against", str(other))
    assert found.err.count("other has other knowledge (tasks/sort/knowledge, examples*.jsonl)") == 1
    assert "as it is loaded" in found.err


def test_another_model(root):
    found = measure(root, "--against", "model:strong", "--json")
    assert found.code == 0
    assert found.json[0]["against"]["before"]["label"] == "model:strong"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rungs", "vote,best"), "there is no rung 'best'"),
        (("--report", "ladder.pdf"), "*.html"),
        (("--against", "main", "--causes"), "leave --against out"),
        (("--against", "no-such"), "in no git repository"),
        (("--against", "model:"), "model:NAME"),
        (("--cases", "no-such.jsonl"), "no-such.jsonl"),
    ],
)
def test_wrong_calls(root, arguments, said):
    found = measure(root, *arguments)
    assert found.code == 2
    assert said in found.err


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], ""),
        (
            [{"id": "a", "input": {"text": "Where?"}, "expected": {"category": "no such"}}],
            ": 1 label breaks the contract (the first: {}:1; docs/cases.md)",
        ),
    ],
)
def test_without_a_case_it_is_said_where_there_is_none(root, tmp_path, rows, said):
    path = tmp_path / "labels.jsonl"
    path.write_text(projects.lines(rows), encoding="utf-8")
    found = measure(root, "--cases", str(path))
    assert found.code == 2
    assert found.err == f"there is no labelled case to measure in {path}{said.format(path)}\n"


def test_a_redacted_report_has_ids_and_figures_only(root, tmp_path):
    for end in ("html", "md"):
        whole, redacted = tmp_path / f"whole.{end}", tmp_path / f"redacted.{end}"
        for path, more in ((whole, ()), (redacted, ("--redact",))):
            found = measure(make(tmp_path / "worse", BROKEN), "--against", str(root), "--report", str(path), *more)
            assert found.code == 1, found.err
        assert "c11" in redacted.read_text()
        for secret in ("Where is", "refund"):
            assert secret not in redacted.read_text()
        assert "refund" in whole.read_text()


def test_nothing_is_redacted_without_a_report(root):
    found = measure(root, "--redact")
    assert found.code == 2
    assert "--redact is about --report" in found.err


def test_a_revision_without_the_task(root, tmp_path):
    empty = tmp_path / "empty"
    (empty / "tasks").mkdir(parents=True)
    assert "has no task sort" in measure(root, "--against", str(empty)).err


def test_a_model_takes_the_place_of_all():
    task = builders.a_task()
    made = other.with_model(task, "strong", models.Models())
    assert {step.model for step in made.definition.step if step.kind == "model"} == {"strong"}
    assert list(made.endpoints) == ["strong"]
    assert made.version != task.version
    with pytest.raises(errors.UsageError, match="asks no model"):
        other.with_model(dataclasses.replace(task, endpoints={}), "strong", models.Models())


@pytest.mark.parametrize(
    ("runs", "worse", "causes", "code"),
    [
        (("",), None, None, 0),
        (("",), None, "", 0),
        (("stopped",), None, None, 1),
        (("",), None, "stopped", 1),
        (("", ""), False, None, 0),
        (("", ""), True, None, 1),
        (("", "stopped"), False, None, 1),
        (("stopped", ""), False, None, 1),
    ],
)
def test_it_exits_with_whether_all_was_measured_and_is_no_worse(
    runs: tuple[str, ...], worse: bool | None, causes: str | None, code: int, capsys: pytest.CaptureFixture[str]
):
    def made(**values: Any) -> Any:
        return SimpleNamespace(**values)

    ladders = [made(run=made(unfinished=run)) for run in runs]
    against = None if worse is None else made(ladders=ladders, worse=worse)
    assert verb._code(ladders[0], against, None if causes is None else made(unfinished=causes)) == code
    told = capsys.readouterr().err
    assert ("call it again to go on" in told) == ("stopped" in (*runs, causes))
    assert ("this version is worse" in told) == bool(worse)
