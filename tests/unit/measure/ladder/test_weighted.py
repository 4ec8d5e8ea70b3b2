"""Cases that came to be labelled with different probabilities: plain and weighted rates stand side by side."""

from __future__ import annotations

import dataclasses
import json

import pytest

from processor.measure import report
from processor.measure.ladder import compute, document, words
from processor.measure.records import Production, Sampling
from tests import measured

# All of what went to people, and one in ten of what was accepted.
AUDITED = (
    *(measured.a_case(number, inclusion=1.0) for number in (1, 2)),
    *(measured.a_case(number, inclusion=0.1) for number in (3, 4, 5)),
)


def run(letters: str = "eerrw", given=AUDITED, **changes):
    return measured.a_run({"rules": letters}, given, **changes)


def test_each_case_stands_for_as_many_as_it_was_drawn_from():
    found = compute.of(run()).weighted
    assert found is not None
    assert found.failures.value == pytest.approx(12 / 32)
    assert found.silent.value == pytest.approx(10 / 30)
    assert (found.failures.low or 1) < 12 / 32 < (found.failures.high or 0)
    assert (found.unknown, found.population, found.of_all.value) == (0, None, None)


def test_a_case_without_a_probability_was_sure_to_be_labelled():
    given = (measured.a_case(1), measured.a_case(2), *AUDITED[2:])
    found = compute.of(run(given=given)).weighted
    assert found is not None
    assert found.unknown == 2
    assert found.failures.value == pytest.approx(12 / 32)


@pytest.mark.parametrize(
    ("letters", "given"),
    [
        ({"rules": "rw"}, measured.cases(2)),
        ({"rules": "rw"}, measured.cases(2, inclusion=0.2)),
        ({"prompt": "eerrw"}, AUDITED),
        ({}, ()),
    ],
)
def test_nothing_is_weighted_where_all_weigh_the_same_or_the_task_as_it_stands_was_not_run(letters, given):
    assert compute.of(measured.a_run(letters, given)).weighted is None


def test_cases_of_a_group_are_taken_together():
    """Thirty cases of one customer that all fail say as little as one."""
    given = [measured.a_case(number, inclusion=0.5) for number in range(1, 31)]
    given += [measured.a_case(number, group="big", inclusion=1.0) for number in range(31, 61)]
    alone = [dataclasses.replace(case, group="") for case in given]
    one, other = (compute.of(run("r" * 30 + "w" * 30, each)).weighted for each in (given, alone))
    assert one is not None
    assert other is not None
    assert one.failures.value == other.failures.value
    assert (one.failures.low or 0) < (other.failures.low or 0) - 0.1


def test_where_the_population_is_known_horvitz_and_thompson_stand_beside():
    drawn = Sampling(35, 5, {"duplicate": 3}, 7, {"card": (2, 2), "refund": (3, 30)}, population=32)
    found = compute.of(run(sampling=drawn)).weighted
    assert found is not None
    assert found.of_all.value == pytest.approx(12 / 32)
    left = compute.of(run(outcomes=run().outcomes[:4], sampling=drawn, unfinished="Ctrl-C")).weighted
    assert left is not None
    assert left.of_all.value is None
    assert "unfinished" in left.of_all.why


def test_of_repeats_the_first_counts():
    found = compute.of(run("eerrw rrrrr")).weighted
    assert found is not None
    assert found.failures.value == pytest.approx(12 / 32)


def test_nothing_accepted_has_no_silent_errors():
    found = compute.of(run("eeeee")).weighted
    assert found is not None
    assert found.silent.value is None
    assert "of what is accepted" not in "\n".join(words.of(compute.of(run("eeeee"))))


def test_it_is_shown_everywhere_and_told_apart():
    ladder = compute.of(run())
    (sentence,) = [each for each in words.of(ladder) if "Hájek" in each]
    assert "37.5 %" in sentence
    assert "60.0 %" in sentence
    assert "of these cases" in sentence
    contents = report.Contents(ladder)
    assert "37.5" in report.markdown(contents)
    assert "Weighted by inclusion" in report.html(contents)
    found = document.ladder(ladder)["weighted"]
    assert json.loads(json.dumps(found)) == found
    assert list(found) == ["rung", "failures", "silent", "unknown", "population", "of_all"]
    assert document.ladder(compute.of(measured.a_run({"rules": "rw"})))["weighted"] is None


def produced(**changes):
    seen = Production(**{"events": 300, "people": 60, "decided": 60, "whole": True, **changes})
    return compute.of(run(sampling=Sampling(5, 5, production=seen)))


def test_of_production_it_is_told_what_the_cases_stand_for():
    ladder = produced(decided=45, audits=24, audited=20, reached=240.0)
    told = "\n".join(ladder.notes)
    assert "Of 300 events of these days 60 went to people (45 are decided)" in told
    assert "of the other 240, 24 were drawn for audits (20 are decided)" in told
    assert "stands for what waits" in told
    assert not any("what went to people" in each for each in words.of(ladder))
    assert document.ladder(ladder)["sampling"]["production"]["audited"] == 20
    assert "stands for what waits" not in "\n".join(produced(audits=24, audited=24, reached=240.0).notes)


def test_without_audits_the_figures_do_not_pass_for_those_of_all_events():
    (sentence,) = [each for each in words.of(produced()) if "rates of what went to people" in each]
    assert "60 of 300 events" in sentence
    assert "[audit]" in sentence


def test_of_production_the_rates_of_the_events_come_first():
    assert words.of(produced(audits=24, audited=24, reached=240.0))[0].startswith(
        "Of the events that these cases were drawn from"
    )
    assert words.of(compute.of(run()))[0].startswith("With the task as it stands")


def test_audits_that_miss_results_say_so():
    told = "\n".join(produced(audits=10, audited=10, reached=100.0, whole=False).notes)
    assert "stand for about 100 of the 240 results" in told
