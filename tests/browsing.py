"""A real browser for tests: the system's Chromium, headless, driven by Playwright.

Playwright's own browsers are never downloaded. Without Chromium (Debian's package `chromium`) the tests are skipped on
a developer's machine, and fail in CI.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright import async_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DESKTOP = (1440, 900)
PHONE = (360, 740)
PATIENCE_MS = 120_000.0
"""How long anything in a page may take, on a busy machine."""
ANSWERED = "Failed to load resource: the server responded with a status of 4"
"""What the console says of a page that tells of a refusal; its test looks at the status itself."""
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


def chromium() -> str | None:
    """The path of the browser; None where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextlib.asynccontextmanager
async def browser() -> AsyncIterator[async_api.Browser]:
    """A browser, which ends with the block."""
    program = chromium()
    if program is None and os.environ.get("CI"):
        pytest.fail("there is no Chromium: apt-get install chromium")
    if program is None:
        pytest.skip("there is no Chromium")
    async with async_api.async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield started
        finally:
            await started.close()


@dataclass
class Window:
    """A page in cookies of its own.

    Attributes:
        page: what Playwright drives.
        problems: what its console says of errors, what its policy refused, what it threw, and dialogs that opened.
        requests: the addresses that were asked for.
        pages: those of them that were asked for as pages.
    """

    page: async_api.Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    pages: set[str] = field(default_factory=set)

    def watch(self) -> None:
        """Note from now on what happens."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._asked_for)
        self.page.on("dialog", self._asked)

    def _asked_for(self, request: async_api.Request) -> None:
        self.requests.append(request.url)
        if request.is_navigation_request():
            self.pages.add(request.url)

    def _said(self, message: async_api.ConsoleMessage) -> None:
        # By what was asked for: the page's own address may change a moment after its console tells of it.
        answered = message.text.startswith(ANSWERED) and message.location["url"] in self.pages
        if message.type in {"error", "warning"} and not answered:
            self.problems.append(message.text)

    async def _asked(self, dialog: async_api.Dialog) -> None:
        self.problems.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()


@contextlib.asynccontextmanager
async def window(
    started: async_api.Browser,
    size: tuple[int, int] = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    **options: Any,
) -> AsyncIterator[Window]:
    """A page of that size and colour scheme; `options` are those of Playwright's contexts."""
    width, height = size
    context = await started.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce", **options
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        found = Window(await context.new_page())
        found.watch()
        yield found
    finally:
        await context.close()


async def overflow(page: async_api.Page) -> int:
    """By how many pixels the page is wider than the screen."""
    found: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


async def accessible(page: async_api.Page, name: str = "") -> None:
    """Fail where axe-core finds anything on the page, which `name` names, with the rule, the element and what is wrong.

    axe is evaluated by the browser's debugger, which the page's policy does not hold.
    """
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{name} ({page.url}): {found.generate_report()}"


def as_held(text: str) -> str:
    """What a control of many lines makes of a text: HTML has no NUL, and one way to end a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")
