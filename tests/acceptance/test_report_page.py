"""The HTML report in a real browser: nothing is refused, fetched or broken, and a link opens what it points to.

Chromium is Debian's package `chromium`. Without it the tests are skipped on a developer's machine, and fail in CI.
"""

from __future__ import annotations

import os

import pytest

from processor.measure import report
from tests import browsing, reported

SCREENS = ((1440, 900), (390, 844))


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    if browsing.chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("there is no Chromium: apt-get install chromium")
        pytest.skip("there is no Chromium")
    path = tmp_path_factory.mktemp("report") / "report.html"
    report.write(path, reported.full())
    return path.as_uri()


async def test_a_page_needs_nothing_else_and_breaks_on_no_screen(address):
    async with browsing.page() as page:
        for width, height in SCREENS:
            await page.send(
                "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False
            )
            await page.open(address)
            assert await page.evaluate("document.documentElement.scrollWidth") == width
            assert await page.evaluate("document.querySelectorAll('svg.chart text').length > 20")
        assert page.problems == []
        assert set(page.requests) == {address}


async def test_a_number_leads_to_its_cases_and_a_case_to_its_answers(address):
    async with browsing.page() as page:
        await page.open(address)
        await page.evaluate("document.querySelector('#ladder td a').click()")
        await page.evaluate("new Promise(done => setTimeout(done))")  # the click's own navigation comes first
        listed = "document.querySelector(location.hash)"
        assert await page.evaluate(f"{listed}.checkVisibility()")
        await page.evaluate(f"{listed}.querySelector('a').click()")
        await page.evaluate("new Promise(done => setTimeout(done))")
        assert await page.evaluate(f"{listed}.querySelector('table.answers').checkVisibility()")
        assert page.problems == []


async def test_cases_can_be_searched_for(address):
    async with browsing.page() as page:
        await page.open(address)
        await page.evaluate(
            "document.getElementById('filter').value = 'message-0007', "
            "document.getElementById('failed').dispatchEvent(new Event('change'))"
        )
        shown = "[...document.querySelectorAll('details.case')].filter(found => found.checkVisibility()).length"
        assert await page.evaluate(shown) == 1


async def test_without_script_links_open_what_they_point_to(address):
    async with browsing.page() as page:
        await page.send("Emulation.setScriptExecutionDisabled", value=True)
        await page.open(f"{address}#case-3")
        assert await page.evaluate("document.querySelector('#case-3').checkVisibility()")
        assert not await page.evaluate("document.querySelector('.filter').checkVisibility()")
