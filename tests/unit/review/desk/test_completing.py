"""What the completer does about rulings whose outcome is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from processor import config
from processor.adapters import reading
from processor.core import errors
from processor.review.desk.completing import Completer
from processor.review.desk.outcomes import Mark, Outcome, Outcomes, Trace
from processor.review.desk.parts import Parts
from processor.review.view import standing
from tests import wires
from tests.unit.review.view import filled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from processor.core.records import Ruling
    from processor.review.values import Item

NOW_MS = filled.ms()
KEPT_SINCE = NOW_MS - 1000 * 1000


class Answering(Outcomes):
    """Outcomes of which some are there: what the event's id says."""

    made: ClassVar[list[str]] = []

    def of(self, item: Item, ruling: Ruling) -> Outcome | None:
        name = item.key.event_id
        self.made.append(name)
        if name == "broken":
            raise ValueError("the answer no longer fits")
        if name == "away":
            raise errors.Unavailable("registry", "away")
        return None if name == "rejected" else Outcome("result", "untuned.results", b"k", name.encode(), ())

    def there(self, wanted: Sequence[Trace], since_ms: int) -> set[Mark]:
        assert since_ms <= NOW_MS
        return {each.mark for each in wanted if each.mark[-1] == b"there"}


class Bench:
    """A completer over a view, with what it publishes and tells."""

    def __init__(self, made: filled.Filled) -> None:
        settings, wire = config.Settings(), wires.make()
        outcomes = Answering(settings, wire, lambda _: None, lambda *_: None)
        self.made = made
        self.published: list[bytes] = []
        self.told: list[str] = []
        self.completer = Completer(
            Parts(settings, wire, lambda _: None, outcomes, self.log, 30.0, 10.0), made.view, made.store, self.publish
        )

    async def publish(self, outcome: Outcome) -> None:
        self.published.append(outcome.value)

    def log(self, event: str, **_: Any) -> None:
        self.told.append(event)

    def pending(self) -> list[standing.Pending]:
        with self.made.store.transaction() as writer:
            return standing.pending(writer.db, NOW_MS)

    async def run(self, *names: str, ago: float = 60.0) -> list[str]:
        """Complete rulings on these; the names of those that still wait."""
        for name in names:
            item = filled.sent(name)
            self.made.apply(item, filled.ruled(item, ago=ago))
        await self.completer.complete(self.pending(), NOW_MS)
        waiting = {each.ref for each in self.pending()}
        return [name for name in names if filled.sent(name).key.ref in waiting]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(reading, "kept_since", lambda *_: KEPT_SINCE)
    with filled.Filled(tmp_path) as made:
        yield Bench(made)


@pytest.mark.parametrize(
    ("name", "ago", "published", "waiting", "told"),
    [
        ("missing", 60.0, [b"missing"], [], ["review_outcome_completed"]),
        ("there", 60.0, [], [], []),
        ("rejected", 60.0, [], [], []),
        ("broken", 60.0, [], ["broken"], ["review_outcome_failed"]),
        ("missing", 5000.0, [], [], ["review_outcome_expired"]),
        ("there", 5000.0, [], [], []),
    ],
)
async def test_a_ruling(
    bench: Bench, name: str, ago: float, published: list[bytes], waiting: list[str], told: list[str]
) -> None:
    assert await bench.run(name, ago=ago) == waiting
    assert (bench.published, bench.told) == (published, told)


async def test_one_that_cannot_be_made_is_told_once_and_keeps_no_other(bench: Bench) -> None:
    assert await bench.run("broken", "missing", "there") == ["broken"]
    assert await bench.run() == []
    assert bench.published == [b"missing"]
    assert bench.told.count("review_outcome_failed") == 1


async def test_one_that_cannot_be_made_is_tried_again_after_a_while(bench: Bench) -> None:
    """Of a task that is gone there may be very many: every ten seconds they would take all there is."""
    Answering.made.clear()
    for _ in range(3):
        assert await bench.run("broken") == ["broken"]
    assert Answering.made == ["broken"]
    bench.completer._later = dict.fromkeys(bench.completer._later, 0.0)  # its time is over
    await bench.run()
    assert Answering.made == ["broken", "broken"]
    assert bench.told.count("review_outcome_failed") == 1


async def test_a_registry_that_is_away_is_waited_for(bench: Bench) -> None:
    with pytest.raises(errors.Unavailable):
        await bench.run("away")
    assert len(bench.pending()) == 1
