"""What a demo will do, settled and checked before anything is started."""

from __future__ import annotations

import dataclasses
import shutil
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor.adapters import project
from processor.core import errors, suggest
from processor.core.wire import incoming, plain
from processor.demo import messages, samples, scaffold, split

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.config import Settings
    from processor.core.task import Task
    from processor.demo.samples import Sample

RUN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for.

    Attributes:
        task: the only task to show; empty for all that have a demo.jsonl.
        data: a CSV file of the user's own messages; None for the project's tasks.
        limit: how many of those are sent at the most; 0 for all.
        keep: leave the stack up.
    """

    task: str = ""
    data: Path | None = None
    limit: int = 200
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done.

    Attributes:
        settings: the demo's own topics, group and project.
        tasks: all tasks of that project.
        shown: the names of those that messages are sent to.
        samples: the messages.
        held: how many messages each shown task's demo.jsonl holds; some of them are sent, or all.
        notes: sentences about the messages that the user should read.
        labels: the user's labels by the symbols that stand for them in answers; empty where they are the same.
        scaffolded: the project was made for the user's messages.
    """

    settings: Settings
    tasks: Mapping[str, Task]
    shown: tuple[str, ...]
    samples: tuple[Sample, ...]
    held: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    scaffolded: bool = False

    def left_out(self, task: str) -> str:
        """What is not sent of a task's messages, and how to send them all; empty where all are."""
        sent, held = sum(sample.task == task for sample in self.samples), self.held.get(task, 0)
        return f"{sent} of {held} demo events of {task}; all: make demo TASK={task}" if sent < held else ""


def folder(settings: Settings) -> Path:
    """Where the demo keeps its workers' logs and the project that it makes for a user's messages."""
    return settings.state_dir / "demo"


def make(settings: Settings, wish: Wish) -> Plan:
    """Settle it. The demo has topics and a group of its own, so that the user's never see its events.

    Raises:
        UsageError: the task or the file is not what it must be.
        DefinitionError: a task or its demo.jsonl is broken.
    """
    own = settings.model_copy(
        update={
            "topic_prefix": _own(settings.topic_prefix),
            "group": _own(settings.group),
            "stack": settings.stack_name,
        }
    )
    if wish.data is not None:
        return _of_messages(own, wish.data, wish)
    found = project.Project(settings.project)
    tasks = found.load_all()
    names = _names(settings.project, tuple(tasks), wish.task)
    sent, held = _of_tasks(settings.project, names)
    if not sent:
        raise errors.UsageError(f"tasks/{names[0]}/{samples.FILE} holds no messages")
    return Plan(own, tasks, names, tuple(_as_read(sample, tasks[sample.task]) for sample in sent), held)


def _of_tasks(root: Path, names: tuple[str, ...]) -> tuple[list[Sample], dict[str, int]]:
    """The messages of several tasks, the marked ones only; or all of one task. And how many each task has."""
    sent: list[Sample] = []
    held: dict[str, int] = {}
    for name in names:
        whole = samples.read(root, name, _run(), sum(held.values()) + 1)
        held[name] = len(whole)
        sent += [sample for sample in whole if sample.short or len(names) == 1] or whole
    return sent, held


def _as_read(sample: Sample, task: Task) -> Sample:
    """Labels are written as a model answers; results hold typed values, where `12` is `12.00` and pairs are a map."""
    return dataclasses.replace(sample, expected=plain.tree(task.contract.convert_part(sample.expected)))


def _own(name: str) -> str:
    return name if name.endswith("-demo") else f"{name}-demo"


def _names(root: Path, known: tuple[str, ...], wanted: str) -> tuple[str, ...]:
    if wanted and wanted not in known:
        raise errors.UsageError(f"the project has no task {wanted!r}: {suggest.instead(wanted, known)}")
    having = tuple(name for name in known if (root / "tasks" / name / samples.FILE).is_file())
    if wanted:
        return (wanted,)  # without its file, reading it says so
    if not having:
        raise errors.UsageError(
            f"no task has a {samples.FILE} to send: write one, or give messages with --data FILE.csv"
        )
    return having


def _of_messages(settings: Settings, path: Path, wish: Wish) -> Plan:
    if wish.task:
        raise errors.UsageError("--task and --data exclude each other: for --data a task is made")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be read: {error.strerror}") from error
    found = messages.parse(content, path.name)
    halves = split.halves(found, wish.limit)
    prices = settings.project / "tasks" / "models.toml"
    made = scaffold.build(
        path.stem, found.categories, halves.learnt, prices.read_text(encoding="utf-8") if prices.is_file() else ""
    )
    root = folder(settings) / "project"
    _write(root, made.files, settings.project / ".env")
    run = _run()
    sent = tuple(_sample(message, number, run, made) for number, message in enumerate(halves.sent, start=1))
    if not sent:
        raise errors.UsageError(f"{path.name}: every message is learnt from and none is left to send: give more")
    learnt = f"{len(halves.learnt):,} of {len(found.messages):,} messages are learnt from" if halves.learnt else ""
    return Plan(
        settings=settings.model_copy(update={"project": root}),
        tasks=project.Project(root).load_all(),
        shown=(made.task,),
        samples=sent,
        notes=(*found.notes, *filter(None, [learnt, f"{len(sent):,} of {halves.rest:,} sent"])),
        labels={symbol: label for label, symbol in made.symbols.items() if symbol != label},
        scaffolded=True,
    )


def _sample(message: messages.Message, number: int, run: str, made: scaffold.Scaffold) -> Sample:
    event = incoming.event({"id": f"line-{message.line}-{run}", "task": made.task, "input": {"text": message.text}})
    expected = {"category": made.symbols[message.category]} if message.category else {}
    return samples.of_event(event, number, expected)


def _write(root: Path, files: Mapping[str, str], env: Path) -> None:
    """Write the project anew. The settings of the user's own project hold in it, too."""
    shutil.rmtree(root, ignore_errors=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    if env.is_file():
        (root / ".env").symlink_to(env.resolve())


def _run() -> str:
    """What sets one run's ids apart from all others."""
    return uuid.uuid4().hex[:RUN_DIGITS]
