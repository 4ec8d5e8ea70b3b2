"""A running worker's tasks: what is picked up, what is refused, and what an event sees meanwhile."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from processor.adapters import live_tasks
from processor.adapters.live_tasks import LiveTasks
from processor.adapters.project import Project
from processor.core import errors
from processor.core.pacing import budget
from tests import builders, calibrations, running

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.core.task import Task


class Story:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def note(self, event: str, **fields: Any) -> None:
        self.told.append((event, fields))

    warn = note

    @property
    def events(self) -> list[str]:
        return [event for event, _ in self.told]


class Worker:
    """A project on disk, and a worker's tasks over it."""

    def __init__(self, root: Path) -> None:
        self.root = running.plain_project(root)
        self.story = Story()
        self.against: Exception | None = None
        self.tasks = LiveTasks(Project(root), self.verify, self.story)  # type: ignore[arg-type]

    def verify(self, tasks: Mapping[str, Task]) -> None:
        assert tasks
        if self.against is not None:
            raise self.against

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def look(self, times: int = 2) -> None:
        for _ in range(times):
            self.tasks.look()

    @property
    def version(self) -> str:
        return self.tasks.find("sort").version


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    return Worker(tmp_path)


PROMPT = builders.PROMPT.replace("You sort", "You always sort")


def test_a_change_is_taken_once_it_holds_still(worker: Worker):
    before = worker.tasks.find("sort")
    worker.write("tasks/sort/prompt.md", PROMPT)
    worker.look(1)
    assert worker.version == before.version
    worker.look(1)
    assert worker.version != before.version
    assert worker.tasks.find("sort").prompts["prompt.md"].render("system", {}) == "You always sort messages."
    assert before.prompts["prompt.md"].render("system", {}) == "You sort messages."
    assert worker.story.told == [
        ("task_changed", {"task": "sort", "version": worker.version, "before": before.version})
    ]


def test_a_calibration_that_no_longer_counts_is_told_once_for_each_version(worker: Worker):
    plain = (worker.root / "tasks/sort/task.toml").read_text()
    worker.write("tasks/sort/task.toml", calibrations.written(plain, of=worker.tasks.find("sort").of))
    worker.look(5)
    assert worker.tasks.find("sort").calibration is not None
    assert worker.story.events == ["task_changed"]
    worker.write("tasks/sort/prompt.md", PROMPT)
    worker.look(5)
    assert worker.story.events == ["task_changed", "task_changed", "calibration_outgrown"]
    assert worker.story.told[-1][1]["version"] == worker.version
    again = LiveTasks(Project(worker.root), worker.verify, worker.story)  # type: ignore[arg-type]
    assert again.find("sort").calibration is None
    assert worker.story.events.count("calibration_outgrown") == 2


def test_a_file_that_is_still_being_written_is_waited_for(worker: Worker):
    before = worker.version
    for length in range(1, len(PROMPT), 40):
        worker.write("tasks/sort/prompt.md", PROMPT[:length])
        worker.look(1)
    worker.write("tasks/sort/prompt.md", PROMPT)
    worker.look(1)
    assert (worker.version, worker.story.events) == (before, [])
    worker.look(1)
    assert worker.story.events == ["task_changed"]


BROKEN = [
    ("tasks/sort/task.toml", "kind = \n", "tasks/sort/task.toml:1"),
    ("tasks/sort/prompt.md", "{% block system %}", "tasks/sort/prompt.md"),
    ("schemas/sort.avsc", "{", "schemas/sort.avsc"),
    ("rules/sort.py", "1 / 0", "rules/sort.py:1: ZeroDivisionError"),
    ("tasks/models.toml", "[prices.x]\ninput = 'much'", "tasks/models.toml"),
]


@pytest.mark.parametrize(("path", "text", "says"), BROKEN)
def test_a_broken_change_is_refused_once_and_the_last_good_version_stays(
    worker: Worker, path: str, text: str, says: str
):
    before, good = worker.version, (worker.root / path).read_text() if (worker.root / path).exists() else ""
    worker.write(path, text)
    worker.look(5)
    assert worker.version == before
    assert worker.story.events == ["task_refused"]
    assert worker.story.told[0][1]["stays"] == before
    refused = worker.tasks.report()["sort"]["refused"]
    assert says in refused
    assert refused == worker.story.told[0][1]["detail"]

    worker.write(path, good)
    worker.look()
    assert worker.story.events == ["task_refused", "task_changed"]
    assert worker.tasks.report()["sort"]["refused"] is None


def test_one_broken_task_does_not_hold_up_another(worker: Worker):
    for path in ("tasks/sort/task.toml", "tasks/sort/prompt.md", "tasks/sort/retry.md", "schemas/sort.avsc"):
        worker.write(path.replace("sort", "file", 1), (worker.root / path).read_text())
    worker.look()
    assert set(worker.tasks.report()) == {"file", "sort"}
    before = worker.tasks.find("file").version
    worker.write("tasks/sort/prompt.md", "{% if %}")
    worker.write("tasks/file/prompt.md", PROMPT)
    worker.look()
    assert worker.tasks.find("file").version != before
    assert worker.tasks.report()["sort"]["refused"]


def test_a_new_task_that_is_broken_is_told_and_unknown(worker: Worker):
    worker.write("tasks/new/task.toml", "kind = 1")
    worker.look()
    assert worker.tasks.report()["new"] == {
        "version": None,
        "since": worker.tasks.report()["new"]["since"],
        "refused": worker.story.told[0][1]["detail"],
    }
    with pytest.raises(errors.Refused, match="no such task"):
        worker.tasks.find("new")


