"""What a verdict says is of the events that the cases stand for, and of cases that may depend on each other."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from processor.core.records import Usage
from processor.core.views import intervals
from processor.measure.statistics import intervals as statistics
from processor.measure.verdict import account, assumptions, decide, gates, rates, situations, wanted
from processor.measure.verdict.facts import Facts
from tests import measured, verdicts

DEFAULTS = assumptions.defaults()


def drawn(found, audited, chance=0.1):
    """The same cases, of which the first `audited` were drawn with that chance and the others were sure to be."""
    ids = {f"c{number}" for number in range(1, audited + 1)}
    cases = tuple(dataclasses.replace(case, inclusion=chance if case.id in ids else None) for case in found.cases)
    return dataclasses.replace(found, cases=cases, run=dataclasses.replace(found.run, cases=cases))


def grouped(found, size):
    """The same cases, `size` after each other of one customer."""
    numbers = {case: int(case[1:]) - 1 for case in found.outcomes}
    return dataclasses.replace(found, clusters={case: f"g{number // size}" for case, number in numbers.items()})


def with_costs(found, dear, usd):
    """The same, where the last `dear` cases cost so much."""
    last = sorted(found.outcomes, key=lambda case: int(case[1:]))[-dear:]
    attempt = measured.an_attempt(usage=Usage(3000, 50), cost=Decimal(str(usd)))
    changed = {
        case: tuple(dataclasses.replace(each, attempts=(attempt,)) for each in found.outcomes[case]) for case in last
    }
    return dataclasses.replace(found, outcomes={**found.outcomes, **changed})


def facts(found, *said):
    """The facts, the assumptions, and the numbers of the account."""
    assumed = decide.with_measured(found, assumptions.assume(DEFAULTS, said))
    made = Facts(found)
    return made, assumed, decide.numbers_of(made, assumed)


def test_rules_that_most_events_keep_are_kept_though_most_cases_went_to_people():
    """100 audits of 1,000 results that keep all rules, and 40 events whose last answer breaks one."""
    found = drawn(verdicts.evidence(100, {"capability": 40}), 100)
    made, assumed, _ = facts(found)
    assert made.last.count == 100
    assert made.last.n == 140
    assert made.last.share == pytest.approx(1000 / 1040)
    assert made.last.low < 1000 / 1040 < made.last.high
    situation = situations.rules(made, assumed)
    assert "96.2 %" in situation.why
    assert "weighted" in situation.why


def test_the_share_of_a_cause_is_of_the_failures_among_the_events():
    """Ten failures were found by audits that stand for a hundred; ten others went to people."""
    found = verdicts.evidence(0, {"capability": 10, "format": 10}, silent=10)
    made = Facts(drawn(found, 10))
    assert made.capability.share == pytest.approx(100 / 110)
    assert made.fixable.share == pytest.approx(10 / 110)


def test_where_all_came_with_the_same_chance_a_share_is_the_plain_one():
    found = Facts(verdicts.evidence(90, {"capability": 10}))
    assert found.last == dataclasses.replace(found.last, weighted=None)
    assert found.last.share == 0.9


def test_at_the_break_even_volume_nothing_is_left():
    """Of the events, not of the cases; and with what later money is worth."""
    found = with_costs(drawn(verdicts.evidence(100, {"format": 40}, usd=0.01), 100), 40, 0.05)
    for said in ((), ("money.discount_per_year=0.3",)):
        made, assumed, numbers = facts(found, *said)
        figures = {each.name: each.estimate for each in situations.volume(made, numbers, assumed).figures}
        volume = figures["break-even volume"].value
        at = {key: number.value for key, number in numbers.items()} | {"volume.events_per_day": volume}
        left = account.of(at, tokens_only=True)
        assert left.costs > 1000
        assert left.net == pytest.approx(0, abs=1e-6)


def test_by_the_break_even_date_the_training_is_paid_for():
    found = verdicts.evidence(1000, {}, usd=0.01, traffic=verdicts.traffic(10_000))
    made, assumed, numbers = facts(found, "money.discount_per_year=0.3")
    figures = {each.name: each.estimate for each in situations.volume(made, numbers, assumed).figures}
    at = {key: number.value for key, number in numbers.items()}
    lead = at["training.runs"] * at["training.days_per_run"]
    used = at | {"base_model.days": lead + figures["break-even date"].value}
    assert account.of(used, tokens_only=True).net == pytest.approx(0, abs=1e-6)


def test_what_discounting_never_pays_back_has_no_date():
    """The savings go on for ever, and are worth less than the training."""
    found = verdicts.evidence(1000, {}, usd=0.01, traffic=verdicts.traffic(10_000))
    made, assumed, numbers = facts(found, "money.discount_per_year=1000", "upkeep.engineer_hours_per_month=26")
    date = next(each for each in situations.volume(made, numbers, assumed).figures if each.name == "break-even date")
    assert date.estimate.value is None
    assert date.estimate.why


def test_repeats_make_no_mean_surer():
    """Each case was answered five times, with the same tokens: the cases are the sample."""
    found = verdicts.evidence(20)
    sizes = {case: Usage(1000 + 10 * int(case[1:]), 50) for case in found.outcomes}
    once = {
        case: tuple(dataclasses.replace(each, attempts=(measured.an_attempt(usage=sizes[case]),)) for each in outcomes)
        for case, outcomes in found.outcomes.items()
    }
    five = {case: outcomes * 5 for case, outcomes in once.items()}
    one, many = (rates.measured(dataclasses.replace(found, outcomes=each)) for each in (once, five))
    assert many["measured.input_tokens"] == pytest.approx(one["measured.input_tokens"])


def test_cases_of_a_customer_make_a_mean_less_sure():
    found = with_costs(verdicts.evidence(100, usd=0.01), 50, 0.05)
    alone, together = (rates.measured(each)["measured.first_usd"] for each in (found, grouped(found, 10)))
    assert together.value == pytest.approx(alone.value)
    assert together.high - together.low > 2 * (alone.high - alone.low)
    one = rates.measured(grouped(found, 100))["measured.first_usd"]
    assert (one.low, one.high) == pytest.approx((0, 2 * one.value))


def test_what_is_not_settled_for_cases_that_depend_on_each_other_is_asked_for():
    """Of a hundred cases 70 % would settle it; of ten customers of ten alike they do not."""
    alone = Facts(verdicts.evidence(70, {"capability": 30})).last
    together = Facts(grouped(verdicts.evidence(70, {"capability": 30}), 10)).last
    threshold = 0.85
    assert situations.above(alone, threshold) is False
    assert wanted.more(alone, threshold) == 0
    assert situations.above(together, threshold) is None
    assert (wanted.more(together, threshold) or 0) > 20


def test_of_independent_cases_just_as_many_are_asked_for_as_settle_it():
    ends = [intervals.wilson(0.8 * n, n)[1] for n in range(10, 1000)]
    assert wanted.more(statistics.share(8, 10), 0.9) == next(more for more, high in enumerate(ends) if high < 0.9)


def test_events_to_label_are_counted_by_the_failure_rate_of_the_events():
    """2 of 100 audits of 1,000 results failed, and all 20 that went to people: of the events 40 of 1,020 fail."""
    found = verdicts.evidence(98, {"capability": 22})
    made, assumed, numbers = facts(drawn(found, 100))
    shown = (
        situations.rules(made, assumed),
        situations.volume(made, numbers, assumed),
        situations.tacit(made, assumed),
    )
    asked = wanted.wanted(made, assumed, gates.gates(made, assumed), shown)
    first = next(each for each in asked if "failure" in each.why)
    failures = int(first.why.split("brings ")[1].split()[0])
    assert first.count == pytest.approx(failures * 1020 / 40, rel=0.01)
