"""The Kafka headers that untuned writes, all UTF-8.

CloudEvents in binary mode (`ce_…`, `content-type`), and untuned's own: `untuned-task`, `untuned-attempt`,
`untuned-reason` (a review's reason, a retry's violated rules), and on retry and review where the event was first
produced: `untuned-original-topic`, `-partition`, `-offset`, `-timestamp` (milliseconds since the epoch). An event that
`untuned replay` sent through again has `untuned-replay` on all its messages: how many times, in decimal digits.
A result that a person decided has `untuned-decided-by: person`: where they corrected what an audit showed, it takes the
place of the model's result, which has the same `ce_id` and the same replay.
Foreign headers stay as they came, `traceparent` among them; own ones are replaced, so that they never double.

Source: https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from processor.core.records import Result, Retry, Review

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from processor.core.records import Origin, Ruling

Headers = tuple[tuple[str, bytes], ...]

REASON_LIMIT = 200
"""Characters of `untuned-reason`."""

TASK = "untuned-task"

REASON = "untuned-reason"

REPLAY = "untuned-replay"

DECIDED_BY = "untuned-decided-by"

PERSON = "person"

REPLAY_LIMIT = 1000
"""The highest number of replays that is told apart; a header that says more means this many."""

_IDENTITY = re.compile(r"(.+):(?:result|review|retry:[0-9]+)")
"""The `ce_id` of what became of an event: its id, and what that is."""

_OWN = {"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"}
_OWN_PREFIX = "untuned-"
_TYPES = {Result: "untuned.result", Retry: "untuned.retry", Review: "untuned.review"}


def write(decision: Result | Retry | Review, *, source: str, now: datetime, content_type: str) -> Headers:
    """The headers of a decision's message: the foreign ones of the message that came, then untuned's own."""
    came = decision.message.headers if isinstance(decision, Review) else decision.work.headers
    own = {
        "ce_specversion": "1.0",
        "ce_id": _id(decision),
        "ce_source": source,
        "ce_type": _TYPES[type(decision)],
        "ce_time": now.isoformat().replace("+00:00", "Z"),
        "content-type": content_type,
        **dict(_about(decision)),
    }
    foreign = tuple(header for header in came if not is_own(header[0]))
    return foreign + tuple((name, value.encode("utf-8", "replace")) for name, value in own.items())


def of_ruling(ruling: Ruling, *, source: str, content_type: str) -> Headers:
    """The headers of a reviewer's decision."""
    own = {
        "ce_specversion": "1.0",
        "ce_id": f"{ruling.event_id}:decision:{ruling.id}",
        "ce_source": source,
        "ce_type": "untuned.decision",
        "ce_time": ruling.at.isoformat().replace("+00:00", "Z"),
        "content-type": content_type,
        TASK: ruling.task,
        **({REPLAY: str(ruling.replay)} if ruling.replay else {}),
    }
    return tuple((name, value.encode("utf-8", "replace")) for name, value in own.items())


def key(decision: Result | Retry | Review) -> bytes | None:
    """The key of a decision's message: as it was produced, or without one the event's id."""
    came = decision.message.key if isinstance(decision, Review) else decision.work.key
    return came if came is not None or decision.work is None else decision.work.event.id.encode()


def task(headers: Headers) -> str:
    """The task that a message says it is for; empty where it says none."""
    return next((value.decode("utf-8", "replace") for name, value in headers if name == TASK), "")


def reason(headers: Headers) -> str:
    """A review's reason, or the violated rules of a retry with commas between; empty on other messages."""
    return next((value.decode("utf-8", "replace") for name, value in headers if name == REASON), "")


def event(headers: Headers) -> tuple[str, str] | None:
    """The task and the id of the event that a result, a retry or a review item is of; None where it is of none."""
    identity = next((value.decode("utf-8", "replace") for name, value in headers if name == "ce_id"), "")
    found, of = _IDENTITY.fullmatch(identity), task(headers)
    return (of, found[1]) if of and found else None


def replay(headers: Headers) -> int:
    """How many times a message's event was sent through again; 0 where it does not say so in decimal digits."""
    found = next((value for name, value in headers if name == REPLAY), b"0")
    return min(int(found), REPLAY_LIMIT) if re.fullmatch(rb"[0-9]{1,9}", found) else 0


def rank(headers: Headers) -> tuple[int, bool]:
    """Of two results of an event, the one with the higher rank counts; of equal ones either. Review items likewise."""
    return replay(headers), (DECIDED_BY, PERSON.encode()) in headers


def is_own(name: str) -> bool:
    """Whether untuned writes this header."""
    return name in _OWN or name.startswith(_OWN_PREFIX)


def _id(decision: Result | Retry | Review) -> str:
    """Deterministic, so that consumers can tell a message that was published twice."""
    if isinstance(decision, Retry):
        return f"{decision.work.event.id}:retry:{decision.attempt}"
    if isinstance(decision, Result):
        return f"{decision.work.event.id}:result"
    return f"{decision.message.origin if decision.work is None else decision.work.event.id}:review"


def _about(decision: Result | Retry | Review) -> Iterator[tuple[str, str]]:
    work = decision.work
    if work is not None:
        yield TASK, work.event.task
        yield "untuned-attempt", str(decision.attempt if isinstance(decision, Retry) else work.attempt)
    if again := _replay(decision):
        yield REPLAY, str(again)
    if isinstance(decision, Review):
        yield REASON, decision.reason.value
        yield from _original(decision.message.origin if work is None else work.first)
    elif isinstance(decision, Retry):
        rules = ",".join(dict.fromkeys(violation.rule for violation in decision.violations))
        yield REASON, rules[:REASON_LIMIT]
        yield from _original(decision.work.first)
    elif decision.ruling is not None:
        yield DECIDED_BY, PERSON


def _replay(decision: Result | Retry | Review) -> int:
    return replay(decision.message.headers) if decision.work is None else decision.work.replay


def _original(origin: Origin) -> Iterator[tuple[str, str]]:
    yield "untuned-original-topic", origin.topic
    yield "untuned-original-partition", str(origin.partition)
    yield "untuned-original-offset", str(origin.offset)
    yield "untuned-original-timestamp", str(origin.timestamp_ms)
