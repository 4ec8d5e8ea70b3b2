"""Contents of reports in tests, every section filled; `python -m tests.reported out.html` writes one to look at."""

from __future__ import annotations

import dataclasses
import functools
import random
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.core.records import Event, Passage, Violation
from processor.measure import report
from processor.measure.calibration.holding import Holding
from processor.measure.calibration.values import Costs, Curve, Found, Knob, Point
from processor.measure.causes.records import (
    Causes,
    CauseShare,
    Change,
    Finding,
    Lacked,
    Place,
    Replayed,
    Replays,
)
from processor.measure.figures import Estimate
from processor.measure.ladder import against, compute
from processor.measure.records import Exclusion, Sampling
from processor.measure.statistics import intervals
from processor.measure.verdict.values import (
    Assumption,
    Ceiling,
    Figure,
    Flip,
    Gate,
    Money,
    Situation,
    Verdict,
    Wanted,
)
from tests import measured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.measure.causes.records import Cause
    from processor.measure.figures import Ladder
    from processor.measure.records import Case, Run

CLASS_PLACE = "$.category"
NOT_TRIED = Replays(0, 0, "nothing stood against the answer")
AT = datetime(2026, 2, 1, 10, tzinfo=UTC)
TOPICS = ("card arrival", "refund not showing up", "exchange rate", "cash withdrawal charge", "verify my identity")


def a_case(number: int, classes: int, **changes: Any) -> Case:
    """One of several classes, with a message of some length."""
    name = TOPICS[number % len(TOPICS)] if classes <= len(TOPICS) else f"intent_{number % classes:02}"
    text = f"Hello, I have a question about my {name}: it has been {number % 9 + 2} days. What should I do?"
    given: dict[str, Any] = {
        "id": f"message-{number:04}",
        "event": Event(f"message-{number:04}", "sort", {"text": text, "channel": "app"}, measured.AT),
        "expected": {"category": name, "reason": "asks for a card"},
        "labelled_by": ("ana", "ben"),
        "agreed": number % 7 != 0,
    }
    return measured.a_case(number, **{**given, **changes})


def a_run(cases: int = 60, classes: int = 5, seed: int = 1, **changes: Any) -> Run:
    """Cases of which fewer fail from rung to rung."""
    draw = random.Random(seed)
    given = tuple(a_case(number, classes) for number in range(1, cases + 1))
    mix: dict[Any, Sequence[int]] = {
        "vote": (84, 16, 0, 0),
        "prompt": (42, 50, 5, 3),
        "retrieval": (83, 14, 1, 2),
        "rules": (84, 5, 9, 2),
    }
    letters = {rung: "".join(draw.choices("rwen", weights, k=cases)) for rung, weights in mix.items()}
    usd = {"vote": 0.0, "prompt": 0.00011, "retrieval": 0.00043, "rules": 0.00052}
    by_rung: Any = {
        rung: {"cost": cost, "passages": () if rung == "prompt" else (a_passage(1), a_passage(2))}
        for rung, cost in usd.items()
    }
    sampling = Sampling(cases + 25, cases, {"duplicate": 3, "breaks the contract": 2}, 7, {"app": (cases, cases + 20)})
    exclusions = tuple(Exclusion(f"left-{n}", f"tasks/sort/cases.jsonl:{900 + n}", "duplicate") for n in range(3))
    run = measured.a_run(letters, given, by_rung, sampling=sampling, exclusions=exclusions)
    return dataclasses.replace(run, **changes)


def a_passage(number: int = 1, **changes: Any) -> Passage:
    """A chunk of a document."""
    given: dict[str, Any] = {
        "id": f"p{number}",
        "kind": "fact",
        "source": f"faq/cards-{number}.md",
        "title": f"Cards > Delivery {number}",
        "text": "A card takes five working days.",
        "input": None,
        "answer": None,
        "score": 0.81,
        "content_hash": "0123456789abcdef",
    }
    return Passage(**{**given, **changes})


def a_ladder(run: Run | None = None) -> Ladder:
    """The figures of a run."""
    return compute.of(run or a_run(), CLASS_PLACE)


