"""Publishing: the producer of a worker's Faust app, and what the broker's refusals mean."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

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


MOST_OF_A_BATCH = 16 * 2**10
"""Bytes of small messages that go together; a topic that takes less of one message takes no more of several."""

GAPS = (
    # The broker misses messages before this one, or did not take it, as the topic's limit is lower than at the start.
    aiokafka.errors.OutOfOrderSequenceNumber,
    aiokafka.errors.UnknownProducerId,
    aiokafka.errors.MessageSizeTooLargeError,
    aiokafka.errors.RecordListTooLargeError,
)
"""aiokafka counts on after these, so that the broker takes no later message of the partition either."""


class Producer(driver.Producer):  # type: ignore[misc]
    """Idempotent: what is sent again after a lost acknowledgement is written once.

    No message is given up, so that none leaves a gap in the sequence. Where it is broken all the same, aiokafka sends
    nothing any more (issue 1017) or in vain (`broken`), and the watchdog ends the process.

    Attributes:
        broken: there is a gap in the sequence.
    """

    broken = False

    def _settings_extra(self) -> dict[str, Any]:
        return {"acks": "all", "enable_idempotence": True}

    def _new_producer(self, transactional_id: str | None = None) -> Any:
        made = super()._new_producer(transactional_id)
        # aiokafka gives a batch up that is older than a request may take once its partition has no leader, as when the
        # broker is just back from an outage; its numbers are then taken, and the broker waits for them for ever.
        made._message_accumulator._batch_ttl = math.inf  # noqa: SLF001 - no setting has it
        return made


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
        cause = error.__cause__ if isinstance(error, faust.exceptions.ProducerSendError) else error
        app.producer.broken = app.producer.broken or isinstance(cause, GAPS)
        told = f"the broker did not take a message: {type(cause or error).__name__}"
        raise errors.Unavailable("kafka", told) from error
