"""The page of an event by its id: all its rounds, what was tried, and what people decided."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from processor.review.web.item import shown as item_shown
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from processor.review.values import Key

NO_TASK = "-"
"""Stands in addresses for the task of bytes that are no event."""


def routes() -> list[web.RouteDef]:
    """The event's address."""
    return [web.get("/events/{task}/{event_id:.+}", show)]


def address(key: Key) -> str:
    """Where an event's page is."""
    return f"/events/{_quoted(key.task or NO_TASK)}/{_quoted(key.event_id)}"


async def show(request: web.Request) -> web.Response:
    """The page; of an unknown event one that offers a search."""
    task, event_id = request.match_info["task"], request.match_info["event_id"]
    me = reviewer(request)
    rounds = site(request).view.rounds("" if task == NO_TASK else task, event_id, me)
    shown = tuple(item_shown.of(each, me) for each in rounds)
    values = {"task": "" if task == NO_TASK else task, "event_id": event_id, "rounds": shown}
    return page(request, "event.html.j2", values, 200 if rounds else 404)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")
