"""The review application in a real browser, on real topics, beside a real worker whose model is a stub."""

from __future__ import annotations

import asyncio
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from bench.stub_model import StubModel
from tests import browsing, places, reviewed, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from processor.config import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTE = "They ask for money, not for a card."
NOTES = {"send_back": NOTE, "reject": "Nobody can tell what this means."}
ANSWERS = {
    "accept": {"category": "card", "reason": "as they ask"},
    "correct": {"category": "refund", "reason": "as they ask"},
}
PLAN = ("accept",) * 9 + ("correct",) * 6 + ("reject",) * 2 + ("send_back",) * 3
SKIPPED_AT_FIRST = 4
"""The message of this number is skipped when it comes first."""


@dataclass
class Place:
    """Where the tests of this module work: two instances of the application, and a worker."""

    settings: Settings
    first: reviewed.App
    second: reviewed.App
    stub: StubModel


def answering(stub: StubModel) -> None:
    """Have it be unsure of every message, and wrong in some, but for those with a reviewer's note."""

    def answer(body: dict[str, Any]) -> str:
        asked = json.dumps(body["messages"])
        told = NOTE in asked
        number = int((re.search(r"message (\d+)", asked) or [0, 0])[1])
        given = "refund" if told else "bank" if PLAN[number % len(PLAN)] == "correct" else "card"
        text = json.dumps({"category": given, "reason": "as they ask"})
        stub.logprobs = {"content": [{"token": text, "logprob": math.log(0.95 if told else 0.5), "bytes": None}]}
        return text

    stub.answer = answer


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("review")
    root = reviewed.project(folder / "project")
    settings = places.fresh(stack).model_copy(update={"project": root, "state_home": folder / "state"})
    running.create_topics(settings)
    around = {**places.environment(settings), "UNTUNED_PROJECT": str(root)}
    other = {**around, "XDG_STATE_HOME": str(folder / "other")}
    for environment in (around, other):
        reviewed.add_user(environment, "ann")
        reviewed.add_user(environment, "bob")
        reviewed.add_user(environment, "acme-only", "--tenant", "acme")
    async with StubModel() as stub:
        answering(stub)
        running.produce(settings, running.events(len(PLAN), attributes={"tenant": "acme"}))
        worker = running.Running({**around, "OPENAI_BASE_URL": stub.url}, folder / "worker.log")
        first, second = reviewed.App(around, folder / "first.log"), reviewed.App(other, folder / "second.log")
        async with reviewed.together(worker, first, second):
            yield Place(settings, first, second, stub)
            assert [await each.stop() for each in (worker, first, second)] == [0, 0, 0]


async def press(page: Page, *keys: str) -> None:
    """Press them one after the other, and wait until another page is there."""
    for key in keys[:-1]:
        await page.keyboard.press(key)
    async with page.expect_navigation():
        await page.keyboard.press(keys[-1])


async def settle(page: Page, number: int, skipped: set[int]) -> bool:
    """Decide the item that is shown as planned, by the keyboard; False where it was skipped."""
    if number == SKIPPED_AT_FIRST and number not in skipped:
        skipped.add(number)
        await press(page, "s")
        return False
    action = PLAN[number]
    if action == "accept":
        await press(page, "a")
    elif action == "correct":
        await press(page, "2", "Control+Enter")
    else:
        await page.keyboard.press("b")  # to the note
        await page.keyboard.type(NOTES[action])
        await press(page, "Escape", "b" if action == "send_back" else "r")
    return True


async def shown(page: Page) -> int:
    """Which message is before the reviewer."""
    text = await page.locator(".event-text").inner_text()
    return int(text.split()[1])


