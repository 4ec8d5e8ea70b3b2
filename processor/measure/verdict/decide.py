"""The answer: No, not enough data, or worth a trial; the ceiling decides first, then the gates, then the situations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from processor.measure.verdict import account, ceiling, gates, sensitivity, situations, told, wanted
from processor.measure.verdict.account import Number
from processor.measure.verdict.break_even import VOLUME
from processor.measure.verdict.facts import Facts
from processor.measure.verdict.gates import CHANGES
from processor.measure.verdict.rates import a_year
from processor.measure.verdict.values import Verdict

if TYPE_CHECKING:
    from processor.measure.verdict.account import Numbers
    from processor.measure.verdict.assumptions import Assumptions
    from processor.measure.verdict.evidence import Evidence
    from processor.measure.verdict.values import Answer, Ceiling, Flip, Gate, Situation, Wanted

LEAST = 2
"""Cases below which nothing has an interval."""

MISSED = 0.05
"""The share of the events from which on it matters that nothing decided stands for them; less is in the ranges."""

SHOWN = 3
"""Things to do that are named of one kind."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reasons, the first of which is enough, and all that was looked at."""

    answer: Answer
    reasons: tuple[str, ...]
    situations: tuple[Situation, Situation, Situation]
    gates: tuple[Gate, ...]
    ceiling: Ceiling | None


def verdict(given: Evidence, assumed: Assumptions) -> Verdict:
    """The verdict on what is known, with these assumptions."""
    assumed, found = with_measured(given, assumed), Facts(given)
    decided = decide(found, assumed)
    flips = sensitivity.flips(assumed, decided.answer, lambda other: decide(found, other, brief=True).answer)
    labels = _wanted(found, assumed, decided)
    return Verdict(
        task=given.run.task,
        version=given.run.version,
        at=given.at,
        answer=decided.answer,
        sentence=_sentence(found, decided, labels),
        reasons=decided.reasons,
        situations=decided.situations,
        gates=decided.gates,
        ceiling=decided.ceiling,
        assumptions=tuple(assumed),
        flips=flips,
        wanted=labels,
        trial=_trial(found, decided),
        next=_next(found, decided, labels, flips),
        cases=len(given.outcomes),
        unfinished=given.run.unfinished,
    )


def with_measured(found: Evidence, assumed: Assumptions) -> Assumptions:
    """The assumptions with events a day and changes a year as they were measured, where nobody has set them."""
    traffic, history = found.traffic, found.history
    if traffic is not None and traffic.per_day is not None and traffic.days > 0:
        rate = a_year(traffic.events, traffic.days)
        a_day = Number(*(number / account.DAYS_PER_YEAR for number in rate))
        assumed = assumed.measured(VOLUME, a_day, f"{traffic.events:,} events in {traffic.days:.1f} days of the topics")
    if history is not None and history.days > 0:
        assumed = assumed.measured(CHANGES, a_year(history.changes, history.days), history.source)
    return assumed


def decide(found: Facts, assumed: Assumptions, *, brief: bool = False) -> Decision:
    """The answer with what it rests on; `brief` without the figures that decide nothing, to be asked for often."""
    numbers = numbers_of(found, assumed)
    shown = (
        situations.rules(found, assumed),
        situations.volume(found, numbers, assumed, brief=brief),
        situations.tacit(found, assumed),
    )
    asked = gates.gates(found, assumed)
    top = None
    if VOLUME in numbers and not found.unpriced and len(found.evidence.outcomes) >= LEAST:
        top = ceiling.ceiling(numbers, found.evidence.at.date())
    answer, reasons = _answer(found, top, asked, shown)
    return Decision(answer, reasons, shown, asked, top)


def numbers_of(found: Facts, assumed: Assumptions) -> Numbers:
    """All numbers of the account; events a day are missing where they are not known, changes are then none."""
    given = {each.key: Number(each.value, each.low, each.high) for each in assumed if each.key in account.KINDER}
    return {CHANGES: Number(0.0, 0.0, 0.0), **found.measured, **given}


def _answer(
    found: Facts, top: Ceiling | None, asked: tuple[Gate, ...], shown: tuple[Situation, Situation, Situation]
) -> tuple[Answer, tuple[str, ...]]:
    if lacking := _unmeasured(found):
        return "not enough data", lacking
    if top is None:  # a closed gate is closed at any price and volume
        closed = _closed(asked)
        return ("no", closed) if closed else ("not enough data", _lacking(found, top))
    if refused := _refused(top, asked, shown):
        return "no", refused
    held = tuple(situation.why for situation in shown if situation.holds)
    if doubts := (*_unseen(found), *_doubts(top, asked, shown)):
        return "not enough data", (*doubts, *held, top.why)
    return "worth a trial", (*held, top.why)


def _refused(top: Ceiling, asked: tuple[Gate, ...], shown: tuple[Situation, ...]) -> tuple[str, ...]:
    """Why not: the ceiling, a closed gate, or no situation."""
    closed = _closed(asked)
    if top.pays is False:
        return (top.why, *closed)
    if closed:
        return (*closed, top.why)
    if all(situation.holds is False for situation in shown):
        return ("none of the three situations is given", *(each.why for each in shown))
    return ()


def _closed(asked: tuple[Gate, ...]) -> tuple[str, ...]:
    """Why gates are closed. Labels that are missing can be made, and close none."""
    return tuple(gate.why for gate in asked if gate.passed is False and gate.name != "labels")


