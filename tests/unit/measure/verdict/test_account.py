"""The account, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.measure.verdict import account
from processor.measure.verdict.account import Number

AT = {
    "measured.first_usd": 0.004,
    "measured.retries_usd": 0.001,
    "measured.capability_retries_usd": 0.0005,
    "measured.to_people": 0.05,
    "measured.unnoticed": 0.01,
    "measured.input_tokens": 2000.0,
    "measured.output_tokens": 100.0,
    "measured.labels": 500.0,
    "volume.events_per_day": 1000.0,
    "definition.changes_per_year": 2.0,
    "base_model.days": 365.0,
    "training.usd_per_million_tokens": 3.0,
    "training.epochs": 3.0,
    "training.runs": 2.0,
    "training.days_per_run": 10.0,
    "training.engineer_hours_per_run": 10.0,
    "tuned.usd_per_million_input": 0.3,
    "tuned.usd_per_million_output": 1.2,
    "tuned.prompt_share": 0.5,
    "tuned.hosting_usd_per_day": 1.0,
    "labels.needed": 2000.0,
    "labels.people_each": 1.5,
    "labels.seconds_each": 60.0,
    "people.usd_per_hour": 30.0,
    "people.seconds_per_review": 60.0,
    "people.usd_per_unnoticed_error": 1.0,
    "people.engineer_usd_per_hour": 90.0,
    "evaluation.cases": 1000.0,
    "upkeep.engineer_hours_per_month": 8.0,
    "money.discount_per_year": 0.0,
}


def test_every_line_is_what_a_person_would_calculate():
    found = account.of(AT)
    call = (2000 * 0.5 * 0.3 + 100 * 1.2) / 1e6
    run = 2000 * 3 * (1000 + 100) * 3 / 1e6
    assert (found.days, found.events) == (345, 345_000)
    assert found.saved == pytest.approx(
        {
            "tokens": 345_000 * (0.004 - call),
            "retries": 345,
            "reviewers": 345_000 * 0.05 * 0.5,
            "unnoticed errors": 3450,
        }
    )
    assert found.spent == pytest.approx(
        {
            "labels": 1500 * 1.5 / 60 * 30,
            "training": 2 * run,
            "engineers": 2 * 10 * 90,
            "evaluation": 2 * 1000 * call,
            "training again": 345 / 365.25 * 2 * (run + 900 + 1000 * call),
            "upkeep": 345 / (365.25 / 12) * 8 * 90,
            "hosting": 345,
        }
    )
    assert found.net == pytest.approx(sum(found.saved.values()) - sum(found.spent.values()))


def test_where_todays_model_is_free_the_tuned_one_is_asked_only_where_it_saves():
    free = AT | {"measured.first_usd": 0.0, "measured.retries_usd": 0.0, "measured.capability_retries_usd": 0.0}
    lines = account.per_event(free)
    assert lines["tokens"] == pytest.approx(-account.call(AT) * 0.06)
    assert lines["reviewers"] == pytest.approx(0.025)
    assert account.per_event(free | {"people.usd_per_unnoticed_error": 0.0})["tokens"] == pytest.approx(
        -account.call(AT) * 0.05
    )


def test_what_saves_nothing_is_not_used():
    assert set(account.per_event(AT | {"measured.first_usd": 0.0}, tokens_only=True).values()) != {0.0}
    nothing = AT | {"measured.first_usd": 0.0, "measured.retries_usd": 0.0, "measured.capability_retries_usd": 0.0}
    assert set(account.per_event(nothing, tokens_only=True).values()) == {0.0}


def test_no_days_are_left_where_training_takes_longer_than_the_base_model_lives():
    found = account.of(AT | {"base_model.days": 19.0})
    assert (found.days, found.saves) == (0, 0)
    assert found.costs > 0


@given(
    st.fixed_dictionaries(
        {
            key: st.tuples(st.floats(0, 2), st.floats(0, 2), st.floats(0, 1))
            for key in account.KINDER
            if key != "money.discount_per_year"
        }
    )
)
def test_the_best_account_bounds_what_any_numbers_within_the_ranges_give(spread):
    ranges = {key: Number(value, value, value) for key, value in AT.items()}
    inside = dict(AT)
    for key, (one, other, part) in spread.items():
        low, high = sorted((AT[key] * one, AT[key] * other))
        inside[key] = low + (high - low) * part
        ranges[key] = Number(inside[key], low, high)
    found = account.accounts(ranges)
    anywhere = account.of(inside)
    slack = 1e-9 * (1 + abs(anywhere.saves) + abs(anywhere.costs))
    if found.best.net < 0:
        assert anywhere.net < slack
    if found.worst.net > 0:
        assert anywhere.net > -slack
    for tokens_only in (False, True):
        bound = account.accounts(ranges, tokens_only=tokens_only)
        if bound.best.net < 0:
            assert account.of(inside, tokens_only=tokens_only).net < slack