def test_a_task_that_was_never_good_is_forgotten_with_its_folder(worker: Worker):
    worker.write("tasks/new/task.toml", "kind = 1")
    worker.look()
    (worker.root / "tasks/new/task.toml").unlink()
    worker.look()
    assert set(worker.tasks.report()) == {"sort"}


def test_the_swapped_links_of_a_config_map_are_one_change(worker: Worker):
    """Kubernetes mounts files as links through `..data`, itself a link that it swaps."""
    folder = worker.root / "tasks/sort"
    (folder / "..1").mkdir()
    for name in ("task.toml", "prompt.md", "retry.md"):
        (folder / name).rename(folder / "..1" / name)
        (folder / name).symlink_to(f"..data/{name}")
    (folder / "..data").symlink_to("..1")
    worker.look()
    assert worker.story.events == []
    shutil.copytree(folder / "..1", folder / "..2")  # times and sizes are as before
    (folder / "..2/prompt.md").write_text(PROMPT)
    os.utime(folder / "..2/prompt.md", ns=(0, (folder / "..1/prompt.md").stat().st_mtime_ns))
    (folder / "..new").symlink_to("..2")
    (folder / "..new").replace(folder / "..data")
    worker.look()
    assert worker.story.events == ["task_changed"]
    assert worker.tasks.find("sort").prompts["prompt.md"].render("system", {}) == "You always sort messages."


def test_a_folder_that_cannot_be_looked_at_for_now_changes_nothing(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    def away(_: Project) -> None:
        raise OSError(errno.ESTALE, "stale file handle")

    before = worker.version
    with monkeypatch.context() as patch:
        patch.setattr(Project, "stamps", away)
        worker.look(3)
    worker.write("tasks/sort/prompt.md", PROMPT)
    worker.look()
    assert worker.version != before
    assert worker.story.events == ["task_changed"]


def test_a_task_whose_folder_is_gone_stays_and_may_come_back(worker: Worker):
    before = worker.version
    (worker.root / "tasks/sort").rename(worker.root / "away")
    worker.look(4)
    assert (worker.version, worker.story.events) == (before, ["task_refused"])
    (worker.root / "away").rename(worker.root / "tasks/sort")
    worker.look()
    assert (worker.version, worker.tasks.report()["sort"]["refused"]) == (before, None)


def test_what_stands_against_a_version_from_outside_refuses_it(worker: Worker):
    before = worker.version
    worker.against = errors.UsageError("model big needs BIG_KEY")
    worker.write("tasks/sort/prompt.md", PROMPT)
    worker.look(4)
    assert (worker.version, worker.tasks.report()["sort"]["refused"]) == (before, "model big needs BIG_KEY")


def test_a_version_waits_for_a_registry_that_is_away(worker: Worker):
    before = worker.version
    worker.against = errors.Unavailable("registry", "no schema registry answers")
    worker.write("tasks/sort/prompt.md", PROMPT)
    worker.look(4)
    assert (worker.version, worker.story.events) == (before, ["task_refused"])
    worker.against = None
    worker.look(1)
    assert worker.version != before


@pytest.mark.parametrize("raised", [ZeroDivisionError, asyncio.CancelledError, KeyboardInterrupt, BaseException])
def test_a_defect_while_loading_ends_nothing(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
):
    def load(*_: Any) -> NoReturn:
        raise raised

    before = worker.version
    worker.write("tasks/sort/prompt.md", PROMPT)
    monkeypatch.setattr(Project, "load", load)
    worker.look(4)
    assert worker.version == before
    assert worker.tasks.report()["sort"]["refused"] == f"it cannot be loaded: {raised.__name__}"


def test_a_changed_price_is_used_without_a_new_version(worker: Worker):
    before = worker.version
    worker.write("tasks/models.toml", '[prices.tiny]\ninput = "1"\noutput = "2"\n')
    worker.look()
    assert (worker.version, worker.story.events) == (before, [])
    assert "tiny" in worker.tasks.find("sort").prices


def test_changed_limits_are_used_without_a_new_version(worker: Worker):
    before = worker.version
    assert worker.tasks.limits("model strong") == budget.UNLIMITED
    worker.write("tasks/models.toml", "[models.strong]\nrequests_per_minute = 60\nusd_per_minute = 0.5\n")
    worker.look()
    assert worker.tasks.limits("model strong") == budget.Limits(requests=60, usd=0.5)
    assert worker.tasks.limits("weaviate") == budget.UNLIMITED
    assert worker.version == before


def test_nothing_is_read_while_nothing_changes(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    (worker.root / "tasks/sort/cases.jsonl").write_text("{}")
    monkeypatch.setattr(Project, "load", lambda *_: pytest.fail("it was read"))
    worker.look(3)
    json.dumps(worker.tasks.report())


async def test_watching_goes_on_until_it_is_cancelled(worker: Worker):
    def threads() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == live_tasks.THREAD]

    before = worker.version
    worker.write("tasks/sort/prompt.md", PROMPT)
    watching = asyncio.create_task(worker.tasks.watch(0.001))
    await running.until(lambda: worker.version != before, "the change")
    (thread,) = threads()
    assert thread.daemon
    watching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watching
    await running.until(lambda: not threads(), "the thread's end")


def test_a_broken_task_lets_no_worker_start(tmp_path: Path):
    running.plain_project(tmp_path)
    (tmp_path / "schemas/sort.avsc").write_text("{")
    with pytest.raises(errors.DefinitionError):
        LiveTasks(Project(tmp_path), lambda _: None, Story())  # type: ignore[arg-type]
