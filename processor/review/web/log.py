"""The audit log, for administrators: who did what, when; never what an event holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from processor.review.values import Role
from processor.review.web.site import page, reviewer, site

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.review.values import LogEntry

PAGE = 100

WORDS = {
    "decided": "decided",
    "bulk": "decided in bulk",
    "login": "logged in",
    "login_failed": "failed to log in",
    "logout": "logged out",
    "refused": "was refused",
    "forged": "sent a form that is not ours",
}


def routes() -> list[web.RouteDef]:
    """The page of the log."""
    return [web.get("/log", show)]


async def show(request: web.Request) -> web.Response:
    """A page of the log, newest first; `before` is the number of the last entry of the page that was seen."""
    if reviewer(request).role is not Role.ADMIN:
        raise web.HTTPForbidden
    given = request.query.get("before", "")
    before = int(given) if given.isascii() and given.isdigit() and len(given) <= len(str(2**62)) - 1 else None
    entries = site(request).log.read(PAGE + 1, before)
    shown = entries[:PAGE]
    values = {
        "entries": _by_day(shown),
        "words": WORDS,
        "older": shown[-1].number if len(entries) > PAGE else 0,
        "newest": before is not None,
    }
    return page(request, "log.html.j2", values)


def _by_day(entries: Sequence[LogEntry]) -> list[tuple[str, list[LogEntry]]]:
    days: dict[str, list[LogEntry]] = {}
    for each in entries:
        days.setdefault(f"{each.at:%A, %-d %B %Y}", []).append(each)
    return [*days.items()]
