"""A small OpenID Connect provider, which can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import test_utils, web
from joserfc import jwk, jwt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.review.access.conftest import Clock

CLIENT, CLIENT_SECRET = "untuned", "s3cret/+"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"}, private=True)
OTHER = jwk.RSAKey.generate_key(2048, {"kid": "two"}, private=True)


@dataclass
class Issuer:
    """A provider where everybody who comes is logged in at once.

    Attributes:
        claims: of the next ID tokens, beside those that all have.
        change: what is done to a token's claims before it is signed.
        sign: how it is signed.
        metadata: over the description.
        info: the user's information.
        published: the keys that are told.
        asked: the queries of /authorize, and the forms of /token.
    """

    clock: Clock
    claims: dict[str, Any] = field(default_factory=lambda: {"email": "ann@example.org", "email_verified": True})
    change: Callable[[dict[str, Any]], Any] = lambda _: None
    sign: Callable[[dict[str, Any]], str] = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    metadata: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    published: list[Any] = field(default_factory=lambda: [KEY])
    asked: list[dict[str, str]] = field(default_factory=list)
    served: list[str] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._describe)
        app.router.add_get("/keys", self._tell_keys)
        app.router.add_post("/token", self._token)
        app.router.add_get("/info", self._tell_info)
        self._server = test_utils.TestServer(app)
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def address(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def _describe(self, request: web.Request) -> web.Response:
        self.served.append(request.path)
        found = {
            "issuer": self.address,
            "authorization_endpoint": self.address + "/authorize",
            "token_endpoint": self.address + "/token",
            "jwks_uri": self.address + "/keys",
            "userinfo_endpoint": self.address + "/info",
        }
        return web.json_response(found | self.metadata)

    async def _tell_keys(self, request: web.Request) -> web.Response:
        self.served.append(request.path)
        return web.json_response({"keys": [each.as_dict(private=False) for each in self.published]})

    async def _tell_info(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer access"
        return web.json_response({"sub": "1234"} | self.info)

    async def _token(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        sent = self.asked[-1]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
        assert sent["code_challenge_method"] == "S256"
        assert challenge.rstrip("=") == sent["code_challenge"]
        assert request.headers["Authorization"].startswith("Basic ")
        assert form["redirect_uri"] == sent["redirect_uri"]
        if form["code"] != "good":
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(self.clock())
        claims = {"iss": self.address, "sub": "1234", "aud": CLIENT, "iat": now, "exp": now + 300}
        claims |= {"nonce": sent["nonce"], **self.claims}
        self.change(claims)
        return web.json_response({"access_token": "access", "token_type": "Bearer", "id_token": self.sign(claims)})
