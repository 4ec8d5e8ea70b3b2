"""Somebody who is logged in at a review application and asks for its pages, and how long each took."""

from __future__ import annotations

import asyncio
import contextlib
import re
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Timed:
    """A page, asked for some times.

    Attributes:
        page: its address, or what it is.
        median: milliseconds within the server; `p95` and `longest` are of the same.
        client_median: milliseconds that the client waited; `client_p95` likewise.
        cpu: milliseconds of the server's processor for one request, with all else that it does; None where unknown.
        kilobytes: of the last answer.
    """

    page: str
    median: float
    p95: float
    longest: float
    client_median: float
    client_p95: float
    cpu: float | None
    kilobytes: float


@dataclass(frozen=True, slots=True)
class Took:
    """One answer."""

    server: float
    client: float
    text: str


class Client:
    """A browser's place: a session that logs in and asks. `spent` has the seconds of the server's processor so far."""

    def __init__(self, session: aiohttp.ClientSession, address: str, spent: Callable[[], float] | None = None) -> None:
        self._session, self._address, self._spent = session, address, spent

    async def ask(self, path: str) -> Took:
        """One page, read to its end."""
        began = time.perf_counter()
        async with self._session.get(path, allow_redirects=False) as answer:
            text = await answer.text()
            answer.raise_for_status()
            took = 1000 * (time.perf_counter() - began)
            return Took(float(answer.headers["Server-Timing"].partition("dur=")[2]), took, text)

    async def log_in(self, name: str, password: str) -> None:
        """Come in.

        Raises:
            UsageError: the name or the password is wrong.
        """
        found = TOKEN.search((await self.ask("/login")).text)
        form = {"csrf": found[1] if found else "", "name": name, "password": password}
        async with self._session.post("/login", data=form, headers={"Origin": self._address}) as answer:
            if not answer.url.path.startswith("/queue"):
                raise errors.UsageError("the login was refused")

    async def timed(self, named: str, paths: Sequence[str]) -> Timed:
        """Each of the paths in turn."""
        before = self._spent() if self._spent else 0.0
        found = [await self.ask(path) for path in paths]
        server, client = ([getattr(each, side) for each in found] for side in ("server", "client"))
        return Timed(
            page=named,
            median=statistics.median(server),
            p95=p95(server),
            longest=max(server),
            client_median=statistics.median(client),
            client_p95=p95(client),
            cpu=1000 * (self._spent() - before) / len(paths) if self._spent else None,
            kilobytes=len(found[-1].text.encode()) / 1000,
        )

    @contextlib.asynccontextmanager
    async def listening(self, pages: Sequence[str]) -> AsyncIterator[None]:
        """With so many queues open."""

        async def listen(path: str) -> None:
            refs = re.findall(r'data-ref="([^"]+)"', (await self.ask(path)).text)
            async with self._session.get("/live", params={"refs": ",".join(refs)}) as stream:
                async for _ in stream.content:
                    pass

        open_ = [asyncio.create_task(listen(path)) for path in pages]
        try:
            yield
        finally:
            for each in open_:
                each.cancel()
            await asyncio.gather(*open_, return_exceptions=True)


@contextlib.asynccontextmanager
async def browser(
    address: str, name: str, password: str, spent: Callable[[], float] | None = None
) -> AsyncIterator[Client]:
    """Somebody who is logged in; `spent` as of `Client`."""
    jar, patience = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(total=None)
    headers = {"Accept": "text/html"}
    async with aiohttp.ClientSession(address, cookie_jar=jar, timeout=patience, headers=headers) as session:
        made = Client(session, address, spent)
        await made.log_in(name, password)
        yield made


def p95(taken: Sequence[float]) -> float:
    """What 19 of 20 are not above."""
    return statistics.quantiles(taken, n=20, method="inclusive")[-1] if len(taken) > 1 else taken[0]
