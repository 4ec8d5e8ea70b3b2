from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import TYPE_CHECKING, Any

import pytest

from processor.core import errors
from processor.core.records import Action, Ruling
from processor.core.rules import rule, violation
from processor.review.values import Holder, Item, Reviewer
from processor.review.web import bulk, bulk_form
from tests import builders, reviewing
from tests.review_client import Client, Entered, serving, site, text

if TYPE_CHECKING:
    from processor.review.web.site import Site

GOOD = {"category": "card", "reason": "asks for a card"}
VAGUE = {"category": "refund", "reason": "wants money back"}
BAD = {"category": "cards", "reason": "lost"}


def no_refunds(event, answer, passages):
    return violation("$.category", "Refunds are for people.") if answer["category"] == "refund" else None


TASK = builders.a_task(rule(no_refunds))


def right(event_id: str, **changes: Any) -> Item:
    return reviewing.item(event_id, **{"answer": GOOD, **changes})


def over(view: reviewing.FakeView, desk: reviewing.FakeDesk | None = None) -> Site:
    return site(view, desk, sort=TASK)


async def previewed(client: Client, *items: Item, status: int = 200, **more: str) -> str:
    data = [*(("ref", each.ref) for each in items), *{"action": "accept", **more}.items()]
    async with client.post("/bulk", data=data) as answer:
        assert answer.status == status, await answer.text()
        return await answer.text()


def hidden(page: str) -> dict[str, str]:
    form = page[page.index('action="/bulk/confirm"') :]
    return dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)">', form))


