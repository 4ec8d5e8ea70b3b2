from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from processor import config
from processor.core import errors
from processor.demo import plan
from processor.demo.plan import Wish
from tests import builders

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings

CSV = "text,category\n" + "".join(f"message {n},{'card' if n % 2 else 'Geld zurück'}\n" for n in range(40))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a project with the tasks `sort`, which has messages to send, and `other`, which has none."""
    for name in ("UNTUNED_TOPIC_PREFIX", "UNTUNED_GROUP", "UNTUNED_STACK"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "project"
    for task in ("sort", "other"):
        for path, text in {
            f"tasks/{task}/task.toml": builders.DEFINITION,
            f"tasks/{task}/prompt.md": builders.PROMPT,
            f"tasks/{task}/retry.md": builders.RETRY,
            f"schemas/{task}.avsc": builders.SCHEMA,
        }.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
    demo = [{"id": "m-1", "input": {"text": "x"}, "expected": {"category": "card"}}, {"raw": "{"}]
    (root / "tasks/sort/demo.jsonl").write_text("\n".join(map(json.dumps, demo)))
    return config.load(project=root, state_home=tmp_path / "state")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "Our Mail.csv"
    path.write_text(CSV)
    return path


def test_every_task_that_has_messages_is_shown_on_topics_of_the_demos_own(mine):
    made = plan.make(mine, Wish())
    assert (made.shown, set(made.tasks)) == (("sort",), {"sort", "other"})
    assert (made.settings.topic("tasks"), made.settings.group) == ("untuned-demo.tasks", "untuned-demo")
    assert (made.settings.project, made.settings.state_dir) == (mine.project, mine.state_dir)
    assert [sample.expected for sample in made.samples] == [{"category": "card"}, {}]


def test_labels_are_compared_as_results_hold_them(mine):
    amount = {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}}
    schema = {"type": "record", "name": "Bill", "fields": [amount]}
    (mine.project / "schemas/sort.avsc").write_text(json.dumps(schema))
    demo = {"id": "m-1", "input": {"text": "x"}, "expected": {"amount": "12"}}
    (mine.project / "tasks/sort/demo.jsonl").write_text(json.dumps(demo))
    assert [sample.expected for sample in plan.make(mine, Wish()).samples] == [{"amount": "12.00"}]


def test_several_tasks_send_what_is_marked_and_one_alone_sends_all(mine):
    other = [{"id": f"o-{n}", "input": {"text": "x"}, "short": n == 2} for n in range(4)]
    (mine.project / "tasks/other/demo.jsonl").write_text("\n".join(map(json.dumps, other)))
    both = plan.make(mine, Wish())
    assert [sample.key.rpartition("-")[0] for sample in both.samples] == ["o-2", "m-1", "raw-6"]
    assert len({sample.record.line for sample in both.samples}) == 3
    assert (both.held, both.left_out("sort")) == ({"other": 4, "sort": 2}, "")
    assert both.left_out("other") == "1 of 4 demo events of other; all: make demo TASK=other"
    alone = plan.make(mine, Wish(task="other"))
    assert (len(alone.samples), alone.notes) == (4, ())


def test_no_two_runs_share_an_id(mine):
    first, second = ({sample.key for sample in plan.make(mine, Wish()).samples} for _ in range(2))
    assert not first & second


def test_topics_that_are_a_demos_already_stay(mine):
    once = plan.make(mine, Wish()).settings
    assert plan.make(once, Wish()).settings.topic_prefix == "untuned-demo"


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish(task="sotr"), "no task 'sotr': did you mean sort"),
        (Wish(task="other"), "tasks/other/demo.jsonl: cannot be read"),
    ],
)
def test_a_task_that_cannot_be_shown_is_refused(mine, wish, says):
    with pytest.raises(errors.UsageError, match=says):
        plan.make(mine, wish)


def test_without_any_messages_it_says_how_to_give_some(mine):
    (mine.project / "tasks/sort/demo.jsonl").unlink()
    with pytest.raises(errors.UsageError, match=r"no task has a demo.jsonl to send.*--data FILE.csv"):
        plan.make(mine, Wish())


def test_a_users_messages_get_a_project_of_their_own(mine, file):
    (mine.project / ".env").write_text("OPENAI_MODEL=gpt-test\n")
    made = plan.make(mine, Wish(data=file, limit=7))
    root = plan.folder(mine) / "project"
    assert (made.settings.project, made.settings.state_dir, made.shown) == (root, mine.state_dir, ("our-mail",))
    assert made.notes == ("20 of 40 messages are learnt from", "7 of 20 sent")
    assert made.labels == {"Geld_zuruck": "Geld zurück"}
    assert {sample.expected["category"] for sample in made.samples} == {"card", "Geld_zuruck"}
    assert len((root / "tasks/our-mail/examples.jsonl").read_text().splitlines()) == 20
    assert config.load(project=root).openai_model == "gpt-test"
    sent = {int(re.match(r"line-(\d+)-", sample.key).group(1)) for sample in made.samples}  # type: ignore[union-attr]
    learnt = {json.loads(line)["id"] for line in (root / "tasks/our-mail/examples.jsonl").read_text().splitlines()}
    assert not {f"line-{number}" for number in sent} & learnt


def test_a_users_second_file_replaces_the_first(mine, file):
    plan.make(mine, Wish(data=file))
    other = file.with_name("inbox.csv")
    other.write_text("text\nhello\n")
    made = plan.make(mine, Wish(data=other, limit=0))
    assert (made.shown, tuple(made.tasks), len(made.samples)) == (("inbox",), ("inbox",), 1)
    assert made.samples[0].expected == {}


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (Wish(task="sort"), "--task and --data exclude each other"),
        (Wish(), "no-such.csv cannot be read: No such file"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused(mine, tmp_path, wish, says):
    with pytest.raises(errors.UsageError, match=says):
        plan.make(mine, Wish(wish.task, tmp_path / "no-such.csv"))
