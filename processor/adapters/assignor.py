"""How a group's workers share the partitions: by number, over all topics that they read.

A worker that has partition 3 of the tasks topic has partition 3 of the retry topic, too, so that what it remembers of
the journal's partition 3 is all there is. It keeps its numbers over a rebalance as far as equal shares allow, and with
them the calls that are under way for them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

from processor.core.delivery import sharing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

VERSION = 0


class Assignor(AbstractPartitionAssignor):  # type: ignore[misc]
    """One for a worker: it remembers which numbers the worker has. In the shape of aiokafka's assignors."""

    name = "untuned-by-number"

    def __init__(self) -> None:
        self._numbers: list[int] = []

    def metadata(self, topics: Iterable[str]) -> Any:
        """What a member says when it joins: its topics, and the numbers that it has."""
        return ConsumerProtocolMemberMetadata(VERSION, sorted(topics), json.dumps(self._numbers).encode())

    def on_assignment(self, assignment: Any) -> None:
        """Note what this worker was given."""
        self._numbers = sorted({number for _, numbers in assignment.assignment for number in numbers})

    def assign(self, cluster: Any, members: Mapping[str, Any]) -> dict[str, Any]:
        """Each member's partitions by topic; called in the member that leads the group."""
        topics = sorted({topic for member in members.values() for topic in member.subscription})
        counts = {topic: cluster.partitions_for_topic(topic) or set() for topic in topics}
        owned = {member: _owned(told.user_data) for member, told in members.items()}
        shares = sharing.shares(set().union(*counts.values()), owned)
        return {
            member: ConsumerProtocolMemberAssignment(
                VERSION, [(topic, [number for number in numbers if number in counts[topic]]) for topic in topics], b""
            )
            for member, numbers in shares.items()
        }


def _owned(told: bytes) -> list[int]:
    try:
        return [int(number) for number in json.loads(told or b"[]")]
    except (ValueError, TypeError):
        return []
