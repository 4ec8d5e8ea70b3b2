"""Connecting to Kafka: the clients' settings, and what their errors mean. Shared by the Kafka adapters."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import confluent_kafka

from processor.core import errors

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

    from processor.config import Settings
    from processor.core.records import Message

TIMEOUT = 10.0
"""Seconds that an answer of the cluster may take."""

GRACE = 2.0
"""Seconds of nothing but failed connections after which nobody is there."""

LOGIN = {"_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "UNSUPPORTED_SASL_MECHANISM", "ILLEGAL_SASL_STATE"}
FORBIDDEN = {"TOPIC_AUTHORIZATION_FAILED", "CLUSTER_AUTHORIZATION_FAILED", "GROUP_AUTHORIZATION_FAILED"}
MISSING = {"UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "_UNKNOWN_PARTITION"}
SETTLING = {
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_FOR_PARTITION",
    "UNKNOWN_LEADER_EPOCH",
    "FENCED_LEADER_EPOCH",
    "OFFSET_NOT_AVAILABLE",
    "COORDINATOR_NOT_AVAILABLE",
    "COORDINATOR_LOAD_IN_PROGRESS",
    "NOT_COORDINATOR",
}
"""What a cluster answers for a moment after a broker has started or a partition has moved."""
CAUSES = {"_TRANSPORT", "_RESOLVE", "_FAIL"}
AWAY = CAUSES | {"_ALL_BROKERS_DOWN", "_TIMED_OUT", "_MSG_TIMED_OUT"}


@dataclass
class Complaints:
    """A client's error callback: remembers what it met, since the calls themselves only tell of a time-out."""

    since: float | None = None
    last: KafkaError | None = None

    def __call__(self, error: KafkaError) -> None:
        """Keep the latest complaint that names a cause; `_ALL_BROKERS_DOWN` only sums up."""
        self.since = time.monotonic() if self.since is None else self.since
        if self.last is None or error.name() != "_ALL_BROKERS_DOWN":
            self.last = error

    def clear(self) -> None:
        """Something worked: what was before does not matter any more."""
        self.since = self.last = None

    def check(self, settings: Settings) -> None:
        """Raise what the complaints mean, once waiting on is of no use: a refused login at once, silence after a while.

        Raises:
            Misconfigured: the login or the encryption does not fit.
            Unavailable: no broker could be reached for `GRACE` seconds.
        """
        if self.last is None or self.since is None:
            return
        failure = translate(self.last, settings)
        if isinstance(failure, errors.Misconfigured) or time.monotonic() - self.since > GRACE:
            raise failure


def config(settings: Settings) -> dict[str, Any]:
    """What every client of the library needs. Holds the password: build a client from it, never print or keep it."""
    given: dict[str, Any] = {
        "bootstrap.servers": settings.kafka,
        "security.protocol": settings.kafka_security_protocol,
        "client.id": "untuned",
        "log_level": 0,  # troubles are told once, in our words; a Python logger here turns Ctrl-C into a SystemError
    }
    if settings.kafka_security_protocol.startswith("SASL"):
        given["sasl.mechanism"] = settings.kafka_sasl_mechanism
        given["sasl.username"] = settings.kafka_username
        given["sasl.password"] = settings.kafka_password.get_secret_value()
    if settings.kafka_security_protocol.endswith("SSL") and settings.kafka_ca:
        given["ssl.ca.location"] = settings.kafka_ca
    return given


def connect(kind: type[Any], settings: Settings, **more: Any) -> Any:
    """Build a client of the library: its `Producer`, `Consumer` or `AdminClient`. Nothing is awaited from the cluster.

    `more` are further settings, with `_` where the library's names have a dot; `error_cb` keeps its name.

    Raises:
        UsageError: the settings contradict each other or name a file that is not there.
    """
    extra = {name if name == "error_cb" else name.replace("_", "."): value for name, value in more.items()}
    try:
        return kind({**config(settings), **extra})
    except confluent_kafka.KafkaException as error:
        raise errors.UsageError(f"the Kafka settings (KAFKA_…) do not work: {error.args[0].str()}") from error


def reader(settings: Settings, **more: Any) -> Any:
    """A consumer for `assign`: it joins no group and commits nothing, and it tells of the end of each partition.

    The group's name must be given to the library; the workers' is one that the user may use. There are no callbacks:
    a Ctrl-C that falls into one is lost in the library (confluent-kafka-python #1708).
    """
    return connect(
        confluent_kafka.Consumer,
        settings,
        group_id=settings.group,
        enable_auto_commit=False,
        enable_partition_eof=True,
        auto_offset_reset="earliest",
        queued_max_messages_kbytes=16 * 1024,
        **more,
    )


def translate(error: KafkaError, settings: Settings) -> errors.StageError:
    """What an error of the library means for whoever called."""
    where, name, text = f"Kafka at {settings.kafka}", error.name(), error.str()
    if name in LOGIN:
        return errors.Misconfigured(
            "kafka", f"{where} refused the login: check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD"
        )
    if name == "_SSL" or "SSL handshake" in text or "security.protocol" in text:
        return errors.Misconfigured(
            "kafka",
            f"no connection to {where} with {settings.kafka_security_protocol}: "
            "check KAFKA_SECURITY_PROTOCOL and KAFKA_SSL_CAFILE",
        )
    if name in FORBIDDEN:
        return errors.Misconfigured("kafka", f"{where} does not allow this to the user ({text})")
    if name in MISSING:
        return errors.Misconfigured("kafka", f"a topic is missing on {where}: create it with `untuned topics`")
    if name in AWAY:
        # Without a cause, the address may also be that of a listener with another protocol.
        also = "" if name in CAUSES else f" and KAFKA_SECURITY_PROTOCOL (now {settings.kafka_security_protocol})"
        what = "start the local stack with `untuned up`, or set KAFKA_BOOTSTRAP_SERVERS"
        return errors.Unavailable("kafka", f"no {where} answers: {what}{also}")
    return errors.Unavailable("kafka", f"{where}: {text}")


def message(found: Any) -> Message:
    """The library's message as our record, bytes untouched. A header without a value has empty bytes."""
    from processor.core.records import Message, Origin

    headers = tuple((name, value or b"") for name, value in found.headers() or ())
    return Message(
        Origin(found.topic(), found.partition(), found.offset(), found.timestamp()[1]),
        found.key(),
        found.value(),
        headers,
    )
