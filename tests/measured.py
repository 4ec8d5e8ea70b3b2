"""Short ways to make measured values in tests: cases, outcomes, runs, without a model or a server.

    run = a_run({"prompt": "rwe", "rules": "rre"})          three cases on two rungs

A letter is what became of a case: `r` right, `w` wrong and accepted (silent), `e` escalated to people with a wrong
answer, `o` escalated although what it offered was right, `n` escalated with no answer that could be parsed. Repeats are
words: `"rw re"` is two repeats of two cases.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.core.records import Attempt, Event, Reason, Usage, Violation
from processor.measure.records import Case, Outcome, Run, RungName, Sampling, Score
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RIGHT: Mapping[str, Any] = {"category": "card", "reason": "asks for a card"}
WRONG: Mapping[str, Any] = {"category": "refund", "reason": "asks for a card"}
AT = datetime(2026, 1, 31, 9, tzinfo=UTC)


def a_case(number: int = 1, **changes: Any) -> Case:
    """Case `c<number>`: a message labelled as `RIGHT`."""
    ident = changes.pop("id", f"c{number}")
    given: dict[str, Any] = {
        "event": Event(ident, "sort", {"text": f"Where is my card? ({number})"}, AT),
        "expected": RIGHT,
        "source": f"tasks/sort/cases.jsonl:{number}",
    }
    return Case(**{**given, **changes})


def cases(number: int, **changes: Any) -> tuple[Case, ...]:
    """Cases `c1` to `c<number>`, all with the same changes."""
    return tuple(a_case(count, **changes) for count in range(1, number + 1))


def score(answer: Mapping[str, Any] | None, expected: Mapping[str, Any]) -> Score:
    """Exact match by top-level field: enough for tests of what comes after scoring."""
    return Score({f"$.{name}": answer is not None and answer.get(name) == value for name, value in expected.items()})


def an_attempt(number: int = 1, **changes: Any) -> Attempt:
    """An attempt with 100 tokens in, 10 out, for 0.00012 dollars, with nothing against it."""
    return builders.an_attempt(number, **{"violations": (), **changes})


def an_outcome(case: Case | None = None, what: str = "r", rung: RungName = "rules", **changes: Any) -> Outcome:
    """What became of a case, by its letter; one attempt with 100 tokens in and 10 out, in one second."""
    case = case or a_case()
    accepted, offered = what in "rw", {"r": case.expected, "o": case.expected, "n": None}.get(what, WRONG)
    against = () if accepted else (Violation("$.category", "enum", "Not a known category."),)
    answer = offered if accepted else None
    given: dict[str, Any] = {
        "case": case.id,
        "rung": rung,
        "repeat": 0,
        "answer": answer,
        "offered": offered,
        "score": score(answer, case.expected),
        "offered_score": score(offered, case.expected),
        "reason": None if accepted else Reason.STEPS_EXHAUSTED,
        "violations": against,
        "attempts": (an_attempt(violations=against),),
        "passages": (),
        "cut": (),
        "usage": Usage(100, 10),
        "cost": 0.00012,
        "seconds": 1.0,
    }
    return Outcome(**{**given, **changes})


def a_run(
    letters: Mapping[RungName, str] | None = None,
    given: Sequence[Case] | None = None,
    by_rung: Mapping[RungName, Mapping[str, Any]] | None = None,
    **changes: Any,
) -> Run:
    """A run by the letters of its outcomes.

    Args:
        letters: what became of the cases, by rung; words are repeats.
        given: the cases; else as many as there are letters.
        by_rung: changes of all outcomes of a rung, e.g. `{"people": {"cost": 0.1}}`.
        changes: of the run's fields.
    """
    letters = {"rules": "rrwe"} if letters is None else letters
    words = {rung: text.split() for rung, text in letters.items()}
    size = max((len(word) for found in words.values() for word in found), default=0)
    measured = tuple(given) if given is not None else cases(size)
    outcomes = tuple(
        an_outcome(case, word[at], rung, **{"repeat": repeat, **(by_rung or {}).get(rung, {})})
        for rung, found in words.items()
        for at, case in enumerate(measured)
        for repeat, word in enumerate(found)
    )
    usage = sum((outcome.usage.total for outcome in outcomes), 0)
    fields: dict[str, Any] = {
        "task": "sort",
        "version": "0123456789abcdef",
        "models": ("tiny",),
        "cases": measured,
        "outcomes": outcomes,
        "sampling": Sampling(len(measured), len(measured)),
        "exclusions": (),
        "repeats": max((len(found) for found in words.values()), default=1),
        "started_at": AT,
        "seconds": 12.5,
        "spent_usd": float(sum(Decimal(str(outcome.cost or 0)) for outcome in outcomes)),
        "spent_tokens": usage,
    }
    return Run(**{**fields, **changes})
