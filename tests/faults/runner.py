"""Runs cases one after the other and tells how they went."""

from __future__ import annotations

import time
import traceback
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from tests.faults.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.faults.checker import Verdict
    from tests.faults.fleet import Ended
    from tests.faults.scene import Case, Finding
    from tests.faults.stage import Stage


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a case went.

    Attributes:
        case: which.
        verdict: of the checker; None where the script failed.
        broken: the bounds that were broken, in words; empty where all held.
        faults: how many there were.
        bound: the duplicates that they may cost.
        findings: the case's own figures.
        ended: workers that ended by themselves.
        seconds: it took.
    """

    case: Case
    verdict: Verdict | None
    broken: tuple[str, ...]
    faults: int = 0
    bound: int = 0
    findings: tuple[Finding, ...] = ()
    ended: tuple[Ended, ...] = ()
    seconds: float = 0.0
    reasons: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "case": self.case.name,
            "about": self.case.about,
            **({} if self.verdict is None else asdict(self.verdict)),
            **({} if self.verdict is None or self.case.audited else {"unaudited": ()}),  # else it is every result
            "faults": self.faults,
            "bound": self.bound,
            "findings": [str(each) for each in self.findings],
            "restarts": [asdict(each) for each in self.ended],
            "seconds": round(self.seconds, 1),
            "broken": self.broken,
        }


async def run(
    stage: Stage, case: Case, *, short: bool, seed: int, say: Callable[[str], None], part: float = 1.0
) -> Outcome:
    """Run one case. What goes wrong in it is in the outcome."""
    began = time.monotonic()
    scene = Scene(stage, case, short=short, seed=seed, say=say)
    scene.part = part
    verdict, broken = None, []
    try:
        async with scene:
            verdict = await scene.run()
    except Exception:  # noqa: BLE001 - one case must not keep the others from running
        broken.append(traceback.format_exc(limit=-3))
    ended = tuple(each for worker in scene.workers for each in worker.ended)
    bound = case.duplicates * len(scene.faults)
    if verdict is not None:
        broken += complaints(case, verdict, len(scene.faults), scene.findings, scene.slack)
    return Outcome(
        case,
        verdict,
        tuple(broken),
        len(scene.faults),
        bound,
        tuple(scene.findings),
        ended,
        time.monotonic() - began,
    )


def complaints(case: Case, verdict: Verdict, faults: int, findings: Iterable[Finding], slack: float = 1.0) -> list[str]:
    """The bounds that do not hold; those of time are `slack` times as long."""
    found = []
    if verdict.lost:
        found.append(f"{len(verdict.lost)} lost: {', '.join(verdict.lost[:5])}")
    if verdict.stuck:
        found.append(f"{len(verdict.stuck)} stuck: {', '.join(verdict.stuck[:5])}")
    if verdict.mistaken:
        found.append(f"{len(verdict.mistaken)} mistaken: {', '.join(verdict.mistaken[:5])}")
    if case.audited and verdict.unaudited:
        found.append(f"{len(verdict.unaudited)} without their audit: {', '.join(verdict.unaudited[:5])}")
    if verdict.duplicates > case.duplicates * faults:
        found.append(f"{verdict.duplicates} duplicates, at most {case.duplicates * faults}")
    if verdict.bought_twice > case.bought_twice * faults:
        found.append(f"{verdict.bought_twice} calls bought twice, at most {case.bought_twice * faults}")
    if verdict.recovery > (most := case.recovery * slack):
        found.append(f"no progress for {verdict.recovery:.0f} s after a fault's end, at most {most:.0f} s")
    return [*found, *(str(each) for each in findings if not each.well)]
