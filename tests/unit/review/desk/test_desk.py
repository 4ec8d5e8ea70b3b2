"""What becomes of a decision between the click and the answer, over topics in memory."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from processor import config
from processor.core import errors
from processor.core.records import Action, Message, Origin
from processor.review.desk import sending
from processor.review.desk.completing import Completer
from processor.review.desk.desk import Desk
from processor.review.desk.leasing import Leasing
from processor.review.desk.news import News
from processor.review.desk.outcomes import Outcome, Outcomes
from processor.review.desk.parts import Parts
from processor.review.desk.sending import Sending
from processor.review.desk.settling import Settling
from processor.review.values import Settled
from processor.review.view import entries
from tests import reviewing, wires
from tests.unit.review.view import filled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from processor.core.records import Ruling
    from processor.review.values import Item
    from processor.review.view.entries import Kind

ITEM = filled.sent()
REF = ITEM.key.ref
OUTCOME = Outcome("result", "untuned.results", b"k", b"an answer", ())


class Following(Outcomes):
    """Every ruling leads to the same result."""

    def of(self, item: Item, ruling: Ruling) -> Outcome | None:
        del item, ruling
        return OUTCOME


class Topics:
    """A broker, and the thread that reads from it: what is sent is in the view at once, or once `hold` is over."""

    def __init__(self, made: filled.Filled, partitions: int = 4) -> None:
        self.ready, self.trouble = True, ""
        self.partitions: Mapping[str, int] = {"untuned.decisions": partitions, "untuned.leases": partitions}
        self.positions: dict[tuple[str, int], int] = {}
        self.sent: list[tuple[str, int | None]] = []
        self.held: list[Message] | None = None
        self._made, self._wire = made, wires.make()
        self.news = News()

    async def send(
        self, topic: str, key: bytes | None, value: bytes, headers: Any = (), partition: int | None = None
    ) -> Origin:
        self.sent.append((topic, partition))
        at = Origin(topic, partition or 0, len(self.sent), filled.ms())
        message = Message(at, key, value, tuple(headers))
        if self.held is None:
            self.read(message)
        else:
            self.held.append(message)
        return at

    def read(self, message: Message) -> None:
        kind: Kind = message.origin.topic.removeprefix("untuned.")  # type: ignore[assignment]
        entry = entries.build(kind, message, self._wire.read)
        if entry is not None:
            self._made.apply(entry)
        self.positions[message.origin.topic, message.origin.partition] = message.origin.offset + 1
        self.news.tell()

    def of(self, kind: str) -> list[int | None]:
        return [partition for topic, partition in self.sent if topic == f"untuned.{kind}"]


@dataclasses.dataclass
class Bench:
    made: filled.Filled
    topics: Topics
    desk: Desk
    told: list[str]


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sending, "BACK", 0.05)
    told: list[str] = []

    def log(event: str, **_: Any) -> None:
        told.append(event)

    with filled.Filled(tmp_path) as made:
        settings, topics = config.Settings(), Topics(made)
        outcomes = Following(settings, wires.make(), lambda _: None, lambda *_: None)
        parts = Parts(settings, wires.make(), lambda _: None, outcomes, log, 30.0, 10.0)
        found = Desk(parts)
        found._store, found.view, found._news = made.store, made.view, topics.news
        broker: Any = topics
        found._tailing, found._sending = broker, Sending(settings.topic, broker, broker, topics.news)
        leasing = found._leasing = Leasing(made.view, wires.make(), found._sending, log)
        completer = Completer(parts, made.view, made.store, found._sending.outcome)
        found._settling = Settling(parts, found._whole, found._sending, leasing, completer)
        made.apply(ITEM)
        yield Bench(made, topics, found, told)


def ruling(by: str = "ann", **changes: Any) -> Ruling:
    return dataclasses.replace(filled.ruled(ITEM, by).ruling, **changes)


async def test_a_decision_counts_and_leads_to_its_outcome(bench: Bench) -> None:
    given = ruling()
    assert await bench.desk.decide(given) == Settled(given, counts=True, outcome="result")
    assert await bench.desk.decide(given) == Settled(given, counts=True, outcome="result")
    assert len(bench.topics.of("decisions")) == 1


async def test_another_reviewer_s_form_with_the_same_id_is_another_ruling(bench: Bench) -> None:
    first, other = ruling("ann", id="the-same"), ruling("bob", id="the-same", action=Action.REJECT, note="no")
    one, two = await asyncio.gather(bench.desk.decide(first), bench.desk.decide(other))
    assert (one.counts, two.counts, two.ruling.by) == (True, False, "ann")
    found = bench.made.view.whole(REF)
    assert found is not None
    assert [each.by for each in found.rulings] == ["ann", "bob"]


async def test_who_comes_second_is_told_so_although_both_say_the_same(bench: Bench) -> None:
    await bench.desk.decide(ruling("ann", id="a"))
    second = await bench.desk.decide(ruling("bob", id="b"))
    assert (second.counts, second.ruling.by, second.outcome) == (False, "ann", None)
    assert len(bench.topics.of("results")) == 1


async def test_another_button_of_a_form_that_was_taken_does_not_count(bench: Bench) -> None:
    """Its answer was lost on the way, say, and the reviewer has changed their mind meanwhile."""
    await bench.desk.decide(ruling(id="form"))
    again = await bench.desk.decide(ruling(id="form", action=Action.REJECT, note="no"))
    assert (again.counts, again.ruling.action) == (False, Action.ACCEPT)


async def test_another_button_while_the_first_is_on_its_way_does_not_count(bench: Bench) -> None:
    both = bench.desk.decide(ruling(id="form")), bench.desk.decide(ruling(id="form", action=Action.REJECT, note="no"))
    one, two = await asyncio.gather(*both)
    assert (one.counts, two.counts, two.ruling.action) == (True, False, Action.ACCEPT)


async def test_all_about_an_item_stands_in_the_partition_of_its_number(bench: Bench) -> None:
    """By its key it would move where topics grow, and two rulings in two partitions have no order."""
    moved = filled.sent("e-2")
    moved = dataclasses.replace(
        moved, message=dataclasses.replace(moved.message, origin=Origin("untuned.review", 3, 0, filled.ms()))
    )
    bench.made.apply(moved)
    await bench.desk.take(moved.key.ref, reviewing.ANN)
    await bench.desk.decide(dataclasses.replace(ruling(), event_id="e-2"))
    assert set(bench.topics.of("leases")) | set(bench.topics.of("decisions")) == {3}


async def test_a_topic_with_fewer_partitions_goes_by_the_key(bench: Bench) -> None:
    bench.topics.partitions = {}
    await bench.desk.decide(ruling())
    assert bench.topics.of("decisions") == [None]


async def test_what_is_not_read_back_in_time_is_told_and_taken_all_the_same(bench: Bench) -> None:
    held: list[Message] = []
    bench.topics.held = held
    with pytest.raises(errors.Unavailable, match="could not be read back"):
        await bench.desk.decide(ruling())
    bench.topics.held = None
    for each in held:
        bench.topics.read(each)
    assert (await bench.desk.decide(ruling())).counts
    assert len(bench.topics.of("decisions")) == 1


async def test_a_view_that_is_emptied_just_now_is_not_there_yet(bench: Bench) -> None:
    """`There is no such item` would be a page that says so, to somebody whose decision is on its topic."""
    whole = bench.made.view.whole

    def emptied(ref: str) -> Item | None:
        bench.topics.ready = False
        bench.made.store.empty("anew")
        return whole(ref)

    bench.desk.view.whole = emptied  # type: ignore[method-assign]
    with pytest.raises(errors.Unavailable):
        await bench.desk.decide(ruling())