async def test_twenty_items_are_settled_with_the_keyboard_only(place: Place, browser: Browser):
    settings = place.settings
    await running.until(lambda: len(running.read(settings, "review")) >= len(PLAN), "the worker to send all to people")
    skipped: set[int] = set()
    settled: list[int] = []
    async with browsing.window(browser) as seen:
        page = seen.page
        await reviewed.log_in(page, place.first.address, "ann")
        while len(settled) < len(PLAN):
            if "/items/" not in page.url:
                await press(page, "Enter")
            number = await shown(page)
            if await settle(page, number, skipped):
                settled.append(number)
        assert seen.problems == []
    assert sorted(settled) == list(range(len(PLAN)))
    assert skipped == {SKIPPED_AT_FIRST}

    decisions = {each["event_id"]: each for each in running.read(settings, "decisions")}
    assert len(running.read(settings, "decisions")) == len(PLAN)
    for number, action in enumerate(PLAN):
        decision = decisions[f"e{number}"]
        assert (decision["action"], decision["decided_by"], decision["replay"]) == (action, "ann", 0)
        assert decision["answer"] == ANSWERS.get(action)
        assert decision["note"] == NOTES.get(action, "")
        assert decision["seconds"] > 0

    by_person = {f"e{number}": action for number, action in enumerate(PLAN) if action in ANSWERS}
    by_model = {f"e{number}" for number, action in enumerate(PLAN) if action == "send_back"}
    expected = len(by_person) + len(by_model)
    await running.until(lambda: len(running.read(settings, "results")) >= expected, "all results")
    results = {each["event_id"]: each for each in running.read(settings, "results")}
    assert results.keys() == by_person.keys() | by_model
    assert len(running.read(settings, "results")) == expected
    for ident, action in by_person.items():
        result = results[ident]
        assert (result["answer"], result["decided_by"]) == (ANSWERS[action], "person")
        assert (result["reviewed"]["by"], result["reviewed"]["action"]) == ("ann", action)
        assert result["reviewed"]["decision"] == decisions[ident]["id"]
        assert (result["key"], result["headers"]["x-foreign"]) == (f"key-{ident[1:]}".encode(), b"kept")
    for ident in by_model:
        result = results[ident]
        assert (result["answer"]["category"], result["decided_by"], result["reviewed"]) == ("refund", "model", None)
        (asked,) = [body for body in place.stub.requests if NOTE in str(body) and f"message {ident[1:]}" in str(body)]
        assert "$" in str(asked["messages"])


async def test_two_at_one_item_know_of_each_other_and_the_first_decision_counts(place: Place, browser: Browser):
    reviewed.publish(place.settings, reviewed.item("race"))
    ref = reviewed.ref("race")
    async with browsing.window(browser) as anns, browsing.window(browser) as bobs:
        await reviewed.log_in(anns.page, place.first.address, "ann")
        await reviewed.log_in(bobs.page, place.second.address, "bob")
        anns_item, bobs_item = f"{place.first.address}/items/{ref}", f"{place.second.address}/items/{ref}"
        await reviewed.there(bobs.page, bobs_item)
        await reviewed.there(anns.page, anns_item)
        assert "bob" in await anns.page.locator("#lease").inner_text()
        assert await anns.page.get_by_role("button", name="Accept").count() == 0
        await anns.page.goto(f"{place.first.address}/next")
        assert ref not in anns.page.url

        # Bob gives it back in another tab and forgets this one: now both have a form.
        form: dict[str, Any] = {"csrf": await page_csrf(bobs.page)}
        await bobs.page.request.post(f"{bobs_item}/skip", form=form, headers={"Origin": place.second.address})
        await reviewed.until_text(anns.page, anns_item, "Accept")
        pages = {"ann": anns.page, "bob": bobs.page}
        await asyncio.gather(press(anns.page, "a"), press(bobs.page, "2", "Control+Enter"))
        told = {name: await page.locator("#main").inner_text() for name, page in pages.items() if ref in page.url}
        assert len(told) == 1
        ((late, says),) = told.items()
        winner = next(name for name in pages if name != late)
        assert f"{winner} was first" in says
        first, *_ = reviewed.of(running.read(place.settings, "decisions"), "race")
        assert first["decided_by"] == winner
    await running.until(lambda: bool(reviewed.of(running.read(place.settings, "results"), "race")), "the result")
    (result,) = reviewed.of(running.read(place.settings, "results"), "race")
    assert result["reviewed"]["by"] == winner
    assert result["answer"]["category"] == {"ann": "card", "bob": "refund"}[winner]


