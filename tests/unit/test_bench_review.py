"""The bench of the review application: its items are those that the application takes, and its arithmetic."""

from __future__ import annotations

from dataclasses import asdict

from bench import review_browser, review_items, review_pages
from bench.review_browser import Timed
from processor.review.view import entries
from processor.review.view.entries import Ruled, Sent
from tests import wires


def test_its_items_and_decisions_are_what_the_application_takes():
    items = review_items.Items()
    wire = wires.make("avro", None, **{name: task.contract for name, task in items.tasks.items()})
    made = [*items.some(30, "some"), items.long("long", 3)]
    for item in made:
        assert item.work is not None
        contract = items.tasks[item.work.event.task].contract
        assert contract.check(item.answer) == ()
        out = wire.encode(item, now=wires.NOW)
        sent = entries.build("review", wires.published(out), wire.read)
        assert isinstance(sent, Sent)
        for ruling in items.rulings(item):
            ruled = entries.build("decisions", wires.published(wire.encode_ruling(ruling, b"k")), wire.read)
            assert isinstance(ruled, Ruled)
            assert ruled.key == sent.key
    assert made[-1].answer is not None
    assert len(made[-1].answer["lines"]) == 3
    assert any(item.inclusion for item in made)


def test_what_19_of_20_are_not_above():
    assert review_browser.p95([float(number) for number in range(1, 22)]) == 20.0
    assert review_browser.p95([7.0]) == 7.0


def test_the_table_names_what_is_over_the_limit():
    quick = Timed("/queue", 20.0, 40.0, 300.0, 21.0, 41.0, None, 80.0)
    slow = Timed("/quality", 150.0, 201.0, 210.0, 151.0, 202.0, 90.0, 50.0)
    told = list(review_pages.lines({"quiet": [asdict(each) for each in (quick, slow)]}))
    assert told[-1] == "over 200 ms: /quality"
    assert "20.0" in told[-3]
