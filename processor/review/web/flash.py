"""A line that the next page shows once: what became of the form before."""

from __future__ import annotations

import base64
import binascii

from aiohttp import web

SECURE = web.AppKey("secure", bool)
"""Key of an application: whether browsers reach it over HTTPS. No other site can then set the cookie."""
COOKIE = "untuned_flash"
SECONDS = 60
LIMIT = 300
"""Characters: a cookie is small."""


def flash(request: web.Request, response: web.StreamResponse, text: str) -> None:
    """Have the next page show a line. It is kept in the browser: nothing of an event belongs in it."""
    name, secure = _cookie(request)
    value = base64.urlsafe_b64encode(text[:LIMIT].encode("utf-8", "replace")).decode()
    response.set_cookie(name, value, max_age=SECONDS, path="/", secure=secure, httponly=True, samesite="Strict")


def read(request: web.Request) -> str:
    """The line that this page has to show; empty where there is none."""
    name, _ = _cookie(request)
    try:
        return base64.urlsafe_b64decode(request.cookies.get(name, "")).decode()[:LIMIT]
    except (binascii.Error, ValueError):
        return ""


def clear(request: web.Request, response: web.StreamResponse) -> None:
    """Forget the line: it was shown."""
    name, secure = _cookie(request)
    response.del_cookie(name, path="/", secure=secure, httponly=True, samesite="Strict")


def _cookie(request: web.Request) -> tuple[str, bool]:
    secure = request.app[SECURE]
    return ("__Host-" if secure else "") + COOKIE, secure
