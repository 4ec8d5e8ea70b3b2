"""Settings: the only place that reads the environment.

An explicit environment variable wins over the project's `.env` file, that over the addresses of a running local stack
(written by `untuned up`), and that over the defaults here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pydantic
import pydantic_settings

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Mapping


class Settings(pydantic_settings.BaseSettings):
    """Everything that untuned takes from outside; frozen. Field aliases are the names of the environment variables."""

    model_config = pydantic_settings.SettingsConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, env_ignore_empty=True
    )

    project: Path = pydantic.Field(Path(), alias="UNTUNED_PROJECT", description="folder with tasks/ schemas/ rules/")
    stack: str = pydantic.Field("", alias="UNTUNED_STACK", description="local stack's name; default: by project folder")
    topic_prefix: str = pydantic.Field(
        "untuned",
        alias="UNTUNED_TOPIC_PREFIX",
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
        description="of the topics' names, and of the collections' in Weaviate",
    )
    group: str = pydantic.Field("untuned", alias="UNTUNED_GROUP", description="consumer group of the workers")
    wire_format: Literal["avro", "json"] = pydantic.Field(
        "avro", alias="UNTUNED_WIRE_FORMAT", description="of what is written: avro or json; all formats are read"
    )
    concurrency: int = pydantic.Field(16, alias="UNTUNED_CONCURRENCY", ge=1, le=1024, description="calls in flight")
    journal: int = pydantic.Field(
        5000,
        alias="UNTUNED_JOURNAL",
        ge=0,
        le=100_000,
        description="attempts that are remembered, for each partition; 0: none over a restart",
    )
    watchdog: float = pydantic.Field(
        1.0,
        alias="UNTUNED_WATCHDOG",
        ge=0,
        description="patience with a worker that is stuck, in multiples of its deadlines; 0: it is told and not ended",
    )
    grace: float = pydantic.Field(60.0, alias="UNTUNED_GRACE", gt=0, description="seconds a shutdown may take")
    reload: float = pydantic.Field(
        1.0, alias="UNTUNED_RELOAD", ge=0, description="seconds between two looks for changed definitions; 0: never"
    )
    health_port: int | None = pydantic.Field(
        None, alias="UNTUNED_HEALTH_PORT", ge=0, le=65535, description="of the worker's /health; 0: a free one"
    )
    health_host: str = pydantic.Field(
        "127.0.0.1", alias="UNTUNED_HEALTH_HOST", description="address that /health binds to"
    )
    log_format: Literal["auto", "json", "pretty"] = pydantic.Field(
        "auto", alias="UNTUNED_LOG_FORMAT", description="json, pretty, or auto: pretty on a terminal"
    )
    log_level: Literal["debug", "info", "warning", "error"] = pydantic.Field(
        "info", alias="UNTUNED_LOG_LEVEL", description="debug, info, warning or error"
    )
    log_contents: bool = pydantic.Field(
        default=False, alias="UNTUNED_LOG_CONTENTS", description="log event inputs and answers; off by default"
    )

    kafka: str = pydantic.Field(
        "127.0.0.1:9092", alias="KAFKA_BOOTSTRAP_SERVERS", description="brokers, with commas between"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = pydantic.Field(
        "PLAINTEXT", alias="KAFKA_SECURITY_PROTOCOL", description="as in Kafka's clients"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = pydantic.Field(
        "PLAIN", alias="KAFKA_SASL_MECHANISM", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_username: str = pydantic.Field("", alias="KAFKA_SASL_USERNAME", description="of the login")
    kafka_password: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr(""), alias="KAFKA_SASL_PASSWORD", description="of the login; a secret"
    )
    kafka_ca: str = pydantic.Field(
        "", alias="KAFKA_SSL_CAFILE", description="certificates to trust; default: the system's"
    )
    registry: str = pydantic.Field(
        "", alias="SCHEMA_REGISTRY_URL", description="Confluent API; empty: single-object encoding"
    )

    weaviate: str = pydantic.Field("http://127.0.0.1:8080", alias="WEAVIATE_URL", description="HTTP address")
    weaviate_grpc: str = pydantic.Field("", alias="WEAVIATE_GRPC_URL", description="host:port; default: port 50051")
    weaviate_key: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr(""), alias="WEAVIATE_API_KEY", description="a secret"
    )

    openai: str = pydantic.Field(
        "http://127.0.0.1:8081/v1", alias="OPENAI_BASE_URL", description="of the default model"
    )
    openai_key: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr("none"), alias="OPENAI_API_KEY", description="of the default model; a secret"
    )
    openai_model: str = pydantic.Field(
        "smollm2-135m-instruct", alias="OPENAI_MODEL", description="the default model's id at its server"
    )
    openai_timeout: float = pydantic.Field(60.0, alias="OPENAI_TIMEOUT", gt=0, description="seconds for one call")
    requests_per_minute: float | None = pydantic.Field(
        None,
        alias="UNTUNED_REQUESTS_PER_MINUTE",
        gt=0,
        allow_inf_nan=False,
        description="that one worker sends to the default model; default: no limit",
    )
    tokens_per_minute: float | None = pydantic.Field(
        None,
        alias="UNTUNED_TOKENS_PER_MINUTE",
        gt=0,
        allow_inf_nan=False,
        description="of prompts and answers, likewise",
    )
    usd_per_minute: float | None = pydantic.Field(
        None,
        alias="UNTUNED_USD_PER_MINUTE",
        gt=0,
        allow_inf_nan=False,
        description="US dollars, likewise; needs its price in models.toml",
    )
    embedding: str = pydantic.Field(
        "http://127.0.0.1:8082/v1", alias="OPENAI_EMBEDDING_BASE_URL", description="of the embedding model"
    )
    embedding_key: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr("none"), alias="OPENAI_EMBEDDING_API_KEY", description="a secret"
    )
    embedding_model: str = pydantic.Field(
        "all-minilm-l6-v2", alias="OPENAI_EMBEDDING_MODEL", description="its id; another one needs the knowledge anew"
    )

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

    state_home: Path = pydantic.Field(
        Path("~/.local/state"), alias="XDG_STATE_HOME", description="holds the local stack's data and logs"
    )
    cache_home: Path = pydantic.Field(
        Path("~/.cache"), alias="XDG_CACHE_HOME", description="holds downloads and builds"
    )

    @property
    def stack_name(self) -> str:
        """The local stack's name: `UNTUNED_STACK`, or from the project's folder, so that checkouts don't collide."""
        if self.stack:
            return re.sub(r"[^A-Za-z0-9._-]", "-", self.stack)
        folder = self.project.expanduser().resolve()
        return f"{folder.name[:24] or 'root'}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"

    @property
    def state_dir(self) -> Path:
        """Where the local stack keeps its data, logs and process ids."""
        return self.state_home.expanduser() / "untuned" / self.stack_name

    @property
    def cache_dir(self) -> Path:
        """Where downloads and builds are kept, shared by all stacks of this user."""
        return self.cache_home.expanduser() / "untuned"

    @property
    def addresses_file(self) -> Path:
        """The running local stack's addresses, as a JSON object of environment names and values."""
        return self.state_dir / "addresses.json"

    @property
    def review_dir(self) -> Path:
        """Where the review application keeps its users, its sessions and its view of the topics."""
        return self.state_dir / "review"

    @property
    def review_users_file(self) -> Path:
        """The file of the review application's users."""
        return self.review_users.expanduser() if self.review_users else self.review_dir / "users.json"

    def topic(self, kind: str) -> str:
        """The full name of a topic, of a kind as in `core/topics.py` such as `tasks`, behind the prefix."""
        return f"{self.topic_prefix}.{kind}"


