"""Review items of the shipped tasks and decisions on them, as workers and the application publish them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import random
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import confluent_kafka

from processor import app
from processor.adapters import project
from processor.core import errors
from processor.core.records import (
    Action,
    Attempt,
    Event,
    Message,
    Origin,
    Passage,
    Provenance,
    Reason,
    Review,
    Ruling,
    Usage,
    Violation,
    Work,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from processor.adapters.wire import Outgoing
    from processor.config import Settings
    from processor.core.task import Task

PROJECT = Path(__file__).parents[1]
RULES = ("known_sku", "sums_add_up", "no_promises", "quotes_the_message", "known_account")
REASONS = (Reason.STEPS_EXHAUSTED, Reason.STEPS_EXHAUSTED, Reason.RULE, Reason.REFUSAL)
REVIEWERS = ("ann", "bob", "cyd", "dee")
ACTIONS = (Action.ACCEPT, Action.ACCEPT, Action.CORRECT, Action.REJECT)
FACT = "Parcels are sent on working days; a refund takes a week, and a broken part is replaced without a question. " * 3
AUDITS = 0.1
TWICE = 0.1
"""Of the decided ones, those that a second reviewer looked at."""

PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled message of a shipped task, to be made an item of."""

    task: str
    given: dict[str, Any]
    answer: dict[str, Any]


class Items:
    """Makes them: the same each time."""

    def __init__(self) -> None:
        self.tasks = project.Project(PROJECT).load_all()
        self._dice = random.Random(7)
        self._cases = [case for task in self.tasks.values() for case in _cases(task)]

    def some(self, count: int, prefix: str) -> Iterator[Review]:
        """So many items, whose events are named so."""
        for number in range(count):
            yield self._item(f"{prefix}-{number:05}", self._dice.choice(self._cases))

    def long(self, ident: str, records: int) -> Review:
        """One with a list of so many records, tried twice."""
        case = next(each for each in self._cases if each.task == "order-parsing" and each.answer["lines"])
        line = case.answer["lines"][0]
        return self._item(ident, dataclasses.replace(case, answer={**case.answer, "lines": [line] * records}))

    def rulings(self, item: Review) -> Iterator[Ruling]:
        """What was decided of it: once, or twice where a second reviewer has looked at it."""
        assert item.work is not None
        event, dice = item.work.event, self._dice
        action, by = dice.choice(ACTIONS), dice.choice(REVIEWERS[:-1])
        answer = item.answer if action in (Action.ACCEPT, Action.CORRECT) else None
        note = "Nobody can tell what is meant." if action is Action.REJECT else ""
        at, seconds = dt.datetime.now(dt.UTC), dice.lognormvariate(3, 0.6)
        blind = item.inclusion is not None
        made = Ruling(f"r-{event.id}", event.id, event.task, 0, by, action, answer, note, at, seconds)
        yield dataclasses.replace(made, blind=blind, inclusion=item.inclusion)
        if not blind and dice.random() < TWICE:
            yield dataclasses.replace(made, id=f"s-{event.id}", by=REVIEWERS[-1], blind=True)

    def _item(self, ident: str, case: Case) -> Review:
        dice, audit = self._dice, self._dice.random() < AUDITS
        place = f"$.{next(iter(case.answer))}"
        against = tuple(
            Violation(place, rule, "This is not as it should be.", "one thing", "another")
            for rule in dice.sample(RULES, k=dice.choice((1, 1, 2)))
        )
        attempts = tuple(
            Attempt(number, step, "m-1", json.dumps(case.answer), "stop", against, Usage(900, 60), _cost(dice), 0.4)
            for number, step in ((1, "prompt.md"), (2, "retry.md"))
        )
        event = Event(id=ident, task=case.task, input=case.given, attributes={"tenant": dice.choice(("acme", "beta"))})
        origin, key = Origin("untuned.tasks", 0, 0, 1000), ident.encode()
        work = Work(event, 2, attempts, origin, origin, key)
        passages = tuple(
            Passage(f"p-{n}", "fact", "articles.md", "Orders", FACT, None, None, 0.5, "0" * 16, "fact")
            for n in range(4)
        )
        provenance = Provenance("0" * 16, passages, (), attempts, work.usage, _cost(dice), {"complete": 0.4})
        message = Message(origin, key, b"{}")
        if audit:
            return Review(Reason.AUDIT, "", message, work, (), case.answer, provenance, inclusion=0.05)
        return Review(dice.choice(REASONS), "in 2 steps", message, work, against, case.answer, provenance)


class Topics:
    """Publishes to the topics of the settings, as the other programs do."""

    def __init__(self, settings: Settings, tasks: dict[str, Task]) -> None:
        contracts = {name: task.contract for name, task in tasks.items()}
        self._settings, self._wire = settings, app.create_wire(settings, contracts.get)
        self._producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka, "message.max.bytes": 2**23})

    def publish(self, said: Iterable[Review | Ruling]) -> None:
        """Publish all of it, in this order.

        Raises:
            Unavailable: the broker did not take it.
        """
        for each in said:
            self._produce(self._encoded(each))
        if self._producer.flush(PATIENCE):
            raise errors.Unavailable("kafka", "the broker did not take the bench's items")

    def _encoded(self, each: Review | Ruling) -> Outgoing:
        if isinstance(each, Ruling):
            return self._wire.encode_ruling(each, each.event_id.encode())
        return self._wire.encode(each, now=dt.datetime.now(dt.UTC))

    def _produce(self, out: Outgoing) -> None:
        topic, headers = self._settings.topic(out.kind), list(out.headers)
        while True:
            try:
                self._producer.produce(topic, out.value, out.key, headers=headers)
            except BufferError:  # as many wait to be sent as may
                self._producer.poll(0.1)
            else:
                self._producer.poll(0)
                return


def _cases(task: Task) -> Iterator[Case]:
    """Those whose answer the contract takes: a label leaves the reason out that the model has to give."""
    with (PROJECT / "tasks" / task.name / "cases.jsonl").open(encoding="utf-8") as lines:
        for case in map(json.loads, lines):
            answer = {"reason": "as the message says", **case.get("expected", {})}
            without = {name: value for name, value in answer.items() if name != "reason"}
            fitting = next((each for each in (answer, without) if not task.contract.check(each)), None)
            if fitting is not None:
                yield Case(task.name, case["input"], fitting)


def _cost(dice: random.Random) -> Decimal:
    return Decimal(f"{dice.uniform(0.0001, 0.01):.5f}")
