"""A wrong result put before a person: as a sampled audit is, since nobody else would look at what passed.

The label tells the demo that it is wrong; in earnest a random share is looked at ([audit] in task.toml).
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.records import Message, Passage, Provenance, Reason, Review, Work
from processor.core.wire import incoming, strict_json
from processor.measure.scoring import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.task import Task
    from processor.core.views.outcomes import Outcome
    from processor.demo.samples import Sample

DETAIL = "the demo's label says that it is wrong: looked at as an audit is"


def of(task: Task, sample: Sample, outcome: Outcome) -> Review:
    """The review item of a result.

    Raises:
        LookupError, TypeError, ValueError: the record is not one that untuned wrote.
    """
    record, sent = outcome.record, sample.record
    attempts = tuple(map(incoming.attempt, record["attempts"]))
    first = incoming.origin(record["first"])
    event = incoming.event({**strict_json.loads(sent.value), "task": sample.task})
    work = Work(event, attempts[-1].number, attempts, first, first, sent.key, sent.headers)
    made = Provenance(
        version=record["version"],
        passages=tuple(map(_passage, record["passages"])),
        cut=tuple(record["passages_cut"]),
        attempts=attempts,
        usage=work.usage,
        cost=None if record["cost_usd"] is None else Decimal(record["cost_usd"]),
        durations={},
    )
    answer = plain.of(task.contract.shape, record["answer"])
    message = Message(first, sent.key, sent.value, sent.headers)
    return Review(Reason.AUDIT, DETAIL, message, work, (), answer, made, inclusion=1.0)


def _passage(record: Mapping[str, Any]) -> Passage:
    """A passage as a result tells of it: its text is in the knowledge base."""
    names = ("id", "kind", "source", "title", "score", "content_hash")
    return Passage(**{name: record[name] for name in names}, text="", input=None, answer=None)
