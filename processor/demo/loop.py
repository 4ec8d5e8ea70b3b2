"""The way of a correction, once round: a person decides, that becomes an example, and the next event is answered by it.

Everything goes the way that it goes in earnest, on the demo's own topics and collections: through the desk of the
review application, as `untuned cases --examples` reads and writes it, and into the vector store as
`untuned knowledge load` does. The project's own folder is left alone: the example is in a copy.
"""

from __future__ import annotations

import asyncio
import dataclasses
import shutil
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from processor import app
from processor.adapters import producing, rule_timer
from processor.checking import labelled
from processor.core import errors
from processor.core.files.producer_record import ProducerRecord
from processor.core.judging import rulebook
from processor.core.records import Action
from processor.core.wire import incoming, strict_json
from processor.demo import accuracy, audits, correction, samples, topics
from processor.knowledge import session
from processor.measure.cases import decided_examples
from processor.measure.cases import topics as decided
from processor.measure.scoring import plain
from processor.review import deciding, desk
from processor.review.values import Key, Reviewer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any

    from processor.config import Settings
    from processor.core.records import Ruling
    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome
    from processor.demo.accounts import Books, Kind
    from processor.demo.correction import Loop, Seen
    from processor.demo.plan import Plan
    from processor.demo.samples import Sample
    from processor.demo.topics import Ground

BY = "demo"
"""The reviewer's name."""

READY, AGAIN = 10.0, 15.0
"""Seconds that the desk may take to read the topics, and the message to be answered again."""

TICK = 0.2
MARGIN = timedelta(hours=1)
"""How far before now the demo's decision is looked for: brokers' clocks differ."""

UNFIT = "no message is labelled, not settled right, and such that one more example would settle its like by a vote"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A labelled message that was not answered right, and the whole answer that its label and the model's words make.

    `kind` is the topic where it ended: `review`, or `results` with a wrong answer.
    """

    kind: Kind
    identity: str
    sample: Sample
    outcome: Outcome
    answer: Mapping[str, Any]


def run(plan: Plan, ground: Ground, books: Books, produced: Mapping[str, Sample], folder: Path) -> Loop:
    """Correct one message, and send it again, while the workers run.

    Args:
        plan: the demo's.
        ground: its topics.
        books: what became of the messages.
        produced: the messages by their identities.
        folder: where the demo keeps what it makes.
    """
    known = {name: _known(plan.settings.project, name) for name in plan.shown}
    found = list(candidates(plan.tasks, books, produced, known))
    if not found:
        return correction.Loop(why=UNFIT)
    first = found[0]
    made = correction.Loop(
        event=first.identity,
        right=first.sample.expected,
        decided=first.answer,
        before=correction.seen(first.kind, first.outcome),
        qualified=len(found),
    )
    try:
        return _round(plan, ground, first, folder, made)
    except (errors.UntunedError, LookupError, OSError) as error:
        return dataclasses.replace(made, why=str(error))


def candidates(
    tasks: Mapping[str, Task],
    books: Books,
    produced: Mapping[str, Sample],
    known: Mapping[str, Mapping[str, Mapping[str, Any]]],
) -> Iterator[Candidate]:
    """Those that a correction can help, by what stood on the topics: first those in review, then wrong results.

    `known` has the answers of each task's examples by their ids.
    """
    kinds: tuple[tuple[Kind, Mapping[str, Outcome]], ...] = (("review", books.review), ("results", books.results))
    for kind, outcomes in kinds:
        for identity, outcome in sorted(outcomes.items(), key=lambda pair: produced[pair[0]].record.line):
            sample = produced[identity]
            task = tasks.get(sample.task)
            if task is None or not sample.is_event or not sample.expected:
                continue
            given = outcome.record.get("answer")
            if kind == "results" and accuracy.Case(sample.expected, given).right:
                continue
            answer = plain.of(task.contract.shape, {**(given if isinstance(given, dict) else {}), **sample.expected})
            settles = correction.settles(task, outcome.record, answer, known.get(sample.task, {}))
            if settles and _passes(task, sample, answer):
                yield Candidate(kind, identity, sample, outcome, answer)


def _passes(task: Task, sample: Sample, answer: Mapping[str, Any]) -> bool:
    """Whether neither the contract nor a rule stands against the answer: it would go to people again."""
    if task.contract.check(answer):
        return False
    event = incoming.event({**strict_json.loads(sample.record.value), "task": sample.task})
    judged = rulebook.apply(task, event, answer, (), _guard())
    return not judged.violations and judged.review is None


def _guard() -> rulebook.Guard:
    return rule_timer.Timer(lambda *_: None)


def _known(project: Path, task: str) -> dict[str, Mapping[str, Any]]:
    """The answers of a task's examples, by the ids of their passages."""
    return {f"{each.file}#{each.id}": each.answer for each in labelled.read(project, task) if each.is_example}


