"""The HTML report in a real browser: nothing is refused, fetched or broken, and a link opens what it points to."""

from __future__ import annotations

import pytest

from processor.measure import report
from tests import browsing, reported

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREENS = (browsing.DESKTOP, browsing.PHONE)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    report.write(path, reported.full())
    return path.as_uri()


@pytest.mark.parametrize("size", SCREENS)
async def test_a_page_needs_nothing_else_and_breaks_on_no_screen(browser, address, size):
    async with browsing.window(browser, size) as seen:
        await seen.page.goto(address)
        assert await browsing.overflow(seen.page) == 0
        assert await seen.page.locator("svg.chart text").count() > 20
        assert seen.problems == []
        assert set(seen.requests) == {address}


async def test_a_number_leads_to_its_cases_and_a_case_to_its_answers(browser, address):
    async with browsing.window(browser) as seen:
        await seen.page.goto(address)
        await seen.page.locator("#ladder td a").first.click()
        listed = seen.page.locator(":target")
        await listed.wait_for()
        await listed.locator("a").first.click()
        await seen.page.locator(":target table.answers").first.wait_for()
        assert seen.problems == []


async def test_cases_can_be_searched_for(browser, address):
    async with browsing.window(browser) as seen:
        await seen.page.goto(address)
        await seen.page.locator("#filter").fill("message-0007")
        await seen.page.locator("#failed").dispatch_event("change")
        assert await seen.page.locator("details.case:visible").count() == 1


async def test_without_script_links_open_what_they_point_to(browser, address):
    async with browsing.window(browser, java_script_enabled=False) as seen:
        await seen.page.goto(f"{address}#case-3")
        await seen.page.locator("#case-3").wait_for()
        assert not await seen.page.locator(".filter").is_visible()
