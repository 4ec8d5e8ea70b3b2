"""`untuned prompt` without servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests import builders, verbs

if TYPE_CHECKING:
    from pathlib import Path

CASE = {"id": "c1", "input": {"text": "Where is my \x1b[31mcard?"}, "expected": {"category": "card"}}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    for path, content in {
        "tasks/sort/task.toml": builders.DEFINITION,
        "tasks/sort/prompt.md": builders.PROMPT,
        "tasks/sort/retry.md": builders.RETRY,
        "tasks/sort/cases.jsonl": json.dumps(CASE),
        "schemas/sort.avsc": builders.SCHEMA,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    return {"UNTUNED_PROJECT": str(tmp_path)}


def shown(environment: dict[str, str], *options: str, stdin: str = "") -> dict[str, Any]:
    done = verbs.run(environment, "prompt", "sort", "--no-retrieval", "--json", *options, stdin=stdin.encode())
    assert done.code == 0, done.err
    (row,) = done.json
    assert isinstance(row, dict)
    return row


def test_the_first_case_stands_in_for_an_event(environment):
    row = shown(environment)
    assert (row["event"], row["event_from"], row["step"]) == ("c1", "tasks/sort/cases.jsonl:1", "prompt.md")
    assert [turn["role"] for turn in row["messages"]] == ["system", "user"]
    assert row["tokens"]["total"] == sum(part["tokens"] for part in row["tokens"]["parts"])
    assert row["tokens"]["counted_by"] == "estimate"
    assert row["schema"]["properties"].keys() == {"category", "reason"}
    assert row["notes"] == ["nothing was searched for: --no-retrieval"]


@pytest.mark.parametrize(
    "given", [{"text": "Hi there"}, {"input": {"text": "Hi there"}}, {"id": "e", "input": {"text": "Hi there"}}]
)
def test_an_event_may_be_its_input_alone(environment, given):
    row = shown(environment, "--event", "-", stdin=json.dumps(given))
    assert "Hi there" in row["messages"][-1]["content"]


def test_an_answer_before_is_held_against_the_contract(environment, tmp_path: Path):
    (tmp_path / "answer.json").write_text('{"category": "bank", "reason": "asks for it"}')
    row = shown(environment, "--attempt", "2", "--answer", str(tmp_path / "answer.json"))
    said = row["messages"][-1]["content"]
    assert "$.category" in said
    assert '"bank"' in said
    (tmp_path / "answer.json").write_text('{"category": "card", "reason": "asks for it"}')
    row = shown(environment, "--attempt", "2", "--answer", str(tmp_path / "answer.json"))
    assert row["notes"][-1] == "attempt 1 would be accepted, and the event be done"


def test_without_an_answer_a_placeholder_says_that_it_is_one(environment):
    row = shown(environment, "--attempt", "2")
    assert "here stands what the model answered before" in row["messages"][-1]["content"]
    assert "--answer FILE" in row["notes"][-1]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--attempt", "3"), "there is no attempt 3"),
        (("--answer", "-"), "give --attempt 2"),
        (("--event", "-"), "holds no event"),
    ],
)
def test_wrong_calls_say_what_to_do(environment, options, says):
    done = verbs.run(environment, "prompt", "sort", "--no-retrieval", *options, stdin=b"[]")
    assert done.code == 2
    assert says in done.err


def test_without_a_search_answers_are_not_narrowed(environment, tmp_path: Path):
    narrowed = '\n[narrow]\n"$.category" = { from = "example", answer = "$.category", fallback = "review" }\n'
    (tmp_path / "tasks/sort/task.toml").write_text(builders.DEFINITION + narrowed)
    row = shown(environment)
    assert row["notes"][-1].startswith("the schema is not narrowed")
    assert len(row["schema"]["properties"]["category"]["enum"]) > 1


def test_an_event_that_would_go_to_people_is_told(environment):
    done = verbs.run(environment, "prompt", "sort", "--no-retrieval", "--event", "-", stdin=b'{"text": ""}')
    assert done.code == 1
    assert "the event would go to people (invalid_input): " in done.err


def test_a_task_that_is_none_is_told(environment):
    done = verbs.run(environment, "prompt", "srot", "--no-retrieval")
    assert "no such task (known: sort)" in done.err


def test_what_is_printed_cannot_steer_a_terminal(environment):
    done = verbs.run(environment, "prompt", "sort", "--no-retrieval", "--schema")
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "--- system\nYou sort messages." in done.out
    assert "counted by: estimate" in done.out
