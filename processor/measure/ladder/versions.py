"""Two versions of a task on the same cases, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.measure.figures import Estimate, Ladder, Share, Step
    from processor.measure.records import RungName

Became = Literal["fixed", "broken", "changed"]
"""`fixed`: failed before and does not now; `broken`: the reverse; `changed`: fails both times, with another answer."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A case that came out differently, side by side.

    `before` and `after` are the accepted answers, None where the case went to people: `why_before` and `why_after` then
    hold the reason. With repeats they are those of the first repeat in which the two versions differ.
    """

    case: str
    became: Became
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    why_before: str
    why_after: str
    expected: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One version: what it is called, its definition's version and its models, and how often it fails."""

    label: str
    version: str
    models: tuple[str, ...]
    failures: Share
    silent: Share
    usd: float | None


@dataclass(frozen=True, slots=True)
class Against:
    """What a change is worth: `before` is the other version, `after` the task as it stands.

    Attributes:
        rung: on which the versions are compared: the topmost that both were measured on, people left out.
        before: the other version.
        after: the task as it is now.
        step: the paired difference of the failure rates, after minus before: positive is worse.
        silent: the same difference of the shares of wrong answers that were accepted, of all cases.
        flips: the cases that came out differently; broken ones first.
        margin: how much worse is let pass, as a difference of failure rates from 0 to 1.
        worse: whether the whole 95 % interval of the difference lies above the margin, and the test agrees.
        ladders: the figures of both on all rungs that were measured, before and after.
        words: what it means, in sentences.
    """

    rung: RungName
    before: Side
    after: Side
    step: Step
    silent: Estimate
    flips: tuple[Flip, ...]
    margin: float
    worse: bool
    ladders: tuple[Ladder, Ladder]
    words: tuple[str, ...]
