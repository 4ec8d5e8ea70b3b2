"""The BANKING77 bench: its split, its scores and its thresholds. The figures themselves need the data and a model."""

from __future__ import annotations

import json
import random

import pytest

from bench.banking77 import curves, split
from bench.banking77.curves import Scored
from processor.adapters import project
from processor.measure.running import rungs


def messages(number):
    return [
        split.Message(row, f"Where is card {row // 2}{'?' * (row % 2)}", f"intent_{row % 3}") for row in range(number)
    ]


def test_no_message_is_in_two_parts_not_even_in_other_punctuation():
    parts = split.split(messages(100), choosing=10, report=15, seed=1)
    words = [{each.text.rstrip("?") for each in part} for part in (parts.knowledge, parts.choosing, parts.report)]
    assert [len(part) for part in words] == [25, 10, 15]
    assert not words[0] & words[1] | words[1] & words[2] | words[0] & words[2]
    assert parts == split.split(messages(100), choosing=10, report=15, seed=1)
    assert parts != split.split(messages(100), choosing=10, report=15, seed=2)
    with pytest.raises(ValueError, match="50 different messages are not enough for 30 \\+ 20 cases"):
        split.split(messages(100), choosing=30, report=20, seed=1)


def test_the_csv_and_the_files_of_the_task(tmp_path):
    (tmp_path / "train.csv").write_text('text,category\n"Hi, there",card_arrival\nWhy?,reverted_card_payment?\n')
    read = split.read(tmp_path / "train.csv")
    assert read == (split.Message(1, "Hi, there", "card_arrival"), split.Message(2, "Why?", "reverted_card_payment"))
    split.write(split.split(messages(20), 4, 4, 1), 2, tmp_path)
    lines = {name: (tmp_path / f"{name}.jsonl").read_text().splitlines() for name in ("examples", "report", "cases")}
    assert {name: len(found) for name, found in lines.items()} == {"examples": 2, "report": 4, "cases": 2}
    assert lines["cases"] == lines["report"][:2]
    assert json.loads(lines["examples"][0]).keys() == {"id", "input", "answer"}


def test_the_task_has_all_rungs():
    from bench.banking77.__main__ import PROJECT, TASK

    task = project.Project(PROJECT).load(TASK)
    assert len(task.contract.json_schema["properties"]["intent"]["enum"]) == 77
    assert all(rungs.variant(task, name) for name in ("vote", "prompt", "retrieval", "rules"))


def test_what_a_threshold_lets_through():
    answers = [Scored(0.9, right=True), Scored(0.8, right=False), Scored(0.7, right=True), Scored(None, right=True)]
    point = curves.at(answers, 0.8)
    assert (point.covered.count, point.covered.n, point.right.count, point.right.n) == (2, 4, 1, 2)
    assert curves.levels(answers) == [0.9, 0.8, 0.7]
    assert curves.auroc(answers) == pytest.approx(0.5)
    assert curves.auroc([Scored(1, right=True)]) is None
    assert curves.loosest(answers, 0.4) == 0.7
    assert curves.loosest(answers, 0.1) == 0.9


def test_a_threshold_is_promised_only_where_enough_cases_show_it():
    few = [Scored(8, right=True)] * 20
    assert curves.chosen(few, 0.05) is None
    many = [Scored(8, right=True)] * 100 + [Scored(7, right=number % 10 > 0) for number in range(100)]
    assert curves.chosen(many, 0.05) == 8
    assert curves.chosen(many, 0.2) == 7


def test_the_promise_is_kept():
    """Scores of 1 to 8, right with a chance that grows with them: the chosen one is over the target at most 1 in 10."""
    luck, right = random.Random(7), {score: 0.7 + 0.04 * score for score in range(1, 9)}
    broken = 0
    for _ in range(300):
        drawn = [luck.randint(1, 8) for _ in range(150)]
        threshold = curves.chosen([Scored(score, right=luck.random() < right[score]) for score in drawn], 0.1, 0.1)
        if threshold is not None:
            through = [1 - right[score] for score in range(1, 9) if score >= threshold]
            broken += sum(through) / len(through) > 0.1
    assert broken <= 300 * 0.1 + 16  # three standard errors
