"""What the controls of a posted form hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 20_000
"""Controls of a form: those of a list of 1000 records that have a dozen fields each, and more than that of no form."""


async def posted(request: web.Request) -> Mapping[str, list[str]]:
    """The texts by their names, in the order in which they came; files mean nothing here.

    Raises:
        HTTPBadRequest: it is none that can be read.
    """
    try:
        form = await request.post()
    except (ValueError, LookupError) as error:  # bytes that are no text, or an encoding that nobody knows
        raise web.HTTPBadRequest from error
    made: dict[str, list[str]] = {}
    for name, value in form.items():
        if isinstance(value, str):
            made.setdefault(name, []).append(value)
    return made
