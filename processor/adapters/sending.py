"""Publishing: the producer of a worker's Faust app, and what the broker's refusals mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import aiokafka.errors
import faust.exceptions
from faust.transport.drivers import aiokafka as driver

from processor.core import errors
from processor.core.wire import size

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from processor.adapters.stream import Worker

    Headers = tuple[tuple[str, bytes], ...]

MAX_MESSAGE = 16 * 2**20
"""Bytes of the largest message that is read or written, whatever more a topic allows."""


class Producer(driver.Producer):  # type: ignore[misc]
    """Idempotent: what is sent again after a lost acknowledgement is written once.

    No message is given up, so that none leaves a gap in the sequence. Where it is broken all the same, aiokafka sends
    nothing any more (issue 1017), and the watchdog ends the process.
    """

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}


def sender(app: Worker) -> Callable[[str, bytes | None, bytes, Headers], Awaitable[None]]:
    """A function `(topic, key, value, headers)` that returns once all in-sync replicas have the message.

    It waits while the fence holds and while the broker is away. It raises ValueError where the message is over the
    topic's limit, and Unavailable for any other refusal of the broker.
    """

    async def send(topic: str, key: bytes | None, value: bytes, headers: Headers) -> None:
        await app.fence.passed()
        await _send(app, topic, key, value, None, headers)

    return send


def appender(app: Worker) -> Callable[[str, int, bytes, bytes], Awaitable[None]]:
    """A function `(topic, partition, key, value)`, else as of `sender`, that does not heed the fence."""

    async def append(topic: str, partition: int, key: bytes, value: bytes) -> None:
        await _send(app, topic, key, value, partition, ())

    return append


async def _send(
    app: Worker, topic: str, key: bytes | None, value: bytes, partition: int | None, headers: Headers
) -> None:
    limit = min(app.options.limits.get(topic, MAX_MESSAGE), MAX_MESSAGE)
    if (found := size.of(key, value, headers)) > limit:
        # The broker would refuse it, and aiokafka then breaks the sequence of what follows; or aiokafka refuses it.
        raise ValueError(f"the message of {found} bytes is over the limit of {topic}: {limit}")
    try:
        await app.producer.send_and_wait(topic, key, value, partition, None, list(headers))
    except (aiokafka.errors.KafkaError, faust.exceptions.ProducerSendError) as error:
        _translate(error)


def _translate(error: Exception) -> NoReturn:
    cause = error.__cause__ if isinstance(error, faust.exceptions.ProducerSendError) else error
    raise errors.Unavailable("kafka", f"the broker did not take a message: {type(cause or error).__name__}") from error
