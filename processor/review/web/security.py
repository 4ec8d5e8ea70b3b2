"""Headers of every answer, and what is shown where something goes wrong."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import web

from processor.core import errors
from processor.review.web.site import page

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

LOG = logging.getLogger("untuned.review")
BEGAN = web.RequestKey("began", float)
"""Key of a request: when it came, by the monotonic clock, in seconds."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without any, browsers send our own forms with the origin `null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}

SAID = {
    HTTPStatus.BAD_REQUEST: ("This request makes no sense", "Go back, load the page anew and try again."),
    HTTPStatus.UNAUTHORIZED: ("You are not logged in", "Log in, then send it again: nothing was saved."),
    HTTPStatus.FORBIDDEN: ("You may not do this", "The page may be old: load it anew. Else ask an administrator."),
    HTTPStatus.NOT_FOUND: (
        "There is nothing here",
        "It may be gone, or it may be of a task or a tenant that you do not see.",
    ),
    HTTPStatus.METHOD_NOT_ALLOWED: ("This page does not take that", "Go back and use the page's own buttons."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("That was too much to send", "Shorten what you typed and send it again."),
    HTTPStatus.TOO_MANY_REQUESTS: ("Too many attempts", "Wait a few minutes, then try again."),
    HTTPStatus.SERVICE_UNAVAILABLE: ("Nobody can be let in", "Ask an administrator: the application's log says why."),
}
RETRY_AFTER = 5
"""Seconds after which a browser may ask again where Kafka is away."""


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Give an answer the headers of all, and how long the server took; one that the handler set stays."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "untuned"  # versions are nobody's business
    if began := request.get(BEGAN):
        response.headers["Server-Timing"] = f"total;dur={1000 * (time.perf_counter() - began):.1f}"


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what a handler raises into a page that says what to do; nothing of an event is shown or logged."""
    request[BEGAN] = time.perf_counter()
    try:
        return await handler(request)
    except web.HTTPException as raised:
        if raised.status < HTTPStatus.BAD_REQUEST:
            raise
        return _refused(request, raised)
    except errors.StageError as failed:
        LOG.warning("Kafka is away for a reviewer: %s", type(failed).__name__)
        values = {
            "title": "Kafka is away",
            "text": str(failed),
            "advice": "Nothing is lost: go back and send it again in a moment. The same form sent twice counts once.",
        }
        response = page(request, "error.html.j2", values, HTTPStatus.SERVICE_UNAVAILABLE)
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return response
    except ConnectionError:
        raise  # the browser went away: there is nobody to tell
    except Exception as defect:  # noqa: BLE001 - a page says so, whatever it was
        return _defect(request, defect)


def _refused(request: web.Request, raised: web.HTTPException) -> web.Response:
    status = HTTPStatus(raised.status)
    title, advice = SAID.get(status, (status.phrase, "Go back and try again."))
    response = page(request, "error.html.j2", {"title": title, "text": "", "advice": advice}, status)
    for name in ("Allow", "Retry-After"):
        if name in raised.headers:
            response.headers[name] = raised.headers[name]
    return response


def _defect(request: web.Request, defect: Exception) -> web.Response:
    """A page with a number that is in the log; the log has where it was raised and its type, never its message."""
    number = secrets.token_hex(4)
    places = (f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(defect.__traceback__))
    LOG.error("defect %s: %s at %s", number, type(defect).__name__, " < ".join(reversed(list(places)[-8:])))
    values = {
        "title": "Something is broken here",
        "text": f"This is a defect of untuned. It is in the application's log under {number}.",
        "advice": "Nothing that you had sent before is lost. Go back to the queue and take another item.",
    }
    return page(request, "error.html.j2", values, HTTPStatus.INTERNAL_SERVER_ERROR)
