"""`untuned export` on a small project: no server is asked."""

from __future__ import annotations

import json

import pytest

from processor import config
from processor.adapters import project
from processor.measure.verdict import assumptions, decide, kept
from tests import builders, projects, verbs, verdicts

NAMES = ["card", "refund"]


@pytest.fixture
def root(tmp_path):
    cases = [
        {
            "id": f"c{number}",
            "input": {"text": f"number {number} is {number * 7} and {number * 13} of {number * 29}"},
            "expected": {"category": NAMES[number % 2], "reason": "asks for it"},
        }
        for number in range(40)
    ]
    return projects.make(tmp_path / "project", cases__jsonl=projects.lines(cases))


def run(root, *arguments):
    environment = {"UNTUNED_PROJECT": str(root), "XDG_STATE_HOME": str(root / "state")}
    return verbs.run(environment, "export", "sort", "--format", "openai", *arguments)


def remember(root, answer):
    """A verdict on the project's present version, with this answer."""
    import dataclasses

    settings = config.Settings(project=root, state_home=root / "state")
    made = decide.verdict(verdicts.evidence(35, {"capability": 5}), assumptions.defaults())
    version = project.Project(root).load("sort").version
    kept.keep(
        settings, dataclasses.replace(made, task="sort", version=version, answer=answer, sentence="No: it never pays.")
    )


def test_without_a_verdict_nothing_is_exported(root, tmp_path):
    found = run(root, "--out", str(tmp_path / "out"))
    assert found.code == 1
    assert "there is no verdict on this version of sort: `untuned verdict sort` gives one" in found.err
    assert not (tmp_path / "out").exists()


def test_while_the_verdict_is_no_it_is_refused_with_the_verdict(root, tmp_path):
    remember(root, "no")
    found = run(root, "--out", str(tmp_path / "out"))
    assert found.code == 1
    assert "No: it never pays." in found.err
    assert not (tmp_path / "out").exists()


def test_a_reason_is_needed_to_export_anyway_and_is_kept(root, tmp_path):
    remember(root, "no")
    assert run(root, "--out", str(tmp_path / "out"), "--anyway", " ").code == 2
    found = run(root, "--out", str(tmp_path / "out"), "--anyway", "to see it", "--json")
    assert found.code == 0, found.err
    manifest = found.json[0]
    assert (manifest["reason"], manifest["verdict"]["answer"]) == ("to see it", "no")
    assert json.loads((tmp_path / "out/manifest.json").read_text()) == manifest
    lines = sum(each["lines"] for each in manifest["files"].values())
    assert lines == 41  # the cases, and the labelled example of the project


def test_a_verdict_that_is_not_no_opens_the_way_and_the_table_says_what_was_looked_for(root, tmp_path):
    remember(root, "worth a trial")
    found = run(root, "--out", str(tmp_path / "out"))
    assert found.code == 0, found.err
    for told in (
        "train.jsonl",
        "validation.jsonl",
        "near duplicate",
        "same group",
        "in OpenAI's format",
        "split by case",
    ):
        assert told in found.out


def test_a_customers_labelled_examples_stand_on_the_side_of_its_cases(tmp_path):
    def rows(kind, answer):
        return projects.lines(
            {
                "id": f"{kind}{number}",
                "input": {"text": f"{kind} {number} is {number * 7} and {number * 13}", "customer": f"k{number % 10}"},
                answer: {"category": NAMES[number % 2], "reason": "asks for it"},
            }
            for number in range(40)
        )

    definition = f'{builders.DEFINITION}\n[measure]\ngroup = "customer"\n'
    texts = {"task__toml": definition, "cases__jsonl": rows("c", "expected"), "examples__jsonl": rows("x", "answer")}
    root = projects.make(tmp_path / "project", **texts)
    remember(root, "worth a trial")
    found = run(root, "--out", str(tmp_path / "out"), "--json")
    assert found.code == 0, found.err
    manifest = found.json[0]
    assert manifest["split_by"] == "group"
    sides = [{int(ident[-1]) for ident in each["cases"]} for each in manifest["files"].values()]
    assert sorted(map(len, sides)) == [2, 8]
    assert not sides[0] & sides[1]


def test_a_verdict_on_another_version_counts_for_nothing(root, tmp_path):
    remember(root, "worth a trial")
    (root / "tasks/sort/prompt.md").write_text((root / "tasks/sort/prompt.md").read_text() + "\n")
    assert run(root, "--out", str(tmp_path / "out")).code == 1


def test_contents_are_in_no_output_of_the_verb(root, tmp_path):
    remember(root, "worth a trial")
    found = run(root, "--out", str(tmp_path / "out"))
    assert "number 3 is" not in found.out + found.err
    assert "number 3 is" in (tmp_path / "out/train.jsonl").read_text() + (tmp_path / "out/validation.jsonl").read_text()
