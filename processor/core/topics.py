"""The topics: what settings fit each and why, and how an existing topic differs from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEFAULT_PARTITIONS = 8
"""Partitions bound the number of workers, not the calls in flight; eight leaves room to add workers."""

CLUSTER_DEFAULT = -1
"""The replication that the cluster itself chooses."""

EVENT_LIMIT = 4 * 1024 * 1024
"""Bytes that one message on the tasks topic may have."""

RECORD_LIMIT = 16 * 1024 * 1024
"""Bytes of what untuned writes: the event once more, with answers, passages and violations."""

DAY_MS = 24 * 3600 * 1000
JOURNAL_SEGMENT_MS = 6 * 3600 * 1000
"""Only closed segments are compacted and deleted."""

FOREVER = "-1"
ENOUGH_FOR_QUORUM = 3


@dataclass(frozen=True, slots=True)
class Spec:
    """How one topic should be.

    Attributes:
        kind: `tasks`, `results`, `retry`, `review`, `decisions`, `leases` or `journal`; behind the prefix.
        partitions: equal for all, so that one key has the same partition number everywhere.
        replication: copies of each partition, or `CLUSTER_DEFAULT`.
        settings: Kafka's topic settings, as strings.
        why: one line for the retention and the clean-up.
    """

    kind: str
    partitions: int
    replication: int
    settings: Mapping[str, str]
    why: str


@dataclass(frozen=True, slots=True)
class Existing:
    """How one topic is. `settings` are all that the broker tells."""

    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of an existing topic that is not as it should be. `alterable`: `--alter` can change it."""

    setting: str
    found: str
    wanted: str
    alterable: bool
    note: str = ""


def specs(partitions: int, replication: int = CLUSTER_DEFAULT) -> tuple[Spec, ...]:
    """All topics.

    None is compacted but the journal: the key is the producer's (a customer, an order), so that several events may
    share one, and compaction would drop all but the last of them. Time stamps are the broker's, so that ages and
    retention do not hang on producers' clocks.
    """
    day, week, month = str(DAY_MS), str(7 * DAY_MS), str(30 * DAY_MS)
    tidied = {"cleanup.policy": "compact,delete", "segment.ms": str(JOURNAL_SEGMENT_MS)}
    journal = {**_settings(day, RECORD_LIMIT, replication), **tidied}
    return (
        *_logs(partitions, replication, week, month),
        Spec("leases", partitions, replication, _settings(day, RECORD_LIMIT, replication), "a day: none holds longer"),
        Spec("journal", partitions, replication, journal, "a day: what a worker must know of the one before it"),
    )


def _logs(partitions: int, replication: int, week: str, month: str) -> Iterator[Spec]:
    return (
        Spec(kind, partitions, replication, _settings(retention, limit, replication), why)
        for kind, retention, limit, why in (
            ("tasks", week, EVENT_LIMIT, "a week: a long outage or a replay still finds every event"),
            ("retry", week, RECORD_LIMIT, "as long as tasks: an event that waits here is as young as one there"),
            ("results", month, RECORD_LIMIT, "a month: consumers that were away, measuring and exports read the log"),
            ("review", FOREVER, RECORD_LIMIT, "kept: an item that nobody has looked at yet must not run out"),
            (
                "decisions",
                FOREVER,
                RECORD_LIMIT,
                "kept: people's answers are the labels that everything is measured on",
            ),
        )
    )


def _settings(retention: str, limit: int, replication: int) -> dict[str, str]:
    settings = {
        "cleanup.policy": "delete",
        "retention.ms": retention,
        "max.message.bytes": str(limit),
        "message.timestamp.type": "LogAppendTime",
    }
    if replication >= ENOUGH_FOR_QUORUM:
        settings["min.insync.replicas"] = "2"  # one broker may be away and an acknowledged event is still on two
    return settings


def differences(spec: Spec, existing: Existing) -> tuple[Difference, ...]:
    """What `existing` has otherwise. More partitions than wanted are told, but can never be lowered in Kafka."""
    found = []
    if existing.partitions != spec.partitions:
        grows = existing.partitions < spec.partitions
        note = "keys move to other partitions" if grows else "Kafka cannot lower it"
        found.append(
            Difference("partitions", str(existing.partitions), str(spec.partitions), alterable=grows, note=note)
        )
    if spec.replication not in (CLUSTER_DEFAULT, existing.replication):
        note = "needs a reassignment of replicas, with Kafka's own tools"
        found.append(
            Difference("replication", str(existing.replication), str(spec.replication), alterable=False, note=note)
        )
    found.extend(
        Difference(name, existing.settings.get(name, "?"), wanted, alterable=True)
        for name, wanted in spec.settings.items()
        if existing.settings.get(name) != wanted and not _would_block(name, existing)
    )
    return tuple(found)


def _would_block(name: str, existing: Existing) -> bool:
    """With fewer than three copies, a demand for two would stop the topic as soon as one broker is away."""
    return name == "min.insync.replicas" and existing.replication < ENOUGH_FOR_QUORUM
