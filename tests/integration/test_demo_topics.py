from __future__ import annotations

from typing import TYPE_CHECKING

import confluent_kafka
import pytest

from processor.adapters import topics as topic_adapter
from processor.core import errors
from processor.core.files.producer_record import ProducerRecord
from processor.core.views import lags
from processor.demo import topics
from processor.demo.samples import Sample
from tests import builders, demo_builders, running

if TYPE_CHECKING:
    from processor.config import Settings

TASKS = {"sort": builders.a_task()}
RAW = Sample("sort", ProducerRecord(2, b"raw-2-abc", b"{"), is_event=False, expected={}, text="{")


@pytest.fixture
def ground(settings: Settings) -> topics.Ground:
    """Topics on which an aborted run has left an event."""
    topic_adapter.ensure(settings, partitions=2)
    topics.produce(settings, [demo_builders.sample("left-by-another")], lambda _: None)
    return topics.open_ground(settings, TASKS, lambda: None)


def lag(ground: topics.Ground) -> int:
    with ground.lag() as lagging:
        return lags.total(lagging.read(), 0).lag


def test_what_another_run_left_is_skipped(ground: topics.Ground):
    assert lag(ground) == 0
    assert ground.produced([demo_builders.sample("left-by-another")]) == {}


def test_what_is_produced_is_found_again_by_its_id_or_its_place(ground: topics.Ground, settings: Settings):
    samples = [demo_builders.sample("a"), RAW]
    topics.produce(settings, samples, lambda _: None)
    found = ground.produced(samples)
    (place,) = (identity for identity, sample in found.items() if sample is RAW)
    assert found.keys() == {"a", place}
    assert place.startswith(f"{settings.topic('tasks')}/")
    assert lag(ground) == 2
    assert ground.books(found).lost == ["a", place]


def test_workers_of_the_group_that_run_elsewhere_are_named(
    ground: topics.Ground, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(topics, "EMPTY_PATIENCE", 0)
    member = confluent_kafka.Consumer({"bootstrap.servers": settings.kafka, "group.id": settings.group})
    assigned: list[object] = []
    member.subscribe([settings.topic("tasks")], on_assign=lambda _, parts: assigned.extend(parts))
    try:
        for _ in range(int(2 * running.PATIENCE)):
            member.poll(0.5)
            if assigned:
                break
        with pytest.raises(errors.Unavailable, match=f"workers of the group {settings.group} are running"):
            topics.open_ground(settings, TASKS, lambda: None)
    finally:
        member.close()
