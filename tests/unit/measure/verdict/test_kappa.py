"""Cohen's kappa of two reviewers, beside their raw agreement."""

from __future__ import annotations

import dataclasses

import pytest

from processor.measure.verdict import assumptions, gates, kappa
from processor.measure.verdict.facts import Facts
from tests import measured, verdicts

CARD, REFUND = {"category": "card"}, {"category": "refund"}


def cases(*labels):
    return tuple(measured.a_case(number, labels_by=each) for number, each in enumerate(labels, 1))


def test_it_is_of_the_two_who_share_the_most_cases():
    given = cases(
        *[{"ann": CARD, "bob": CARD}] * 20,
        *[{"ann": REFUND, "bob": REFUND}] * 15,
        *[{"ann": CARD, "bob": REFUND}] * 5,
        *[{"ann": REFUND, "bob": CARD}] * 10,
        *[{"ann": CARD, "cleo": REFUND}] * 7,
        {"bob": CARD},
        {"ann": CARD, "bob": {}},
    )
    found = kappa.of(given, "$.category")
    assert found is not None
    assert found[0].value == pytest.approx(0.4)  # 35 of 50 agree, 25 would by chance
    assert found[1] == 50


def test_there_is_none_where_nobody_is_known_by_name_or_answers_have_no_class():
    assert kappa.of(measured.cases(3, agreed=True), "$.category") is None
    assert kappa.of(cases({"ann": CARD, "bob": CARD}), "") is None


def test_the_gate_shows_it_beside_raw_agreement_and_names_nobody():
    evidence = verdicts.evidence(40, {"capability": 5})
    labelled = tuple(
        dataclasses.replace(case, labels_by={"ann": CARD, "bob": REFUND if place % 4 == 0 else CARD})
        for place, case in enumerate(evidence.run.cases)
    )
    evidence = dataclasses.replace(evidence, run=dataclasses.replace(evidence.run, cases=labelled))
    gate = gates.agreeing(Facts(evidence), assumptions.defaults())
    assert [each.name for each in gate.figures] == ["cases on which all agree", "Cohen's kappa"]
    assert "Cohen's kappa of two reviewers is 0.00" in gate.why
    assert "ann" not in f"{gate.why} {gate.figures[1].told}"
    assert len(gates.agreeing(Facts(verdicts.evidence(40)), assumptions.defaults()).figures) == 1
