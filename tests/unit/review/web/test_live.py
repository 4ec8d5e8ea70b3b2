from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from processor.review.web import live, streams
from tests import reviewing
from tests.review_client import Entered, serving, site

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from processor.review.values import Item


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PAUSE", 0.0)
    monkeypatch.setattr(live, "HEARTBEAT", 0.02)


async def message(answer: ClientResponse) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while not (line := await answer.content.readline()).startswith(b"data: "):
            assert line, "the stream has ended"
    found: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
    return found


async def rest(answer: ClientResponse) -> bytes:
    async with asyncio.timeout(60):
        return await answer.content.read()


def two() -> tuple[Item, Item, reviewing.FakeView, reviewing.FakeDesk]:
    one, other = reviewing.item("e-1"), reviewing.item("e-2")
    view = reviewing.FakeView(one, other)
    return one, other, view, reviewing.FakeDesk(view)


async def test_the_first_message_tells_how_things_stand() -> None:
    one, other, view, desk = two()
    async with serving(site(view, desk)) as client, client.get(f"/live?refs={one.ref},{other.ref}") as answer:
        assert answer.content_type == "text/event-stream"
        found = await message(answer)
    assert found["open"] == 2
    assert found["counts"]["task"] == {"sort": 2}
    assert (found["new"], found["held"], found["gone"]) == (0, {}, [])


async def test_what_others_take_and_decide_and_what_comes_is_told() -> None:
    one, other, view, desk = two()
    async with serving(site(view, desk)) as client, client.get(f"/live?refs={one.ref},{other.ref}") as answer:
        await message(answer)
        await desk.take(one.ref, reviewing.BOB)
        assert (await message(answer))["held"] == {one.ref: "bob"}
        await desk.decide(reviewing.ruling(one, "bob"))
        found = await message(answer)
        assert (found["gone"], found["open"]) == ([one.ref], 1)
        new = reviewing.item("e-3")
        view.items[new.ref] = new
        desk.version += 1
        found = await message(answer)
        assert (found["new"], found["open"]) == (1, 2)


async def test_ones_own_lease_is_no_news() -> None:
    one, _, view, desk = two()
    await desk.take(one.ref, reviewing.EVE)
    async with serving(site(view, desk)) as client, client.get(f"/live?refs={one.ref}") as answer:
        assert (await message(answer))["held"] == {}


async def test_an_item_that_waits_for_a_blind_check_is_gone_as_any_that_was_decided() -> None:
    one = reviewing.item("e-1", second=True)
    view = reviewing.FakeView(one)
    desk = reviewing.FakeDesk(view)
    async with serving(site(view, desk)) as client, client.get(f"/live?refs={one.ref}") as answer:
        await message(answer)
        await desk.decide(reviewing.ruling(one, "bob"))
        found = await message(answer)
    assert found["gone"] == [one.ref]
    assert "bob" not in json.dumps(found)


async def test_what_is_out_of_scope_is_told_as_what_is_not_there() -> None:
    hidden = reviewing.item("e-1")
    view = reviewing.FakeView(hidden)
    desk = reviewing.FakeDesk(view)
    await desk.take(hidden.ref, reviewing.BOB)
    limited = dataclasses.replace(reviewing.ANN, tasks=frozenset({"other"}))
    async with serving(site(view, desk), limited) as client, client.get(f"/live?refs={hidden.ref}") as answer:
        found = await message(answer)
    assert (found["open"], found["gone"], found["held"]) == (0, [hidden.ref], {})


async def test_silence_is_kept_alive() -> None:
    _, _, view, desk = two()
    async with serving(site(view, desk)) as client, client.get("/live") as answer:
        await message(answer)
        async with asyncio.timeout(60):
            while await answer.content.readline() != b":\n":
                pass


@pytest.mark.parametrize(
    ("took", "number", "pause"),
    [(0.01, 1, 1.0), (0.03, 8, 1.0), (0.03, 50, 6.0), (0.5, 8, 15.0), (0.0, 400, 1.0)],
)
def test_streams_take_a_share_of_the_time_however_many_they_are_and_stay_alive(
    took: float, number: int, pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "PAUSE", 1.0)
    monkeypatch.setattr(live, "HEARTBEAT", 15.0)
    assert live._pause(took, number) == pytest.approx(pause)


async def test_the_stream_ends_with_the_login() -> None:
    _, _, view, desk = two()
    entered = Entered(reviewing.ANN)
    async with serving(site(view, desk), entered) as client, client.get("/live") as answer:
        await message(answer)
        entered.alive = False
        assert b"data:" not in await rest(answer)


async def test_the_stream_ends_with_the_application() -> None:
    _, _, view, desk = two()
    async with serving(site(view, desk)) as client, client.get("/live") as answer:
        await message(answer)
        async with asyncio.timeout(60):
            await client.server.close()
        await asyncio.gather(rest(answer), return_exceptions=True)


async def test_the_stream_comes_to_its_end_so_that_a_browser_is_asked_again_who_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "LONGEST", 0.05)
    _, _, view, desk = two()
    async with serving(site(view, desk)) as client, client.get("/live") as answer:
        assert b"data:" in await rest(answer)


async def test_a_reviewer_has_some_and_the_oldest_ends_for_a_new_one_and_is_told() -> None:
    _, _, view, desk = two()
    async with serving(site(view, desk)) as client, contextlib.AsyncExitStack() as open_:
        answers = [await open_.enter_async_context(client.get("/live")) for _ in range(streams.MOST_OF_ONE)]
        for each in answers:
            await message(each)
        newest = await open_.enter_async_context(client.get("/live"))
        await message(newest)
        assert (await rest(answers[0])).endswith(b"event: over\ndata: over\n\n")
        assert client.app is not None
        assert client.app[streams.STREAMS].number == streams.MOST_OF_ONE
        view.items.clear()
        desk.version += 1
        for each in (*answers[1:], newest):
            assert (await message(each))["open"] == 0


async def test_with_too_many_in_all_a_new_one_is_refused_until_one_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST", 2)
    _, _, view, desk = two()
    entered = Entered(reviewing.ANN)
    async with serving(site(view, desk), entered) as client:
        async with client.get("/live") as first, client.get("/live") as second:
            await message(first)
            await message(second)
            entered.me = reviewing.BOB
            async with client.get("/live") as refused:
                assert (refused.status, refused.headers["Retry-After"]) == (503, str(live.AGAIN))
            entered.me = reviewing.ANN
            entered.alive = False
            await rest(first)
        entered.alive = True
        async with client.get("/live") as answer:
            assert await message(answer)


async def test_a_browser_that_does_not_read_holds_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LONGEST", 0.2)
    monkeypatch.setattr(live._Watched, "news", lambda _: {"much": "x" * 50_000_000})
    _, _, view, desk = two()
    async with serving(site(view, desk)) as client, client.get("/live"):
        handler = client.server.handler
        assert handler is not None
        async with asyncio.timeout(60):
            while handler.connections:  # noqa: ASYNC110 - a connection has no event
                await asyncio.sleep(0.01)


async def test_a_look_at_the_headers_opens_none() -> None:
    _, _, view, desk = two()
    async with serving(site(view, desk)) as client, client.head("/live") as answer:
        assert answer.status == 405
