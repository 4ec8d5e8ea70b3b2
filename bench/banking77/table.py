"""The figures of the BANKING77 bench, and the same as text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bench.banking77 import curves
from processor.measure.ladder import told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.measure.figures import Estimate, Share
    from processor.measure.records import Outcome, Run, RungName

RUNGS: dict[RungName, str] = {
    "vote": "plain vote of 8 neighbours, no model",
    "prompt": "prompt only",
    "retrieval": "+ 8 examples as turns",
}


def figures(choosing: Run, report: Run, target: float) -> dict[str, Any]:
    """All of it; thresholds are chosen on one run and reported on the other."""
    votes = report.on("vote")
    return {
        "n": {"choosing": len(choosing.cases), "report": len(report.cases)},
        "target": target,
        "models": list(report.models),
        "rungs": {str(name): _rung(report.on(name), votes) for name in RUNGS},
        "curves": {
            name: _curve(curves.scored(choosing.on(rung), score), curves.scored(report.on(rung), score), target)
            for name, (rung, score) in curves.SCORES.items()
        },
    }


def text(found: dict[str, Any]) -> str:
    """For people."""
    lines = [f"{found['n']['report']} cases reported on, {found['n']['choosing']} others chose the thresholds", ""]
    for name, words in RUNGS.items():
        rung = found["rungs"][name]
        lines.append(f"{words:40} right {_share(rung['right'])}; against the vote {_against(rung)}")
    lines += ["", f"accepted with an error of at most {found['target']:.2%} (95 % confidence):"]
    for name, curve in found["curves"].items():
        lines.append(f"{name:40} {_point(curve['chosen'])}; AUROC {_number(curve['auroc'])}")
    lines += ["", "the same with the loosest threshold that was within it on the choosing part (no promise):"]
    lines += [f"{name:40} {_point(curve['loosest'])}" for name, curve in found["curves"].items()]
    return "\n".join(lines)


def _rung(outcomes: Sequence[Outcome], votes: Sequence[Outcome]) -> dict[str, Any]:
    answers = curves.scored(outcomes, lambda _: 1.0)
    difference, p = curves.difference(votes, outcomes)
    return {"right": share(curves.at(answers, 0).right), "failures_more": dataclasses.asdict(difference), "p": p}


def _curve(choosing: Sequence[curves.Scored], report: Sequence[curves.Scored], target: float) -> dict[str, Any]:
    def at(threshold: float | None) -> dict[str, Any] | None:
        return None if threshold is None else _fields(curves.at(report, threshold))

    return {
        "chosen": at(curves.chosen(choosing, target)),
        "loosest": at(curves.loosest(choosing, target)),
        "auroc": curves.auroc(report),
        "points": [_fields(curves.at(report, level)) for level in curves.levels(report)],
    }


def _fields(point: curves.Point) -> dict[str, Any]:
    return {"threshold": point.threshold, "covered": share(point.covered), "right": share(point.right)}


def share(found: Share) -> dict[str, Any]:
    """A share as JSON."""
    return {"count": found.count, "n": found.n, "share": found.share, "low": found.low, "high": found.high}


def _against(rung: dict[str, Any]) -> str:
    return f"{_points(rung['failures_more'])} points of failures, p = {told.p(rung['p'])}"


def _points(estimate: dict[str, Any] | Estimate) -> str:
    fields = estimate if isinstance(estimate, dict) else dataclasses.asdict(estimate)
    if fields["value"] is None:
        return "undetermined"
    return f"{fields['value'] * 100:+.1f} [{fields['low'] * 100:+.1f}, {fields['high'] * 100:+.1f}]"


def _point(fields: dict[str, Any] | None) -> str:
    if fields is None:
        return "no threshold keeps it"
    return f"≥ {fields['threshold']:.3g}: {_share(fields['right'])} right on {_share(fields['covered'])} of the cases"


def _share(fields: dict[str, Any]) -> str:
    if fields["share"] is None:
        return "nothing"
    return f"{fields['share']:.1%} [{fields['low']:.1%}, {fields['high']:.1%}]"


def _number(value: float | None) -> str:
    return "undetermined" if value is None else f"{value:.2f}"