async def test_the_queue_is_kept_fresh_without_reloading(place: Place, browser: Browser):
    reviewed.publish(place.settings, reviewed.item("live", "Kept fresh."))
    ref = reviewed.ref("live")
    async with browsing.window(browser) as anns, browsing.window(browser) as bobs:
        await reviewed.log_in(anns.page, place.first.address, "ann")
        await reviewed.log_in(bobs.page, place.second.address, "bob")
        await reviewed.until_text(anns.page, f"{place.first.address}/queue?text=fresh", "Kept fresh.")
        await anns.page.evaluate("document.body.dataset.loaded = 'once'")
        row = anns.page.locator(f"#rows > li[data-ref='{ref}']")

        await reviewed.there(bobs.page, f"{place.second.address}/items/{ref}")
        await row.get_by_text("bob has it").wait_for()
        await press(bobs.page, "a")
        await row.get_by_text("decided").wait_for()
        reviewed.publish(place.settings, reviewed.item("newer", "Also kept fresh."))
        await anns.page.get_by_text("1 new.").wait_for()
        assert await anns.page.evaluate("document.body.dataset.loaded") == "once"
        assert anns.problems == bobs.problems == []


async def page_csrf(page: Page) -> str:
    """What a form of this page must carry."""
    found = await page.locator("[data-csrf]").get_attribute("data-csrf")
    assert found
    return found


async def test_a_second_look_is_blind_settles_nothing_and_is_for_another(place: Place, browser: Browser):
    reviewed.publish(place.settings, reviewed.item("both", "Both look at this.", "twice"))
    ref = reviewed.ref("both", "twice")
    async with browsing.window(browser) as anns, browsing.window(browser) as bobs:
        await reviewed.log_in(anns.page, place.first.address, "ann")
        await reviewed.log_in(bobs.page, place.second.address, "bob")
        await reviewed.there(anns.page, f"{place.first.address}/items/{ref}")
        async with anns.page.expect_navigation():
            await anns.page.keyboard.press("a")
        await running.until(lambda: len(running.read(place.settings, "results")) > 0, "the result")
        await reviewed.until_text(bobs.page, f"{place.second.address}/items/{ref}", "Blind check")
        told = await bobs.page.locator("body").inner_text()
        assert "Both look at this." in told
        assert "confidence" not in told
        assert "not sure" not in told
        assert "ann" not in told.split()
        async with bobs.page.expect_navigation():
            await bobs.page.keyboard.press("2")
            await bobs.page.keyboard.press("Control+Enter")
        assert anns.problems == bobs.problems == []
    first, second = reviewed.of(running.read(place.settings, "decisions"), "both")
    if first["blind"]:
        first, second = second, first
    assert (first["decided_by"], first["action"], first["blind"]) == ("ann", "accept", False)
    assert (second["decided_by"], second["action"], second["blind"]) == ("bob", "correct", True)
    (result,) = reviewed.of(running.read(place.settings, "results"), "both")
    assert result["answer"]["category"] == "card"


async def test_another_tenants_items_are_not_there(place: Place, browser: Browser):
    reviewed.publish(
        place.settings,
        reviewed.item("ours", "Of the tenant acme.", tenant="acme"),
        reviewed.item("theirs", "Of the tenant globex.", tenant="globex"),
    )
    ours, theirs = reviewed.ref("ours"), reviewed.ref("theirs")
    address = place.second.address
    async with browsing.window(browser) as seen:
        page = seen.page
        await reviewed.log_in(page, address, "acme-only")
        await reviewed.there(page, f"{address}/items/{ours}")
        csrf = await page_csrf(page)
        for path in ("queue", "queue?state=all", "queue?q=globex", "queue?text=globex", "quality", "next?text=globex"):
            await page.goto(f"{address}/{path}")
            assert "Of the tenant globex" not in await page.content()
            assert "theirs" not in await page.content()
        count = await page.locator("#waiting").inner_text()
        for path in (f"items/{theirs}", "events/sort/theirs", f"items/{theirs}/bytes"):
            answer = await page.request.get(f"{address}/{path}")
            assert answer.status == 404, path
        for path in (f"items/{theirs}", f"items/{theirs}/lease", f"items/{theirs}/skip"):
            form: dict[str, Any] = {
                "csrf": csrf,
                "action": "reject",
                "note": "x",
                "id": "forged",
                "opened": "0",
            }
            answer = await page.request.post(f"{address}/{path}", form=form, headers={"Origin": address})
            assert answer.status == 404, path
        async with browsing.window(browser) as alls:
            await reviewed.log_in(alls.page, address, "bob")
            assert int(await alls.page.locator("#waiting").inner_text()) == int(count) + 1
    assert reviewed.of(running.read(place.settings, "decisions"), "theirs") == []
    assert [each for each in running.read(place.settings, "leases") if each["event_id"] == "theirs"] == []
