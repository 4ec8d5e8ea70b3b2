from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from processor.core import errors
from processor.core.records import Action
from processor.review.web import ahead
from tests import builders, reviewing
from tests.review_client import serving, site, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from processor.review.decided import Decided
    from processor.review.values import Item
    from processor.review.web.site import Site

CARD = {"category": "card", "reason": "asks for a card"}
REFUND = {"category": "refund", "reason": "wants money back"}


def decided(event_id: str, by: str = "ann", answer: Any = CARD, *, again: Any = None, **changes: Any) -> Item:
    made = reviewing.item(event_id, answer=CARD, second=again is not None, **changes)
    action = Action.ACCEPT if answer == CARD else Action.CORRECT
    given = [reviewing.ruling(made, by, action, answer=answer, id=f"{event_id}-1")]
    if again is not None:
        given.append(reviewing.ruling(made, "bob", Action.CORRECT, answer=again, id=f"{event_id}-2", blind=True))
    return reviewing.item(event_id, answer=CARD, second=again is not None, rulings=given, **changes)


def over(*items: Item) -> Site:
    return site(reviewing.FakeView(*items), sort=builders.a_task())


async def test_without_decisions_it_says_so() -> None:
    async with serving(over(reviewing.item())) as client:
        assert "Nothing was decided" in await text(client, "/quality")


async def test_agreement_says_how_little_it_rests_on_and_links_what_differs() -> None:
    same, other = decided("e-same", again=CARD), decided("e-other", again=REFUND)
    async with serving(over(same, other)) as client:
        page = await text(client, "/quality")
    assert "only 2 pairs: says little yet" in page
    assert "1 of 2" in page
    assert f'href="/items/{other.ref}"' in page
    assert f'href="/items/{same.ref}"' not in page


async def test_a_blind_check_that_waits_for_the_reader_is_not_given_away() -> None:
    made = reviewing.item("e-1", answer=CARD, second=True)
    waiting = reviewing.item("e-1", answer=CARD, second=True, rulings=[reviewing.ruling(made, "eve", Action.REJECT)])
    async with serving(over(waiting), reviewing.ANN) as client:
        assert made.ref not in await text(client, "/quality")


async def test_rules_that_stood_against_what_was_right_are_named_with_their_time() -> None:
    items = [decided(f"e-{number}") for number in range(20)]
    async with serving(over(*items)) as client:
        page = await text(client, "/quality")
    assert "20 of 20" in page
    assert "costs more than it catches" in page


async def test_times_of_persons_are_for_administrators_and_themselves() -> None:
    items = (decided("e-1", by="ann"), decided("e-2", by="cyd"))
    async with serving(over(*items)) as client:
        page = await text(client, "/quality")
        assert "ann</span>" in page
        assert "cyd</span>" in page
    async with serving(over(*items), reviewing.ANN) as client:
        page = await text(client, "/quality")
        assert "ann</span>" in page.partition('id="time"')[2]
        assert "cyd" not in page


async def test_what_is_decided_is_counted_at_once() -> None:
    one, other = decided("e-1"), reviewing.item("e-2", answer=CARD)
    view = reviewing.FakeView(one, other)
    async with serving(site(view, sort=builders.a_task())) as client:
        assert "1 item with a decision, 1 decision." in await text(client, "/quality")
        await reviewing.FakeDesk(view).decide(reviewing.ruling(other))
        await reviewing.FakeDesk(view).decide(reviewing.ruling(one, "bob", Action.REJECT, blind=True))
        assert "2 items with a decision, 3 decisions." in await text(client, "/quality")


async def test_one_task_can_be_chosen_and_an_unknown_one_is_all() -> None:
    async with serving(over(decided("e-1"))) as client:
        assert "1 item with a decision" in await text(client, "/quality?task=sort&days=")
        assert "1 item with a decision" in await text(client, "/quality?task=none&days=soon")


class Read(reviewing.FakeView):
    """Notes which decided items are read whole; `broken` is raised by the next look."""

    def __init__(self, *items: Item) -> None:
        super().__init__(*items)
        self.read: list[str] = []
        self.broken: Exception | None = None

    def decisions(self, refs: Sequence[str]) -> Iterator[Decided]:
        if self.broken is not None:
            broken, self.broken = self.broken, None
            raise broken
        self.read += refs
        return super().decisions(refs)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - a list has no event
            await asyncio.sleep(0.01)


async def test_what_is_decided_is_looked_at_before_anybody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "EVERY", 0.0)
    monkeypatch.setattr(ahead, "FEW", 2)
    one, other = reviewing.item("e-1", answer=CARD), [decided(f"e-{number}") for number in range(2, 7)]
    view = Read(one, *other)
    at = site(view, sort=builders.a_task())
    async with serving(at) as client:
        await until(lambda: len(view.read) == 5)
        assert "5 items with a decision" in await text(client, "/quality")
        assert len(view.read) == 5
        await at.desk.decide(reviewing.ruling(one))
        await until(lambda: len(view.read) == 6)
        assert "6 items with a decision" in await text(client, "/quality")
        assert view.read == [*(each.ref for each in other), one.ref]


async def test_a_task_s_new_version_is_looked_at_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "EVERY", 0.0)
    view, tasks = Read(decided("e-1"), reviewing.item("e-2")), {"sort": builders.a_task()}
    at = dataclasses.replace(site(view, sort=tasks["sort"]), task=tasks.get)
    async with serving(at):
        await until(lambda: len(view.read) == 1)
        tasks["sort"] = builders.a_task()
        await at.desk.take(reviewing.item("e-2").ref, reviewing.ANN)
        await until(lambda: len(view.read) == 2)
    assert view.read == [reviewing.item("e-1").ref] * 2


@pytest.mark.parametrize("broken", [errors.Unavailable("view", "not just now"), ValueError("a defect")])
async def test_a_look_that_fails_keeps_nobody_from_the_page(
    broken: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ahead, "EVERY", 0.0)
    view = Read(decided("e-1"))
    view.broken = broken
    async with serving(site(view, sort=builders.a_task())) as client:
        await until(lambda: view.broken is None)
        assert "1 item with a decision" in await text(client, "/quality")
    assert "a defect" not in caplog.text
