"""What an OpenID Connect provider publishes of itself: its addresses and its keys, asked for again now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from processor.core import errors
from processor.review.access import addresses
from processor.review.access.identity import FailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FRESH = 3600.0
"""Seconds after which both are asked for again."""


def check_address(address: str) -> str:
    """An address of the provider's: over HTTPS, or on this machine.

    Raises:
        UsageError: it is another.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and addresses.is_loopback(parts.hostname or "")):
        return address
    raise errors.UsageError(f"OpenID Connect needs https addresses, and {address} is none")


def address(found: Mapping[str, Any], name: str) -> str:
    """An address of the provider's description.

    Raises:
        FailedError: it is missing, or not over HTTPS.
    """
    try:
        return check_address(str(found.get(name, "")))
    except errors.UsageError as wrong:
        raise FailedError(f"the provider's {name} is missing or not over https") from wrong


async def get(client: Any, address: str, *, signed_in: bool = False) -> Mapping[str, Any]:
    """What the provider answers.

    Args:
        client: Authlib's.
        address: of the provider.
        signed_in: whether the user's token is shown.

    Raises:
        FailedError: it does not answer, or not with an object.
    """
    try:
        response = await client.request("GET", address, withhold_token=not signed_in)
        response.raise_for_status()
        found = response.json()
    except Exception as failed:
        raise FailedError(f"the provider does not answer: {type(failed).__name__}") from failed
    if not isinstance(found, dict):
        raise FailedError("the provider answers with something else")
    return found


class Metadata:
    """Of one provider.

    Args:
        issuer: its address, as it stands in its tokens.
        now: seconds of the epoch.

    Raises:
        UsageError: that is no address over HTTPS.
    """

    def __init__(self, issuer: str, now: Callable[[], float]) -> None:
        self._issuer = check_address(issuer)
        self._now = now
        self._found: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None

    async def found(self, client: Any) -> Mapping[str, Any]:
        """The provider's addresses.

        Raises:
            FailedError: as `get`; or the description is of another issuer.
        """
        if self._found is None or self._now() - self._found[0] > FRESH:
            found = await get(client, self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if found.get("issuer") != self._issuer:
                raise FailedError("the provider's own description names another issuer")
            self._found = self._now(), found
        return self._found[1]

    async def keys(self, client: Any, *, anew: bool) -> Mapping[str, Any]:
        """The keys that its tokens are signed with, a JWK set; `anew` asks for them in any case."""
        if anew or self._keys is None or self._now() - self._keys[0] > FRESH:
            self._keys = self._now(), await get(client, address(await self.found(client), "jwks_uri"))
        return self._keys[1]
