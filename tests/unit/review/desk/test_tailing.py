from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from processor import config
from processor.core.records import Origin
from processor.review.desk.tailing import Tailing
from processor.review.values import Filter
from processor.review.view import standing
from processor.review.view.writing import Writer
from tests import reviewing, wires
from tests.unit.review.view import filled

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from processor.core.records import Message
    from processor.review.view.entries import Sent


@pytest.fixture
def made(tmp_path: Path) -> Iterator[filled.Filled]:
    with filled.Filled(tmp_path) as view:
        yield view


def message(event_id: str, offset: int) -> Message:
    wire, review = wires.make(), wires.a_review()
    assert review.work is not None
    work = dataclasses.replace(review.work, event=dataclasses.replace(review.work.event, id=event_id))
    out = wire.encode(dataclasses.replace(review, work=work), now=wires.NOW)
    return dataclasses.replace(wires.published(out), origin=Origin("untuned.review", 0, offset, 5000))


def thread(made: filled.Filled, told: list[tuple[str, Any]]) -> Tailing:
    def log(event: str, **fields: Any) -> None:
        told.append((event, fields))

    return Tailing(config.Settings(), made.store, wires.make().read, made.tasks.get, lambda: None, log)


def test_strange_messages_are_passed_over_and_counted(made: filled.Filled) -> None:
    told: list[tuple[str, Any]] = []
    tail = thread(made, told)
    strange = dataclasses.replace(message("e-2", 1), value=b"\xff\xfe")
    assert tail._apply([message("e-1", 0), strange, message("e-3", 2)]) == 3
    assert told == [("review_messages_skipped", {"messages": 1})]
    assert made.view.page(Filter(), reviewing.ANN).total == 2
    assert tail.positions == {("untuned.review", 0): 3}


def test_one_entry_that_cannot_be_written_keeps_no_other(made: filled.Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, Any]] = []
    sent = Writer._sent

    def failing(writer: Writer, entry: Sent) -> bool:
        if entry.key.event_id == "e-2":
            raise ValueError("secret contents")
        return sent(writer, entry)

    monkeypatch.setattr(Writer, "_sent", failing)
    thread(made, told)._apply([message(f"e-{number}", number) for number in range(4)])
    assert made.view.page(Filter(), reviewing.ANN).total == 3
    assert [(event, fields["error"]) for event, fields in told] == [("review_message_skipped", "ValueError")]
    with made.store.transaction() as writer:
        assert standing.offsets(writer.db) == {("untuned.review", 0): 4}
