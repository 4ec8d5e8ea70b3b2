"""The login at an OpenID Connect provider: authorization code with PKCE, state and nonce, by Authlib.

GET /oidc/start    -> provider: state, nonce and the verifier's hash; what was sent is kept for ten minutes
GET /oidc/callback -> the code, once, from the same browser -> tokens -> signature and claims checked -> a name
"""

from __future__ import annotations

import functools
import secrets
import ssl
from typing import TYPE_CHECKING, Any

from processor.review.access import identity, metadata, sessions
from processor.review.access.begun import Begun, Sent
from processor.review.access.identity import EMAIL, VERIFIED, FailedError
from processor.review.access.metadata import Metadata

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping

    from processor.review.access.identity import Config, Known

TIMEOUT = 10.0


class Provider:
    """One provider.

    Args:
        config: what is set.
        store: as of `store.connect`.
        now: seconds of the epoch.

    Raises:
        UsageError: its address is not over HTTPS.
    """

    def __init__(self, config: Config, store: sqlite3.Connection, now: Callable[[], float]) -> None:
        self._config = config
        self._now = now
        self._begun = Begun(store, now)
        self._metadata = Metadata(config.issuer, now)

    async def begin(self, browser: str, then: str) -> str:
        """The provider's address to send the browser to.

        Args:
            browser: what only this browser can show again.
            then: the page to go on with.

        Raises:
            FailedError: the provider does not answer as one.
        """
        state, sent = sessions.token(), Sent(browser, sessions.token(), secrets.token_urlsafe(64), then)
        async with self._client() as client:
            found = await self._metadata.found(client)
            address, _ = client.create_authorization_url(
                metadata.address(found, "authorization_endpoint"),
                state=state,
                code_verifier=sent.verifier,
                nonce=sent.nonce,
            )
        self._begun.put(state, sent)
        return str(address)

    async def finish(self, query: Mapping[str, str], browser: str) -> tuple[Known, str]:
        """Who came back, and the page to go on with.

        Raises:
            FailedError: it was not begun here, by this browser, lately, or once; or the provider says no; or its
                token does not hold.
        """
        sent = self._begun.take(query.get("state", ""), browser)
        if sent is None:
            raise FailedError("it was not begun here, by this browser, within ten minutes")
        if query.get("iss", self._config.issuer) != self._config.issuer:
            raise FailedError("the answer names another issuer")
        if "error" in query:
            raise FailedError(f"the provider says {query['error'][:40]!r}")
        async with self._client() as client:
            claims = await self._claims(client, query.get("code", ""), sent)
        return identity.known(claims, self._config), sent.then

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

    async def _claims(self, client: Any, code: str, sent: Sent) -> Mapping[str, Any]:
        """What the ID token says, and the user's information where the name is not in the token."""
        found = await self._metadata.found(client)
        endpoint = metadata.address(found, "token_endpoint")
        try:
            token = await client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=sent.verifier
            )
        except Exception as failed:
            raise FailedError(f"the code was not taken: {type(failed).__name__}") from failed
        claims = await self._verified(client, token, sent.nonce)
        needed = {self._config.claim, *([VERIFIED] if self._config.claim == EMAIL else ())}
        if needed <= claims.keys() or "userinfo_endpoint" not in found:
            return claims
        more = await metadata.get(client, metadata.address(found, "userinfo_endpoint"), signed_in=True)
        if more.get("sub") != claims["sub"]:
            raise FailedError("the user's information is another user's")
        if claims.get(EMAIL, more.get(EMAIL)) != more.get(EMAIL):
            more = {name: value for name, value in more.items() if name != VERIFIED}  # it is of another address
        return {**more, **claims}

    async def _verified(self, client: Any, token: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        from joserfc.errors import JoseError

        given, access = str(token.get("id_token", "")), str(token.get("access_token", ""))
        for anew in (False, True):  # a key that is not known yet: they are changed from time to time
            keys = await self._metadata.keys(client, anew=anew)
            try:
                return identity.verified(given, keys, self._config, nonce=nonce, access=access, now=self._now())
            except (JoseError, ValueError, TypeError) as failed:
                if anew:
                    raise FailedError(f"the ID token does not hold: {identity.told(failed)}") from failed
        raise AssertionError


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the system trusts, read once."""
    return ssl.create_default_context()
