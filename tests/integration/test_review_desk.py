"""The review application's desk against a real Kafka: two instances over one set of topics."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import time
from typing import TYPE_CHECKING, Any

import pytest

from processor import app
from processor.adapters import kafka_cluster, reading, topics
from processor.adapters.publishing import Publisher
from processor.core import errors
from processor.core.records import Action, Provenance, Reason, Result, Review, Ruling, Usage
from processor.review import desk
from processor.review.values import Filter, Key, Reviewer
from processor.review.view import standing
from tests import builders, wires

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from processor.adapters.wire import Wire
    from processor.config import Settings
    from processor.review.values import Item

ANN, BOB = Reviewer("ann"), Reviewer("bob")
SOON = 120.0
COMPLETED = 1.0
"""Seconds until an instance completes what another has begun; where that is not tried, none does it by mistake."""


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


async def send(settings: Settings, wire: Wire, *reviews: Review | Result) -> None:
    publisher = Publisher(settings)
    for each in reviews:
        out = wire.encode(each, now=wires.NOW)
        await publisher.send(settings.topic(out.kind), out.key, out.value, out.headers)
    await asyncio.to_thread(publisher.close)


@contextlib.asynccontextmanager
async def running(settings: Settings, wire: Wire, folder: Path, **given: Any) -> AsyncIterator[desk.Desk]:
    mine = settings.model_copy(update={"state_home": folder})
    options = {"follow": follow, "grace": SOON, "every": 0.3, **given}
    async with desk.create(mine, wire, lambda _: None, **options) as made:
        assert await made.until_ready(SOON), made.trouble
        yield made


async def seen(made: desk.Desk, count: int) -> None:
    """Wait until so many items are open."""
    async with asyncio.timeout(SOON):
        async for _ in made.changes():
            if made.view.page(Filter(), ANN).total == count:
                return


def results(settings: Settings, wire: Wire) -> list[dict[str, Any]]:
    with reading.Tail(settings, [settings.topic("results")]) as tail:
        return [wire.read(message) for message in tail.rest()]


async def test_one_holder_and_one_ruling_that_counts(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as one, running(settings, wire, tmp_path) as two:
        await asyncio.gather(seen(one, 1), seen(two, 1))

        mine, theirs = await asyncio.gather(one.take(ref("e-1"), ANN), two.take(ref("e-1"), BOB))
        assert mine == theirs

        first, second = await asyncio.gather(one.decide(ruling("e-1", ANN)), two.decide(ruling("e-1", BOB)))
        assert sorted([first.counts, second.counts]) == [False, True]
        assert first.ruling == second.ruling
        await asyncio.gather(seen(one, 0), seen(two, 0))
    (result,) = results(settings, wire)
    assert (result["decided_by"], result["reviewed"]["by"]) == ("person", first.ruling.by)


async def test_a_lease_is_renewed_and_given_back(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as made:
        held = await made.take(ref("e-1"), ANN)
        assert held.by == "ann"
        assert (await made.take(ref("e-1"), ANN)).until > held.until
        assert (await made.take(ref("e-1"), BOB)).by == "ann"
        await made.give_back(ref("e-1"), BOB)
        assert (await made.take(ref("e-1"), BOB)).by == "ann"
        await made.give_back(ref("e-1"), ANN)
        assert (await made.take(ref("e-1"), BOB)).by == "bob"


async def test_whoever_has_decided_holds_it_no_longer(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as made:
        await made.take(ref("e-1"), ANN)
        await made.decide(ruling("e-1", ANN))
        async with asyncio.timeout(SOON):
            async for _ in made.changes():
                if made.view.holder(ref("e-1")) is None:
                    break
        await made.take(ref("e-1"), ANN)
        assert made.view.holder(ref("e-1")) is None


async def test_what_is_out_of_scope_cannot_be_taken(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as made:
        with pytest.raises(LookupError):
            await made.take(ref("e-1"), Reviewer("eve", tasks=frozenset({"other"})))
        with pytest.raises(LookupError):
            await made.decide(ruling("e-2", ANN))


async def test_the_same_form_sent_twice_is_one_ruling(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    given = ruling("e-1", ANN)
    async with running(settings, wire, tmp_path) as made:
        first, second = await asyncio.gather(made.decide(given), made.decide(given))
        again = await made.decide(given)
        assert first == second == again
        assert (first.counts, first.outcome) == (True, "result")
    with reading.Tail(settings, [settings.topic("decisions")]) as tail:
        assert len(list(tail.rest())) == 1


async def test_another_instance_completes_what_a_killed_one_began(
    settings: Settings, wire: Wire, tmp_path: Path
) -> None:
    """The ruling is on its topic, and nothing else: as where an instance ended right behind it."""
    await send(settings, wire, review("e-1"), review("e-2"))
    publisher = Publisher(settings)
    for given in (ruling("e-1", ANN), ruling("e-2", ANN, action=Action.REJECT)):
        out = wire.encode_ruling(given, b"customer")
        await publisher.send(settings.topic("decisions"), out.key, out.value, out.headers)
    await asyncio.to_thread(publisher.close)
    async with (
        running(settings, wire, tmp_path, grace=COMPLETED) as one,
        running(settings, wire, tmp_path / "two", grace=COMPLETED),
    ):
        await asyncio.wait_for(completed(one), SOON)
        assert one.view.page(Filter(), ANN).total == 0
    assert {each["event_id"] for each in results(settings, wire)} == {"e-1"}


async def test_a_rebuilt_view_is_the_same_and_publishes_nothing_again(
    settings: Settings, wire: Wire, tmp_path: Path
) -> None:
    await send(settings, wire, *(review(f"e-{number}") for number in range(4)), review("e-3", replay=1))
    async with running(settings, wire, tmp_path) as made:
        await made.decide(ruling("e-0", ANN))
        await made.take(ref("e-1"), BOB)
        before = [made.view.page(Filter(state=state), ANN) for state in ("open", "closed", "all")]
        assert [page.total for page in before] == [3, 2, 5]
    async with running(settings, wire, tmp_path / "new", grace=COMPLETED) as fresh:
        after = [fresh.view.page(Filter(state=state), ANN) for state in ("open", "closed", "all")]
        assert after == before
        await asyncio.wait_for(completed(fresh), SOON)
    assert len(results(settings, wire)) == 1


async def completed(made: desk.Desk) -> None:
    """Wait until the completer knows of every ruling's outcome."""
    while True:
        with made._store.transaction() as writer:
            if not standing.pending(writer.db, 2**62):
                return
        await asyncio.sleep(0.05)


