"""A verdict of each kind arises from plausible numbers, and no number can turn it the wrong way."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.core.records import Reason, Usage, Violation
from processor.measure.figures import Share
from processor.measure.records import Production
from processor.measure.verdict import account, assumptions, decide, evidence, rates, situations, wanted
from processor.measure.verdict.evidence import History
from processor.measure.verdict.facts import Facts
from tests import builders, measured, verdicts

DEFAULTS = assumptions.defaults()
RANK = {"no": 0, "not enough data": 1, "worth a trial": 2}


def decided(found, *assumed, brief=False):
    assumptions_ = decide.with_measured(found, assumptions.assume(DEFAULTS, assumed))
    return decide.decide(Facts(found), assumptions_, brief=brief)


def verdict(found, *assumed):
    return decide.verdict(found, assumptions.assume(DEFAULTS, assumed))


def gate(found, name):
    return next(each for each in found.gates if each.name == name)


# --- The answers -----------------------------------------------------------------------------------------------------


def test_tacit_knowledge_with_thousands_of_agreed_labels_is_worth_a_trial():
    found = verdict(verdicts.evidence(880, {"capability": 100, "format": 20}))
    assert found.answer == "worth a trial"
    assert found.situations[2].holds
    assert {f"c{number}" for number in range(881, 981)} <= set(found.trial)
    assert found.sentence.startswith("Worth a trial: fine-tuning sort may pay")
    assert found.next[0].startswith("untuned export sort --format openai")


def test_a_high_volume_whose_inference_gets_cheaper_is_worth_a_trial_without_any_failure():
    found = verdict(verdicts.evidence(1000, {}, usd=0.01, traffic=verdicts.traffic(500_000)))
    assert found.answer == "worth a trial"
    assert [situation.holds for situation in found.situations] == [False, True, None]
    assert len(found.trial) == 1000


def test_a_low_volume_is_no_whatever_a_fine_tune_could_do():
    found = verdict(verdicts.evidence(999, {"capability": 1}, traffic=verdicts.traffic(10)))
    assert found.answer == "no"
    assert found.ceiling.pays is False
    assert found.ceiling.net.high < 0
    assert found.reasons[0] == found.ceiling.why
    assert found.sentence.startswith("No: do not fine-tune sort. Even a perfect fine-tune does not pay")


def test_what_the_rungs_would_mend_comes_first():
    found = verdict(verdicts.evidence(900, {"absent": 60, "format": 20, "capability": 20}))
    assert found.answer == "no"
    assert gate(found, "rungs").passed is False
    assert "absent 60, format 20" in found.sentence


def test_what_a_promise_holds_back_is_no_rung_that_is_left():
    causes = {"withheld": 60, "lenient": 20, "capability": 40}
    assert gate(decided(verdicts.evidence(880, causes)), "rungs").passed is False
    calibrated = gate(decided(verdicts.evidence(880, causes, calibrated=True)), "rungs")
    assert (calibrated.passed, calibrated.cases) == (True, ())


def test_few_cases_are_not_enough_and_say_what_to_label():
    found = verdict(verdicts.evidence(35, {"capability": 5}, agreed=(0, 0), labels=40))
    assert found.answer == "not enough data"
    twice = next(each for each in found.wanted if "second time" in each.of)
    assert twice.count == 35
    assert twice.cases[:5] == ("c36", "c37", "c38", "c39", "c40")
    assert found.wanted[-1].count == 1960
    assert found.sentence.startswith("Not enough data on sort: label ")


def test_what_is_settled_is_not_asked_for():
    """Nobody knows whether people agree; that most failures are of capability is known, and needs no more events."""
    found = verdict(verdicts.evidence(40, {"capability": 60}, agreed=(0, 0)))
    assert not any("drawn at random" in each.of for each in found.wanted)
    assert wanted.more(Share(60, 100, 0.5, 0.69), 0.25) == 0


def test_a_likely_loss_is_no_reason_for_a_trial_and_says_which_assumption_decides():
    found = verdict(verdicts.evidence(880, {"capability": 100, "format": 20}, traffic=verdicts.traffic(300)))
    assert found.answer == "not enough data"
    assert "likely loses" in found.reasons[0]
    assert any(step.startswith("find out people.seconds_per_review: worth a trial from") for step in found.next)


def test_without_events_a_day_there_is_no_account_but_a_break_even_volume():
    found = decided(verdicts.evidence(900, {"capability": 100}, traffic=None))
    assert (found.answer, found.ceiling) == ("not enough data", None)
    assert "--events-per-day" in found.reasons[0]
    volume = next(each for each in found.situations[1].figures if each.name == "break-even volume")
    assert volume.estimate.value > 0


def test_a_closed_gate_is_a_no_at_any_volume_and_price():
    found = decided(verdicts.evidence(800, {"capability": 10, "missed": 190}, traffic=None))
    assert (found.answer, found.ceiling) == ("no", None)
    assert found.reasons[0].startswith("knowledge, rules or thresholds would mend")


def test_a_model_without_a_price_is_named():
    attempt = measured.an_attempt(cost=None, model="strong-1")
    cases = measured.cases(30)
    outcomes = {case.id: (measured.an_outcome(case, attempts=(attempt,)),) for case in cases}
    found = decided(verdicts.evidence(30, {}, outcomes=outcomes))
    assert found.answer == "not enough data"
    assert "the price of strong-1 is not known" in found.reasons[0]


@pytest.mark.parametrize("right", [0, 1])
def test_of_no_case_and_of_one_nothing_is_said(right):
    found = decided(verdicts.evidence(right, {}))
    assert found.answer == "not enough data"
    assert "nothing can be said of so few" in found.reasons[0]


# --- The gates -------------------------------------------------------------------------------------------------------

TACIT = {"capability": 100, "format": 20}


@pytest.mark.parametrize(
    ("name", "changes", "passed", "answer"),
    [
        ("definition", {"history": History(30, 365.0, "log")}, False, "no"),
        ("definition", {"history": History(1, 20.0, "log")}, None, "not enough data"),
        ("definition", {"history": None}, None, "not enough data"),
        ("drift", {"traffic": verdicts.traffic(1000, 60, ({"a": 900, "b": 100}, {"a": 500, "b": 500}))}, False, "no"),
        (
            "drift",
            {"traffic": verdicts.traffic(1000, 60, ({"a": 520, "b": 480}, {"a": 500, "b": 500}))},
            True,
            "worth a trial",
        ),
        ("drift", {"traffic": verdicts.traffic(1000, 60, ({}, {}))}, None, "not enough data"),
        (
            "drift",
            {"traffic": verdicts.traffic(1000, 10, ({"a": 13, "b": 7}, {"a": 10, "b": 10}))},
            None,
            "not enough data",
        ),
        ("agreement", {"agreed": (200, 100)}, False, "no"),
        ("agreement", {"agreed": (18, 1)}, None, "not enough data"),
        ("labels", {"labels": 1200}, False, "not enough data"),
    ],
)
def test_a_gate_that_is_not_passed_keeps_from_a_trial(name, changes, passed, answer):
    found = decided(verdicts.evidence(880, TACIT, **changes))
    assert gate(found, name).passed is passed
    assert found.answer == answer


@pytest.mark.parametrize(("days", "why"), [(1, "of one day"), (0, "no answers with a class and a time")])
def test_without_an_older_half_it_is_said_what_there_is(days, why):
    assert why in gate(decided(verdicts.evidence(traffic=verdicts.traffic(1000, days))), "drift").why


def test_a_drift_that_is_certain_but_small_does_not_matter():
    found = decided(
        verdicts.evidence(880, TACIT, traffic=verdicts.traffic(1000, 60, ({"a": 520, "b": 480}, {"a": 500, "b": 500})))
    )
    assert "p = " in gate(found, "drift").why
    assert gate(found, "drift").figures[1].estimate.value < 0.01


def test_with_too_few_labels_a_drift_cannot_be_seen():
    few = verdicts.traffic(2, 4, ({"a": 1, "b": 1}, {"a": 1, "b": 1}))
    assert gate(decided(verdicts.evidence(880, TACIT, traffic=few)), "drift").passed is None


def test_the_cases_times_tell_of_drift_where_production_does_not():
    late = [
        measured.a_case(
            number,
            event=measured.a_case(number).event.__class__(
                f"c{number}", "sort", {"text": str(number)}, datetime(2026, 1 + number % 10, 1, tzinfo=UTC)
            ),
            expected={"category": "card" if number % 10 < 5 else "refund"},
        )
        for number in range(400)
    ]
    run = measured.a_run({"rules": "r" * 400}, late)
    found = verdicts.evidence(10, {}, run=run, traffic=None)
    assert gate(decided(found), "drift").passed is False
    assert "cases of 2026-01-01 to 2026-10-01" in gate(decided(found), "drift").why


# --- The situations --------------------------------------------------------------------------------------------------


def test_adherence_falls_as_rules_are_added_whatever_their_order():
    one = measured.an_attempt(violations=(Violation("$", "first", "."),))
    both = measured.an_attempt(violations=(Violation("$", "first", "."), Violation("$", "enum", ".")))
    good = measured.an_attempt()
    cases = measured.cases(30)
    made = {
        case.id: (measured.an_outcome(case, attempts=((one, both, good)[number % 3],)),)
        for number, case in enumerate(cases)
    }
    found = decided(verdicts.evidence(30, {}, outcomes=made, rules=("first", "second"))).situations[0]
    shares = [each.estimate.value for each in found.figures if each.name.endswith("rules") and " keep " in each.name]
    # of K = 3 with the contract: one broken keeps n with C(2, n)/C(3, n), two broken with C(1, n)/C(3, n)
    assert shares[2:5] == pytest.approx([(2 / 3 + 1 / 3 + 1) / 3, (1 / 3 + 0 + 1) / 3, 1 / 3])
    slope = next(each for each in found.figures if each.name.startswith("change of the log odds"))
    assert slope.estimate.value < 0


@pytest.mark.parametrize(("right", "failed", "holds"), [(500, 100, True), (1000, 2, False), (57, 3, None)])
def test_rules_are_kept_or_not_or_nobody_knows(right, failed, holds):
    assert decided(verdicts.evidence(right, {"capability": failed})).situations[0].holds is holds


def test_a_threshold_that_objects_is_no_broken_rule():
    unsure = (Violation("$", "confidence", "."),)
    case = measured.a_case()
    outcome = measured.an_outcome(case, "o", violations=unsure, attempts=(measured.an_attempt(violations=unsure),))
    found = decided(verdicts.evidence(1, {}, outcomes={case.id: (outcome,)}))
    assert found.situations[0].figures[0].told.startswith("1 of 1")


def test_the_break_even_volume_and_date_are_those_of_a_calculation_by_hand():
    found = verdict(verdicts.evidence(1000, {}, usd=0.01, traffic=verdicts.traffic(10_000)))
    at = {each.key: each.value for each in found.assumptions}
    call = (1000 * 0.5 * 0.3 + 50 * 1.2) / 1e6
    training = 2000 * 3 * 550 * 3 / 1e6
    upfront = 3 * (training + 16 * 91 + 1000 * call)
    running = 8 * 91 / (365.25 / 12) + at["definition.changes_per_year"] / 365.25 * (training + 16 * 91 + 1000 * call)
    figures = {each.name: each.estimate.value for each in found.situations[1].figures}
    assert figures["break-even volume"] == pytest.approx((upfront / 344 + running) / (0.01 - call))
    assert figures["break-even date"] == pytest.approx(upfront / ((0.01 - call) * 10_000 - running))


def test_a_break_even_over_a_saving_that_may_be_nothing_is_undetermined():
    tuned = 0.00021
    cases = measured.cases(20)
    made = {
        case.id: (measured.an_outcome(case, attempts=(measured.an_attempt(usage=Usage(1000, 50), cost=price),)),)
        for case, price in zip(cases, [tuned / 2, tuned * 1.6] * 10, strict=True)
    }
    found = decided(verdicts.evidence(20, {}, outcomes=made)).situations[1]
    volume = next(each for each in found.figures if each.name == "break-even volume").estimate
    assert volume.value is None
    assert "may be nothing" in volume.why


def test_a_cheaper_model_never_breaks_even_against_a_free_one():
    found = decided(verdicts.evidence(100, {}, usd=0)).situations[1]
    assert found.holds is False
    assert "never" in next(each for each in found.figures if each.name == "break-even volume").estimate.why
    assert found.why.endswith("; break-even undetermined (an event saves nothing: never)")


# --- What is measured ------------------------------------------------------------------------------------------------


def test_the_capability_share_of_all_events_is_counted_where_every_failure_was_examined():
    found = rates.measured(verdicts.evidence(90, {"capability": 8, "format": 2}, silent=3))
    assert found["measured.to_people"].value == pytest.approx(0.05)
    assert found["measured.unnoticed"].value == pytest.approx(0.03)
    low, high = found["measured.to_people"][1:]
    assert (low, high) == pytest.approx((0.0215, 0.1118), abs=1e-4)  # Wilson's of 5 of 100


def test_failures_that_were_not_examined_widen_the_share():
    every = verdicts.evidence(80, {"capability": 10, "format": 10})
    half = {case: cause for number, (case, cause) in enumerate(every.causes.items()) if number % 2}
    found = evidence.Evidence(**{**_fields(every), "causes": half})
    assert rates.measured(found)["measured.to_people"].value == pytest.approx(0.1)
    assert rates.measured(found)["measured.to_people"].low < rates.measured(every)["measured.to_people"].low
    assert rates.measured(found)["measured.to_people"].high > rates.measured(every)["measured.to_people"].high


def test_answers_that_a_threshold_held_back_may_be_mended_and_those_of_a_rule_may_not():
    found = verdicts.evidence(90, {"withheld": 10})
    by_rule = {
        case: tuple(dataclasses.replace(each, reason=Reason.RULE) for each in outcomes)
        for case, outcomes in found.outcomes.items()
    }
    none = rates.measured(verdicts.evidence(100, {}))["measured.to_people"]
    share = rates.measured(found)["measured.to_people"]
    assert share.value == 0
    assert share.high > 0.1 > none.high
    assert rates.measured(dataclasses.replace(found, outcomes=by_rule))["measured.to_people"] == none


def test_without_any_examined_failure_the_share_may_be_that_of_all_failures():
    found = evidence.Evidence(**{**_fields(verdicts.evidence(90, {"capability": 10})), "causes": {}})
    share = rates.measured(found)["measured.to_people"]
    assert (share.value, share.low) == (0, 0)
    assert share.high == pytest.approx(0.1744, abs=1e-3)


def test_what_goes_right_on_repetition_counts_at_the_kinder_end_alone():
    found = rates.measured(verdicts.evidence(90, {"varies": 10}))["measured.to_people"]
    assert found.value == 0
    assert found.high > 0.1


@pytest.mark.parametrize(("changes", "days", "low", "high"), [(0, 365.25, 0, 3.6889), (4, 365.25, 1.0899, 10.2416)])
def test_changes_a_year_have_garwoods_interval(changes, days, low, high):
    assert rates.a_year(changes, days)[1:] == pytest.approx((low, high), abs=1e-3)


def _fields(found):
    return {name: getattr(found, name) for name in found.__dataclass_fields__}


# --- What no number may do -------------------------------------------------------------------------------------------

EVIDENCE = st.builds(
    lambda right, capability, fixable, per_day, usd, silent: verdicts.evidence(
        right, {"capability": capability, "absent": fixable}, silent, usd=usd, traffic=verdicts.traffic(per_day)
    ),
    st.integers(30, 200),
    st.integers(0, 60),
    st.integers(0, 20),
    st.sampled_from([1, 30, 200, 1000, 20_000, 1_000_000]),
    st.sampled_from([0, 0.0002, 0.003, 0.05]),
    st.integers(0, 10),
)


@settings(max_examples=20, deadline=None)
@given(EVIDENCE, st.floats(0.01, 1000), st.floats(1, 100))
def test_dearer_training_never_turns_a_no_into_a_trial(found, price, times):
    cheap = decided(found, f"training.usd_per_million_tokens={price}", brief=True).answer
    dear = decided(found, f"training.usd_per_million_tokens={price * times}", brief=True).answer
    assert RANK[dear] <= RANK[cheap]


@settings(max_examples=20, deadline=None)
@given(
    st.integers(30, 150),
    st.integers(0, 60),
    st.integers(0, 60),
    st.integers(0, 20),
    st.sampled_from([30, 1000, 20_000]),
    st.sampled_from([0, 0.003]),
    st.integers(0, 10),
)
def test_a_larger_capability_share_never_turns_a_trial_into_a_no(
    right, capability, more, fixable, per_day, usd, silent
):
    """The same cases; some that were right fail beyond the rungs."""
    before, after = (
        decided(
            verdicts.evidence(
                right + rest,
                {"absent": fixable, "capability": count},
                silent,
                usd=usd,
                traffic=verdicts.traffic(per_day),
            ),
            brief=True,
        )
        for rest, count in ((more, capability), (0, capability + more))
    )
    if before.answer == "worth a trial":
        assert after.answer != "no"
    if before.ceiling.pays is not False:
        assert after.ceiling.pays is not False


@settings(max_examples=10, deadline=None)
@given(EVIDENCE, st.randoms(use_true_random=False))
def test_the_order_of_the_cases_changes_nothing(found, dice):
    shuffled = list(found.run.cases)
    dice.shuffle(shuffled)
    outcomes = [outcome for each in found.outcomes.values() for outcome in each]
    dice.shuffle(outcomes)

    def made(cases, rows):
        run = measured.a_run({}, cases, outcomes=tuple(rows), sampling=found.run.sampling)
        gathered = evidence.gather(
            run, None, builders.a_task(), at=verdicts.AT, traffic=found.traffic, history=found.history
        )
        return evidence.Evidence(**{**_fields(gathered), "causes": found.causes, "run": found.run})

    one, other = made(found.run.cases, outcomes), made(tuple(shuffled), reversed(outcomes))
    assert decided(one) == decided(other)


@pytest.mark.parametrize(("days", "known"), [(5.0, None), (27.9, None), (28.0, 28.0), (300.0, 300.0)])
def test_changes_while_a_task_is_being_made_say_nothing_of_a_year(days, known):
    run = measured.a_run({"rules": "rr"})
    found = evidence.gather(run, None, builders.a_task(), at=verdicts.AT, history=History(9, days, "log"))
    assert (found.history and found.history.days) == known


# --- Sensitivity -----------------------------------------------------------------------------------------------------


def test_a_flip_is_where_the_answer_turns():
    found = verdicts.evidence(880, TACIT)
    told = verdict(found)
    flips = {flip.key: flip for flip in told.flips}
    assert set(flips) == {each.key for each in told.assumptions}
    turned = [flip for flip in told.flips if flip.at is not None]
    assert turned
    for flip in turned[:6]:
        key = flip.key
        assert decided(found, f"{key}={flip.at!r}", brief=True).answer == flip.becomes != told.answer
        nearer = flip.value + (flip.at - flip.value) * (1 - 1e-3)
        assert decided(found, f"{key}={nearer!r}", brief=True).answer == told.answer
    assert flips["training.epochs"].at is None


def test_flips_within_their_range_come_first():
    told = verdict(verdicts.evidence(880, TACIT))
    order = [(flip.at is None, not flip.plausible) for flip in told.flips]
    assert order == sorted(order)


def test_the_kinder_end_of_every_number_is_kinder():
    """By its own definition: a little of each, and the net is not worse."""
    found = verdicts.evidence(880, TACIT, silent=20)
    numbers = decide.numbers_of(Facts(found), decide.with_measured(found, DEFAULTS))
    at = {key: number.value for key, number in numbers.items()}
    for key, kinder in account.KINDER.items():
        step = 1.01 if kinder == "high" else 0.99
        if kinder != "either":
            assert account.of(at | {key: at[key] * step}).net >= account.of(at).net - 1e-9, key


def test_a_threshold_within_the_interval_is_not_known():
    found = verdicts.evidence(90, {"capability": 10})
    share = found.share(found.outcomes, lambda case: case in found.causes)
    assert [situations.above(share, threshold) for threshold in (0.05, 0.1, 0.2)] == [True, None, False]


# --- Of production ---------------------------------------------------------------------------------------------------


def of_production(found, production, inclusion=None):
    """The same cases, taken from production; `inclusion` by id."""
    cases = tuple(dataclasses.replace(case, inclusion=(inclusion or {}).get(case.id)) for case in found.cases)
    drawn = dataclasses.replace(found.run.sampling, production=production)
    return dataclasses.replace(found, cases=cases, run=dataclasses.replace(found.run, cases=cases, sampling=drawn))


def test_shares_are_of_the_events_where_cases_came_with_unlike_chances():
    """Of 1,000 events 100 went to people, half of them for want of capability; a tenth of the others was audited."""
    found = verdicts.evidence(140, {"capability": 50})
    audited = {f"c{number}": 0.1 for number in range(1, 91)}
    seen = of_production(found, Production(990, 100, 100, 90, 90, 900.0, whole=True), audited)
    plain, weighted = rates.measured(found)["measured.to_people"], rates.measured(seen)["measured.to_people"]
    assert plain.value == pytest.approx(50 / 190)
    assert weighted.value == pytest.approx(50 / 1000)
    assert weighted.low < 0.05 < weighted.high < plain.low
    money = rates.measured(seen)["measured.first_usd"]
    assert money == pytest.approx(rates.measured(found)["measured.first_usd"])


def test_without_audits_what_was_accepted_is_not_known():
    found = verdicts.evidence(40, {"capability": 60})
    seen = of_production(found, Production(1000, 100, 100))
    to_people, unnoticed = (rates.measured(seen)[f"measured.{name}"] for name in ("to_people", "unnoticed"))
    assert to_people.value == pytest.approx(0.06)
    assert unnoticed.value == 0
    assert unnoticed.high > 0.9


def test_without_audits_there_is_no_trial():
    """It would be worth one, if the events were like the cases."""
    found = verdicts.evidence(880, {"capability": 100, "format": 20})
    assert decided(found).answer == "worth a trial"
    seen = verdict(of_production(found, Production(1960, 980, 980)))
    assert seen.answer == "not enough data"
    assert "nobody looked at the answers that were accepted, 980 of 1,960 events" in seen.reasons[0]
    assert any("[audit]" in each for each in seen.next)


@pytest.mark.parametrize(("missed", "answer"), [(20.0, "worth a trial"), (200.0, "not enough data")])
def test_events_that_nothing_decided_stands_for_may_be_of_any_kind(missed, answer):
    found = verdicts.evidence(880, {"capability": 100, "format": 20})
    seen = of_production(found, Production(1000, 200, 200, 800, 800, 800.0, whole=True, missed=missed))
    whole, some = (rates.measured(each)["measured.unnoticed"] for each in (found, seen))
    assert some.high == pytest.approx(whole.high * (1 - missed / 1000) + missed / 1000)
    told = verdict(seen)
    assert told.answer == answer
    assert ("stands for about 200 of 1,000 events" in told.reasons[0]) == (answer == "not enough data")


def test_the_real_tokens_of_the_results_stand_beside_those_of_the_cases():
    traffic = dataclasses.replace(verdicts.traffic(), input_tokens=1234.4, output_tokens=56.0)
    figures = {each.name: each for each in decided(verdicts.evidence(traffic=traffic)).situations[1].figures}
    assert figures["an event in production"].estimate.value is None
    assert "60,000 events of the topics; 1,234 tokens in and 56 out" in figures["an event in production"].told
    known = dataclasses.replace(traffic, usd=0.003)
    shown = {each.name: each for each in decided(verdicts.evidence(traffic=known)).situations[1].figures}
    assert shown["an event in production"].estimate.value == 0.003
