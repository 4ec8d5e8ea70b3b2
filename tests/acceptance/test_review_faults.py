"""The review application killed, and its broker restarted, at the worst moment: what was clicked is saved once."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING

import confluent_kafka
import pytest
import pytest_asyncio
from playwright import async_api

from tests import browsing, places, reviewed, running
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, Page

    from processor.config import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Place:
    """A broker of this module's own, and the application, which reaches it through the stage's proxy."""

    stage: Stage
    settings: Settings
    app: reviewed.App


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("review")
    root = reviewed.project(folder / "project")
    async with Stage(folder) as stage:
        settings = places.fresh(stage.settings).model_copy(update={"project": root, "state_home": folder / "review"})
        running.create_topics(settings)
        environment = {
            **places.environment(settings),
            "UNTUNED_PROJECT": str(root),
            "KAFKA_BOOTSTRAP_SERVERS": stage.kafka.address,
        }
        reviewed.add_user(environment, "ann")
        idents = ("unsent", "sent", "amid")
        reviewed.publish(settings, *(reviewed.item(ident) for ident in idents))
        async with reviewed.App(environment, folder / "log") as app:
            yield Place(stage, settings, app)


async def opened(page: Page, place: Place, ident: str) -> None:
    await reviewed.there(page, f"{place.app.address}/items/{reviewed.ref(ident)}")
    await page.get_by_role("button", name="Accept").wait_for()


async def killed_when_sent(place: Place, page: Page, ident: str) -> None:
    """Accept it, and kill the application as soon as the decision is on its topic."""
    client = confluent_kafka.Consumer({"bootstrap.servers": place.settings.kafka, "group.id": "watch"})
    topic = place.settings.topic("decisions")
    client.assign([confluent_kafka.TopicPartition(topic, number, 0) for number in range(4)])

    def seen() -> bool:
        message = client.poll(0.01)
        return message is not None and message.error() is None and ident.encode() in (message.value() or b"")

    try:
        click = asyncio.ensure_future(page.keyboard.press("a"))
        while not await asyncio.to_thread(seen):
            assert place.app.process.returncode is None
        await place.app.kill()
        with contextlib.suppress(async_api.Error):
            await click
    finally:
        client.close()


async def killed_before_it_is_sent(place: Place, page: Page) -> None:
    """Accept an item while the broker does not answer, and kill the application then."""
    async with page.expect_request(lambda request: request.method == "POST"):
        place.stage.kafka.stall()
        click = asyncio.ensure_future(page.keyboard.press("a"))
    await place.app.kill()
    with contextlib.suppress(async_api.Error):
        await click
    await place.stage.kafka.cut()
    await place.stage.kafka.forward()


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def left_behind(place: Place, browser: Browser) -> None:
    """What two kills leave behind; the other tests run before it is looked at."""
    async with browsing.window(browser) as seen:
        page = seen.page
        await reviewed.log_in(page, place.app.address, "ann")
        await opened(page, place, "sent")
        await killed_when_sent(place, page, "sent")
        await place.app.start()

        await opened(page, place, "unsent")
        await killed_before_it_is_sent(place, page)
        await place.app.start()
        await reviewed.there(page, f"{place.app.address}/items/{reviewed.ref('unsent')}")
        if await page.get_by_role("button", name="Accept").is_visible():
            async with page.expect_navigation():
                await page.keyboard.press("a")


async def saved_once(place: Place, ident: str) -> None:
    """One decision counts, and one result follows from it."""
    await running.until(lambda: bool(reviewed.of(running.read(place.settings, "results"), ident)), f"{ident}'s result")
    decisions = reviewed.of(running.read(place.settings, "decisions"), ident)
    assert len({each["id"] for each in decisions}) == 1
    results = reviewed.of(running.read(place.settings, "results"), ident)
    assert {each["headers"]["ce_id"] for each in results} == {f"{ident}:result".encode()}
    assert {each["reviewed"]["decision"] for each in results} == {decisions[0]["id"]}
    assert {(each["answer"]["category"], each["decided_by"]) for each in results} == {("card", "person")}


async def test_a_click_amid_which_the_broker_is_killed_is_saved_once(place: Place, browser: Browser):
    async with browsing.window(browser) as seen:
        await reviewed.log_in(seen.page, place.app.address, "ann")
        await opened(seen.page, place, "amid")
        await clicked_and_saved(place, seen.page)
    await saved_once(place, "amid")


async def clicked_and_saved(place: Place, page: Page) -> None:
    """Accept once; without another click the reviewer comes to the next item, when the broker is there again."""
    address = page.url
    async with page.expect_request(lambda request: request.method == "POST"):
        click = asyncio.ensure_future(page.keyboard.press("a"))
    place.stage.broker.signal(signal.SIGKILL)
    await place.stage.broker.start()
    await click
    await page.wait_for_url(lambda url: url != address, timeout=1000 * running.PATIENCE)


async def test_what_a_killed_application_had_begun_is_finished(place: Place):
    await saved_once(place, "unsent")
    await saved_once(place, "sent")
