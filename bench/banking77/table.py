"""The figures of the BANKING77 bench, and the same as text."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from bench.banking77 import curves
from processor.measure.ladder import told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.measure.figures import Estimate, Share
    from processor.measure.records import Outcome, Run, RungName

ALPHA = 0.05

RUNGS: dict[RungName, str] = {
    "vote": "plain vote of 8 neighbours, no model",
    "prompt": "prompt only",
    "retrieval": "+ 8 examples as turns",
}


def figures(runs: Mapping[str, Run], target: float) -> dict[str, Any]:
    """All of it; thresholds are chosen on one part and reported on the other.

    Args:
        runs: by the file of their cases (`split.write`).
        target: for the error among what is accepted.
    """
    choosing, report, choosing_asked, asked = (
        runs[f"{name}.jsonl"] for name in ("choosing", "report", "choosing-asked", "cases")
    )
    sides = {"all votes": (choosing.on("vote"), report.on("vote"), curves.votes)} | {
        name: (choosing_asked.on(rung), asked.on(rung), score) for name, (rung, score) in curves.SCORES.items()
    }
    return {
        "n": {
            "choosing": len(choosing.cases),
            "report": len(report.cases),
            "choosing_asked": len(choosing_asked.cases),
            "asked": len(asked.cases),
        },
        "target": target,
        "models": list(asked.models),
        "vote": share(_right(report.on("vote"))),
        "rungs": {str(name): _rung(asked.on(name), asked.on("vote")) for name in RUNGS},
        "curves": {
            name: _curve(curves.scored(chose, score), curves.scored(told, score), target)
            for name, (chose, told, score) in sides.items()
        },
    }


def text(found: dict[str, Any]) -> str:
    """For people."""
    n = found["n"]
    lines = [
        f"plain vote of 8 neighbours on {n['report']:,} cases: right {_share(found['vote'])}",
        "",
        f"on {n['asked']} of them, each paired with the vote:",
    ]
    for name, words in RUNGS.items():
        rung = found["rungs"][name]
        lines.append(f"  {words:38} right {_share(rung['right'])}; against the vote: {_against(rung)}")
    lines += ["", f"accepted with an error of at most {found['target']:.2%}, 95 % confidence, chosen on other cases"]
    lines.append(f"({n['choosing']:,} for all votes, {n['choosing_asked']} for the rest):")
    for name, curve in found["curves"].items():
        lines.append(f"  {name:38} {_point(curve['chosen'])}; AUROC {_number(curve['auroc'])}")
    lines += ["", "the same with the loosest threshold that was within it on the choosing part (no promise):"]
    lines += [f"  {name:38} {_point(curve['loosest'])}" for name, curve in found["curves"].items()]
    calibration, words = found["calibration"], found["ladder"]["words"]
    promised = calibration["guarantee"] or calibration["why"]
    lines += ["", f"untuned calibrate, on {n['choosing_asked']} cases: {promised}"]
    return "\n".join([*lines, "", f"untuned measure, on {n['asked']} cases:", *(f"  {each}" for each in words)])


def _right(outcomes: Sequence[Outcome]) -> Share:
    return curves.at(curves.scored(outcomes, lambda _: 1.0), 0).right


def _rung(outcomes: Sequence[Outcome], votes: Sequence[Outcome]) -> dict[str, Any]:
    difference, p = curves.difference(votes, outcomes)
    return {"right": share(_right(outcomes)), "failures_more": dataclasses.asdict(difference), "p": p}


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
    more = rung["failures_more"]
    if rung["p"] > ALPHA:
        said = "no difference that these cases can show"
    else:
        said = "more failures" if more["value"] > 0 else "fewer failures"
    return f"{said} ({_points(more)} points, {told.p(rung['p'])})"


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
