"""`GET /health` of a worker: JSON for people; `/health/live` and `/health/ready` for probes."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, Any, NoReturn

from aiohttp import web

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


PATH = "/health"


def listen(
    host: str, port: int, what: str = PATH, settings: str = "UNTUNED_HEALTH_HOST, UNTUNED_HEALTH_PORT"
) -> socket.socket:
    """A socket at an address of this machine; port 0 for a free one.

    Args:
        host: a name or an address.
        port: its port.
        what: is to be there, for messages.
        settings: say where, for messages.

    Raises:
        UsageError: the address is taken, or is none of this machine's.
    """
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise errors.UsageError(f"{what} cannot be at {host}:{port} ({settings}): {error.strerror}") from error


def address(listener: socket.socket, scheme: str = "http") -> str:
    """Where programs on this machine find it."""
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


async def serve(
    listener: socket.socket, report: Callable[[], Mapping[str, Any]], serving: Callable[[str], None]
) -> NoReturn:
    """Answer until cancelled with what `report` says.

    /health and /health/ready answer 200 where it is `ready`, /health/live where it is `live`; else 503. The two for
    probes say only that, and `why`. `serving` is told the address once it answers.
    """

    async def health(_: web.Request) -> web.Response:
        told = report()
        return _answer(told, told["ready"])

    async def probe(request: web.Request) -> web.Response:
        told, asked = report(), request.match_info["probe"]
        return _answer({asked: told[asked], "why": told["why"]}, told[asked])

    app = web.Application()
    app.router.add_get(PATH, health)
    app.router.add_get(PATH + "/{probe:live|ready}", probe)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        serving(f"{address(listener)}{PATH}")
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
    raise AssertionError


def _answer(told: Mapping[str, Any], good: bool) -> web.Response:
    return web.json_response(told, status=200 if good else 503)