async def confirmed(client: Client, page: str, **more: str) -> str:
    async with client.post("/bulk/confirm", data={**hidden(page), **more}, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
        where = answer.headers["Location"]
    async with asyncio.timeout(60):
        while "At work" in (shown := await text(client, where)):  # noqa: ASYNC110 - a page has no event
            await asyncio.sleep(0.01)
    return shown


def figures(page: str) -> dict[str, int]:
    found = re.findall(r'class="figure[^>]*><b>([0-9]+)</b>\s*([a-z ]+)', page)
    return {words.strip(): int(number) for number, words in found}


def rulings(view: reviewing.FakeView) -> list[Ruling]:
    return [each for item in view.items.values() for each in item.rulings]


async def test_a_preview_tells_which_will_be_decided_and_which_not_and_why_and_decides_nothing() -> None:
    taken = right("e-taken")
    items = (
        right("e-1"),
        right("e-2"),
        right("e-vague", answer=VAGUE),
        right("e-bad", answer=BAD),
        right("e-none", answer=None),
        right("e-audit", reason="audit", inclusion=0.1),
        right("e-done", rulings=(reviewing.ruling(right("e-done"), "bob"),)),
        taken,
    )
    view = reviewing.FakeView(*items)
    view.holders[taken.ref] = Holder("bob", reviewing.NOW)
    async with serving(over(view)) as client:
        page = await previewed(client, *items)
    assert figures(page) == {"will be accepted": 2, "breaks a rule": 1, "cannot be decided so": 5}
    for why in (
        "There is no answer of a model",
        "is a blind check: those are decided one by one",
        "is decided: bob was first",
        "is being looked at by bob",
        "Category: ",
        "Refunds are for people",
    ):
        assert why in page
    assert len(rulings(view)) == 1


async def test_what_is_confirmed_is_decided_and_logged() -> None:
    view = reviewing.FakeView(right("e-1"), right("e-2"), right("e-vague", answer=VAGUE))
    at = over(view)
    async with serving(at) as client:
        page = await confirmed(client, await previewed(client, *view.items.values()))
    assert figures(page) == {"accepted": 2, "left as it is": 1}
    assert {(each.event_id, each.by, each.action, each.seconds) for each in rulings(view)} == {
        ("e-1", "eve", Action.ACCEPT, 0.0),
        ("e-2", "eve", Action.ACCEPT, 0.0),
    }
    assert sorted(each.what for each in at.log.read()) == ["bulk", "decided", "decided"]


async def test_an_instance_that_does_not_work_on_a_request_says_so_and_what_was_decided() -> None:
    view = reviewing.FakeView(right("e-1"), right("e-2"), right("e-other"))
    await reviewing.FakeDesk(view).decide(reviewing.ruling(view.items[right("e-other").ref], "eve"))
    entered = Entered(reviewing.EVE)
    async with serving(over(view)) as client, serving(over(view), entered) as another:
        page = await previewed(client, right("e-1"), right("e-2"))
        await confirmed(client, page)
        address = f"/bulk/{hidden(page)['token']}"
        shown = await text(another, f"{address}?task=sort", 404)
        assert "another instance works on this request" in shown
        assert "<b>2</b> items were decided by it so far" in shown
        assert f'href="{address}?task=sort"' in shown
        assert 'href="/queue?task=sort"' in shown
        async with another.get(f"{address}/progress") as answer:
            assert (answer.status, await answer.json()) == (404, {"error": "elsewhere"})
        entered.me = reviewing.ANN
        assert "<b>0</b> items were decided by it so far" in await text(another, address, 404)
        assert "There is nothing here" in await text(another, "/bulk/no%20token", 404)


async def test_a_rule_is_overridden_only_with_a_note() -> None:
    view = reviewing.FakeView(right("e-vague", answer=VAGUE))
    async with serving(over(view)) as client:
        page = await previewed(client, *view.items.values())
        async with client.post("/bulk/confirm", data={**hidden(page), "override": "1"}) as answer:
            assert answer.status == 422
            page = await answer.text()
        assert "Say why: the note is kept with each decision." in page
        page = await confirmed(client, page, override="1", note="A one-off.")
    assert figures(page) == {"accepted": 1}
    (ruling,) = rulings(view)
    assert ruling.note == "A one-off."
    assert [each.rule for each in ruling.overridden] == ["no_refunds"]


@pytest.mark.parametrize("action", [Action.REJECT, Action.SEND_BACK])
async def test_rejecting_and_sending_back_need_a_note(action: Action) -> None:
    view = reviewing.FakeView(right("e-1"), right("e-bad", answer=BAD))
    async with serving(over(view)) as client:
        page = await previewed(client, *view.items.values(), action=action.value)
        async with client.post("/bulk/confirm", data=hidden(page)) as answer:
            assert answer.status == 422
        page = await confirmed(client, page, note="Look at the second line.")
    assert {(each.action, each.note) for each in rulings(view)} == {(action, "Look at the second line.")}
    assert len(rulings(view)) == 2


async def test_the_same_confirmation_sent_twice_does_nothing_twice() -> None:
    view = reviewing.FakeView(right("e-1"), right("e-2"))
    async with serving(over(view)) as client:
        page = await previewed(client, *view.items.values())
        first = await confirmed(client, page)
        assert figures(await confirmed(client, page)) == figures(first) == {"accepted": 2}
    async with serving(over(view)) as another:
        assert figures(await confirmed(another, page)) == {"accepted": 2}
    assert len(rulings(view)) == 2


class Second(reviewing.FakeDesk):
    """Somebody else is first, between the look and the ack."""

    async def decide(self, ruling):
        ref = next(iter(self.view.items))
        first = reviewing.ruling(self.view.items[ref], "bob")
        self.view.items[ref] = dataclasses.replace(self.view.items[ref], rulings=(first,))
        return await super().decide(ruling)


async def test_who_was_first_is_told() -> None:
    view = reviewing.FakeView(right("e-1"))
    async with serving(over(view, Second(view))) as client:
        page = await confirmed(client, await previewed(client, *view.items.values()))
    assert figures(page) == {"accepted": 0, "somebody else was first": 1}
    assert "bob" in page


async def test_what_stops_in_the_middle_goes_on_with_the_same_form() -> None:
    view = reviewing.FakeView(*(right(f"e-{number}") for number in range(30)))
    desk = reviewing.FakeDesk(view)
    desk.fails = errors.Unavailable("kafka", "Kafka cannot be reached: start it.")
    async with serving(over(view, desk)) as client:
        page = await confirmed(client, await previewed(client, *view.items.values()))
        assert "Kafka cannot be reached: start it." in page
        assert len(rulings(view)) < 30
        assert figures(await confirmed(client, page)) == {"accepted": 30}
    assert len(rulings(view)) == 30
    assert len({each.id for each in rulings(view)}) == 30


class Removed(reviewing.FakeDesk):
    """After some decisions the reviewer may do something else, or nothing; `left` is how many are free until then."""

    def __init__(self, view: reviewing.FakeView, entered: Entered, left: int) -> None:
        super().__init__(view)
        self._entered, self._left = entered, left

    async def decide(self, ruling):
        self._left -= 1
        self._entered.alive = self._entered.alive and self._left > 0
        return await super().decide(ruling)


async def test_a_reviewer_who_may_no_more_decides_nothing_more_and_the_log_says_so() -> None:
    view = reviewing.FakeView(*(right(f"e-{number}") for number in range(30)))
    entered = Entered(reviewing.EVE)
    at = over(view, Removed(view, entered, 3))
    async with serving(at, entered) as client:
        page = await confirmed(client, await previewed(client, *view.items.values()))
    assert len(rulings(view)) == 3
    assert "It stopped after 3 of 30." in page
    assert "has ended, or what you may see and decide has changed" in page
    told = at.log.read()[0]
    assert (told.what, told.by, told.about["done"], told.about["items"]) == ("bulk_stopped", "eve", 3, 30)


async def test_what_goes_on_goes_on_as_who_asks_now() -> None:
    view = reviewing.FakeView(*(right(f"e-{number}") for number in range(20)), right("x", task="other"))
    entered = Entered(reviewing.EVE)
    async with serving(over(view, Removed(view, entered, 1)), entered) as client:
        page = await confirmed(client, await previewed(client, *view.items.values()))
        assert len(rulings(view)) == 1
        entered.me, entered.alive = Reviewer("eve", tasks=frozenset({"other"})), True
        page = await confirmed(client, page)
    assert figures(page) == {"accepted": 1, "left as they are": 20}
    assert "e-3" not in page
    assert len(rulings(view)) == 1


async def test_a_page_of_what_was_done_shows_nothing_that_is_out_of_scope_by_now() -> None:
    view = reviewing.FakeView(right("e-1"), right("e-none", answer=None, text="The secret plan"))
    entered = Entered(reviewing.EVE)
    async with serving(over(view), entered) as client:
        page = await previewed(client, *view.items.values())
        assert "The secret plan" in await confirmed(client, page)
        entered.me = dataclasses.replace(reviewing.EVE, tasks=frozenset({"other"}))
        shown = await text(client, f"/bulk/{hidden(page)['token']}")
    assert "The secret plan" not in shown
    assert figures(shown) == {"accepted": 1, "left as it is": 1}


async def test_who_is_no_administrator_any_more_does_not_go_on_with_a_whole_filter() -> None:
    view = reviewing.FakeView(*(right(f"e-{number}") for number in range(bulk_form.MOST_TICKED + 1)))
    entered = Entered(reviewing.EVE)
    async with serving(over(view, Removed(view, entered, 1)), entered) as client:
        page = await confirmed(client, await previewed(client, all="1", filter=""))
        entered.me, entered.alive = Reviewer("eve"), True
        async with client.post("/bulk/confirm", data=hidden(page), allow_redirects=False) as answer:
            assert answer.status == 403
    assert len(rulings(view)) == 1


class Waiting(reviewing.FakeDesk):
    """Kafka takes its time."""

    async def decide(self, ruling):
        await asyncio.Event().wait()


async def test_only_some_are_at_work_at_a_time() -> None:
    view = reviewing.FakeView(right("e-1"))
    async with serving(over(view, Waiting(view))) as client:
        for number in range(bulk.MOST_RUNNING + 1):
            page = await previewed(client, *view.items.values())
            async with client.post("/bulk/confirm", data=hidden(page), allow_redirects=False) as answer:
                shown = await answer.text()
                assert answer.status == (303 if number < bulk.MOST_RUNNING else 422)
    assert "are at work: wait until one of them is through" in shown


async def test_administrators_decide_all_that_a_filter_gives() -> None:
    view = reviewing.FakeView(*(right(f"e-{number}") for number in range(bulk_form.PAGE + 20)), right("x"))
    async with serving(over(view)) as client:
        page = await previewed(client, all="1", filter="text=e-")
    assert figures(page) == {"will be accepted": bulk_form.PAGE + 20}


async def test_reviewers_decide_what_they_ticked_alone() -> None:
    view = reviewing.FakeView(right("e-1"))
    async with serving(over(view), reviewing.ANN) as client:
        await previewed(client, status=403, all="1")


async def test_a_confirmed_request_is_its_reviewers_own() -> None:
    view = reviewing.FakeView(right("e-1"))
    entered = Entered(reviewing.EVE)
    async with serving(over(view), entered) as client:
        page = await previewed(client, *view.items.values())
        await confirmed(client, page)
        entered.me = reviewing.ANN
        await text(client, f"/bulk/{hidden(page)['token']}", 404)


async def test_items_out_of_scope_are_not_there() -> None:
    view = reviewing.FakeView(right("e-1"))
    async with serving(over(view), Reviewer("ann", tasks=frozenset({"other"}))) as client:
        page = await previewed(client, *view.items.values())
    assert figures(page) == {"will be accepted": 0, "cannot be decided so": 1}
    assert "Where is my card?" not in page


@pytest.mark.parametrize("data", [{"action": "correct"}, {"action": "burn"}])
async def test_what_no_form_of_ours_asks_for_is_refused(data: dict[str, str]) -> None:
    async with serving(over(reviewing.FakeView())) as client:
        for path in ("/bulk", "/bulk/confirm"):
            async with client.post(path, data={"token": "t" * 20, **data}) as answer:
                assert answer.status == 400
        async with client.post("/bulk/confirm", data={"action": "accept", "token": "../x"}) as answer:
            assert answer.status == 400
