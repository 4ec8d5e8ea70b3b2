"""Causes as JSON: all that was found, with the evidence of each case; as of `ladder.document`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from processor.measure.causes.records import Causes, Finding, Replayed, Replays


def causes(found: Causes) -> dict[str, Any]:
    """Everything but the outcomes of the replays: answers stay out, as events' contents do."""
    return {
        "rung": found.rung,
        "cases": found.cases,
        "failed": found.failed,
        "examined": found.examined,
        "seed": found.seed,
        "repeats": found.repeats,
        "method": found.method,
        "spent": {"calls": found.calls, "usd": found.spent_usd, "tokens": found.spent_tokens},
        "unfinished": found.unfinished,
        "shares": [
            {
                "cause": each.cause,
                **dataclasses.asdict(each.share),
                "share": each.share.share,
                "cases": list(each.cases),
            }
            for each in found.shares
        ],
        "changes": [
            {
                "cause": each.cause,
                **dataclasses.asdict(each.place),
                "removes": dataclasses.asdict(each.removes),
                "cases": list(each.cases),
            }
            for each in found.changes
        ],
        "findings": [_finding(each) for each in found.findings],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "case": found.case,
        "source": found.source,
        "cause": found.cause,
        "why": found.why,
        "place": dataclasses.asdict(found.place),
        "lacked": {
            "origin": found.lacked.origin,
            "standing": found.lacked.standing,
            "passages": list(found.lacked.passages),
            "undefined": list(found.lacked.undefined),
        },
        "stated": [{"path": each.path, "rule": each.rule, "message": each.message} for each in found.stated],
        "replayed": _replayed(found.replayed),
    }


def _replayed(made: Replayed) -> dict[str, Any]:
    named: dict[str, Replays] = {
        "again": made.again,
        "context": made.context,
        "constraint": made.constraint,
        "onward": made.onward,
        "both": made.both,
    }
    return {name: {"right": each.right, "tried": each.tried, "why": each.why} for name, each in named.items()}
