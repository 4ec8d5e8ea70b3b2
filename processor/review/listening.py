"""Where the application can be reached: its address, its certificate, and what is wrong with both."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from processor.core import errors
from processor.review.access import addresses, composing

if TYPE_CHECKING:
    from processor.config import Settings


def exposure(settings: Settings) -> str:
    """What to warn of where other machines reach the address; empty where none does.

    Raises:
        UsageError: passwords and cookies would go over the network as they are.
    """
    host = settings.review_host
    if addresses.is_loopback(host) or settings.review_tls_cert:
        return ""
    if not (composing.is_secure(settings) or settings.review_proxy_from):
        raise errors.UsageError(
            f"at {host} others could read passwords on their way: give --tls-cert, or let a proxy end TLS and say so "
            "by --secure-cookie or UNTUNED_REVIEW_URL"
        )
    return f"the application is open at {host} without TLS of its own: let nobody but the proxy reach it"


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """The certificate of its own; None without one.

    Raises:
        UsageError: it cannot be used.
    """
    if settings.review_tls_cert is None:
        return None
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        made.load_cert_chain(settings.review_tls_cert, settings.review_tls_key)
    except (OSError, ssl.SSLError) as error:
        raise errors.UsageError(f"the certificate or its key cannot be used: {error}") from error
    return made
