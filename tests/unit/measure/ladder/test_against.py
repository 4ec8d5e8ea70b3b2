"""Two versions on the same cases, and the JSON of both kinds of figures."""

from __future__ import annotations

import json

import pytest

from processor.measure.ladder import against, compute, document
from tests import measured


def compare(before, after, **more):
    runs = (measured.a_run({"rules": text}, label=label) for text, label in ((before, "main"), (after, "now")))
    return against.against(*runs, **more)


@pytest.mark.parametrize(
    ("before", "after", "margin", "worse", "said"),
    [
        ("r" * 10, "r" * 10, 0.0, False, "No difference that these 10 cases can show"),
        ("r" * 10, "w" * 7 + "rrr", 0.0, True, "now is worse than main, beyond the noise: +70.0 points"),
        ("r" * 10, "w" * 5 + "r" * 5, 0.0, False, "No difference"),  # p = 0.0625, whatever the interval says
        ("w" * 7 + "rrr", "r" * 10, 0.0, False, "now is better than main: -70.0 points"),
        ("r" * 10, "w" * 7 + "rrr", 0.6, False, "but that it is by more than 60 points is not shown"),
        ("r" * 10, "w" * 7 + "rrr", 0.2, True, "by more than 20 points, beyond the noise"),
    ],
)
def test_worse_beyond_the_noise(before, after, margin, worse, said):
    found = compare(before, after, margin=margin)
    assert found.worse is worse
    assert said in found.words[0]


def test_no_difference_is_no_proof():
    assert "may still be worse by up to 27.8 points" in compare("r" * 10, "r" * 10).words[1]


def test_more_silent_errors_are_told():
    found = compare("e" * 9 + "r", "w" * 9 + "r")
    assert found.step.difference.value == 0
    assert not found.worse
    assert found.silent.value == pytest.approx(0.9)
    assert "More wrong answers are accepted than before" in found.words[-1]


def test_flips_are_side_by_side():
    found = compare("rwewr", "wreew")
    assert [(flip.case, flip.became) for flip in found.flips] == [
        ("c1", "broken"),
        ("c5", "broken"),
        ("c2", "fixed"),
        ("c4", "changed"),
    ]
    first, last = found.flips[0], found.flips[-1]
    assert (first.before, first.after, first.expected) == (measured.RIGHT, measured.WRONG, measured.RIGHT)
    assert (last.before, last.after, last.why_before, last.why_after) == (measured.WRONG, None, "", "steps_exhausted")


def test_the_topmost_rung_that_both_have_decides():
    before = measured.a_run({"prompt": "rr", "retrieval": "rr"})
    after = measured.a_run({"prompt": "rr", "retrieval": "rr", "rules": "ww"})
    assert against.against(before, after).rung == "retrieval"
    with pytest.raises(ValueError, match="no rung in common"):
        against.against(measured.a_run({"prompt": "r"}), measured.a_run({"rules": "r"}))


def test_what_a_threshold_trades_is_told():
    """Eight wrong answers go to people now, and four right ones: more failures, and better for who fears silence."""
    found = compare("rrrr" + "w" * 8 + "r" * 28, "eeee" + "e" * 8 + "r" * 28)
    told = " ".join(found.words)
    assert (
        "failures of main 8 are wrong answers that were accepted and 0 went to people, of those of now 0 and 12."
        in told
    )
    assert "Fewer wrong answers are accepted than before" in told
    assert "accepted" not in " ".join(compare("rrrr", "rrrr").words)


def test_only_cases_that_both_have_done_count():
    before = measured.a_run({"rules": "rrr"})
    after = measured.a_run({"rules": "ww"}, measured.cases(3)[1:])
    found = against.against(before, after)
    assert found.step.broken == ("c2", "c3")
    with pytest.raises(ValueError, match="no case in common"):
        against.against(measured.a_run({"rules": "r"}), measured.a_run({"rules": "r"}, (measured.a_case(9),)))


def test_contracts_may_differ():
    case = measured.a_case(expected={"category": "card"})
    old = measured.an_outcome(case, answer={"category": "card"}, offered={"category": "card"})
    new = measured.an_outcome(case, answer={"topic": "card"}, score=measured.score({"topic": "card"}, case.expected))
    runs = (measured.a_run({}, (case,), outcomes=(each,)) for each in (old, new))
    found = against.against(*runs)
    assert [(flip.before, flip.after) for flip in found.flips] == [({"category": "card"}, {"topic": "card"})]


def test_the_documents_fields_are_stable():
    found = document.ladder(compute.of(measured.a_run({"vote": "rw", "rules": "re"}), "$.category"))
    assert json.loads(json.dumps(found)) == found
    assert list(found) == [
        *("format", "task", "label", "version", "models", "n", "repeats", "seed", "sampling", "exclusions"),
        *("started_at", "seconds", "spent", "unfinished", "class_place", "reviewer_error", "rungs", "steps"),
        *("correction", "plan", "weighted", "notes", "words", "outcomes"),
    ]
    assert found["n"] == 2
    drawn = {"found": 2, "kept": 2, "excluded": {}, "strata": {}, "population": None, "production": None}
    assert found["sampling"] == drawn
    rung = found["rungs"][1]
    assert rung["rung"] == "rules"
    assert {name: rung["failures"][name] for name in ("count", "n", "share")} == {"count": 1, "n": 2, "share": 0.5}
    assert rung["tokens"] == {"input": 100.0, "output": 10.0}
    assert rung["escalated"] == {"steps_exhausted": 1}
    assert found["outcomes"][-1] == {
        "case": "c2",
        "rung": "rules",
        "repeat": 0,
        "failed": True,
        "silent": False,
        "answer": None,
        "reason": "steps_exhausted",
        "wrong": ["$.category", "$.reason"],
        "attempts": 1,
        "usd": 0.00012,
        "seconds": 1.0,
        "cached": 0,
    }


def test_the_document_of_two_versions_has_the_decision():
    found = document.against(compare("rrr", "rwe", margin=0.1))
    assert json.loads(json.dumps(found)) == found
    assert found["label"] == "now"
    told = found["against"]
    assert (told["before"]["label"], told["after"]["label"]) == ("main", "now")
    assert (told["rung"], told["margin"], told["worse"]) == ("rules", 0.1, False)
    assert [flip["case"] for flip in told["flips"]] == ["c2", "c3"]
