"""How long a running review application takes for its pages, quiet and while news arrive.

    python -m bench.review_pages                     10,000 open and 10,000 decided items, on a broker of its own
    python -m bench.review_pages --open 1000 --decided 1000 --json
    UNTUNED_REVIEW_PASSWORD=… python -m bench.review_pages --at http://127.0.0.1:8090 --user ann

`untuned review` runs as a process of its own, on fresh topics; a broker is started for it, unless
KAFKA_BOOTSTRAP_SERVERS names one. Each page is asked for one request after the other, by an administrator who logged
in: what the server says that it took (Server-Timing: all but the wait for its turn), and what the client waited. News
are five items and a decision a second, told to eight open queues. With `--at` a running application is asked instead:
items are opened (and so held for some minutes), and nothing is decided.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.review_app import PASSWORD, USER, started
from bench.review_browser import browser
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.review_browser import Client, Timed

LIMIT = 200.0
"""Milliseconds of the server for a page: the budget."""

DEEP = 100
"""Pages down the queue, at the most."""

LISTENERS = 8
"""Open queues: as many as a reviewer may have with live updates."""

PAGES = (
    "/queue",
    "/queue?order=newest",
    "/queue?order=worth",
    "/queue?order=cost",
    "/queue?task=ticket-triage&reason=steps_exhausted",
    "/queue?rule=known_sku",
    "/queue?text=refund",
    "/queue?text=kitchen",
    "/queue?older=60&min_cost=0.0001",
    "/queue?state=closed",
    "/queue?state=all",
    "/next",
    "/next?order=worth",
    "/quality",
    "/quality?days=",
    "/log",
)
ITEM = re.compile(r'href="(/items/[^"?]+)')
AFTER = re.compile(r'href="(/queue\?[^"]*after=[^"]+)"')
BEFORE = re.compile(r'href="(/log\?before=[^"]+)"')


async def pages(client: Client, rounds: int, more: Sequence[str]) -> list[Timed]:
    """All pages, `rounds` times each, told on stderr one by one; `more` are other addresses."""
    found: list[Timed] = []

    async def time(named: str, paths: Sequence[str]) -> None:
        found.append(await client.timed(named, paths))
        print(_line(asdict(found[-1])), file=sys.stderr, flush=True)

    queue = (await client.ask("/queue")).text
    for path in (*PAGES, *more):
        await time(path, [path] * rounds)
    deep, number = await deepest(client, queue)
    if deep:
        await time(f"/queue, page {number}", [deep] * rounds)
    if older := BEFORE.search((await client.ask("/log")).text):
        await time("/log, page 2", [older[1]] * rounds)
    if items := list(dict.fromkeys(ITEM.findall(queue)))[:rounds]:
        await time("/items/…", items)
    return found


async def deepest(client: Client, text: str) -> tuple[str, int]:
    """A page far down the queue, and its number; empty where there is one page alone."""
    path, number = "", 1
    while number < DEEP and (found := AFTER.search(text)):
        path, number = found[1].replace("&amp;", "&"), number + 1
        text = (await client.ask(path)).text
    return path, number


async def of_running(address: str, name: str, rounds: int) -> dict[str, Any]:
    """Those of a running application, as it is."""
    async with browser(address.rstrip("/"), name, os.environ.get("UNTUNED_REVIEW_PASSWORD", "")) as client:
        return {"at": address, "quiet": [asdict(each) for each in await pages(client, rounds, ())]}


async def of_own(options: argparse.Namespace) -> dict[str, Any]:
    """Those of an application that is started for it: just started, quiet, and while news arrive."""
    with tempfile.TemporaryDirectory() as folder, started(Path(folder), options.open, options.decided) as app:
        outcome: dict[str, Any] = {"open": options.open, "decided": options.decided, "start_seconds": app.start_seconds}
        async with browser(app.address, USER, PASSWORD, app.spent) as client:
            await app.until_settled()
            outcome["first_quality_ms"] = (await client.ask("/quality?days=")).server
            outcome["quiet"] = [asdict(each) for each in await pages(client, options.rounds, app.more)]
            async with client.listening(["/queue"] * LISTENERS), app.news():
                outcome["with_news"] = [asdict(each) for each in await pages(client, options.rounds, app.more)]
        return outcome


def lines(outcome: Mapping[str, Any]) -> Iterator[str]:
    """The outcome for people."""
    if "open" in outcome:
        yield f"{outcome['open']:,} open and {outcome['decided']:,} decided items"
        yield f"served after {outcome['start_seconds']:.1f} s"
        yield f"/quality when it is asked for first: {outcome['first_quality_ms']:.1f} ms"
    for name in ("quiet", "with_news"):
        if name in outcome:
            title = f"milliseconds, {name.replace('_', ' ')}"
            yield ""
            yield f"{title:<52}{'server':>9}{'p95':>9}{'longest':>9}{'client':>9}{'p95':>9}{'CPU':>9}{'kB':>9}"
            yield from map(_line, outcome[name])
            over = [each["page"] for each in outcome[name] if each["p95"] > LIMIT]
            yield f"over {LIMIT:.0f} ms: {', '.join(over) or 'none'}"


def _line(each: Mapping[str, Any]) -> str:
    numbers = [each[name] for name in ("median", "p95", "longest", "client_median", "client_p95", "cpu", "kilobytes")]
    return f"{each['page']:<52}" + "".join(f"{'':>9}" if number is None else f"{number:>9.1f}" for number in numbers)


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=10_000, help="items that wait")
    parser.add_argument("--decided", type=int, default=10_000, help="items that were decided")
    parser.add_argument("--rounds", type=int, default=20, help="requests for each page")
    parser.add_argument("--at", metavar="ADDRESS", help="ask this running application instead")
    parser.add_argument("--user", default="ann", help="who logs in there; the password is in UNTUNED_REVIEW_PASSWORD")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    try:
        outcome = asyncio.run(of_running(options.at, options.user, options.rounds) if options.at else of_own(options))
    except errors.UntunedError as error:
        sys.exit(f"bench: {error}")
    print(json.dumps(outcome) if options.json else "\n".join(lines(outcome)))


if __name__ == "__main__":
    main()
