"""A line that the next page shows once: what became of the form before."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiohttp import web

COOKIE = "flash"
SECONDS = 60
LIMIT = 300
"""Characters: a cookie is small."""


def flash(response: web.StreamResponse, text: str) -> None:
    """Have the next page show a line. It is kept in the browser: nothing of an event belongs in it."""
    value = base64.urlsafe_b64encode(text[:LIMIT].encode("utf-8", "replace")).decode()
    response.set_cookie(COOKIE, value, max_age=SECONDS, httponly=True, samesite="Strict", path="/")


def read(request: web.Request) -> str:
    """The line that this page has to show; empty where there is none."""
    try:
        return base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")).decode()[:LIMIT]
    except (binascii.Error, ValueError):
        return ""


def clear(response: web.StreamResponse) -> None:
    """Forget the line: it was shown."""
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict")
