"""Who has an item before them: renewed by the page while it is looked at."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from processor.core import errors
from processor.review.web.site import reviewer, site

if TYPE_CHECKING:
    from processor.review.values import Holder


async def renew(request: web.Request) -> web.Response:
    """Renew the lease: `{"mine": true, "line": "Yours until 09:35 UTC"}`."""
    me = reviewer(request)
    item = site(request).view.item(request.match_info["ref"], me)
    if item is None:
        raise web.HTTPNotFound
    if item.ruling is not None and not item.blind_for(me.name):
        return web.json_response({"mine": False, "line": "Somebody has decided this meanwhile."})
    try:
        holder = await site(request).desk.take(item.ref, me)
    except errors.StageError:
        said = {"mine": True, "line": "Kafka is away; trying again."}
        return web.json_response(said, status=HTTPStatus.SERVICE_UNAVAILABLE)
    except LookupError:
        raise web.HTTPNotFound from None
    return web.json_response({"mine": holder.by == me.name, "line": line(holder, me.name)})


def line(holder: Holder, me: str) -> str:
    """Who has it, in words."""
    until = f"{holder.until.astimezone(dt.UTC):%H:%M} UTC"
    return f"Yours until {until}" if holder.by == me else f"{holder.by} is looking at this, until {until} at most"
