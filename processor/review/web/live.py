"""Live updates as Server-Sent Events: what has changed since a page of the queue was shown.

A message has `open` (what waits for the reviewer), `counts` (by facet), `new` (items that came since), and, of the
`refs` that the page shows, `held` (ref -> who has it) and `gone` (those that were decided, or fit no longer).
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from processor.review.values import BLIND, Filter
from processor.review.web import filters, queue
from processor.review.web.site import ALIVE, reviewer, site
from processor.review.web.streams import STREAMS, Streams

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from processor.review.values import Reviewer, Row
    from processor.review.web.site import Site

MOST_REFS = 100
MOST_NEW = 200
"""New items that are counted."""
HEARTBEAT = 15.0
"""Seconds of silence, at most: proxies end what is silent for longer."""
PAUSE = 1.0
"""Seconds between two messages, at least."""
SHARE = 0.25
"""Of the instance's time that all streams together may take: with many of them, or many items, messages come rarer."""
LONGEST = 600.0
"""Seconds of one stream: the browser then comes again, and is asked again who it is."""
RETRY_MS = 3000
AGAIN = 60
"""Seconds until a page that was refused asks again."""


def routes() -> list[web.RouteDef]:
    """The stream."""
    return [web.get("/live", stream, allow_head=False)]


def install(app: web.Application) -> None:
    """Have streams end when the application does."""
    app[STREAMS] = streams = Streams()
    app.on_shutdown.append(streams.end)


async def stream(request: web.Request) -> web.StreamResponse:
    """Messages for as long as the browser listens and the login holds."""
    me = reviewer(request)
    if not request.app[STREAMS].has_room(me.name):
        return web.json_response({"error": "busy"}, status=503, headers={"Retry-After": str(AGAIN)})
    watched = _Watched(site(request), me, filters.parse(request.query), _refs(request))
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    with contextlib.suppress(ConnectionError):  # the browser may go at any moment; that is nobody's error
        await response.prepare(request)
        is_outrun = await _until_its_end(response, watched, request)
        await _farewell(request, response, b"event: over\ndata: over\n\n" if is_outrun else b"")
    return response


async def _until_its_end(response: web.StreamResponse, watched: _Watched, request: web.Request) -> bool:
    """Send what there is to tell; whether it ended for a newer one."""
    mine = None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST) as until:
            with request.app[STREAMS].joined(reviewer(request).name, until) as mine:
                await response.write(f"retry: {RETRY_MS}\n\n".encode())
                await _send(response, watched, request)
    return mine is not None and mine.outrun


async def _farewell(request: web.Request, response: web.StreamResponse, last: bytes) -> None:
    """End the answer; where the browser has not read what was sent before, the connection: it would wait for ever."""
    if request.transport is not None and request.transport.get_write_buffer_size():
        request.transport.abort()
        return
    if last:
        await response.write(last)
    await response.write_eof()


async def _send(response: web.StreamResponse, watched: _Watched, request: web.Request) -> None:
    said, took = "", 0.0
    async with contextlib.aclosing(_beats(watched.site)) as beats:
        async for changed in beats:
            if not request[ALIVE]():
                return
            began = time.perf_counter()
            text = json.dumps(watched.news()) if changed else said
            took = time.perf_counter() - began if changed else took
            # A comment keeps the line open.
            await response.write(f"data: {text}\n\n".encode() if text != said else b":\n\n")
            said = text
            await asyncio.sleep(_pause(took, request.app[STREAMS].number))


def _pause(took: float, streams: int) -> float:
    """Seconds until the next message, where one took so long and so many streams are open."""
    return min(HEARTBEAT, max(PAUSE, took * streams / SHARE))


async def _beats(at: Site) -> AsyncGenerator[bool]:
    """True at once and whenever the view has changed, False after a while of silence."""
    changed = asyncio.Event()
    changed.set()

    async def listen() -> None:
        async for _ in at.desk.changes():
            changed.set()

    listening = asyncio.create_task(listen())
    try:
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT):
                    await changed.wait()
            except TimeoutError:
                yield False
            else:
                changed.clear()
                yield True
    finally:
        listening.cancel()


class _Watched:
    """What one page of the queue shows, and what became of it."""

    def __init__(self, at: Site, me: Reviewer, wanted: Filter, refs: tuple[str, ...]) -> None:
        self.site = at
        self._me = me
        self._wanted = wanted
        self._refs = refs
        self._began = at.now().timestamp()
        self._before = self._newer()
        self._blind = {row.key.ref for row in at.view.rows(refs, me) if row.reason == BLIND}

    def news(self) -> dict[str, Any]:
        """The message."""
        view, me = self.site.view, self._me
        counts = view.counts(self._wanted, me)
        waiting = counts.open if queue.counts_all(self._wanted) else view.counts(Filter(), me).open
        rows = {row.key.ref: row for row in view.rows(self._refs, me)}
        return {
            "open": waiting,
            "counts": {"task": counts.tasks, "reason": counts.reasons, "rule": counts.rules},
            "new": len(self._newer() - self._before),
            "held": {ref: row.held_by for ref, row in rows.items() if row.held_by not in ("", me.name)},
            "gone": [ref for ref in self._refs if ref not in rows or self._is_gone(rows[ref])],
        }

    def _newer(self) -> set[str]:
        """The items that fit and came after the stream began, as far as the clocks of broker and application agree.

        Where the broker's is ahead, some that came before are among them at the beginning, too.
        """
        since = max(1.0, self.site.now().timestamp() - self._began)
        newer = since if self._wanted.newer is None else min(since, self._wanted.newer)
        wanted = dataclasses.replace(self._wanted, newer=newer)
        return {row.key.ref for row in self.site.view.page(wanted, self._me, limit=MOST_NEW).rows}

    def _is_gone(self, row: Row) -> bool:
        """Whether it waits no longer, or as something else: as a blind check of what another has decided meanwhile."""
        if self._wanted.state != "open":
            return False
        return row.state != "open" or (row.reason == BLIND and row.key.ref not in self._blind)


def _refs(request: web.Request) -> tuple[str, ...]:
    return tuple(each for each in request.query.get("refs", "").split(",") if each)[:MOST_REFS]
