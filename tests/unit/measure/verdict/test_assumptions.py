from __future__ import annotations

import math
import re

import pytest

from processor.core import errors
from processor.measure.verdict import account, assumptions

DEFAULTS = assumptions.defaults()


def test_every_assumption_has_a_meaning_a_source_a_date_and_a_range_around_its_value():
    for each in DEFAULTS:
        assert each.meaning
        assert each.source
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", each.date), each.key
        assert each.low <= each.value <= each.high, each.key
        assert each.origin == "default"


def test_what_is_measured_has_no_value_of_its_own():
    assert set(DEFAULTS.unset) == set(assumptions.MEASURED)


def test_the_account_knows_every_assumption_that_it_is_made_of():
    keys = {key for key in account.KINDER if not key.startswith("measured.")}
    assert keys <= {*DEFAULTS.found, *DEFAULTS.unset}
    rest = set(DEFAULTS.found) - keys
    assert all(key.startswith("threshold.") or key == "labels.agreement" for key in rest)


@pytest.mark.parametrize(
    ("text", "value", "low", "high", "line"),
    [
        ("[people]\nusd_per_hour = 52\n", 52, 52, 52, 2),
        ("people.usd_per_hour = 52\n", 52, 52, 52, 1),
        ("\n[people]\n\nusd_per_hour = [40, 60]\n", 50, 40, 60, 4),
        ("[people.usd_per_hour]\nvalue = 30\nlow = 20\nhigh = 60\n", 30, 20, 60, 1),
        ("[people.usd_per_hour]\nlow = 20\nhigh = 80\n", 29, 20, 80, 1),
        ("[people.usd_per_hour]\nvalue = 30\n", 30, 30, 30, 1),
    ],
)
def test_a_file_overrides_single_values(text, value, low, high, line):
    found = assumptions.override(DEFAULTS, text, "assumptions.toml").found["people.usd_per_hour"]
    assert (found.value, found.low, found.high) == (value, low, high)
    assert found.origin == f"assumptions.toml:{line}"
    assert found.meaning == DEFAULTS.found["people.usd_per_hour"].meaning


def test_a_file_keeps_its_own_source_and_leaves_the_rest():
    text = '[people.usd_per_hour]\nvalue = 52\nsource = "payroll"\ndate = "2027-01-31"\n'
    made = assumptions.override(DEFAULTS, text, "assumptions.toml")
    assert (made.found["people.usd_per_hour"].source, made.found["people.usd_per_hour"].date) == (
        "payroll",
        "2027-01-31",
    )
    assert [each for each in made if each.key != "people.usd_per_hour"] == [
        each for each in DEFAULTS if each.key != "people.usd_per_hour"
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[people]\nusd_per_huor = 52\n",
            "assumptions.toml:2: there is no assumption people.usd_per_huor: did you mean",
        ),
        ("\n\npeople.usd_per_huor = 52\n", "assumptions.toml:3: there is no assumption people.usd_per_huor"),
        ("days = 3\n", "assumptions.toml:1: there is no assumption days"),
        ("[people.usd_per_hour]\nvalu = 3\n", "assumptions.toml:1: people.usd_per_hour has no `valu`"),
        ("[people]\n\nusd_per_hour = true\n", "assumptions.toml:3: people.usd_per_hour is a number"),
        ("[people]\nusd_per_hour = [1, 2, 3]\n", "is a number, or a range of two"),
        ("[people]\nusd_per_hour = -1\n", "assumptions.toml:2: people.usd_per_hour is at least 0"),
        ("[labels]\nagreement = 90\n", "assumptions.toml:2: labels.agreement is from 0 to 1"),
        ("[training]\nruns = 0\n", "assumptions.toml:2: training.runs is at least 1"),
        ("[people]\nusd_per_hour = nan\n", "is a number"),
        ("[people.usd_per_hour]\nvalue = 5\nlow = 6\nhigh = 7\n", "low <= value <= high"),
        ("[people.usd_per_hour]\nvalue = 5\nsource = 3\n", "source and date are texts"),
        ("[people\n", "assumptions.toml:1: not TOML"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(text, told):
    with pytest.raises(errors.DefinitionError, match=re.escape(told)):
        assumptions.override(DEFAULTS, text, "assumptions.toml")


def test_an_option_wins_and_may_be_a_range():
    made = assumptions.assume(DEFAULTS, ("people.usd_per_hour=52", "volume.events_per_day = 100..300"))
    assert made.value("people.usd_per_hour") == 52
    volume = made.found["volume.events_per_day"]
    assert (volume.value, volume.low, volume.high, volume.origin) == (200, 100, 300, "--assume")


@pytest.mark.parametrize(
    "text", ["people.usd_per_hour", "people.usd_per_hour=", "people.usd=3", "people.usd_per_hour=5..x", "=3"]
)
def test_an_option_that_says_nothing_is_a_wrong_call(text):
    with pytest.raises(errors.UsageError, match="--assume"):
        assumptions.assume(DEFAULTS, (text,))


def test_what_was_measured_gives_way_to_what_was_said():
    said = assumptions.assume(DEFAULTS, ("volume.events_per_day=5",))
    assert said.measured("volume.events_per_day", (9, 8, 10), "topics") == said
    seen = DEFAULTS.measured("volume.events_per_day", (9, 8, 10), "topics")
    assert seen.value("volume.events_per_day") == 9
    assert seen.found["volume.events_per_day"].origin == "measured"


def test_no_discount_is_one_for_one():
    at = dict.fromkeys(account.KINDER, 1.0) | {"base_model.days": 800.0, "money.discount_per_year": 0.0}
    flat = account.of(at)
    assert flat.saves == pytest.approx(sum(account.per_event(at).values()) * flat.events)
    later = account.of(at | {"money.discount_per_year": 0.1})
    assert later.saves == pytest.approx(
        flat.saves * (1 - math.exp(-math.log(1.1) * 799 / 365.25)) / (math.log(1.1) * 799 / 365.25)
    )
