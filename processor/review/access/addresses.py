"""Whose request it is behind a proxy, and which proxy may say who somebody is."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.core import errors
from processor.review.access import names

if TYPE_CHECKING:
    from aiohttp import web

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RefusedError(Exception):
    """The request claims to be somebody, and must not."""


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks with commas between: `10.0.0.7, fd00::/8`.

    Raises:
        UsageError: one of them is none.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tuple(ipaddress.ip_network(part) for part in parts)
    except ValueError as error:
        raise errors.UsageError(f"UNTUNED_REVIEW_PROXY_FROM: {error}") from error


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are believed.

    Attributes:
        trusted: where their requests come from.
        header: that names the user, e.g. `X-Forwarded-User`; empty where they name nobody.
    """

    trusted: tuple[Network, ...] = ()
    header: str = ""

    def trusts(self, address: str | None) -> bool:
        """Whether a request from there comes from one of them."""
        found = _address(address)
        return found is not None and any(found in each for each in self.trusted)

    def client(self, request: web.Request) -> str:
        """Where the request comes from: of the addresses that proxies added, the last that is none of theirs."""
        hops = [part.strip() for each in request.headers.getall("X-Forwarded-For", ()) for part in each.split(",")]
        found = request.remote or ""
        while self.trusts(found) and hops:
            found = _host(hops.pop())
        return str(_address(found) or found[:100])

    def hosts(self, request: web.Request) -> frozenset[str]:
        """The names under which the browser may know this site, as `host` or `host:port`."""
        told = request.headers.get("X-Forwarded-Host", "") if self.trusts(request.remote) else ""
        return frozenset(each.lower() for each in (request.host, told) if each)

    def named(self, request: web.Request) -> str | None:
        """The user that the proxy names; None where no header does.

        Raises:
            RefusedError: the header comes from elsewhere, more than once, or names nobody.
        """
        given = request.headers.getall(self.header, ()) if self.header else ()
        if not given:
            return None
        if not self.trusts(request.remote):
            raise RefusedError(f"{self.header} from an address that is no trusted proxy's")
        if len(given) > 1:
            raise RefusedError(f"{self.header} more than once")
        try:
            return names.checked(given[0])
        except ValueError as error:
            raise RefusedError(f"{self.header} names nobody") from error


def _host(hop: str) -> str:
    """The address without the port that some proxies add: it is another one with each connection."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    host, _, port = hop.rpartition(":")
    return host if host and ":" not in host and port.isdigit() else hop


def _address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text or "")
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
