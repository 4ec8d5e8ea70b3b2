"""The journal on a real broker: what one worker has written, the next one reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import confluent_kafka
import pytest

from processor.adapters import kafka_client
from processor.adapters.journal import Journal
from processor.core import errors
from processor.core.delivery import ledger
from tests import builders, running

if TYPE_CHECKING:
    from processor.config import Settings

PAID = ledger.Paid("v1", builders.completion({"category": "card"}))
DONE = ledger.done_record("result")


@pytest.fixture
def journal(settings: Settings) -> Journal:
    running.create_topics(settings)
    producer = confluent_kafka.Producer({"bootstrap.servers": settings.kafka})

    async def append(topic: str, partition: int, key: bytes, value: bytes) -> None:
        producer.produce(topic, value, key, partition)
        assert producer.flush(30) == 0

    return Journal(settings, append)


async def test_an_answer_and_an_end_come_back_by_partition(journal: Journal):
    await journal.write(0, "a", ledger.paid_record(PAID))
    await journal.write(0, "b ü", ledger.paid_record(PAID))
    await journal.write(0, "b ü", DONE)
    await journal.write(1, "c", DONE)
    read = journal.read({0: 0, 1: 0, 2: 0}, 10)
    assert read[0].found.answer("a", "v1") == PAID.completion
    assert read[0].found.is_done("b ü")
    assert not read[0].found.is_done("c")
    assert read[1].found.is_done("c")
    assert [read[number].position for number in (0, 1, 2)] == [3, 1, 0]


async def test_only_what_is_new_and_only_the_newest_is_read(journal: Journal):
    for number in range(30):
        await journal.write(0, str(number), DONE)
    newest = journal.read({0: 0}, 5)[0].found
    assert [number for number in range(30) if newest.is_done(str(number))] == [25, 26, 27, 28, 29]
    behind = journal.read({0: 28}, 100)[0].found
    assert [number for number in range(30) if behind.is_done(str(number))] == [28, 29]
    again = journal.read({0: 10_000}, 100)[0]  # the topic was made anew meanwhile, and is shorter
    assert again.position == 30


def test_no_broker_is_unavailable(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kafka_client, "TIMEOUT", 1.0)
    away = Journal(settings.model_copy(update={"kafka": "127.0.0.1:1"}), lambda *_: None)  # type: ignore[arg-type]
    with pytest.raises(errors.Unavailable):
        away.read({0: 0}, 10)
