"""Every page of the review application: nothing of an event runs or breaks it, and everybody can use it."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from processor.core.records import Reason, Review
from processor.review.values import Key
from tests import browsing, builders, places, reviewed, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

    from processor.config import Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

RUNS = "<script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>"
HOSTILE = {
    "markup": RUNS,
    "ends": f"</textarea></pre></template></title></script>{RUNS}<!--",
    "quotes": "\"'><b autofocus onfocus=alert(4)>`${alert(5)}`{{ 7 * 7 }}{% raw %}",
    "address": f'javascript:alert(6)//"><a href="javascript:alert(7)">http://evil.test/{RUNS}',
    "direction": "\u202egnitnuoc\u202c \u2066\u2067 \u200f\u05d0\u05d1 \u0627\u0644 \ufeff",
    "control": "a\x00b\x1b[31mred\x07\r\n\n\t\x7f\x85\u2028\u2029\ud7ff\uffff",
    "formula": '=HYPERLINK("http://evil.test","x")\n@SUM(A1)\n+1\n-1',
    "unbroken": "x" * 5000,
    "long": "All work and no play. " * 5_000,
    "emoji": "\U0001f469\u200d\U0001f4bb" * 400 + "e\u0301" * 400 + "Z\u0310\u0320" + "\u0310" * 300,
}


def hostile(name: str) -> Review:
    """An item whose every place that a stranger may write holds the text."""
    text = HOSTILE[name]
    short = text[:80].replace("\x00", "0")
    order = {
        **reviewed.ORDERED,
        "customer": text,
        "note": text,
        "kind": short,
        "lines": [{"sku": text[:2000], "quantity": 0}],
    }
    made = reviewed.item(
        f"h-{name}", text, "order", answer=order, detail=text[:500], attributes={short: short, "why": text[:3000]}
    )
    found = [
        dataclasses.replace(reviewed.TOO_FEW, message=text[:400], found=text[:400], expected=text[:400]),
        dataclasses.replace(reviewed.TOO_FEW, path=f"$.{short}", rule=short),
    ]
    passages = (
        builders.passage("p1", text=text, source=short, title=short),
        builders.passage("p2", "example", text=text),
    )
    assert made.work is not None
    assert made.provenance is not None
    return dataclasses.replace(
        made, violations=tuple(found), provenance=dataclasses.replace(made.provenance, passages=passages)
    )


def items() -> list[Review]:
    """A hostile item of each kind, ordinary ones, an audit, and bytes that are no event."""
    audit = reviewed.item("audit", "It passed.", reason=Reason.AUDIT, detail="", violations=(), inclusion=0.1)
    raw = builders.message(b"\xff\x00<script>alert(8)</script>" * 50, offset=5)
    return [
        *(hostile(name) for name in HOSTILE),
        *(reviewed.item(f"r-{n}", f"Where is card {n}?") for n in range(60)),
        reviewed.item("filled", "Two of A-1, please.", "order"),
        reviewed.item("by-phone", "Two of A-1, please.", "order"),
        audit,
        Review(Reason.UNDECODABLE, "it is not UTF-8", raw),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(stack: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[reviewed.App]:
    """The application with all of them."""
    folder = tmp_path_factory.mktemp("review")
    root = reviewed.project(folder / "project")
    settings = places.fresh(stack).model_copy(update={"project": root, "state_home": folder / "state"})
    running.create_topics(settings)
    environment = {**places.environment(settings), "UNTUNED_PROJECT": str(root)}
    reviewed.add_user(environment, "ann")
    reviewed.add_user(environment, "eve", "--role", "admin")
    reviewed.publish(settings, *items())
    async with reviewed.App(environment, folder / "log") as started:
        yield started
        assert await started.stop() == 0
        assert "alert(" not in (folder / "log").read_text()


@pytest.mark.parametrize("name", HOSTILE)
async def test_nothing_of_an_event_runs_or_breaks_a_page(app: reviewed.App, browser: Browser, name: str):
    ref = reviewed.ref(f"h-{name}", "order")
    async with browsing.window(browser, browsing.PHONE) as seen:
        page = seen.page
        await reviewed.log_in(page, app.address, "ann")
        await reviewed.there(page, f"{app.address}/items/{ref}")
        customer = page.locator("[name='answer.customer']")
        before = await customer.input_value()
        assert before == browsing.as_held(HOSTILE[name])
        for path in (f"items/{ref}", f"events/order/h-{name}", "queue?task=order", f"queue?task={name}%22%3E"):
            answer = await page.goto(f"{app.address}/{path}")
            assert answer is not None
            assert answer.status < 500
            assert await browsing.overflow(page) == 0, path
            assert await page.locator("#main").count() == 1
            assert await page.locator("script:not([src]), [onerror], [onload], [onfocus], #main b").count() == 0
            assert "49" not in await page.locator("h1").first.inner_text()
        await page.goto(f"{app.address}/items/{ref}")
        async with page.expect_navigation():  # held against the contract, and shown again as it was
            await page.keyboard.press("Control+Enter")
        assert await customer.input_value() == before
        assert await browsing.overflow(page) == 0
        assert seen.problems == []
        assert all(url.startswith(app.address) for url in seen.requests)


async def test_everybody_can_use_every_page(app: reviewed.App, browser: Browser):
    """axe-core finds nothing, light or dark, on a desktop or a phone, and nothing is wider than the screen."""
    address = app.address
    filled, audit = reviewed.ref("filled", "order"), reviewed.ref("audit")
    pages = {
        "the queue": "queue",
        "an empty queue": "queue?task=order&text=nowheretobefound",
        "an item": f"items/{filled}",
        "a blind item": f"items/{audit}",
        "an event": "events/order/filled",
        "bytes": f"items/{Key('', 'untuned.tasks/0/5').ref}",
        "quality": "quality",
        "the log": "log",
        "what is not there": "items/AAAAAAAAAAAAAAAA",
    }
    async with browsing.window(browser) as seen:
        await seen.page.goto(f"{address}/login")
        await usable_by_all(seen.page, "the login")
        await reviewed.log_in(seen.page, address, "eve")
        for name, path in pages.items():
            await seen.page.goto(f"{address}/{path}")
            await usable_by_all(seen.page, name)
        await seen.page.goto(f"{address}/queue?task=sort")
        await seen.page.get_by_label("Tick Where is card 1?").check()
        async with seen.page.expect_navigation():
            await seen.page.get_by_role("button", name="Accept …").click()
        await usable_by_all(seen.page, "a bulk preview")
        await seen.page.goto(f"{address}/items/{filled}")
        async with seen.page.expect_navigation():
            await seen.page.keyboard.press("Control+Enter")
        await seen.page.locator("#summary").wait_for()
        await usable_by_all(seen.page, "a form with problems")
        await seen.page.keyboard.press("Escape")
        await seen.page.keyboard.press("?")
        await seen.page.locator("dialog[open]").wait_for()
        await usable_by_all(seen.page, "the keys")


async def usable_by_all(page: Any, name: str) -> None:
    """The page as it stands: colours do not hang on the screen, so that two of the four are looked at."""
    for (width, height), scheme in ((browsing.PHONE, "dark"), (browsing.DESKTOP, "light")):
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=scheme)
        assert await browsing.overflow(page) == 0, f"{name} at {width}"
        await browsing.accessible(page, f"{name}, {scheme}, {width} wide")


async def test_what_is_written_on_a_phone_is_saved(app: reviewed.App, browser: Browser):
    """With fingers only: a row is added, a date is taken away, the answer is saved as it is shown."""
    ref = reviewed.ref("by-phone", "order")
    async with browsing.window(browser, browsing.PHONE, has_touch=True, is_mobile=True) as seen:
        page = seen.page
        await reviewed.log_in(page, app.address, "ann")
        await reviewed.there(page, f"{app.address}/items/{ref}")
        await page.locator("[name='answer.lines.1.quantity']").fill("3")
        await page.get_by_role("button", name="Add to lines").tap()
        await page.locator("[name='answer.lines.2.sku']").fill("C-3")
        await page.locator("[name='answer.lines.2.quantity']").fill("1")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Save correction").tap()
        assert ref not in page.url
        await page.goto(f"{app.address}/items/{ref}")
        said = json.loads(await page.locator("section.answer pre").text_content() or "")
        assert [line["sku"] for line in said["lines"]] == ["A-1", "B-2", "C-3"]
        assert seen.problems == []
