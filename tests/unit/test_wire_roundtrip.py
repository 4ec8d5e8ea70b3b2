"""Whatever work it is, its retry brings back the same work."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import hypothesis
import pytest
from hypothesis import strategies as st

from processor.core.records import Attempt, Event, Origin, Provenance, Retry, Usage, Violation, Work
from tests import wires

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
longs = st.integers(-(2**63), 2**63 - 1)
printable = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
moments = st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1), timezones=st.just(dt.UTC))  # noqa: DTZ001
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)
events = st.builds(
    Event,
    id=printable,
    task=printable,
    input=st.dictionaries(text, json_values, max_size=4),
    created_at=st.none() | moments,
    attributes=st.dictionaries(text, text, max_size=3),
)
origins = st.builds(Origin, printable, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1), longs)
violations = st.builds(Violation, text, text, text, text, text)
attempts = st.builds(
    Attempt,
    number=st.integers(1, 2**31 - 1),
    step=text,
    model=text,
    answer=text,
    finish_reason=text,
    violations=st.lists(violations, max_size=2).map(tuple),
    usage=st.builds(Usage, longs, longs, longs),
    cost=st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=0, max_value=10**6),
    seconds=st.integers(0, 10**10).map(lambda micros: micros / 10**6),
    confidence=st.none() | st.floats(0, 1),
)
works = st.builds(
    Work,
    event=events,
    attempt=st.integers(1, 100),
    attempts=st.lists(attempts, max_size=3).map(tuple),
    origin=origins,
    first=origins,
    key=st.none() | st.binary(max_size=5),
    headers=st.lists(st.tuples(printable, st.binary(max_size=5)), max_size=2).map(tuple),
    due_at=st.none() | moments,
)


@pytest.mark.parametrize("wire_format", ["avro", "json"])
@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(works, moments)
def test_retry_brings_the_work_back(wire_format: str, work: Work, now: dt.datetime):
    codec = wires.make(wire_format)
    # Usage over all attempts must fit a long, too: a single attempt's here fills it up.
    hypothesis.assume(all(abs(value) < 2**63 for value in dataclasses.astuple(work.usage)))
    made = Provenance("v", (), (), work.attempts, work.usage, Decimal(1), {})

    message = wires.published(codec.encode(Retry(work, work.attempt + 1, (), made), now=now))
    back = codec.decode(message)

    assert back == dataclasses.replace(
        work,
        attempt=work.attempt + 1,
        origin=message.origin,
        key=work.event.id.encode() if work.key is None else work.key,
        headers=message.headers,
        due_at=now,
    )
    foreign = tuple(header for header in work.headers if header in message.headers)
    assert message.headers[: len(foreign)] == foreign
