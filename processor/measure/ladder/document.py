"""The figures as JSON: the names of its fields are stable; `format` counts up when one changes its meaning or goes.

A share is `{count, n, share, low, high}`, an estimate `{value, low, high, why}`; both from 0 to 1 (or -1 to 1), with
95 % intervals, and null where nothing is known. Money is in US dollars, time in seconds. n, sampling, exclusions and
seed are always there.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from processor.measure.ladder import words

if TYPE_CHECKING:
    from processor.measure.figures import Estimate, Ladder, RungFigures, Share, Step
    from processor.measure.ladder.versions import Against, Flip, Side
    from processor.measure.records import Outcome, Run

FORMAT = "untuned.measure/1"


def ladder(found: Ladder) -> dict[str, Any]:
    """A whole ladder, and what became of every case."""
    return {
        "format": FORMAT,
        **_run(found.run),
        "class_place": found.class_place,
        "reviewer_error": found.reviewer_error,
        "rungs": [_rung(figures) for figures in found.rungs],
        "steps": [_step(step) for step in found.steps],
        "correction": found.correction,
        "plan": [dataclasses.asdict(each) for each in found.plan],
        "weighted": None if found.weighted is None else dataclasses.asdict(found.weighted),
        "notes": list(found.notes),
        "words": list(words.of(found)),
        "outcomes": [_outcome(each) for each in found.run.outcomes],
    }


def against(found: Against) -> dict[str, Any]:
    """A comparison of two versions; `ladder` is that of the task as it is now."""
    return {
        **ladder(found.ladders[1]),
        "against": {
            "rung": found.rung,
            "before": _side(found.before),
            "after": _side(found.after),
            "step": _step(found.step),
            "silent": _estimate(found.silent),
            "margin": found.margin,
            "worse": found.worse,
            "flips": [_flip(each) for each in found.flips],
            "words": list(found.words),
            "unfinished": found.ladders[0].run.unfinished,
        },
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "task": run.task,
        "label": run.label,
        "version": run.version,
        "models": list(run.models),
        "n": len({outcome.case for outcome in run.outcomes}),
        "repeats": run.repeats,
        "seed": run.sampling.seed,
        "sampling": {
            "found": run.sampling.found,
            "kept": run.sampling.kept,
            "excluded": dict(run.sampling.excluded),
            "strata": {name: list(each) for name, each in run.sampling.strata.items()},
            "population": run.sampling.population,
            "production": None if run.sampling.production is None else dataclasses.asdict(run.sampling.production),
        },
        "exclusions": [dataclasses.asdict(each) for each in run.exclusions],
        "started_at": run.started_at.isoformat(),
        "seconds": run.seconds,
        "spent": {
            "usd": run.spent_usd,
            "tokens": run.spent_tokens,
            "cached": sum(outcome.cached for outcome in run.outcomes),
        },
        "unfinished": run.unfinished,
    }


def _rung(figures: RungFigures) -> dict[str, Any]:
    return {
        "rung": figures.rung,
        "failures": _share(figures.failures),
        "silent": _share(figures.silent),
        "coverage": _share(figures.coverage),
        "fields": {place: _share(each) for place, each in figures.fields.items()},
        "classes": {name: _share(each) for name, each in figures.classes.items()},
        "usd": figures.usd,
        "tokens": {"input": figures.tokens[0], "output": figures.tokens[1]},
        "latency": dataclasses.asdict(figures.latency),
        "retries": figures.retries,
        "escalated": dict(figures.escalated),
        "repeats": None if figures.repeats is None else dataclasses.asdict(figures.repeats),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "before": step.before,
        "after": step.after,
        "difference": _estimate(step.difference),
        "fixed": list(step.fixed),
        "broken": list(step.broken),
        "p": step.p,
        "p_adjusted": step.p_adjusted,
        "usd_per_fix": _estimate(step.usd_per_fix),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "case": outcome.case,
        "rung": outcome.rung,
        "repeat": outcome.repeat,
        "failed": outcome.failed,
        "silent": outcome.silent,
        "answer": outcome.answer,
        "reason": outcome.reason.value if outcome.reason else None,
        "wrong": sorted(place for place, right in outcome.score.fields.items() if not right),
        "attempts": len(outcome.attempts),
        "usd": outcome.cost,
        "seconds": outcome.seconds,
        "cached": outcome.cached,
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "label": side.label,
        "version": side.version,
        "models": list(side.models),
        "failures": _share(side.failures),
        "silent": _share(side.silent),
        "usd": side.usd,
    }


def _flip(flip: Flip) -> dict[str, Any]:
    return dataclasses.asdict(flip)


def _share(share: Share) -> dict[str, Any]:
    return {"count": share.count, "n": share.n, "share": share.share, "low": share.low, "high": share.high}


def _estimate(found: Estimate) -> dict[str, Any]:
    return dataclasses.asdict(found)