def _round(plan: Plan, ground: Ground, first: Candidate, folder: Path, made: Loop) -> Loop:
    task = plan.tasks[first.sample.task]
    own = plan.settings.model_copy(update={"state_home": folder / "review"})
    if first.kind == "results":
        _put_before_a_person(own, task, first)
    told = asyncio.run(_decide(own, plan.tasks, first))
    if told:
        return dataclasses.replace(made, why=told)
    _learn(plan.settings, task, _copy(plan.settings.project, task.name, folder / "loop"))
    again = _again(first.sample)
    topics.produce(plan.settings, [again], lambda _: None)
    after = _await(ground, again.key)
    why = "" if after is not None else f"the message was not answered again within {AGAIN:g} s"
    return dataclasses.replace(made, again=again.key, after=after, why=why)


def _put_before_a_person(settings: Settings, task: Task, first: Candidate) -> None:
    wire = app.create_wire(settings, lambda _: task.contract)
    out = wire.encode(audits.of(task, first.sample, first.outcome), now=datetime.now(UTC))
    topic, record = settings.topic(out.kind), ProducerRecord(1, out.key, out.value, out.headers)
    delivery = producing.send(settings, topic, [record], max_bytes=producing.limit(settings, topic))
    if delivery.failure is not None:
        raise delivery.failure


async def _decide(settings: Settings, tasks: Mapping[str, Task], first: Candidate) -> str:
    """Decide as a reviewer would; what stands against it, else empty."""
    wire = app.create_wire(settings, lambda name: tasks[name].contract if name in tasks else None)
    async with desk.create(settings, wire, tasks.get, deciding.follow) as open_desk:
        if not await open_desk.until_ready(READY):
            return open_desk.trouble or f"the review's queue was not read within {READY:g} s"
        me, key = Reviewer(BY), Key(first.sample.task, first.identity)
        await open_desk.take(key.ref, me)
        item = open_desk.view.item(key.ref, me)
        assert item is not None  # it was taken
        wanted = deciding.Wanted(uuid.uuid4().hex, Action.CORRECT, first.answer, note="The message's label.")
        weighed = deciding.weigh(item, wanted, tasks[first.sample.task], BY, open_desk.now(), _guard())
        if weighed.ruling is None:
            return f"the label cannot be decided: {weighed.problems[0].message}"
        settled = await open_desk.decide(_counted(weighed.ruling))
        return "" if settled.counts else "somebody else decided it first"


def _counted(ruling: Ruling) -> Ruling:
    """Nobody looked at it, so no time is told."""
    return dataclasses.replace(ruling, seconds=0.0)


def _learn(settings: Settings, task: Task, project: Path) -> None:
    """What was decided becomes an example, and is loaded."""
    own = settings.model_copy(update={"project": project})
    wire = app.create_wire(own, lambda name: task.contract if name == task.name else None)
    now = datetime.now(UTC)
    found, _ = decided.read(own, task, wire.read, since=now - MARGIN, now=now)
    made, _ = decided_examples.update(project, task, found)
    if not made.changes:
        raise errors.UntunedError("what was decided is no example: it, or its like, is one already")
    asyncio.run(session.load(own, task.name, lambda *_: None))


def _copy(project: Path, task: str, target: Path) -> Path:
    """The task with all that it is made of, in a folder of the demo's own."""
    shutil.rmtree(target, ignore_errors=True)
    for name in ("schemas", "rules", f"tasks/{task}"):
        if (project / name).is_dir():
            shutil.copytree(project / name, target / name)
    if (project / "tasks/models.toml").is_file():
        shutil.copy(project / "tasks/models.toml", target / "tasks/models.toml")
    return target


def _again(sample: Sample) -> Sample:
    """The same message under another id."""
    record = strict_json.loads(sample.record.value)
    event = incoming.event({**record, "task": sample.task, "id": f"{sample.key}-again"})
    return samples.of_event(event, sample.record.line, sample.expected)


def _await(ground: Ground, identity: str) -> Seen | None:
    """What became of a message; None where nothing did in time."""
    deadline = time.monotonic() + AGAIN
    with ground.tail(topics.OUTCOMES) as tail:
        while time.monotonic() < deadline:
            for kind, outcome in ground.outcomes(tail.poll(TICK)):
                audit = outcome.record.get("inclusion") is not None
                if kind != "retry" and outcome.event_id == identity and not audit:
                    return correction.seen(kind, outcome)
    return None