def causes(ladder: Ladder) -> Causes:
    """Every other cause in turn, for the failures of `rules`."""
    failed = [outcome for outcome in ladder.run.on("rules") if outcome.failed]
    names: tuple[Cause, ...] = ("missed", "format", "capability", "missed", "absent", "ambiguous")
    source = {case.id: case.source for case in ladder.run.cases}
    findings = tuple(
        Finding(
            case=outcome.case,
            source=source[outcome.case],
            cause=names[place % len(names)],
            why="Right in 3 of 3 once cards-1.md was put in; it was not retrieved.",
            outcome=outcome,
            lacked=Lacked(("p1",), "facts", "missed"),
            stated=(Violation("$.category", "enum", "Not a known category."),),
            replayed=Replayed(Replays(0, 3), Replays(3, 3), NOT_TRIED, NOT_TRIED, Replays(3, 3)),
            place=Place("retrieval", "tasks/sort/task.toml [[retrieval]]", "raise top_k from 2 to 4"),
        )
        for place, outcome in enumerate(failed)
    )
    by_cause: dict[Any, tuple[str, ...]] = {
        name: tuple(each.case for each in findings if each.cause == name) for name in dict.fromkeys(names)
    }
    by_cause = {name: cases for name, cases in by_cause.items() if cases}
    return Causes(
        task="sort",
        rung="rules",
        cases=len(ladder.run.cases),
        failed=len(failed),
        findings=findings,
        shares=tuple(
            CauseShare(name, intervals.share(len(cases), len(findings)), cases)
            for name, cases in sorted(by_cause.items(), key=lambda item: -len(item[1]))
        ),
        changes=tuple(
            Change(
                name,
                Place("retrieval", "tasks/sort/task.toml [[retrieval]]", "raise top_k from 2 to 4"),
                cases,
                Estimate(0.8 * len(cases), 0.4 * len(cases), 1.0 * len(cases))
                if name == "missed"
                else Estimate(None, None, None, "no replay shows that it helps"),
            )
            for name, cases in by_cause.items()
        ),
        seed=7,
        repeats=3,
        method="Wilson's interval for each share.",
        calls=12 * len(findings),
        spent_usd=0.031,
        spent_tokens=48_000,
    )


def a_calibration(n: int = 400) -> Found:
    """A curve of twelve points with a target of 3 %."""

    def point(place: int) -> Point:
        accepted = n * (4 + place) // 16
        wrong = round(accepted * 0.004 * place * place / 5)
        bound = intervals.upper(wrong, accepted, 0.95)
        share = intervals.share(wrong, accepted)
        return Point((8 - place / 2,), intervals.share(accepted, n), share, bound, 0.02, 0.01, bound < 0.03)

    points = tuple(point(place) for place in range(12))
    certified = [each for each in points if each.certified]
    return Found(
        task="sort",
        of="0123456789abcdef",
        at=AT,
        n=n,
        chosen_on=n // 2,
        left_out=2,
        seed=7,
        method="Learn then Test, fixed sequence (Angelopoulos et al. 2021).",
        curve=Curve((Knob(1, "neighbours", "agreement"),), 0.03, 0.95, points),
        chosen=certified[-1] if certified else None,
        now=points[9],
        without=points[11],
        more=None if certified else 120,
        why="" if certified else "no choice of thresholds is certain enough",
        costs=Costs(45, 38.0, ()),
    )


