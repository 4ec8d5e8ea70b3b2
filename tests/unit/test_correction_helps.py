"""What a person decided about a message of ticket-triage, written as an example, decides its like by a vote."""

import json
import shutil
from pathlib import Path

import pytest

from processor.adapters import project
from processor.checking import labelled
from processor.core.judging import accept, ballot
from processor.core.records import Event
from processor.knowledge import gather, offline
from processor.measure.cases import Found, decided_examples, kept, writing
from processor.measure.records import Case
from processor.measure.scoring import Scorer

ROOT = Path(__file__).parents[2]
NAME = "ticket-triage"
MESSAGES = map(json.loads, (ROOT / "tasks" / NAME / "demo.jsonl").read_text().splitlines())
MESSAGE = next(each for each in MESSAGES if each["id"] == "demo-02")
TEXT, ANSWER = MESSAGE["input"]["text"], {"reason": "Somebody else uses the account.", **MESSAGE["expected"]}


@pytest.fixture
def root(tmp_path):
    for name in ("schemas", "rules"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tasks" / NAME, tmp_path / "tasks" / NAME)
    shutil.copy(ROOT / "tasks/models.toml", tmp_path / "tasks/models.toml")
    return tmp_path


def vote(root, text):
    task = project.Project(root).load(NAME)
    step = next(step for step in task.definition.step if step.kind == "neighbours")
    found = offline.Offline(task, gather.gather(task, root, "untuned")).retrieve(Event("new", NAME, {"text": text}))
    most = next(each.top_k for each in task.definition.retrieval if each.kind == "example")
    examples = [each for each in found if each.kind == "example"][:most]
    answered = ballot.vote(step, tuple(examples))
    assert examples
    return json.loads(answered.completion.text), examples, accept.agreement(step, ANSWER, accept.examples(examples))


def test_a_correction_made_now_helps_the_next_message_of_its_kind(root):
    task = project.Project(root).load(NAME)
    before, _, _ = vote(root, TEXT)
    assert not Scorer(task).score(ANSWER, before).right
    case = Case(Event("e-1", NAME, {"text": TEXT}), ANSWER, "untuned.decisions/0/1", ("ann",), {"ann": ANSWER})
    chosen = kept.as_examples(task, Found((case,)), labelled.read(root, NAME))
    writing.write(root / "tasks" / NAME / "examples.decided.jsonl", decided_examples.merge(task, "", (), chosen).lines)
    after, examples, against = vote(root, TEXT.upper())
    assert examples[0].id == "examples.decided.jsonl#e-1"
    assert (after, against) == (ANSWER, None)
