"""How the application can be reached: its address, its certificate, what is wrong with both, and its connections."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

from aiohttp import http_exceptions, web

from processor.core import errors
from processor.review.access import addresses, composing

if TYPE_CHECKING:
    from processor.config import Settings

IDLE = 75.0
"""Seconds that a connection may take to send a request's headers, and stay without one; aiohttp's own is an hour."""

LOG = logging.getLogger("untuned.review.http")


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


def runner(application: web.Application, grace: float) -> web.AppRunner:
    """What serves an application; at its end, answers have `grace` seconds."""
    LOG.addFilter(_is_ours)
    return web.AppRunner(
        application,
        access_log=None,
        logger=LOG,
        shutdown_timeout=grace,
        handler_cancellation=False,
        keepalive_timeout=IDLE,
    )


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether something is wrong here: anybody can send what is no HTTP, and aiohttp would log it as it came."""
    kind = record.exc_info[0] if record.exc_info else None
    return not (kind is not None and issubclass(kind, http_exceptions.HttpProcessingError))