def _doubts(top: Ceiling, asked: tuple[Gate, ...], shown: tuple[Situation, ...]) -> tuple[str, ...]:
    """What has to be settled before a trial: open gates, open situations where none is given, a likely loss."""
    doubts = [gate.why for gate in asked if not gate.passed]
    if not any(situation.holds for situation in shown):
        doubts += [situation.why for situation in shown if situation.holds is None]
    assert top.net.value is not None
    if top.net.value <= 0:
        likely = told.usd(-top.net.value)
        doubts.append(
            f"a perfect fine-tune likely loses {likely}, though it may pay: the assumptions are too wide to tell"
        )
    return tuple(doubts)


def _lacking(found: Facts, top: Ceiling | None) -> tuple[str, ...]:
    """What stands in the way of an answer; what is missing besides labels says what to do."""
    lacking = [*_unmeasured(found), *_unseen(found)]
    if found.unpriced:
        lacking.append(
            f"the price of {', '.join(found.unpriced)} is not known: add it to [prices] of tasks/models.toml"
        )
    if top is None and not (found.unpriced or _unmeasured(found)):
        lacking.append("how many events come a day is not known: say --events-per-day N, or set volume.events_per_day")
    return tuple(lacking)


def _unseen(found: Facts) -> tuple[str, ...]:
    """What went to people says nothing of the answers that were accepted, nor one kind of events of another."""
    production = found.evidence.run.sampling.production
    if production is None or not (production.unseen or production.missed > MISSED * production.events):
        return ()
    if not production.unseen:
        told = f"nothing that is decided stands for about {production.missed:,.0f} of {production.events:,} events"
        return (f"{told}: decide some of what waits for review",)
    told = f"nobody looked at the answers that were accepted, {production.results:,} of {production.events:,} events"
    return (f"{told}: [audit] in task.toml draws some of them, or take a random sample (--cases)",)


def _unmeasured(found: Facts) -> tuple[str, ...]:
    """Why nothing can be said at all."""
    lacking = []
    if found.evidence.run.unfinished:
        lacking.append(f"the measurement is unfinished ({found.evidence.run.unfinished}): call it again to go on")
    if len(found.evidence.outcomes) < LEAST:
        lacking.append(f"{len(found.evidence.outcomes)} labelled cases were measured: nothing can be said of so few")
    return tuple(lacking)


def _wanted(found: Facts, assumed: Assumptions, decided: Decision) -> tuple[Wanted, ...]:
    if decided.answer != "not enough data" or found.evidence.run.unfinished:
        return ()
    return wanted.wanted(found, assumed, decided.gates, decided.situations)


def _trial(found: Facts, decided: Decision) -> tuple[str, ...]:
    """The cases to hold a trial against: those that it must mend, or all where it is for the price."""
    if decided.answer != "worth a trial":
        return ()
    held = {situation.number for situation in decided.situations if situation.holds}
    mended = {
        *(found.evidence.with_cause({"capability"}) if 3 in held else ()),  # noqa: PLR2004 - the situation's number
        *(found.broken if 1 in held else ()),
    }
    return tuple(sorted(mended)) or tuple(found.evidence.outcomes)


def _sentence(found: Facts, decided: Decision, labels: tuple[Wanted, ...]) -> str:
    task, reason = found.evidence.run.task, decided.reasons[0]
    if decided.answer == "no":
        return f"No: do not fine-tune {task}. {_upper(reason)}."
    if decided.answer == "worth a trial":
        return f"Worth a trial: fine-tuning {task} may pay. {_upper(reason)}."
    first = next((each for each in labels if each.count), None)
    if first is None or decided.ceiling is None:
        return f"Not enough data on {task}: {reason}."
    return f"Not enough data on {task}: label {first.count:,} {_more(first)}, {first.why}."


def _more(first: Wanted) -> str:
    return first.of if first.of.startswith("of ") else f"more {first.of}"


def _next(found: Facts, decided: Decision, labels: tuple[Wanted, ...], flips: tuple[Flip, ...]) -> tuple[str, ...]:
    if decided.answer == "worth a trial":
        task, trial = found.evidence.run.task, len(_trial(found, decided))
        measured = (
            f"untuned measure {task} --cases FOLDER/validation-cases.jsonl --against model:NAME, on what it was not "
            f"trained on: are those of the {trial} trial cases right that are among them?"
        )
        return (
            f"untuned export {task} --format openai --out FOLDER, and fine-tune once",
            measured,
        )
    changes = [
        f"{change.place.file}: {change.place.what.rstrip('.')} ({len(change.cases)} failures)"
        for change in found.evidence.changes[:SHOWN]
    ]
    if decided.answer == "no":
        return tuple(changes) or ("nothing has to be trained, and no failure says what to change",)
    return (
        *_lacking(found, decided.ceiling),
        *(f"label {each.count:,} {_more(each)}: {each.why}" if each.count else each.why for each in labels),
        *_to_find_out(flips),
        *changes,
    )


def _to_find_out(flips: tuple[Flip, ...]) -> tuple[str, ...]:
    """The assumptions that would make it worth a trial, if they were known to be so."""
    found = [flip for flip in flips if flip.becomes == "worth a trial" and flip.plausible and flip.at is not None]
    return tuple(
        f"find out {flip.key}: worth a trial from {told.number(flip.at or 0)} {'up' if _up(flip) else 'down'}, "
        f"now taken to be {told.number(flip.value)}"
        for flip in found[:SHOWN]
    )


def _up(flip: Flip) -> bool:
    return flip.at is not None and flip.at >= flip.value


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
