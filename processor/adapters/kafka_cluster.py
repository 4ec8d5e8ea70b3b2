"""Asking and changing the cluster: its topics, their settings, offsets. Shared by the Kafka adapters."""

from __future__ import annotations

import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any, Self, TypeVar

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, admin

from processor.adapters import kafka_client
from processor.core import errors
from processor.core.topics import Existing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from processor.config import Settings

Item = TypeVar("Item")
Partition = tuple[str, int]
"""A topic's name and a partition's number."""

SETTLING_PAUSE = 0.2


class Cluster:
    """A connection for questions to the cluster; a context manager.

    Every method raises `Unavailable` where nobody answers in time and `Misconfigured` where the login is refused.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._complaints = kafka_client.Complaints()
        self._client = kafka_client.connect(admin.AdminClient, settings, error_cb=self._complaints)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.__exit__(kind, error, at)

    def call(self, ask: Callable[[Any], Mapping[Item, Future[Any]]]) -> dict[Item, Any]:
        """Put a question to the library's `AdminClient` and wait for all its answers; again while the cluster settles.

        Returns:
            By item, the answer, or the `KafkaError` that the cluster gave for that item.
        """
        deadline = time.monotonic() + kafka_client.TIMEOUT
        answers = self._ask(ask, deadline)
        while any(map(_is_settling, answers.values())) and time.monotonic() < deadline:
            time.sleep(SETTLING_PAUSE)
            answers = self._ask(ask, deadline)
        return answers

    def _ask(self, ask: Callable[[Any], Mapping[Item, Future[Any]]], deadline: float) -> dict[Item, Any]:
        self._complaints.clear()
        futures = ask(self._client)
        while wait(futures.values(), timeout=0.05).not_done:
            self._client.poll(0)
            self._complaints.check(self._settings)
            if time.monotonic() > deadline:
                raise kafka_client.translate(KafkaError(KafkaError._TIMED_OUT), self._settings)  # noqa: SLF001 - its public name
        return {item: self._outcome(future) for item, future in futures.items()}

    def _outcome(self, future: Future[Any]) -> Any:
        try:
            return future.result()
        except KafkaException as failure:
            error = failure.args[0]
            if error.name() in kafka_client.AWAY | kafka_client.LOGIN:
                raise kafka_client.translate(error, self._settings) from failure
            return error

    def checked(self, answers: Mapping[Item, Any]) -> dict[Item, Any]:
        """The same answers, none of them an error.

        Raises:
            StageError: what the first error means.
        """
        for answer in answers.values():
            if isinstance(answer, KafkaError):
                raise kafka_client.translate(answer, self._settings)
        return dict(answers)

    def existing(self, names: Iterable[str]) -> dict[str, Existing]:
        """Those of the topics that exist, with all their settings. Asking creates none."""
        wanted = confluent_kafka.TopicCollection(list(names))
        described = self.call(lambda client: client.describe_topics(wanted, request_timeout=kafka_client.TIMEOUT))
        there = {name: answer for name, answer in described.items() if not _is_missing(answer)}
        self.checked(there)
        settings = self._topic_settings(there)
        return {
            name: Existing(len(answer.partitions), len(answer.partitions[0].replicas), settings[name])
            for name, answer in there.items()
        }

    def require(self, names: Iterable[str]) -> dict[str, Existing]:
        """The topics, all of which must exist.

        Raises:
            Misconfigured: one is missing; the message says how to create it.
        """
        wanted = list(names)
        existing = self.existing(wanted)
        for name in wanted:
            if name not in existing:
                raise errors.Misconfigured(
                    "kafka",
                    f"the topic {name} does not exist on Kafka at {self._settings.kafka}: "
                    "create it with `untuned topics`, or check UNTUNED_TOPIC_PREFIX",
                )
        return existing

    def offsets(self, partitions: Iterable[Partition], at: Any) -> dict[Partition, int]:
        """Offsets of partitions, `at` one of the library's `OffsetSpec`s. -1 where no record is at or after a time."""
        asked = {confluent_kafka.TopicPartition(*partition): at for partition in partitions}
        if not asked:
            return {}
        answers = self.checked(
            self.call(lambda client: client.list_offsets(asked, request_timeout=kafka_client.TIMEOUT))
        )
        return {(found.topic, found.partition): int(answer.offset) for found, answer in answers.items()}

    def committed(self, group: str, partitions: Iterable[Partition]) -> dict[Partition, int | None]:
        """What a group has committed, from the broker; None where it never did."""
        asked = [confluent_kafka.TopicPartition(*partition) for partition in partitions]
        request = [confluent_kafka.ConsumerGroupTopicPartitions(group, asked)]
        answers = self.checked(
            self.call(lambda client: client.list_consumer_group_offsets(request, request_timeout=kafka_client.TIMEOUT))
        )
        return {
            (found.topic, found.partition): found.offset if found.offset >= 0 else None
            for found in answers[group].topic_partitions
        }

    def commit(self, group: str, offsets: Mapping[Partition, int]) -> None:
        """Set where a group reads on.

        Raises:
            Unavailable: the group has members; they alone commit as long as they are there.
        """
        asked = [confluent_kafka.TopicPartition(*partition, offset) for partition, offset in offsets.items()]
        request = [confluent_kafka.ConsumerGroupTopicPartitions(group, asked)]
        answers = self.call(
            lambda client: client.alter_consumer_group_offsets(request, request_timeout=kafka_client.TIMEOUT)
        )
        found = answers[group]
        failures = [found] if isinstance(found, KafkaError) else [each.error for each in found.topic_partitions]
        for failure in filter(None, failures):
            if failure.name() in {"UNKNOWN_MEMBER_ID", "NON_EMPTY_GROUP"}:
                raise errors.Unavailable("kafka", f"workers of the group {group} are running: stop them first")
            raise kafka_client.translate(failure, self._settings)

    def _topic_settings(self, names: Iterable[str]) -> dict[str, dict[str, str]]:
        resources = [admin.ConfigResource(admin.ConfigResource.Type.TOPIC, name) for name in names]
        if not resources:
            return {}
        answers = self.checked(
            self.call(lambda client: client.describe_configs(resources, request_timeout=kafka_client.TIMEOUT))
        )
        return {
            resource.name: {name: entry.value for name, entry in entries.items()}
            for resource, entries in answers.items()
        }


def partitions(existing: Mapping[str, Existing]) -> list[Partition]:
    """Every partition of the topics."""
    return [(name, number) for name, topic in existing.items() for number in range(topic.partitions)]


def _is_settling(answer: Any) -> bool:
    return isinstance(answer, KafkaError) and answer.name() in kafka_client.SETTLING


def _is_missing(answer: Any) -> bool:
    return isinstance(answer, KafkaError) and answer.name() in kafka_client.MISSING
