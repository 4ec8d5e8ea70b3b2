"""Messages of the topics, as the wire writes them and as strangers do."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core import errors
from processor.core.records import Action, Lease, Message, Origin, Result, Ruling, Violation
from processor.review.deciding import kept
from processor.review.values import Filter, Key
from processor.review.view import entries
from processor.review.view.entries import Done, Leased, Ruled, Sent
from processor.review.web.item import shown
from tests import builders, reviewing, wires
from tests.unit.review.view import filled

if TYPE_CHECKING:
    from collections.abc import Iterator

RULING = Ruling(
    "form-1",
    "e1",
    "sort",
    2,
    "ann",
    Action.CORRECT,
    {"category": "card"},
    "as the customer says",
    dt.datetime(2026, 11, 28, 9, 30, 0, 123456, dt.UTC),
    12.5,
    (Violation("$.a", "rule", "It is odd.", "1", "2"),),
    True,
    0.25,
)
FORMATS = pytest.mark.parametrize("wire_format", ["avro", "json"])


def plain(value: Any, **changes: Any) -> Message:
    return Message(Origin("untuned.review", 0, 1, 5000), b"k", json.dumps({**value, **changes}).encode(), ())


@FORMATS
def test_a_review_item_is_its_record(wire_format: str) -> None:
    wire = wires.make(wire_format)
    message = wires.published(wire.encode(wires.a_review(replay=3), now=wires.NOW))
    found = entries.build("review", message, wire.read)
    assert isinstance(found, Sent)
    assert found.key == Key("sort", "e1", 3)
    assert (found.rules, found.is_audit, found.attributes) == (("odd_amount",), False, {"channel": "mail"})
    assert found.record == wire.read(message)


@FORMATS
def test_bytes_that_are_no_event_are_known_by_where_they_stood(wire_format: str) -> None:
    wire = wires.make(wire_format)
    message = wires.published(wire.encode(wires.undecodable(), now=wires.NOW))
    found = entries.build("review", message, wire.read)
    assert isinstance(found, Sent)
    assert found.key == Key("", "untuned.tasks/0/5")


@FORMATS
def test_a_ruling_comes_back_whole(wire_format: str) -> None:
    wire = wires.make(wire_format)
    message = wires.published(wire.encode_ruling(RULING, b"k"))
    assert entries.build("decisions", message, wire.read) == Ruled(RULING, message.origin)


@FORMATS
def test_a_lease_comes_back(wire_format: str) -> None:
    wire = wires.make(wire_format)
    message = wires.published(wire.encode_lease(Lease("e1", "sort", 2, "ann", 300.0), b"k"))
    assert entries.build("leases", message, wire.read) == Leased(Key("sort", "e1", 2), "ann", 300.0, 5000)


def test_a_result_is_known_by_its_headers_alone() -> None:
    wire = wires.make()
    made: Result = wires.a_result(replay=1)
    message = wires.published(wire.encode(made, now=wires.NOW))
    found = entries.build("results", dataclasses.replace(message, value=b"?"), wire.read)
    assert found == Done(Key("sort", "e1", 1), 5000)
    assert entries.build("results", dataclasses.replace(message, headers=()), wire.read) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"event": {"id": "", "task": "sort", "input": {}}},
        {"event": 7},
        {"event": None, "origin": None},
        {"violations": None},
        {"violations": [{"rule": 3}]},
        {"reason": None},
        {"inclusion": {}},
        {"inclusion": 0.0},
        {"inclusion": float("nan")},
        {"inclusion": 1.5},
        {"attempts": [{"number": 1}]},
        {"attempts": None},
        {"passages": [{"id": "p-1"}]},
        {"violations": [{"rule": "enum"}]},
        {"first": {}},
        {"detail": None},
        {"cost_usd": "NaN"},
        {"cost_usd": "much"},
        {"durations_ms": {"complete": "long"}},
        {"raw": "no base64!"},
        {"prompt": {}},
        {"prompt": {"counted_by": "estimate", "parts": [{"name": "input", "tokens": "7", "cut": 0}]}},
    ],
)
def test_what_is_no_review_record_is_passed_over(changes: dict[str, Any]) -> None:
    assert entries.build("review", plain(reviewing.record(), **changes), wires.make().read) is None


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"\xff", b"\x00\x00\x00\x00\x01", None])
@pytest.mark.parametrize("kind", ["review", "decisions", "leases", "results"])
def test_bytes_that_nobody_can_read_are_passed_over(kind: Any, value: bytes | None) -> None:
    message = Message(Origin("untuned.x", 0, 1, 5000), None, value, ())
    assert entries.build(kind, message, wires.make().read) is None


def test_a_registry_that_is_away_is_waited_for() -> None:
    registry = wires.FakeRegistry()
    wire = wires.make(registry=registry)
    message = wires.published(wire.encode_ruling(RULING, b"k"))
    registry.away = True
    with pytest.raises(errors.Unavailable):
        entries.build("decisions", message, wires.make(registry=registry).read)


@pytest.mark.parametrize("raised", [RecursionError(), MemoryError(), KeyError(), RuntimeError("a defect of a library")])
def test_whatever_a_strange_message_brings_up_it_is_passed_over(raised: Exception) -> None:
    """Else the view would read it again and again, and nothing behind it."""

    def read(_: Message) -> Any:
        raise raised

    assert entries.build("decisions", builders.message(), read) is None


@pytest.mark.parametrize(
    ("written", "kept"),
    [(12.5, 12.5), (-1, 0.0), (1e300, 86400.0), (float("inf"), 0.0), (float("nan"), 0.0)],
)
def test_how_long_somebody_looked_is_a_number_to_add_up(written: float, kept: float) -> None:
    record = {**_record(RULING), "seconds": written}
    assert entries.ruling(record).seconds == kept


WIRE = functools.cache(wires.make)


def _record(ruling: Ruling) -> dict[str, Any]:
    wire = WIRE("json")
    return wire.read(wires.published(wire.encode_ruling(ruling, b"k")))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    [
        *("reason", "event", "raw", "violations", "answer", "attempts", "cost_usd", "origin", "inclusion", "detail"),
        *("passages", "passages_cut", "first", "usage", "durations_ms", "prompt", "version"),
    ]
)


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[filled.Filled]:
    """One view for many examples: to make its file takes longest."""
    with filled.Filled(tmp_path_factory.mktemp("view")) as view:
        yield view


@given(changes=st.dictionaries(FIELDS, JSON, max_size=4), event_input=JSON)
def test_whatever_is_built_can_be_kept_and_shown(one: filled.Filled, changes: dict[str, Any], event_input: Any) -> None:
    record = {**reviewing.record(), **changes}
    if "event" not in changes:
        record["event"]["input"] = event_input
    found = entries.build("review", builders.message(), lambda _: record)
    if found is not None:
        assert isinstance(found, Sent)
        one.store.empty("anew")
        one.apply(found)
        assert one.view.page(Filter(), reviewing.ANN).total == 1
        item = one.view.item(found.key.ref, reviewing.ANN)
        assert item is not None
        shown.of(item, reviewing.ANN)
        if item.record["event"]:
            kept.provenance(item, kept.work(item), "")
        one.apply(filled.ruled(found))
        assert [each.key for each in one.decided(reviewing.ANN)] == [item.key]


RULED = st.sampled_from(
    [
        *("id", "event_id", "task", "replay", "decided_by", "action", "answer", "note", "decided_at", "seconds"),
        *("overridden", "blind", "inclusion"),
    ]
)


@given(changes=st.dictionaries(RULED, JSON, max_size=4))
def test_whatever_ruling_is_built_can_be_kept_and_read_again(one: filled.Filled, changes: dict[str, Any]) -> None:
    record = {**_record(dataclasses.replace(RULING, event_id="e-1", replay=0)), **changes}
    found = entries.build("decisions", builders.message(), lambda _: record)
    if found is not None:
        one.store.empty("anew")
        one.apply(filled.sent(), found)
        for item in one.decided(reviewing.ANN):
            assert isinstance(found, Ruled)
            assert list(map(repr, item.rulings)) == [repr(found.ruling)]  # what is no number is not itself
