"""Access put together from the settings; what does not fit together is refused before anything is served."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from processor.core import errors
from processor.review.access import addresses, identity, log, metadata, oidc, sessions, store, throttle
from processor.review.access.gate import Cookies, Gate, Unlisted
from processor.review.access.login import Login
from processor.review.access.passwords import Passwords
from processor.review.access.users import Users
from processor.review.values import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.config import Settings

FILE = "access.sqlite"


def create(settings: Settings, passwords: Passwords | None = None, now: Callable[[], float] = time.time) -> Login:
    """What lets people in.

    Args:
        settings: which ways in there are.
        passwords: compares them; cheaper ones for tests.
        now: seconds of the epoch.

    Raises:
        UsageError: settings do not fit together, nobody could log in, or a file cannot be used.
    """
    proxies = _proxies(settings)
    users = Users(settings.review_users_file)
    if not (users.all() or proxies.header or settings.review_oidc_issuer):
        raise errors.UsageError("nobody could log in: make a user by `untuned review user add NAME`")
    kept = store.connect(settings.review_dir / FILE)
    gate = Gate(
        users,
        sessions.Sessions(kept, now, settings.review_idle, settings.review_longest),
        log.AuditLog(kept, now, settings.review_log_days),
        proxies,
        Unlisted(_role(settings.review_proxy_role), _role(settings.review_oidc_role)),
        Cookies(secure=is_secure(settings)),
        frozenset(filter(None, [urlsplit(settings.review_url).netloc.lower()])),
        provided=bool(settings.review_oidc_issuer),
    )
    provider = oidc.Provider(_oidc(settings), kept, now) if settings.review_oidc_issuer else None
    return Login(gate, passwords or Passwords(), throttle.Throttle(kept, now), provider)


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach the application over HTTPS, as far as the settings say."""
    return bool(settings.review_secure_cookie or settings.review_tls_cert or settings.review_url.startswith("https://"))


def _proxies(settings: Settings) -> addresses.Proxies:
    trusted = addresses.networks(settings.review_proxy_from)
    if settings.review_proxy_header and not trusted:
        raise errors.UsageError(
            "UNTUNED_REVIEW_PROXY_HEADER needs UNTUNED_REVIEW_PROXY_FROM: where the proxy's requests come from"
        )
    if settings.review_proxy_role and not settings.review_proxy_header:
        raise errors.UsageError("UNTUNED_REVIEW_PROXY_ROLE needs UNTUNED_REVIEW_PROXY_HEADER")
    return addresses.Proxies(trusted, settings.review_proxy_header)


def _oidc(settings: Settings) -> identity.Config:
    if not settings.review_oidc_client:
        raise errors.UsageError("UNTUNED_REVIEW_OIDC_ISSUER needs UNTUNED_REVIEW_OIDC_CLIENT_ID")
    if not settings.review_url:
        raise errors.UsageError("UNTUNED_REVIEW_OIDC_ISSUER needs UNTUNED_REVIEW_URL: people come back there")
    return identity.Config(
        settings.review_oidc_issuer,
        settings.review_oidc_client,
        settings.review_oidc_secret.get_secret_value(),
        metadata.check_address(settings.review_url) + "/oidc/callback",
        settings.review_oidc_claim,
        settings.review_oidc_role_claim,
    )


def _role(text: str) -> Role | None:
    return Role(text) if text else None
