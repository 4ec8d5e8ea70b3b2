"""The review application's desk against a real Kafka: two instances over one set of topics."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest

from processor import app
from processor.adapters import reading, topics
from processor.adapters.publishing import Publisher
from processor.core.records import Action, Provenance, Reason, Result, Review, Ruling, Usage
from processor.review import desk
from processor.review.values import Filter, Key, Reviewer
from tests import builders, wires

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from processor.adapters.wire import Wire
    from processor.config import Settings
    from processor.review.values import Item

ANN, BOB = Reviewer("ann"), Reviewer("bob")
SOON = 15.0


@pytest.fixture
def wire(settings: Settings) -> Wire:
    topics.ensure(settings, partitions=2)
    return app.create_wire(settings, {"sort": wires.CONTRACT}.get)


def follow(item: Item, ruling: Ruling, task: object) -> Result | None:
    """What the tests' rulings lead to: accepted answers become results."""
    if ruling.action is not Action.ACCEPT:
        return None
    work = dataclasses.replace(builders.work(id=item.key.event_id), key=item.message.key)
    made = Provenance("v1", (), (), (), Usage(), None, {})
    return Result(work, wires.ANSWER, (), made, wires.CONTRACT, ruling=ruling)


def review(event_id: str, replay: int = 0) -> Review:
    work = dataclasses.replace(builders.work(id=event_id), key=b"customer", replay=replay)
    message = dataclasses.replace(builders.message(b"{}", offset=9), key=b"customer")
    return Review(Reason.RULE, "wants a person", message, work, (wires.WARNING,), {"category": "card"})


def ruling(event_id: str, by: Reviewer, **changes: Any) -> Ruling:
    now = dt.datetime.now(dt.UTC)
    made = Ruling(f"{event_id}-{by.name}", event_id, "sort", 0, by.name, Action.ACCEPT, None, "", now, 3.0)
    return dataclasses.replace(made, **changes)


def ref(event_id: str, replay: int = 0) -> str:
    return Key("sort", event_id, replay).ref


async def send(settings: Settings, wire: Wire, *reviews: Review) -> None:
    publisher = Publisher(settings)
    for each in reviews:
        out = wire.encode(each, now=wires.NOW)
        await publisher.send(settings.topic(out.kind), out.key, out.value, out.headers)
    await asyncio.to_thread(publisher.close)


@contextlib.asynccontextmanager
async def running(settings: Settings, wire: Wire, folder: Path, **given: Any) -> AsyncIterator[desk.Desk]:
    mine = settings.model_copy(update={"state_home": folder})
    options = {"follow": follow, "grace": 1.0, "every": 0.3, **given}
    async with desk.create(mine, wire, lambda _: None, **options) as made:
        assert await made.until_ready(SOON), made.trouble
        yield made


async def seen(made: desk.Desk, count: int) -> None:
    """Wait until so many items are open."""
    async with asyncio.timeout(SOON):
        while made.view.page(Filter(), ANN).total != count:
            await asyncio.sleep(0.02)


def results(settings: Settings, wire: Wire) -> list[dict[str, Any]]:
    with reading.Tail(settings, [settings.topic("results")]) as tail:
        return [wire.read(message) for message in tail.rest()]


async def test_one_holder_and_one_ruling_that_counts(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as one, running(settings, wire, tmp_path) as two:
        await asyncio.gather(seen(one, 1), seen(two, 1))

        mine, theirs = await asyncio.gather(one.take(ref("e-1"), ANN), two.take(ref("e-1"), BOB))
        assert mine == theirs

        first, second = await asyncio.gather(
            one.decide(ruling("e-1", ANN)), two.decide(ruling("e-1", BOB, action=Action.REJECT))
        )
        assert sorted([first.counts, second.counts]) == [False, True]
        assert first.ruling == second.ruling
        await asyncio.gather(seen(one, 0), seen(two, 0))
    assert len(results(settings, wire)) == (first.ruling.action is Action.ACCEPT)
