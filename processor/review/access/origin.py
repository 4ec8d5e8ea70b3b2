"""Which requests come from this site's own pages, and which addresses are its own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LONGEST = 2000
PORTS = {"http": 80, "https": 443}
NOT_BACK = ("/login", "/logout", "/oidc/")
"""Where nobody is sent after a login."""


def is_own(headers: Mapping[str, str], hosts: Collection[str]) -> bool:
    """Whether a request that changes something was sent by a page of this site, as far as the browser says.

    Browsers say `Sec-Fetch-Site` where the connection is safe, else `Origin`. What says neither is no browser, or an
    old one: it still needs the form's token.

    Args:
        headers: of the request.
        hosts: the names of this site: `host`, or `host:port`.
    """
    told = headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    origin = headers.get("Origin")
    if origin is None:
        return True
    scheme, _, _ = origin.partition("://")
    sender = _place(origin)
    return sender is not None and sender in {_place(f"{scheme}://{host}") for host in hosts}


def _place(address: str) -> tuple[str, int] | None:
    """The host and the port of an address; None of what has none, such as the origin `null`."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None


def path(given: str) -> str:
    """The page to go on with after a login: a path of this site, or its first page."""
    fine = (
        given.startswith("/")
        and not given.startswith(("//", *NOT_BACK))
        and "\\" not in given
        and given.isprintable()
        and len(given) <= LONGEST
    )
    return given if fine else "/"


def referring(headers: Mapping[str, str], hosts: Collection[str]) -> str:
    """The page of this site that a form was sent from."""
    try:
        parts = urlsplit(headers.get("Referer", ""))
    except ValueError:
        return "/"
    if parts.netloc.lower() not in hosts:
        return "/"
    return path(parts.path + (f"?{parts.query}" if parts.query else ""))
