"""How the review application is reached, and who may use it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pydantic
import pydantic_settings


class Review(pydantic_settings.BaseSettings):
    """The review application."""

    review_host: str = pydantic.Field(
        "127.0.0.1", alias="UNTUNED_REVIEW_HOST", description="address that `untuned review` binds to"
    )
    review_port: int = pydantic.Field(
        8090, alias="UNTUNED_REVIEW_PORT", ge=0, le=65535, description="its port; 0: a free one"
    )
    review_url: str = pydantic.Field(
        "",
        alias="UNTUNED_REVIEW_URL",
        pattern=r"^(https?://[^/?#\s]+)?$",
        description="address under which people open it, where a proxy stands before it: https://review.example.org",
    )
    review_users: Path | None = pydantic.Field(
        None, alias="UNTUNED_REVIEW_USERS", description="file of users; default: review/users.json in the state folder"
    )
    review_secure_cookie: bool = pydantic.Field(
        default=False,
        alias="UNTUNED_REVIEW_SECURE_COOKIE",
        description="cookies over HTTPS alone; of itself so with a certificate or an https UNTUNED_REVIEW_URL",
    )
    review_tls_cert: Path | None = pydantic.Field(
        None, alias="UNTUNED_REVIEW_TLS_CERT", description="certificate chain, PEM: it then serves HTTPS itself"
    )
    review_tls_key: Path | None = pydantic.Field(
        None, alias="UNTUNED_REVIEW_TLS_KEY", description="its private key, PEM; default: in the same file"
    )
    review_idle: float = pydantic.Field(
        28_800.0, alias="UNTUNED_REVIEW_IDLE", gt=0, description="seconds without a page after which a login ends"
    )
    review_longest: float = pydantic.Field(
        86_400.0, alias="UNTUNED_REVIEW_LONGEST", gt=0, description="seconds after which a login ends in any case"
    )
    review_log_days: float = pydantic.Field(
        0.0, alias="UNTUNED_REVIEW_LOG_DAYS", ge=0, description="days that the audit log keeps a line; 0: for good"
    )
    review_proxy_from: str = pydantic.Field(
        "",
        alias="UNTUNED_REVIEW_PROXY_FROM",
        description="addresses and networks of proxies that are believed, with commas between",
    )
    review_proxy_header: str = pydantic.Field(
        "",
        alias="UNTUNED_REVIEW_PROXY_HEADER",
        pattern=r"^[A-Za-z0-9-]*$",
        description="in which they name the user they have logged in: X-Forwarded-User",
    )
    review_proxy_role: Literal["", "reviewer", "admin"] = pydantic.Field(
        "",
        alias="UNTUNED_REVIEW_PROXY_ROLE",
        description="of those who are in no file of users; empty: refused",
    )
    review_oidc_issuer: str = pydantic.Field(
        "", alias="UNTUNED_REVIEW_OIDC_ISSUER", description="OpenID Connect provider, as it names itself; https"
    )
    review_oidc_client: str = pydantic.Field("", alias="UNTUNED_REVIEW_OIDC_CLIENT_ID", description="our id there")
    review_oidc_secret: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr(""), alias="UNTUNED_REVIEW_OIDC_CLIENT_SECRET", description="a secret"
    )
    review_oidc_claim: str = pydantic.Field(
        "email",
        alias="UNTUNED_REVIEW_OIDC_CLAIM",
        description="that is a user's name: email, preferred_username, sub",
    )
    review_oidc_role: Literal["", "reviewer", "admin"] = pydantic.Field(
        "",
        alias="UNTUNED_REVIEW_OIDC_ROLE",
        description="of those who are in no file of users; empty: refused",
    )
    review_oidc_role_claim: str = pydantic.Field(
        "",
        alias="UNTUNED_REVIEW_OIDC_ROLE_CLAIM",
        description="that gives those a role: `reviewer` or `admin`, alone, in a list, or behind `untuned-`",
    )
