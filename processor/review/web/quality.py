"""The quality page: how far reviewers agree, how long they take, which rules cost more than they catch."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from processor.measure.ladder import told
from processor.measure.report import numbers
from processor.review.quality import Memory
from processor.review.quality.summary import MOST_DISAGREEMENTS
from processor.review.values import Role
from processor.review.web.ahead import Ahead
from processor.review.web.site import SITE, page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from processor.review.quality.values import Day, Quality
    from processor.review.values import Reviewer

LITTLE = 30
"""Pairs, audits or items below which a figure says little; its interval shows how little."""
DAYS = 30
SPANS = {"7": "7 days", "30": "30 days", "90": "90 days", "": "All"}
DAY_SECONDS = 86400.0

MEMORY = web.AppKey("memory", Memory)
RECKONING = web.AppKey("reckoning", asyncio.Lock)
"""Held while figures are reckoned: who asks at the same time finds in the memory what the first one looked at."""


def install(app: web.Application) -> None:
    """What the page keeps, and what looks at decided items before anybody asks."""
    app[MEMORY] = Memory(app[SITE].task)
    app[RECKONING] = asyncio.Lock()
    app.cleanup_ctx.append(_ahead)


async def _ahead(app: web.Application) -> AsyncIterator[None]:
    async with Ahead(app[SITE], app[MEMORY], app[RECKONING]).running():
        yield


def routes() -> list[web.RouteDef]:
    """The quality page."""
    return [web.get("/quality", show)]


async def show(request: web.Request) -> web.Response:
    """The figures of all that the reviewer may see; those of persons only to administrators, and one's own."""
    at, me = site(request), reviewer(request)
    span = request.query.get("days", "30")
    span = span if span in SPANS else "30"
    names = tuple(name for name in at.tasks() if me.tasks is None or name in me.tasks)
    task = request.query.get("task", "")
    task = task if task in names else ""

    def reckon() -> Quality:
        since = at.now().timestamp() - int(span) * DAY_SECONDS if span else None
        waiting = at.view.undecided_audits(me, task, since)
        return request.app[MEMORY].quality(at.view.decided(me, task, since), at.view.decisions, waiting)

    async with request.app[RECKONING]:
        found = await asyncio.to_thread(reckon)
    values = {
        "found": found,
        "times": _times(found, me),
        "days": _days(found),
        "busiest": max((day.rulings for day in found.days), default=0),
        "most": MOST_DISAGREEMENTS,
        "little": LITTLE,
        "names": names,
        "task": task,
        "span": span,
        "spans": SPANS,
        "percent": numbers.percent,
        "interval": numbers.interval,
        "rate": told.rate,
    }
    return page(request, "quality.html.j2", values)


def _times(found: Quality, me: Reviewer) -> list[object]:
    return [each for each in found.times if not each.by or me.role is Role.ADMIN or each.by == me.name]


def _days(found: Quality) -> list[Day]:
    return [*found.days[-DAYS:]]