STACK_ADDRESSES = (
    "KAFKA_BOOTSTRAP_SERVERS",
    "WEAVIATE_URL",
    "WEAVIATE_GRPC_URL",
    "OPENAI_BASE_URL",
    "OPENAI_EMBEDDING_BASE_URL",
)
"""What a local stack may supply; each is left alone where the user has set it."""


def load(**overrides: object) -> Settings:
    """Read the settings; `overrides` are field names (from command line options), None values are ignored.

    Raises:
        UsageError: a variable holds what it cannot hold, or the project folder does not exist.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    project = Path(str(given.get("project") or os.environ.get("UNTUNED_PROJECT") or ".")).expanduser()
    if not project.is_dir():
        raise errors.UsageError(f"the project folder {project} does not exist (UNTUNED_PROJECT)")
    given["project"] = project
    try:
        first = Settings(_env_file=project / ".env", **given)  # type: ignore[arg-type]
        stack = {
            _field_of(name): value
            for name, value in _running_stack(first).items()
            if name in STACK_ADDRESSES and name not in explicit(project)
        }
        return Settings(_env_file=project / ".env", **{**stack, **given})  # type: ignore[arg-type]
    except pydantic.ValidationError as error:
        raise errors.UsageError(_explain(error)) from error
    except UnicodeDecodeError as error:
        raise errors.UsageError(f"{project / '.env'} is not UTF-8") from error


def explicit(project: Path) -> set[str]:
    """The names among `STACK_ADDRESSES` that the user has set, in the environment or in the project's `.env`."""
    from dotenv import dotenv_values

    written = {name for name, value in dotenv_values(project / ".env").items() if value}
    return {name for name in STACK_ADDRESSES if os.environ.get(name) or name in written}


def secret(project: Path, name: str) -> str | None:
    """A key that models.toml names: the environment's variable, else the one of the project's `.env`; None if empty."""
    from dotenv import dotenv_values

    return os.environ.get(name) or dotenv_values(project / ".env").get(name) or None


def addresses(settings: Settings) -> dict[str, str]:
    """Where the settings find the servers, by the names in `STACK_ADDRESSES`."""
    return {name: str(getattr(settings, _field_of(name))) for name in STACK_ADDRESSES}


def with_addresses(settings: Settings, addresses: Mapping[str, str]) -> Settings:
    """The same settings, pointed at other servers; `addresses` has names as in `STACK_ADDRESSES`."""
    return settings.model_copy(update={_field_of(name): value for name, value in addresses.items()})


def child_environment(**extra: str) -> dict[str, str]:
    """The environment for a program that untuned starts: this one, with `extra` over it."""
    return {**os.environ, **extra}


def _running_stack(settings: Settings) -> dict[str, str]:
    try:
        found = json.loads(settings.addresses_file.read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _field_of(alias: str) -> str:
    """The field that an environment variable fills."""
    return next(name for name, field in Settings.model_fields.items() if field.alias == alias)


def _explain(error: pydantic.ValidationError) -> str:
    # Values are left out: one of them may be a secret.
    parts = [f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()]
    return "settings: " + "; ".join(parts)
