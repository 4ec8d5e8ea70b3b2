"""What the scripts of the review application do, in a real browser, over items in memory: no server is needed."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from processor.core.records import Action
from processor.core.rules import rule, violation
from processor.review.web import bulk_plan
from tests import browsing, builders, review_client, reviewed, reviewing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Locator, Page, Route

    from processor.core.records import Ruling
    from processor.review.values import Item, Settled
    from tests.browsing import Window

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUND = {"category": "refund", "reason": "wants money back"}
ROWS = 6


@rule
def no_refunds(event: Any, answer: Any, passages: Any) -> Any:
    return violation("$.category", "Refunds are for people.") if answer["category"] == "refund" else None


class Gated(reviewing.FakeDesk):
    """Decisions wait where `gate` is one, each for a release of it."""

    gate: asyncio.Semaphore | None = None

    async def decide(self, ruling: Ruling) -> Settled:
        if self.gate is not None:
            await self.gate.acquire()
        return await super().decide(ruling)


@dataclass
class App:
    """The application, and what it is over."""

    address: str
    view: reviewing.FakeView
    desk: Gated

    def add(self, *items: Item) -> str:
        """Put items into the view; the address of the first."""
        self.view.items.update({each.ref: each for each in items})
        return f"{self.address}/items/{items[0].ref}"

    def rulings(self, item: Item) -> tuple[Ruling, ...]:
        return self.view.items[item.ref].rulings


@pytest_asyncio.fixture(loop_scope="module")
async def app() -> AsyncIterator[App]:
    """An application of its own for each test."""
    view = reviewing.FakeView()
    desk = Gated(view)
    order = builders.a_task(name="order", schema=json.dumps(reviewed.ORDER), schema_path="schemas/order.avsc")
    over = review_client.site(view, desk, sort=builders.a_task(no_refunds), order=order)
    async with review_client.serving(over) as client:
        yield App(str(client.make_url("/")).rstrip("/"), view, desk)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def window(browser: Browser) -> AsyncIterator[Window]:
    """One for the tests of this module: what it keeps, it keeps by address, and each has an address of its own."""
    async with browsing.window(browser) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def seen(app: App, window: Window) -> AsyncIterator[Window]:
    """The window, in which nothing is to go wrong; it leaves the application before that ends."""
    del app
    yield window
    await window.page.goto("about:blank")
    assert window.problems == []


def order(event_id: str, *places: str, **changes: Any) -> Item:
    """An item of the task `order`, with something against each of the places."""
    against = [reviewing.violation(place, "minimum") for place in places]
    return reviewing.item(event_id, **{"task": "order", "answer": reviewed.ORDERED, "violations": against, **changes})


async def focused(page: Page) -> str:
    """The name of the control that has the focus, else its id; empty where none has it."""
    found: str = await page.evaluate("document.activeElement.name || document.activeElement.id || ''")
    return found


async def press(page: Page, *keys: str) -> None:
    """Press them one after the other, and wait until another page is there."""
    for key in keys[:-1]:
        await page.keyboard.press(key)
    async with page.expect_navigation():
        await page.keyboard.press(keys[-1])


async def test_c_leads_from_each_marked_place_to_the_next(app: App, seen: Window):
    page = seen.page
    await page.goto(app.add(order("o-1", "$.customer", "$.express", "$.lines[1].quantity")))
    found = []
    for _ in range(4):
        await page.keyboard.press("c")
        found.append(await focused(page))
        await page.keyboard.press("Escape")  # out of a text; it means nothing elsewhere
    assert found == ["answer.customer", "answer.express", "answer.lines.1.quantity", "answer.customer"]
    await page.goto(app.add(order("o-2")))
    await page.keyboard.press("c")
    assert await focused(page) == "answer.kind"  # nothing is marked: the first field of all


async def test_o_keeps_an_answer_that_a_rule_is_against(app: App, seen: Window):
    page, item = seen.page, reviewing.item(answer=REFUND)
    await page.goto(app.add(item))
    await press(page, "a")
    assert await focused(page) == "summary"
    await page.keyboard.press("o")
    assert await page.locator("#override").is_checked()
    assert await focused(page) == "note"
    await page.keyboard.type("A one-off.")
    await press(page, "Control+Enter")
    (ruling,) = app.rulings(item)
    assert (ruling.action, ruling.note, ruling.answer) == (Action.ACCEPT, "A one-off.", REFUND)
    assert [each.rule for each in ruling.overridden] == ["no_refunds"]


async def test_a_digit_chooses_and_what_needs_a_note_waits_for_it(app: App, seen: Window):
    page, item = seen.page, reviewing.item(answer=REFUND)
    await page.goto(app.add(item))
    await page.keyboard.press("1")
    assert await page.locator("[name='answer.category']:checked").input_value() == "card"
    await page.keyboard.press("a")  # would throw the change away
    await page.locator("#say").get_by_text("You changed the answer").wait_for()
    await page.keyboard.press("r")
    await page.locator("#say").get_by_text("Write a note, then press Reject again").wait_for()
    assert await focused(page) == "note"
    await page.keyboard.type("Nobody can tell.")
    await press(page, "Control+Enter")
    (ruling,) = app.rulings(item)
    assert (ruling.action, ruling.note) == (Action.REJECT, "Nobody can tell.")


async def test_keys_lead_on_and_back_and_to_the_queue(app: App, seen: Window):
    page, items = seen.page, [reviewing.item(f"e-{number}") for number in range(3)]
    first = app.add(*items)
    await page.goto(first)
    await press(page, "n")
    assert items[1].ref in page.url
    await press(page, "j")
    assert items[2].ref in page.url
    await press(page, "p")
    assert items[1].ref in page.url
    await press(page, "k")
    assert page.url == first
    await press(page, "g", "q")
    assert page.url == f"{app.address}/queue"
    await page.keyboard.press("/")
    assert await focused(page) == "text"
    await page.keyboard.press("Escape")
    assert await focused(page) == ""


async def test_shift_ticks_all_between(app: App, seen: Window):
    page = seen.page
    app.add(*(reviewing.item(f"e-{number}") for number in range(ROWS)))
    await page.goto(f"{app.address}/queue")
    boxes, told = page.locator("#rows input[name=ref]"), page.locator("#ticked")
    await boxes.nth(3).click()
    await boxes.nth(1).click(modifiers=["Shift"])
    assert await ticked(boxes) == [1, 2, 3]
    assert await told.inner_text() == "3 ticked"
    assert await page.evaluate("document.querySelector('#tick-all input').indeterminate")
    await boxes.nth(2).click()
    await boxes.nth(3).click(modifiers=["Shift"])
    assert await ticked(boxes) == [1]
    await page.get_by_label("All on this page").check()
    assert await told.inner_text() == f"{ROWS} ticked"
    await page.get_by_label("All on this page").uncheck()
    assert await ticked(boxes) == []
    assert await told.inner_text() == ""


async def test_rows_are_gone_through_and_ticked_by_keys(app: App, seen: Window):
    page = seen.page
    items = [reviewing.item(f"e-{number}") for number in range(ROWS)]
    app.add(*items)
    await page.goto(f"{app.address}/queue")
    boxes = page.locator("#rows input[name=ref]")
    for key in ("j", "j", "x", "j", "j", "Shift+X", "k", "x"):
        await page.keyboard.press(key)
    assert await ticked(boxes) == [1, 3]
    for _ in range(ROWS):
        await page.keyboard.press("k")
    await press(page, "Enter")
    assert items[0].ref in page.url


async def ticked(boxes: Locator) -> list[int]:
    """The numbers of the ticked ones."""
    found = await boxes.evaluate_all("boxes => boxes.map(each => each.checked)")
    return [number for number, each in enumerate(found) if each]


async def test_single_keys_can_be_switched_off_for_good(app: App, seen: Window):
    page, item = seen.page, reviewing.item()
    await page.goto(app.add(item))
    await page.keyboard.press("?")
    await page.get_by_label("Single keys work on this browser").uncheck()
    await page.keyboard.press("Escape")
    for _ in range(2):
        await page.keyboard.press("c")
        await page.keyboard.press("s")
        await page.keyboard.press("?")
        assert await focused(page) != "answer.category"
        assert await page.locator("dialog[open]").count() == 0
        await page.reload()
    assert item.ref in page.url
    await page.get_by_role("button", name="Keys").click()
    await page.get_by_label("Single keys work on this browser").check()
    await page.keyboard.press("Escape")
    await page.locator("dialog[open]").wait_for(state="detached")
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("c")
    assert await focused(page) == "answer.category"


async def test_ages_stay_true_by_the_server_s_clock(app: App, browser: Browser):
    async with browsing.window(browser) as seen:
        await ages_stay_true(app, seen.page)
        assert seen.problems == []


async def ages_stay_true(app: App, page: Page) -> None:
    await page.clock.install(time=dt.datetime(2020, 2, 2, tzinfo=dt.UTC))  # the reader's machine is years behind
    item = reviewing.item()
    age = dt.timedelta(minutes=3, seconds=30)
    app.add(
        dataclasses.replace(item, row=dataclasses.replace(item.row, at=reviewing.NOW - age)),
        reviewing.item("e-2"),
    )
    await page.goto(f"{app.address}/queue")
    times = page.locator("#rows time")
    assert await times.all_inner_texts() == ["3 min", "just now"]
    assert "28 Nov 2026, 09:26 UTC" in str(await times.first.get_attribute("title"))
    assert " here, " in str(await times.first.get_attribute("title"))
    await page.clock.fast_forward(60_000)
    assert await times.all_inner_texts() == ["4 min", "1 min"]
    await page.clock.fast_forward(2 * 3_600_000)
    assert await times.all_inner_texts() == ["2 h", "2 h"]
    await page.goto(f"{app.address}/items/{item.ref}")
    ago = page.locator(".kicker time")
    assert await ago.inner_text() == "3 min ago"
    await page.clock.fast_forward(2 * 86_400_000)
    assert await ago.inner_text() == "2 d ago"


async def test_items_of_a_list_are_added_moved_and_removed(app: App, seen: Window):
    page, item = seen.page, order("o-1")
    await page.goto(app.add(item))
    await page.get_by_role("button", name="Add to lines").click()
    assert await focused(page) == "answer.lines.2.sku"
    await page.keyboard.type("C-3")
    await page.locator("[name='answer.lines.2.quantity']").fill("1")
    await page.locator("[name='answer.lines.1.quantity']").fill("4")
    await page.get_by_title("Move lines new up").click()
    await page.get_by_title("Remove lines 1").click()
    await press(page, "Control+Enter")
    (ruling,) = app.rulings(item)
    assert ruling.answer is not None
    assert ruling.answer["lines"] == [{"sku": "C-3", "quantity": 1}, {"sku": "B-2", "quantity": 4}]


async def test_what_was_typed_is_there_again_until_it_is_decided(app: App, seen: Window):
    page = seen.page
    lines = [{"sku": "A-1", "quantity": 2}, {"sku": "B-2", "quantity": 7}]
    item = order("o-1", answer={**reviewed.ORDERED, "lines": lines})
    await page.goto(app.add(item, order("o-2")))
    await page.locator("[name='answer.note']").fill("By the back door.")
    none = page.locator("[name='answer.note.__is']")
    assert not await none.is_checked()  # what is typed is not none
    await page.get_by_role("button", name="Add to lines").click()
    await page.keyboard.type("C-3")
    await page.locator("[name='answer.lines.2.quantity']").fill("3")
    await page.keyboard.press("Tab")  # a change, not only keys
    await page.reload()
    await page.locator("#say").get_by_text("What you had typed before is here again.").wait_for()
    assert await page.locator("[name='answer.note']").input_value() == "By the back door."
    assert await page.locator("[name='answer.lines.2.sku']").input_value() == "C-3"
    await press(page, "Control+Enter")
    (ruling,) = app.rulings(item)
    assert ruling.answer is not None
    assert (ruling.answer["note"], len(ruling.answer["lines"])) == ("By the back door.", 3)
    assert order("o-2").ref in page.url
    kept = "ref => sessionStorage.getItem(`untuned.draft.${ref}`)"
    assert await page.evaluate(kept, item.ref) is None


async def test_a_bulk_decision_is_followed_to_its_end(app: App, browser: Browser):
    """Also where another instance answers in between, which does not know of it."""
    app.desk.gate = asyncio.Semaphore(0)
    items = [reviewing.item(f"e-{number}", answer={"category": "card", "reason": "lost it"}) for number in range(2)]
    app.add(*items)
    missed: list[Route] = []

    async def elsewhere(route: Route) -> None:
        if len(missed) < 2:
            missed.append(route)
            await route.fulfill(status=404, json={"error": "elsewhere"})
        else:
            await route.continue_()

    async with browsing.window(browser) as seen:
        page = seen.page
        await page.route("**/progress", elsewhere)
        await page.goto(f"{app.address}/queue")
        await page.get_by_label("All on this page").check()
        async with page.expect_navigation():
            await page.get_by_role("button", name="Accept …").click()
        async with page.expect_navigation():
            await page.get_by_role("button", name="Accept 2 items").click()
        await page.evaluate("document.body.dataset.loaded = 'once'")
        app.desk.gate.release()
        await page.get_by_text("1 of 2 through").wait_for()
        assert len(missed) == 2
        assert await page.evaluate("document.querySelector('progress').value") == 1
        assert await page.evaluate("document.body.dataset.loaded") == "once"
        app.desk.gate.release()
        await page.get_by_role("heading", name="2 items accepted").wait_for()
    assert [len(app.rulings(each)) for each in items] == [1, 1]


async def test_who_follows_at_another_instance_is_told_how_far_it_is(app: App, seen: Window):
    page, token = seen.page, "a-token-of-another-instance"
    item = reviewing.item()
    app.add(item)
    await app.desk.decide(reviewing.ruling(item, "eve", id=bulk_plan.ruling_id(token, item.ref)))
    for size in (browsing.PHONE, browsing.DESKTOP):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.goto(f"{app.address}/bulk/{token}?task=sort")
        await browsing.accessible(page)
        assert await browsing.overflow(page) == 0
    assert (
        await page.locator("#decided").inner_text()
        == "1 item was decided by it so far. What was decided stays decided."
    )
    async with page.expect_navigation():
        await page.get_by_role("link", name="Look again").click()
    assert page.url == f"{app.address}/bulk/{token}?task=sort"
