"""How events came to be labelled: what is decided stands for what waits."""

from __future__ import annotations

import random
import statistics
from typing import Any

import pytest

from processor.core.records import Message, Origin
from processor.core.views.outcomes import Outcome
from processor.measure.cases.drawn import Drawn
from processor.measure.statistics import audit
from tests import measured


def outcome(**record: Any) -> Outcome:
    return Outcome(Message(Origin("untuned.results", 0, 0, 1), b"k", b"{}"), {"task": "sort", **record})


class Days:
    """Some days of production, as `Drawn` sees them."""

    def __init__(self) -> None:
        self.drawn = Drawn()

    def results(self, *ids: str, by: str = "model", replay: int = 0) -> None:
        for each in ids:
            self.drawn.result(outcome(event_id=each, decided_by=by), replay)

    def reviewed(self, *ids: str, inclusion: float | None = None, attempts: int = 1, replay: int = 0) -> None:
        for each in ids:
            event = {"id": each, "task": "sort"}
            self.drawn.review(outcome(event=event, inclusion=inclusion, attempts=[{}] * attempts), replay)


def ids(letter: str, number: int) -> list[str]:
    return [f"{letter}{count}" for count in range(number)]


def case(ident: str, inclusion: float | None = None) -> Any:
    return measured.a_case(id=ident, inclusion=inclusion)


def test_what_is_decided_stands_for_what_waits():
    days = Days()
    days.results(*ids("r", 40))
    days.reviewed(*ids("p", 20))
    days.reviewed(*ids("r", 4), inclusion=0.1)
    decided = [*ids("p", 5), "r0", "r1"]
    cases = [case("p0"), case("p1"), case("r0", 0.1)]
    assert days.drawn.chances(cases, decided) == pytest.approx({"p0": 0.25, "p1": 0.25, "r0": 0.05})
    found = days.drawn.production(decided)
    assert (found.events, found.people, found.decided, found.audits, found.audited) == (60, 20, 5, 4, 2)
    assert (found.results, found.whole, found.unseen) == (40, True, False)
    assert found.reached == pytest.approx(40)


def test_kinds_of_which_none_is_decided_are_in_no_figure():
    days = Days()
    days.results(*ids("r", 100))
    days.reviewed(*ids("p", 20))
    days.reviewed(*ids("r", 10), inclusion=0.1)
    days.reviewed("r90", "r91", inclusion=0.5, attempts=2)
    assert days.drawn.production(ids("r", 5)).missed == pytest.approx(20 + 4)
    assert days.drawn.production([*ids("r", 5), "p3"]).missed == pytest.approx(4)
    assert days.drawn.production([*ids("r", 5), "p3", "r91"]).missed == 0


def test_where_all_is_decided_people_were_sure_to_and_audits_keep_their_chance():
    days = Days()
    days.results("r0")
    days.reviewed("p0")
    days.reviewed("r0", inclusion=0.1)
    assert days.drawn.chances([case("p0"), case("r0", 0.1)], ["p0", "r0"]) == {"r0": 0.1}


def test_audits_of_another_kind_stand_for_themselves():
    days = Days()
    days.reviewed(*ids("a", 4), inclusion=0.1)
    days.reviewed(*ids("b", 4), inclusion=0.1, attempts=2)
    found = days.drawn.chances([case("a0", 0.1), case("b0", 0.1)], ["a0", *ids("b", 4)])
    assert found == pytest.approx({"a0": 0.025, "b0": 0.1})


def test_a_case_that_is_older_is_decided_as_often_as_those_of_its_kind():
    days = Days()
    days.reviewed(*ids("p", 4))
    assert days.drawn.chances([case("old"), case("older", 0.5)], ["p0", "old", "older"]) == {"old": 0.25, "older": 0.5}
    assert not days.drawn.has(["p0", "old"])
    assert days.drawn.has(["p0"])


def test_the_last_round_counts_and_a_result_leaves_nothing_to_decide():
    days = Days()
    days.reviewed("e1", "e2")
    days.results("e1", replay=1)
    days.results("e2", by="person")
    days.reviewed("e3", inclusion=0.5)  # before its result, as topics are read one after the other
    days.results("e3")
    found = days.drawn.production(["e2"])
    assert (found.events, found.people, found.decided, found.audits) == (3, 1, 1, 1)


def test_what_was_read_in_another_order_or_in_part_counts_the_same():
    days = Days()
    days.results("e1", replay=1)
    days.reviewed("e1")  # of the round before
    days.reviewed("e2", attempts=2)
    days.results("e3", by="person")  # what went to people is older
    found = days.drawn.production(["e2"])
    assert (found.events, found.people, found.decided, found.results) == (2, 1, 1, 1)
    assert days.drawn.chances([case("e2")], []) == {}


def test_results_that_could_not_be_audited_are_found_by_their_number():
    days = Days()
    days.results(*ids("r", 400))
    days.reviewed(*ids("r", 29), inclusion=0.1)  # 110 off: 1.96 standard errors of 29 such audits are 100
    assert not days.drawn.production(["r0"]).whole
    days.reviewed("r29", inclusion=0.1)  # 100 off, and 102
    assert days.drawn.production(["r0"]).whole


def test_without_audits_nobody_looked_at_what_was_accepted():
    days = Days()
    days.results(*ids("r", 4))
    days.reviewed("p0")
    assert days.drawn.production(["p0"]).unseen
    days.reviewed("r0", inclusion=0.5)
    assert days.drawn.production(["p0"]).unseen
    assert not days.drawn.production(["p0", "r0"]).unseen


def test_the_estimate_of_what_is_decided_by_now_covers_the_truth():
    """Of 400 events 80 went to people, two of five of these are decided by now; of the rest a tenth is wrong."""
    rng, estimates, truth = random.Random(20261128), [], (80 + 32) / 400
    for _ in range(200):
        days, audited = Days(), [f"r{number}" for number in range(320) if rng.random() < 0.25]
        days.results(*ids("r", 320))
        days.reviewed(*ids("p", 80))
        days.reviewed(*audited, inclusion=0.25)
        decided = {each for each in (*ids("p", 80), *audited) if rng.random() < (0.4 if each[0] == "p" else 0.8)}
        cases = [case(each, 0.25 if each[0] == "r" else None) for each in sorted(decided)]
        chances = days.drawn.chances(cases, decided)
        failed = [each.id[0] == "p" or int(each.id[1:]) < 32 for each in cases]
        estimates.append(audit.hajek(failed, [chances[each.id] for each in cases]))
    assert statistics.fmean(each.value or 0 for each in estimates) == pytest.approx(truth, abs=0.01)
    covered = sum((each.low or 0) <= truth <= (each.high or 0) for each in estimates)
    assert covered / len(estimates) >= 0.93
