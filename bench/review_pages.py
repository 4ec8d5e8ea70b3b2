"""How long a running review application takes for its pages, as its Server-Timing header says.

UNTUNED_REVIEW_PASSWORD=… python -m bench.review_pages http://127.0.0.1:8090 ann

It asks for each page 20 times, one after the other, and prints the median and the longest. Only items are opened (and
so held for some minutes); nothing is decided.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import sys

import aiohttp

ROUNDS = 20
PAGES = (
    "/queue",
    "/queue?order=newest",
    "/queue?order=worth",
    "/queue?order=cost",
    "/queue?task=ticket-triage&reason=steps_exhausted",
    "/queue?rule=enum",
    "/queue?text=refund",
    "/queue?older=60&min_cost=0.0001",
    "/queue?state=all",
    "/next",
    "/next?order=worth",
    "/quality",
    "/quality?days=",
)
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
ITEM = re.compile(r'href="(/items/[^"?]+)')


async def timed(client: aiohttp.ClientSession, path: str) -> tuple[float, str]:
    """Milliseconds within the server, and the page."""
    async with client.get(path, allow_redirects=False) as answer:
        text = await answer.text()
        answer.raise_for_status()
        return float(answer.headers["Server-Timing"].partition("dur=")[2]), text


async def log_in(client: aiohttp.ClientSession, name: str) -> None:
    """Come in with the password of the environment."""
    _, page = await timed(client, "/login")
    found = TOKEN.search(page)
    form = {"csrf": found[1] if found else "", "name": name, "password": os.environ["UNTUNED_REVIEW_PASSWORD"]}
    async with client.post("/login", data=form, headers={"Origin": str(client._base_url).rstrip("/")}) as answer:  # noqa: SLF001 - the address it was made with
        if not answer.url.path.startswith("/queue"):
            sys.exit("the login was refused")


async def measure(address: str, name: str) -> None:
    """Log in, ask, print."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(address, cookie_jar=jar) as client:
        await log_in(client, name)
        _, page = await timed(client, "/queue")
        items = ITEM.findall(page)[:ROUNDS]
        print(f"{'server milliseconds':<52}{'median':>9}{'longest':>9}")
        for path in PAGES:
            show(path, [(await timed(client, path))[0] for _ in range(ROUNDS)])
        if items:
            show("/items/…", [(await timed(client, each))[0] for each in items])


def show(path: str, taken: list[float]) -> None:
    """A line of the table."""
    print(f"{path:<52}{statistics.median(taken):>9.1f}{max(taken):>9.1f}")


if __name__ == "__main__":
    asyncio.run(measure(*sys.argv[1:]))
