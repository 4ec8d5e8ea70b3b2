"""What an OpenID Connect provider says of somebody -> a name and a role, by Authlib and joserfc."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.review.access import names
from processor.review.values import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

LEEWAY = 60
"""Seconds by which its clock may differ."""

SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures with a key pair; never `none`, and none with a shared secret."""

EMAIL, VERIFIED = "email", "email_verified"
"""At many providers people write what they like into the one: only the other makes it theirs."""

ROLES = {name: role for role in Role for name in (role.value, f"untuned-{role.value}", f"untuned:{role.value}")}


class FailedError(Exception):
    """The login did not come to a name. The message holds no token and no secret."""


@dataclass(frozen=True, slots=True)
class Config:
    """What is set.

    Attributes:
        issuer: the provider's address, as it stands in its tokens.
        client: our id there.
        secret: empty for a public client.
        redirect: the address of /oidc/callback as people's browsers see it.
        claim: of the ID token, or of the user's information, that is the name.
        role_claim: that holds `reviewer` or `admin`, alone, in a list, or behind `untuned-`; empty: none does.
    """

    issuer: str
    client: str
    secret: str
    redirect: str
    claim: str = "email"
    role_claim: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the provider knows, and the role that it gives them."""

    name: str
    role: Role | None


def verified(
    given: str, keys: Mapping[str, Any], config: Config, *, nonce: str, access: str, now: float
) -> Mapping[str, Any]:
    """The claims of an ID token whose signature and claims hold.

    Args:
        given: the token.
        keys: the provider's, a JWK set.
        config: what is set.
        nonce: that was sent when the login was begun.
        access: the access token that came with it.
        now: seconds of the epoch.

    Raises:
        JoseError, ValueError, TypeError: they do not hold; `told` says what it is.
    """
    from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
    from joserfc import jwk, jwt

    published: Any = keys
    read = jwt.decode(given, jwk.KeySet.import_key_set(published), algorithms=SIGNED)
    held = CodeIDToken(
        read.claims,
        read.header,
        {
            "iss": {"essential": True, "value": config.issuer},
            "aud": {"essential": True, "value": config.client},
            "sub": {"essential": True},
        },
        {"nonce": nonce, "client_id": config.client, "access_token": access},
    )
    held.validate(now=int(now), leeway=LEEWAY)
    return dict(read.claims)


def known(claims: Mapping[str, Any], config: Config) -> Known:
    """Whom the claims are about.

    Raises:
        FailedError: there is no name in them, or none that is theirs.
    """
    found = claims.get(config.claim)
    if not isinstance(found, str):
        raise FailedError(f"there is no claim {config.claim}")
    if config.claim == EMAIL and claims.get(VERIFIED) not in (True, "true"):
        raise FailedError("the provider does not say that it has verified the email address (email_verified)")
    try:
        name = names.checked(found)
    except ValueError as error:
        raise FailedError(f"the claim {config.claim} is no name") from error
    return Known(name, _role(claims, config))


def _role(claims: Mapping[str, Any], config: Config) -> Role | None:
    """The highest of those that the claim gives."""
    found = claims.get(config.role_claim) if config.role_claim else None
    given = found if isinstance(found, list) else [found]
    roles = {ROLES[each] for each in given if isinstance(each, str) and each in ROLES}
    return Role.ADMIN if Role.ADMIN in roles else next(iter(roles), None)


def told(failed: Exception) -> str:
    """What is wrong with a token, without what stands in it."""
    return f"{type(failed).__name__} {getattr(failed, 'claim', '') or ''}".strip()
