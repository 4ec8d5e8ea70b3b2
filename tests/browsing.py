"""A real browser for tests: headless Chromium, spoken to by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STARTED_WITHIN = 60
"""Seconds, on a busy machine."""


def chromium() -> str | None:
    """The path of the browser; None where there is none (Debian's package is `chromium`)."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page:
    """A page in the browser. `problems` are what its console says: errors, and what the page's policy refused."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._loaded = asyncio.Event()

    async def listen(self) -> None:
        """Take in what the browser says, for as long as the page lives."""
        async for message in self._socket:
            said = message.json()
            if "id" in said:
                self._waiting.pop(said["id"]).set_result(said.get("result", said))
            self._note(said.get("method", ""), said.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Page.loadEventFired":
            self._loaded.set()
        elif method == "Log.entryAdded" and params["entry"]["level"] in {"error", "warning"}:
            self.problems.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.problems.append(str(params["exceptionDetails"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    async def send(self, method: str, **params: Any) -> Any:
        """Have the browser do something; its result."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(STARTED_WITHIN):
            return await self._waiting[number]

    async def open(self, url: str) -> None:
        """Load a page, to its end."""
        self._loaded.clear()
        await self.send("Page.navigate", url=url)
        async with asyncio.timeout(STARTED_WITHIN):
            await self._loaded.wait()

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        found = await self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    async def picture(self) -> bytes:
        """What is seen, as a PNG."""
        found = await self.send("Page.captureScreenshot", format="png")
        return base64.b64decode(found["data"])


@contextlib.asynccontextmanager
async def page(*arguments: str) -> AsyncIterator[Page]:
    """A page in a browser of its own, which ends with it."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = await asyncio.create_subprocess_exec(
            program,
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
            *("--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update"),
            *(f"--user-data-dir={folder}", "--remote-debugging-port=0", *arguments, "about:blank"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with aiohttp.ClientSession() as session:
                address = await _address(session, Path(folder))
                async with session.ws_connect(address, max_msg_size=0) as socket:
                    found = Page(socket)
                    listening = asyncio.create_task(found.listen())
                    for domain in ("Page", "Log", "Runtime", "Network"):
                        await found.send(f"{domain}.enable")
                    yield found
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
        finally:
            process.terminate()
            await process.wait()


async def _address(session: aiohttp.ClientSession, folder: Path) -> str:
    """Where the browser's one page is spoken to."""
    told = folder / "DevToolsActivePort"
    async with asyncio.timeout(STARTED_WITHIN):
        while not (found := await asyncio.to_thread(_pages_at, told)):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.05)
        while True:
            async with session.get(found) as answer:
                pages = [each for each in await answer.json() if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
            await asyncio.sleep(0.05)


def _pages_at(told: Path) -> str:
    """The address of the list of pages, once the browser has written its port; empty before."""
    lines = told.read_text().splitlines() if told.exists() else []
    return f"http://127.0.0.1:{lines[0]}/json/list" if lines else ""
