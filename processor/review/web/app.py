"""The web application, put together: data in, pages out; no I/O until a request comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from processor.review.web import (
    bulk,
    controls,
    events,
    flash,
    live,
    log,
    quality,
    queue,
    security,
    static_files,
    templating,
)
from processor.review.web.item import page as item
from processor.review.web.site import SITE, TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from processor.review.web.site import Site

MOST_BYTES = 2 * 1024 * 1024
"""Of a request's body: an answer with the names of its form's controls is far below."""

PARTS = (queue, item, events, bulk, live, quality, log)


class Access(Protocol):
    """What says who makes a request."""

    def install(self, app: web.Application) -> None:
        """Add a middleware that sets `REVIEWER`, `CSRF` and `ALIVE` of a request or turns it away, and its own pages.

        It says by `flash.SECURE` whether cookies go over HTTPS alone.
        """


def create_app(
    site: Site,
    access: Access | None = None,
    *,
    routes: Iterable[web.AbstractRouteDef] = (),
    trouble: Callable[[], str] = lambda: "",
) -> web.Application:
    """The application.

    Args:
        site: what the handlers need.
        access: what says who makes a request; what it raises becomes a page, too. None only in tests.
        routes: beside the application's own.
        trouble: why Kafka cannot be reached right now, in one line; empty where all is well.
    """
    app = web.Application(client_max_size=MOST_BYTES, client_max_fields=controls.MOST, middlewares=[security.explain])
    static = static_files.load()
    app[SITE], app[flash.SECURE] = site, False
    app[TEMPLATES] = templating.environment(site, static.address, trouble)
    app.on_response_prepare.append(security.add_headers)
    app.router.add_get("/", _home)
    app.router.add_get("/static/{name}", static.serve)
    app.router.add_routes([*(route for part in PARTS for route in part.routes()), *routes])
    bulk.install(app)
    live.install(app)
    quality.install(app)
    if access is not None:
        access.install(app)
    return app


async def _home(request: web.Request) -> web.Response:
    del request
    raise web.HTTPSeeOther("/queue")
