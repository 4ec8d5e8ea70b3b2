"""[calibration] in task.toml: what may stand there, for which task it counts, and which answers it covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from processor.core import calibration, definition, errors, models, routing, task
from processor.core.records import Answered, Endpoint, Result, Verdict
from tests import builders, calibrations, running, verbs

if TYPE_CHECKING:
    from pathlib import Path

ANSWER = {"category": "card", "reason": "asks for a card"}
RULES = {"rules/sort.py": "# none"}


def made(text: str, **changes: Any) -> task.Task:
    return builders.a_task(definition=text, **changes)


def test_a_calibration_counts_for_the_task_as_it_was():
    found = made(calibrations.written())
    assert found.calibration is not None
    assert found.calibration.coverage == 0.8
    assert found.outgrown == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("top_k = 2", "top_k = 3"),
        ("max_tokens = 60", "max_tokens = 61"),
        ("max_tokens = 60", 'max_tokens = 60\nfield = "$.category"\naccept = { agreement = 2 }'),
        ('prompt = "retry.md"', 'prompt = "retry.md"\nmodel = "gpt"'),
        ('kind = "classification"', 'kind = "routing"'),
    ],
)
def test_it_does_not_count_for_another_definition(old: str, new: str):
    text = calibrations.written()
    assert old in text
    found = made(text.replace(old, new))
    assert found.calibration is None
    assert "untuned calibrate sort --max-error 0.03" in found.outgrown


@pytest.mark.parametrize(
    "changes",
    [
        {"templates": {"prompt.md": builders.PROMPT + " ", "retry.md": builders.RETRY}},
        {"schema": builders.SCHEMA.replace("80", "90")},
        {"rules": RULES},
    ],
)
def test_nor_for_other_prompts_schema_or_rules(changes: dict[str, Any]):
    assert made(calibrations.written(), **changes).calibration is None


def test_nor_for_another_model_under_the_same_name():
    text = builders.DEFINITION.replace('prompt = "retry.md"', 'prompt = "retry.md"\nmodel = "strong"')
    found = []
    for model in ("gpt-5", "gpt-6"):
        known = models.Models({"strong": Endpoint("strong", model)})
        found.append(task.build(builders.sources(definition=text), (), known).of)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[step]]", "# The cheap one.\n[[step]]"),
        ("top_k = 2", "top_k    =   2"),
        ('kind = "fact"\nquery = "{{ input.text }}"', 'query = "{{ input.text }}"\nkind = "fact"'),
        ("Sort messages.", "Sort all messages."),
        ("errors = 2", "errors = 1"),
    ],
)
def test_comments_layout_and_what_describes_leave_it_as_it_is(old: str, new: str):
    text = calibrations.written()
    assert made(text.replace(old, new)).calibration is not None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("max_error = 0.03", "max_error = 0", "calibration.max_error"),
        ("max_error = 0.03", "max_error = 3", "calibration.max_error"),
        ("confidence = 0.95", "confidence = 1.0", "calibration.confidence"),
        ("date = 2026-11-24", 'date = "yesterday"', "calibration.date"),
        ("errors = 2", "errors = 241", "`errors` are among `accepted`"),
        ("n = 300", "n = 239", "`errors` are among `accepted`"),
        ("n = 300", "", "calibration.n: Field required"),
        ("seed = 0", "seeds = 0", "calibration.seed"),
        ("of = '", "of = 'X", "calibration.of"),
        ("models = ['tiny']", "models = [1]", "calibration.models"),
        ("seed = 0", "seed = 0\nclasses = { card = -1 }", "calibration.classes.card"),
    ],
)
def test_a_broken_one_is_told_with_its_place(old: str, new: str, says: str):
    text = calibrations.written()
    assert old in text
    with pytest.raises(errors.DefinitionError, match=says) as caught:
        definition.parse(definition.Definition, text.replace(old, new), "tasks/sort/task.toml")
    assert caught.value.line is not None


def test_a_digest_that_was_made_up_counts_for_nothing():
    assert made(calibrations.written(of="f" * 16)).calibration is None


@pytest.mark.parametrize(
    ("asked", "covered"),
    [((), True), (("tiny",), True), (("neighbours", "tiny"), True), (("tiny", "other"), False), (("other",), False)],
)
def test_an_answer_is_covered_if_all_that_answered_are_known(asked: tuple[str, ...], covered: bool):
    attempts = [builders.an_attempt(number, model=model) for number, model in enumerate(asked, start=1)]
    table = calibrations.table()
    assert calibration.covering(table, attempts) == (table if covered else None)
    assert calibration.covering(None, attempts) is None


@pytest.mark.parametrize(("model", "covered"), [("tiny", True), ("other", False)])
def test_a_result_carries_it(model: str, covered: bool):
    found = made(calibrations.written())
    decision = routing.after_verdict(
        builders.message(),
        builders.work(),
        found,
        Answered(builders.completion(ANSWER, model=model), ()),
        Verdict(ANSWER),
        {},
    )
    assert isinstance(decision, Result)
    assert decision.calibration == (found.calibration if covered else None)


@pytest.mark.parametrize("outgrown", [False, True])
def test_check_says_once_that_it_no_longer_counts(tmp_path: Path, outgrown: bool):
    folder = running.plain_project(tmp_path / "project")
    path = folder / "tasks/sort/task.toml"
    plain = path.read_text()
    given = {"UNTUNED_PROJECT": str(folder)}
    row = verbs.run(given, "check", "--json").json[0]
    assert row["warnings"] == []
    path.write_text(calibrations.written(plain, of="f" * 16 if outgrown else _of(folder)))
    row = verbs.run(given, "check", "--json").json[0]
    assert [warning.startswith("sort: the calibration of 2026-11-24") for warning in row["warnings"]] == [
        True
    ] * outgrown
    assert row["tasks"][0]["ok"]


def _of(folder: Path) -> str:
    from processor.adapters import project

    return project.Project(folder).load("sort").of
