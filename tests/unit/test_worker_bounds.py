"""How far a worker runs ahead, and how large a message it sends."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import (
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
    OutOfOrderSequenceNumber,
    RecordListTooLargeError,
    UnknownProducerId,
)

from processor import config, worker
from processor.adapters import sending, stream
from processor.adapters.fence import Fence
from processor.core import errors


@pytest.mark.parametrize(
    ("journal", "window"),
    [(5000, worker.WINDOW), (100, 50), (1, 1), (0, worker.WINDOW_WITHOUT_JOURNAL * 16)],
)
def test_a_partition_runs_ahead_as_far_as_the_journal_remembers_and_by_one_at_least(journal: int, window: int):
    settings = config.load().model_copy(update={"journal": journal, "concurrency": 16})
    assert worker._window(settings) == window


@pytest.mark.parametrize("limit", [1000, 2 * sending.MAX_MESSAGE])
async def test_what_the_topic_or_the_client_does_not_take_is_refused_before_it_is_sent(limit: int):
    sent: list[Any] = []

    async def send_and_wait(*message: Any):
        sent.append(message)

    app: Any = SimpleNamespace(
        options=SimpleNamespace(limits={"t": limit}),
        fence=Fence(10.0),
        producer=SimpleNamespace(send_and_wait=send_and_wait),
    )
    send = sending.sender(app)
    await send("t", b"k", b"small", ())
    with pytest.raises(ValueError, match="over the limit"):
        await send("t", b"k", bytes(min(limit, sending.MAX_MESSAGE)), ())
    assert len(sent) == 1


def an_app(tmp_path: Path, **limits: int) -> stream.Worker:
    topics: tuple[str, ...] = ()
    options = stream.Options("127.0.0.1:1", "g", topics, frozenset(), limits, tmp_path, concurrency=1, grace=1.0)
    return stream.create(options, None, {"version": 1})


async def test_no_message_is_given_up_while_its_partition_has_no_leader(tmp_path: Path, monkeypatch: Any):
    client = an_app(tmp_path).producer._new_producer()
    try:
        sent = client._message_accumulator
        await sent.add_message(TopicPartition("t", 0), b"k", b"v", 1.0)
        monkeypatch.setattr(time, "monotonic", lambda now=time.monotonic: now() + 86_400)
        monkeypatch.setattr(client._metadata, "leader_for_partition", lambda _: -1)
        assert sent.drain_by_nodes(ignore_nodes=()) == ({}, True)
        assert [len(batches) for batches in sent._batches.values()] == [1]
    finally:
        client._closed = True  # it was never started


async def test_messages_that_go_together_are_no_more_than_the_topic_takes_of_one(tmp_path: Path):
    client = an_app(tmp_path, large=2**20, small=6000).producer._new_producer()
    try:
        sent = client._message_accumulator
        for _ in range(2):
            await sent.add_message(TopicPartition("small", 0), b"k", bytes(4000), 0.01)
    except KafkaTimeoutError:  # the second waits until the first is on its way
        pass
    finally:
        client._closed = True  # it was never started
    assert [[batch.record_count for batch in batches] for batches in sent._batches.values()] == [[1]]


@pytest.mark.parametrize(
    ("error", "broken"),
    [
        (OutOfOrderSequenceNumber, True),
        (UnknownProducerId, True),
        (MessageSizeTooLargeError, True),  # the limit was lowered since the start
        (RecordListTooLargeError, True),
        (NotEnoughReplicasError, False),
    ],
)
async def test_a_producer_whose_messages_leave_a_gap_is_broken_for_good(error: type[Exception], broken: bool):
    async def send_and_wait(*_: Any) -> None:
        raise error

    producer = SimpleNamespace(send_and_wait=send_and_wait, broken=False)
    app: Any = SimpleNamespace(options=SimpleNamespace(limits={}), fence=Fence(10.0), producer=producer)
    with pytest.raises(errors.Unavailable, match=error.__name__):
        await sending.sender(app)("t", b"k", b"v", ())
    assert producer.broken is broken
