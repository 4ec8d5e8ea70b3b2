"""Which replays prove which cause: every combination, and what must hold whatever they are."""

from __future__ import annotations

import itertools

import pytest

from processor.core.records import Reason, Violation
from processor.measure.causes import attribute
from processor.measure.causes.records import Cause, Lacked, Replayed, Replays
from tests import measured

NONE, NEVER, AT_TIMES, ALWAYS = Replays(why="none"), Replays(0, 3), Replays(1, 3), Replays(3, 3)
STATES = (NONE, NEVER, AT_TIMES, ALWAYS)
MISSED = Lacked(("cards.md#0",), "facts", "missed")


def replayed(
    again: Replays = NEVER,
    context: Replays = NEVER,
    constraint: Replays = NONE,
    onward: Replays = NONE,
    both: Replays = NONE,
) -> Replayed:
    return Replayed(again, context, constraint, onward, both)


@pytest.mark.parametrize(
    ("cause", "made"),
    [
        ("varies", replayed(again=Replays(1, 1))),
        ("varies", replayed(again=AT_TIMES, context=ALWAYS)),
        ("missed", replayed(context=ALWAYS)),
        ("missed", replayed(context=ALWAYS, constraint=NEVER)),
        ("missed", replayed(context=ALWAYS, constraint=AT_TIMES)),
        ("format", replayed(context=NONE, constraint=ALWAYS)),
        ("format", replayed(context=NEVER, constraint=ALWAYS)),
        ("format", replayed(context=ALWAYS, constraint=ALWAYS)),
        ("lenient", replayed(context=NEVER, onward=ALWAYS)),
        ("lenient", replayed(context=ALWAYS, onward=ALWAYS)),
        ("both", replayed(context=NEVER, constraint=NEVER, both=ALWAYS)),
        ("capability", replayed(context=AT_TIMES, constraint=NEVER, both=ALWAYS)),
        ("capability", replayed(context=NEVER, constraint=NEVER, both=AT_TIMES)),
        ("capability", replayed(context=AT_TIMES)),
        ("capability", replayed(context=NONE)),
        ("capability", replayed(context=NEVER, constraint=NEVER, both=NEVER)),
    ],
)
def test_causes(cause: Cause, made: Replayed) -> None:
    assert attribute.cause(None, MISSED, made) == cause
    # Two people that agree change nothing; two that do not, only what nothing fixes.
    assert attribute.cause(True, MISSED, made) == cause
    expected = "ambiguous" if cause in ("varies", "capability") else cause
    assert attribute.cause(False, MISSED, made) == expected


@pytest.mark.parametrize(
    ("standing", "cause"), [("absent", "absent"), ("missed", "missed"), ("cut", "cut"), ("shown", "unused")]
)
def test_missing_knowledge_by_how_it_stood(standing: str, cause: str) -> None:
    lacked = Lacked(("cards.md#0",), "named", standing)  # type: ignore[arg-type]
    assert attribute.cause(None, lacked, replayed(context=ALWAYS)) == cause


def test_what_stands_nowhere_is_absent_only_where_nothing_else_fixes_it() -> None:
    lacked = Lacked(undefined=("D-417",))
    assert attribute.cause(None, lacked, replayed(context=NONE)) == "absent"
    assert attribute.cause(None, lacked, replayed(context=NONE, constraint=ALWAYS)) == "format"
    assert attribute.cause(None, lacked, replayed(again=AT_TIMES, context=NONE)) == "varies"
    assert attribute.cause(False, lacked, replayed(context=NONE)) == "ambiguous"
    assert "D-417" in attribute.told("absent", None, lacked, replayed(context=NONE))


@pytest.mark.parametrize("agreed", [None, True, False])
def test_what_holds_of_every_combination(agreed: bool | None) -> None:
    for states in itertools.product(STATES, repeat=5):
        made = Replayed(*states)
        _holds(attribute.cause(agreed, MISSED, made), agreed, made)


def _holds(cause: Cause, agreed: bool | None, made: Replayed) -> None:
    alone = (made.context, made.constraint, made.onward)
    steady = any(each.steady for each in alone)
    allowed: dict[Cause, bool] = {
        "missed": made.context.steady and not made.constraint.steady and not made.onward.steady,
        "format": made.constraint.steady,
        "lenient": made.onward.steady and not made.constraint.steady,
        "both": made.both.steady and not any(each.right for each in alone),
        "varies": made.again.right > 0 and agreed is not False,
        "ambiguous": agreed is False and (made.again.right > 0 or not steady),
        "capability": agreed is not False and not steady,
    }
    assert allowed[cause], (cause, agreed, made)
    if made.again.right:
        assert cause in ("varies", "ambiguous")
    elif steady:
        assert cause in ("missed", "format", "lenient")


def test_what_needs_no_replay() -> None:
    threshold = (Violation("$", "confidence", "Not sure."),)
    assert attribute.before(measured.an_outcome(what="o", violations=threshold)) == "withheld"
    assert attribute.before(measured.an_outcome(what="o", reason=Reason.RULE)) == "withheld"
    assert attribute.before(measured.an_outcome(what="n", reason=Reason.INVALID_INPUT)) == "stopped"
    # A right answer that breaks the contract elsewhere is no right answer.
    assert attribute.before(measured.an_outcome(what="o")) is None
    assert attribute.before(measured.an_outcome(what="w")) is None
    assert attribute.before(measured.an_outcome(what="e", violations=threshold)) is None


def test_the_evidence_is_told() -> None:
    told = attribute.told("missed", True, MISSED, replayed(context=ALWAYS))
    assert "as it was 0 of 3" in told
    assert "with the knowledge 3 of 3" in told
    assert "stated" not in told
