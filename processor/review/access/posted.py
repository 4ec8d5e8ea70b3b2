"""The forms that somebody posts, read before it is known who they are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE = 60.0
"""Seconds that a form may take to come."""


async def texts(request: web.Request, most: int | None = None) -> Mapping[str, str]:
    """The texts of a form by their names, of each name the last; files mean nothing here.

    Args:
        request: other handlers can read the form again, but not where `most` is given.
        most: bytes of the form; None leaves it at the application's bound. Taking a form apart takes time by its size.

    Raises:
        HTTPRequestEntityTooLarge, HTTPRequestTimeout, HTTPBadRequest: it is none that can be read.
    """
    read = request if most is None else request.clone(client_max_size=most)
    try:
        async with asyncio.timeout(PATIENCE):
            form = await read.post()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as error:  # an encoding that nobody knows, parts without an end: whatever was sent is no defect
        raise web.HTTPBadRequest from error
    return {name: value for name, value in form.items() if isinstance(value, str)}
