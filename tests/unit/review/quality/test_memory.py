"""That what is kept of decided items changes no figure."""

from __future__ import annotations

import dataclasses
import random
from typing import TYPE_CHECKING, Any

import pytest

from processor.core.records import Action
from processor.review.decided import Audits
from processor.review.quality import Memory
from tests import builders, reviewing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from processor.core.task import Task
    from processor.review.decided import Decided, Mark
    from processor.review.quality.values import Quality
    from processor.review.values import Item

CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money"}


class Given:
    """Decided items, as a view gives them; `read` has the refs that were asked for."""

    def __init__(self, *items: Item) -> None:
        self.items = {each.ref: each for each in items}
        self.read: list[str] = []

    def marks(self) -> list[Mark]:
        return [reviewing.decided(each).mark for each in self.items.values()]

    def decisions(self, refs: Sequence[str]) -> Iterator[Decided]:
        self.read += refs
        return (reviewing.decided(self.items[ref]) for ref in refs if ref in self.items)

    def rule(self, item: Item, by: str, action: Action = Action.ACCEPT, **changes: Any) -> None:
        before = self.items.get(item.ref, item)
        ruling = reviewing.ruling(item, by, action, id=f"r-{len(before.rulings)}", **changes)
        self.items[item.ref] = dataclasses.replace(before, rulings=(*before.rulings, ruling))


@pytest.fixture(scope="module")
def task() -> Task:
    return builders.a_task()


def item(number: int, **changes: Any) -> Item:
    return reviewing.item(f"e-{number}", answer=CARD, **changes)


def decided(number: int, **changes: Any) -> Item:
    made = item(number, **changes)
    return dataclasses.replace(made, rulings=(reviewing.ruling(made),))


def figures(memory: Memory, given: Given) -> Quality:
    return memory.quality(given.marks(), given.decisions)


@pytest.mark.parametrize("most", [3, 1000])
def test_whatever_comes_the_figures_are_those_of_an_empty_memory(task: Task, most: int) -> None:
    dice, given, tasks = random.Random(5), Given(), {"sort": task}
    memory, waiting = Memory(tasks.get, most), [Audits("sort", False, 0.5, 3)]
    for _ in range(60):
        number = dice.randrange(12)
        audit = {"inclusion": 0.5, "reason": "audit", "violations": []} if number % 3 == 0 else {}
        some = item(number, task=dice.choice(("sort", "gone")), **audit)
        first = some.ref not in given.items
        answer = dice.choice((None, CARD, REFUND))
        given.rule(some, dice.choice("abc"), dice.choice(list(Action)), answer=answer, blind=not first)
        marks = given.marks()
        fresh = Memory(tasks.get).quality(marks, given.decisions, waiting)
        assert memory.quality(marks, given.decisions, waiting) == fresh


def test_only_what_is_new_is_read(task: Task) -> None:
    given, memory = Given(*map(decided, range(5))), Memory({"sort": task}.get)
    assert figures(memory, given).items == 5
    given.read.clear()
    figures(memory, given)
    assert given.read == []
    given.rule(item(2), "bob", Action.REJECT)
    given.rule(item(7), "bob")
    assert figures(memory, given).rulings == 7
    assert given.read == [item(2).ref, item(7).ref]


def test_figures_are_of_the_marks_that_are_asked_for_whatever_else_is_kept(task: Task) -> None:
    given, memory = Given(*map(decided, range(5))), Memory({"sort": task}.get)
    assert figures(memory, given).items == 5
    assert memory.quality(given.marks()[3:], given.decisions).items == 2


def test_what_was_looked_at_for_one_task_s_version_is_looked_at_anew_for_the_next(task: Task) -> None:
    tasks = {"sort": task}
    given, memory = Given(*map(decided, range(3)), decided(9, task="gone")), Memory(tasks.get)
    figures(memory, given)
    given.read.clear()
    tasks["sort"] = builders.a_task()
    figures(memory, given)
    assert given.read == [item(number).ref for number in range(3)]


def test_those_that_were_asked_for_last_are_kept(task: Task) -> None:
    given, memory = Given(*map(decided, range(5))), Memory({"sort": task}.get, most=3)
    assert figures(memory, given).items == 5
    given.read.clear()
    assert figures(memory, given).items == 5
    assert given.read == [item(0).ref, item(1).ref]


def test_what_is_gone_when_it_is_read_is_left_out_and_what_has_changed_is_read_again(task: Task) -> None:
    given, memory = Given(*map(decided, range(3))), Memory({"sort": task}.get)
    marks = given.marks()
    del given.items[item(0).ref]
    given.rule(item(1), "bob", Action.REJECT)
    assert memory.quality(marks, given.decisions).rulings == 3
    given.read.clear()
    assert memory.quality(given.marks(), given.decisions).rulings == 3
    assert given.read == []
    given.rule(item(1), "eve")
    assert memory.quality(given.marks(), given.decisions).rulings == 4
