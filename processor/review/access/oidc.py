"""The login at an OpenID Connect provider: authorization code with PKCE, state and nonce, by Authlib.

GET /oidc/start    -> provider: state, nonce and the verifier's hash; what was sent is kept for ten minutes
GET /oidc/callback -> the code, once, from the same browser -> tokens -> signature and claims checked -> a name
"""

from __future__ import annotations

import functools
import hashlib
import secrets
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from processor.core import errors
from processor.review.access import addresses, identity, sessions
from processor.review.access.identity import EMAIL, VERIFIED, FailedError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from processor.review.access.identity import Config, Known

PATIENCE = 600.0
"""Seconds that somebody may take at the provider."""

MOST_BEGUN = 10_000
"""Logins that are begun at a time: everybody can begin one, and with more the oldest are forgotten."""

FRESH = 3600.0
"""Seconds after which the provider's addresses and keys are asked for again."""

TIMEOUT = 10.0


def check_address(address: str) -> str:
    """An address of the provider's: over HTTPS, or on this machine.

    Raises:
        UsageError: it is another.
    """
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and addresses.is_loopback(parts.hostname or "")):
        return address
    raise errors.UsageError(f"OpenID Connect needs https addresses, and {address} is none")


class Provider:
    """One provider.

    Args:
        config: what is set.
        store: as of `store.connect`.
        now: seconds of the epoch.
    """

    def __init__(self, config: Config, store: sqlite3.Connection, now: Callable[[], float]) -> None:
        check_address(config.issuer)
        self._config = config
        self._store = store
        self._now = now
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, Mapping[str, Any]] | None = None

    async def begin(self, browser: str, then: str) -> str:
        """The provider's address to send the browser to.

        Args:
            browser: what only this browser can show again.
            then: the page to go on with.

        Raises:
            FailedError: the provider does not answer as one.
        """
        state, nonce, verifier, now = sessions.token(), sessions.token(), secrets.token_urlsafe(64), self._now()
        async with self._client() as client:
            metadata = await self._about(client)
            address, _ = client.create_authorization_url(
                check(metadata, "authorization_endpoint"), state=state, code_verifier=verifier, nonce=nonce
            )
        self._store.execute("delete from begun where until < ?", (now,))
        self._store.execute(
            "delete from begun where state in (select state from begun order by until desc limit -1 offset ?)",
            (MOST_BEGUN - 1,),
        )
        row = (_hash(state), browser, nonce, verifier, then, now + PATIENCE)
        self._store.execute("insert into begun values (?, ?, ?, ?, ?, ?)", row)
        return str(address)

    async def finish(self, query: Mapping[str, str], browser: str) -> tuple[Known, str]:
        """Who came back, and the page to go on with.

        Raises:
            FailedError: it was not begun here, by this browser, lately, or once; or the provider says no; or its
                token does not hold.
        """
        rows = self._store.execute(
            "delete from begun where state = ? returning browser, nonce, verifier, next, until",
            (_hash(query.get("state", "")),),
        ).fetchall()
        if not rows or rows[0][4] < self._now() or not sessions.same(rows[0][0], browser):
            raise FailedError("it was not begun here, by this browser, within ten minutes")
        _, nonce, verifier, then, _ = rows[0]
        if query.get("iss", self._config.issuer) != self._config.issuer:
            raise FailedError("the answer names another issuer")
        if "error" in query:
            raise FailedError(f"the provider says {query['error'][:40]!r}")
        async with self._client() as client:
            claims = await self._claims(client, query.get("code", ""), verifier, nonce)
        return identity.known(claims, self._config), then

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

        return AsyncOAuth2Client(
            self._config.client,
            self._config.secret or None,
            scope=self._scope(),
            redirect_uri=self._config.redirect,
            code_challenge_method="S256",
            timeout=TIMEOUT,
            verify=_trusted(),
        )

    def _scope(self) -> str:
        return "openid email" if self._config.claim == EMAIL else "openid profile email"

    async def _about(self, client: Any) -> Mapping[str, Any]:
        """The provider's addresses."""
        if self._metadata is None or self._now() - self._metadata[0] > FRESH:
            address = self._config.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = await _get(client, address)
            if found.get("issuer") != self._config.issuer:
                raise FailedError("the provider's own description names another issuer")
            self._metadata = self._now(), found
        return self._metadata[1]

    async def _keys_of(self, client: Any, metadata: Mapping[str, Any], *, anew: bool) -> Mapping[str, Any]:
        if anew or self._keys is None or self._now() - self._keys[0] > FRESH:
            self._keys = self._now(), await _get(client, check(metadata, "jwks_uri"))
        return self._keys[1]

    async def _claims(self, client: Any, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
        """What the ID token says, and the user's information where the name is not in the token."""
        metadata = await self._about(client)
        endpoint = check(metadata, "token_endpoint")
        try:
            token = await client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
            )
        except Exception as failed:
            raise FailedError(f"the code was not taken: {type(failed).__name__}") from failed
        claims = await self._verified(client, metadata, token, nonce)
        needed = {self._config.claim, *([VERIFIED] if self._config.claim == EMAIL else ())}
        if needed <= claims.keys() or "userinfo_endpoint" not in metadata:
            return claims
        more = await _get(client, check(metadata, "userinfo_endpoint"), signed_in=True)
        if more.get("sub") != claims["sub"]:
            raise FailedError("the user's information is another user's")
        if claims.get(EMAIL, more.get(EMAIL)) != more.get(EMAIL):
            more = {name: value for name, value in more.items() if name != VERIFIED}  # it is of another address
        return {**more, **claims}

    async def _verified(
        self, client: Any, metadata: Mapping[str, Any], token: Mapping[str, Any], nonce: str
    ) -> Mapping[str, Any]:
        from joserfc.errors import JoseError

        given, access = str(token.get("id_token", "")), str(token.get("access_token", ""))
        for anew in (False, True):  # a key that is not known yet: they are changed from time to time
            keys = await self._keys_of(client, metadata, anew=anew)
            try:
                return identity.verified(given, keys, self._config, nonce=nonce, access=access, now=self._now())
            except (JoseError, ValueError, TypeError) as failed:
                if anew:
                    raise FailedError(f"the ID token does not hold: {identity.told(failed)}") from failed
        raise AssertionError


def check(metadata: Mapping[str, Any], name: str) -> str:
    """An address of the provider's description.

    Raises:
        FailedError: it is missing, or not over HTTPS.
    """
    try:
        return check_address(str(metadata.get(name, "")))
    except errors.UsageError as wrong:
        raise FailedError(f"the provider's {name} is missing or not over https") from wrong


async def _get(client: Any, address: str, *, signed_in: bool = False) -> Mapping[str, Any]:
    try:
        response = await client.request("GET", address, withhold_token=not signed_in)
        response.raise_for_status()
        found = response.json()
    except Exception as failed:
        raise FailedError(f"the provider does not answer: {type(failed).__name__}") from failed
    if not isinstance(found, dict):
        raise FailedError("the provider answers with something else")
    return found


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the system trusts, read once."""
    return ssl.create_default_context()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
