"""A calibration as JSON, and its promise in words. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from processor.measure.calibration.cascade import NO_THRESHOLD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from processor.measure.calibration.values import Found, Knob, Point
    from processor.measure.figures import Share


def document(found: Found) -> dict[str, Any]:
    """All of it, for JSON."""
    curve = found.curve
    return {
        "task": found.task,
        "of": found.of or None,
        "at": found.at.isoformat(),
        "max_error": curve.max_error,
        "confidence": curve.confidence,
        "guarantee": guarantee(found),
        "chosen": None if found.chosen is None else _point(found.chosen, curve.knobs),
        "now": _point(found.now, curve.knobs),
        "without": _point(found.without, curve.knobs),
        "why": found.why,
        "more": found.more,
        "n": found.n,
        "chosen_on": found.chosen_on,
        "left_out": found.left_out,
        "seed": found.seed,
        "method": found.method,
        "notes": list(found.notes),
        "knobs": [dataclasses.asdict(knob) for knob in curve.knobs],
        "curve": [_point(point, curve.knobs) for point in curve.points],
        "costs": {
            "seconds_per_review": found.costs.review_seconds,
            "usd_per_hour": found.costs.usd_per_hour,
            "usd_per_review": found.costs.review_usd,
            "unpriced": list(found.costs.unpriced),
        },
    }


def guarantee(found: Found) -> str:
    """What is promised, in words; empty where nothing is."""
    if found.chosen is None:
        return ""
    target, sure = 100 * found.curve.max_error, 100 * found.curve.confidence
    return (
        f"At most {target:.3g} % of the answers that are accepted without people are wrong, with {sure:.3g} % "
        f"confidence: if it were calibrated again and again on new cases, at most {100 - sure:.2g} % of the times "
        "this would be broken. It assumes that the cases are a random sample of the events to come, rightly labelled, "
        "and that nothing of the task changes."
    )


def thresholds(point: Point, knobs: Sequence[Knob]) -> str:
    """`neighbours: agreement ≥ 6, prompt.md: confidence ≥ 0.91`."""
    shown = (
        f"{knob.name}: no threshold" if value == NO_THRESHOLD else knob.shown(value)
        for knob, value in zip(knobs, point.thresholds, strict=True)
    )
    return ", ".join(shown) or "no step has a threshold"


def _point(point: Point, knobs: Sequence[Knob]) -> dict[str, Any]:
    values = [None if value == NO_THRESHOLD else value for value in point.thresholds]
    return {
        "thresholds": [{"step": knob.step, knob.kind: value} for knob, value in zip(knobs, values, strict=True)],
        "coverage": _share(point.coverage),
        "errors": _share(point.errors),
        "bound": point.bound,
        "usd_per_event": point.usd,
        "p": point.p,
        "certified": point.certified,
    }


def _share(share: Share) -> dict[str, Any]:
    return {"count": share.count, "n": share.n, "share": share.share, "low": share.low, "high": share.high}