async def test_topics_made_anew_empty_the_view(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as made:
        assert made.view.page(Filter(), ANN).total == 1
    with kafka_cluster.Cluster(settings) as cluster:
        cluster.checked(cluster.call(lambda client: client.delete_topics([settings.topic("review")])))
        end = time.monotonic() + SOON
        while cluster.existing([settings.topic("review")]):  # a busy broker shows for a while what is gone
            assert time.monotonic() < end
            await asyncio.sleep(0.1)
    await asyncio.to_thread(topics.ensure, settings, partitions=2)
    await send(settings, wire, review("e-2"))
    async with running(settings, wire, tmp_path) as made:
        assert [row.key.event_id for row in made.view.page(Filter(), ANN).rows] == ["e-2"]


async def test_two_instances_have_a_file_each(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    async with running(settings, wire, tmp_path) as one, running(settings, wire, tmp_path) as two:
        files = [one._store.path, two._store.path]
        assert [file.name for file in files] == ["view-0.sqlite", "view-1.sqlite"]
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


async def test_a_model_s_result_closes_an_item(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    await send(settings, wire, review("e-1"))
    async with running(settings, wire, tmp_path) as made:
        await seen(made, 1)
        work = dataclasses.replace(builders.work(id="e-1"), key=b"customer", replay=1)
        await send(settings, wire, Result(work, wires.ANSWER, (), wires.provenance(work), wires.CONTRACT))
        await seen(made, 0)


async def test_without_kafka_it_says_so_and_lives(settings: Settings, wire: Wire, tmp_path: Path) -> None:
    away = settings.model_copy(update={"kafka": "127.0.0.1:1", "state_home": tmp_path})
    async with desk.create(away, wire, lambda _: None, follow) as made:
        async with asyncio.timeout(SOON):
            async for _ in made.changes():
                if made.trouble:
                    break
        assert "untuned up" in made.trouble
        with pytest.raises(errors.Unavailable):
            await made.take(ref("e-1"), ANN)
