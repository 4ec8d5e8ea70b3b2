"""Figures as texts, and what they mean in sentences."""

from __future__ import annotations

import dataclasses

import pytest

from processor.core.records import Usage
from processor.measure.figures import Estimate, Share
from processor.measure.ladder import compute, told, words
from processor.measure.records import Sampling
from tests import measured


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "unknown"),
        (0.0, "$0"),
        (0.00012, "$0.00012"),
        (0.05, "$0.050"),
        (0.0123, "$0.012"),
        (-0.5, "-$0.50"),
        (1234.5, "$1,234.50"),
    ],
)
def test_money(value, expected):
    assert told.usd(value) == expected


def test_one_case_is_told_as_one():
    one, two = ("\n".join(words.of(compute.of(measured.a_run({"prompt": "w" * n, "rules": "r" * n})))) for n in (1, 2))
    assert "no difference that this case can show" in one
    assert "no difference that these 2 cases can show" in two
    same = "\n".join(words.of(compute.of(measured.a_run({"prompt": "r", "rules": "r"}))))
    assert "no difference: this case came out the same" in same


def test_shares_and_differences():
    assert told.percent(Share(3, 10, 0.1078, 0.6032)) == "30.0 % [10.8, 60.3]"
    assert told.percent(Share(0, 0, 0, 1)) == "-"
    assert told.points(Estimate(-0.05, -0.2, 0.11)) == "-5.0 points [-20.0, +11.0]"
    assert told.points(Estimate(0.0, -0.0001, 0.0)) == "0.0 points [0.0, 0.0]"
    assert told.points(Estimate(None, None, None, "no cases")) == "undetermined (no cases)"
    assert told.usd_estimate(Estimate(None, None, None, "x")) == "undetermined"
    assert [told.p(value) for value in (0.0001, 0.0042, 0.049, 0.5, 1)] == [
        "p < 0.001",
        "p = 0.004",
        "p = 0.049",
        "p = 0.50",
        "p = 1.00",
    ]
    assert [told.size(value) for value in (0.01, 0.05)] == ["1 point", "5 points"]


def said(letters, **changes):
    return "\n".join(words.of(compute.of(measured.a_run(letters, **changes))))


def test_a_rung_that_is_worth_it():
    text = said({"prompt": "w" * 20, "retrieval": "r" * 18 + "ww"})
    assert "Retrieval over the prompt alone: fewer failures (-90.0 points" in text
    assert "18 fixed, 0 broken, corrected p < 0.001" in text


def test_a_rung_that_makes_it_worse():
    text = said({"prompt": "r" * 20, "retrieval": "w" * 18 + "rr"})
    assert "Retrieval over the prompt alone: more failures (+90.0 points" in text


def test_a_model_that_adds_nothing_over_the_vote():
    text = said({"vote": "r" * 18 + "ww", "retrieval": "r" * 17 + "wrw", "rules": "r" * 17 + "wrw"})
    assert "adds over the plain vote of the retrieved examples, which asks no model: no difference that these" in text
    assert "1 fixed, 1 broken" in text
    assert "20 cases came out the same" in text


def test_what_stands_now():
    text = said({"rules": "rrrrwweeee"})
    assert "6 of 10 fail, 60.0 % [31.3, 83.2]: 2 wrong answers are accepted and nobody would notice, 4 go to" in text
    assert "People see 4 of 10; 2 of 10 are wrong after them, 20.0 % [5.7, 51.0]." in text


def test_nothing_is_said_of_nothing():
    assert words.of(compute.of(measured.a_run({}))) == ()


def notes(**changes):
    return "\n".join(compute.of(measured.a_run({"rules": "rrwe"}, **changes)).notes)


def test_sampling_and_exclusions_are_always_there():
    assert "n = 4: 4 of 4 labelled events are measured." in notes()
    drawn = Sampling(20, 4, {"duplicate": 2, "no_label": 1}, 7, {"card": (3, 10), "refund": (1, 10)})
    text = notes(sampling=drawn)
    assert "4 of 20 labelled events are measured; 3 were left out (2 duplicate, 1 no_label); 13 were not drawn." in text
    # Three quarters of the sample, half of all.
    assert "by the seed 7 from 2 strata, in proportion up to 25.0 points of any rate" in text


def test_what_is_not_a_plain_sample_is_said():
    assert "Unfinished (--max-usd is spent): 4 of 9 cases" in "\n".join(
        compute.of(
            dataclasses.replace(
                measured.a_run({"rules": "rrwe"}), cases=measured.cases(9), unfinished="--max-usd is spent"
            )
        ).notes
    )
    weighed = (measured.a_case(1, inclusion=1.0), *(measured.a_case(each, inclusion=0.05) for each in (2, 3, 4)))
    assert "different probabilities (0.05 to 1):" in notes(given=weighed)
    together = (measured.a_case(1, group="a"), measured.a_case(2, group="a"), *measured.cases(4)[2:])
    assert "2 cases are in 1 groups" in notes(given=together)
    seen_twice = (measured.a_case(1, agreed=True), measured.a_case(2, agreed=True), *measured.cases(4)[2:])
    assert "Of 2 cases that several people labelled they disagree on 0: as if each were wrong in 0.0 %." in notes(
        given=seen_twice
    )


def test_usage_is_of_all_outcomes():
    run = measured.a_run({"rules": "rr"}, by_rung={"rules": {"usage": Usage(5, 1)}})
    assert run.spent_tokens == 12