def a_verdict(ladder: Ladder) -> Verdict:
    """A plain no, with everything that it rests on."""
    failed = tuple(outcome.case for outcome in ladder.run.on("rules") if outcome.failed)
    adherence = Figure("adherence with 12 rules", Estimate(0.985, 0.96, 0.995), "share", "from 400 answers")
    volume = Figure(
        "break-even", Estimate(None, None, None, "the interval of what an event saves includes 0"), "events", ""
    )
    situations = (
        Situation(1, "rules that are not kept", False, "98.5 % of answers keep all rules, above 95 %.", (adherence,)),
        Situation(2, "high volume, stable and narrow", None, "The break-even is undetermined.", (volume,)),
        Situation(3, "tacit knowledge", False, "4 of 60 cases fail for capability.", (), failed[:4]),
    )
    gates = (
        Gate("labels", "Are there thousands of good labels?", False, "There are 60; 2,000 are needed.", (), failed[:2]),
        Gate("agreement", "Do those who label agree?", True, "They agree on 86 % of 60."),
        Gate("drift", "Do the labels stay as they are?", None, "Results of 3 days are too few."),
    )
    saved = (
        Money("tokens", 120.0, 60.0, 240.0, "0.00052 an event"),
        Money("reviewer minutes", 900.0, 400.0, 1800.0, ""),
    )
    spent = (Money("labels", 3000.0, 2000.0, 5000.0, "2,000 labels"), Money("training", 45.0, 20.0, 90.0, ""))
    ceiling = Ceiling(
        until=date(2026, 11, 30),
        days=280.0,
        events=28_000.0,
        capability=Estimate(4 / 60, 0.026, 0.159),
        saved=saved,
        spent=spent,
        saves=Estimate(1020.0, 460.0, 2040.0),
        costs=Estimate(3045.0, 5090.0, 2020.0),
        net=Estimate(-2025.0, -4630.0, 20.0),
        pays=None,
        why="It saves at most $2,040 until the base model is retired, and costs at least $2,020.",
    )
    assumptions = tuple(
        Assumption(f"training.usd_per_{name}", value, low, high, "What it costs, in US dollars.", source, "2026-01-15")
        for name, value, low, high, source in (
            ("million_tokens", 25.0, 3.0, 25.0, "the provider's price list, https://provider.example/prices"),
            ("hour_of_work", 80.0, 50.0, 150.0, "our own estimate"),
            ("evaluation", 200.0, 200.0, 200.0, "our own estimate"),
        )
    )
    return Verdict(
        task="sort",
        version="0123456789abcdef",
        at=AT,
        answer="no",
        sentence="No: what rules and retrieval leave is too little to pay for a fine-tune.",
        reasons=("Rung 2 is not exhausted: 5 failures are knowledge that was not retrieved.", "There are 60 labels."),
        situations=situations,
        gates=gates,
        ceiling=ceiling,
        assumptions=assumptions,
        flips=(
            Flip("volume.events_a_day", 100.0, 10.0, 10_000.0, 2400.0, "worth a trial", plausible=False),
            Flip("training.usd_per_hour_of_work", 80.0, 8.0, 800.0, None, None, plausible=False),
        ),
        wanted=(Wanted(340, "cases of “refund not showing up”", "they fail most often", failed[:3]),),
        trial=(),
        next=("Raise top_k in tasks/sort/task.toml.", "Label 340 more."),
        cases=len(ladder.run.cases),
    )


def full(run: Run | None = None, **changes: Any) -> report.Contents:
    """Contents with every section; without a run one that is computed once, with another version beside it."""
    return dataclasses.replace(_compared() if run is None else _filled(a_ladder(run)), **changes)


@functools.cache
def _compared() -> report.Contents:
    ladder = a_ladder()
    other = a_run(len(ladder.run.cases), seed=2, label="main", version="fedcba9876543210")
    mine = dataclasses.replace(ladder.run, label="this branch")
    return dataclasses.replace(_filled(ladder), against=against.against(other, mine, class_place=CLASS_PLACE))


def _filled(ladder: Ladder) -> report.Contents:
    return report.Contents(
        ladder,
        calibration=a_calibration(),
        holding=Holding(
            False, intervals.share(9, 52), intervals.share(52, 60), 0.001, 0.4, None, ("It does not hold.",)
        ),
        causes=causes(ladder),
        verdict=a_verdict(ladder),
    )


def many(cases: int = 1000, classes: int = 77) -> report.Contents:
    """As many cases and classes as BANKING77's, with long messages."""
    run = a_run(cases, classes)
    long = "I was charged twice for the same payment and nobody answers. " * 12
    given = tuple(
        dataclasses.replace(case, event=dataclasses.replace(case.event, input={"text": long + case.id}))
        for case in run.cases
    )
    return full(dataclasses.replace(run, cases=given, spent_usd=float(Decimal("1.25"))))


if __name__ == "__main__":
    shown = many() if "--many" in sys.argv else full()
    Path(sys.argv[1]).write_text(report.html(shown), encoding="utf-8")
