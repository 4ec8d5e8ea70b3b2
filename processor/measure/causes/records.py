"""What was found about why cases fail: one finding a failed case, shares of causes over all, and what to change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from processor.core.records import Violation
    from processor.measure.figures import Estimate, Share
    from processor.measure.records import Outcome, RungName

Cause = Literal[
    "absent",
    "missed",
    "cut",
    "unused",
    "format",
    "both",
    "lenient",
    "ambiguous",
    "varies",
    "capability",
    "withheld",
    "stopped",
]
"""Why a case failed.

`absent`, `missed`, `cut`, `unused`: right once the knowledge was put in, which was not in the knowledge base, in it but
not retrieved, retrieved but over the prompt's budget, or shown but lost among the rest. `format`: right once the
violated constraint was stated. `both`: right only with both. `lenient`: a step accepted a wrong answer, and the next
ones would have been right. `ambiguous`: fixed by nothing, and those who labelled it disagree. `varies`: right on mere
repetition. `capability`: fixed by nothing, or only at times. `withheld`: the right answer was given, and a threshold or
a rule sent it to people. `stopped`: it could never come to an answer (its input was refused, a call failed, a rule
raised).
"""

CAUSES: tuple[Cause, ...] = get_args(Cause)

KNOWLEDGE: frozenset[Cause] = frozenset({"absent", "missed", "cut", "unused"})
"""The causes that are missing knowledge."""

Standing = Literal["absent", "missed", "cut", "shown"]
"""How what was put in had stood when the case failed: not in the knowledge base, not retrieved, cut, or shown."""

Origin = Literal["named", "rows", "facts", "examples", "definition"]
"""Where what is put in comes from: the label names it; rows with the expected value; facts that hold it; the nearest
labelled example with it; its definition in the schema or the prompt."""


@dataclass(frozen=True, slots=True)
class Replays:
    """One experiment on one case: how often it was tried and came out right. Where it was not tried, `why` says so.

    A replay is right where its answer is, and nothing but a threshold or a rule that wants a person holds it back.
    """

    right: int = 0
    tried: int = 0
    why: str = ""
    outcomes: tuple[Outcome, ...] = ()

    @property
    def steady(self) -> bool:
        """Whether it was right every time."""
        return 0 < self.tried == self.right


@dataclass(frozen=True, slots=True)
class Replayed:
    """The experiments on one case.

    `again` is as it was, `context` with the knowledge put in, `constraint` with the violated constraint stated,
    `onward` without the step that accepted a wrong answer and those before it, `both` with the knowledge and, of the
    two before, the one that could be made.
    """

    again: Replays
    context: Replays
    constraint: Replays
    onward: Replays
    both: Replays


@dataclass(frozen=True, slots=True)
class Lacked:
    """The knowledge that was put in.

    `passages` are ids, `origin` where they come from (None: there was none to put in), `standing` how they had stood
    when the case failed. `undefined` are the expected values that stand nowhere: neither in the knowledge base nor in
    the prompt, the schema's descriptions or the input.
    """

    passages: tuple[str, ...] = ()
    origin: Origin | None = None
    standing: Standing | None = None
    undefined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where to change something: the rung of the ladder, the file (with its table or line), and what to do there."""

    rung: RungName | None
    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Why one case failed.

    Attributes:
        case: its id.
        source: of the case, as `Case.source`.
        cause: the one that the replays prove.
        why: the same in one sentence, with the evidence.
        outcome: the failure itself.
        lacked: the knowledge that was put in.
        stated: the violations that were stated; empty where none stood against the answer.
        replayed: what came of it.
        place: what to change.
    """

    case: str
    source: str
    cause: Cause
    why: str
    outcome: Outcome
    lacked: Lacked
    stated: tuple[Violation, ...]
    replayed: Replayed
    place: Place


@dataclass(frozen=True, slots=True)
class CauseShare:
    """One cause: its share of the failures that were examined, and the cases behind it."""

    cause: Cause
    share: Share
    cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What to change next, and the failures (a number, not a share) that are expected to go with it.

    `removes` is undetermined where no replay shows that the change helps. `cases` are those behind it.
    """

    cause: Cause
    place: Place
    cases: tuple[str, ...]
    removes: Estimate


@dataclass(frozen=True, slots=True)
class Causes:
    """All causes of one run's failures on one rung.

    Attributes:
        task: its name.
        rung: whose failures they are.
        cases: how many were measured.
        failed: how many of them failed, in at least one of their repeats.
        findings: one for each that was examined, in the order of the cases.
        shares: by cause, of the examined; those with no case left out; the most frequent first.
        changes: the most valuable first.
        seed: of the draw, where not all were examined.
        repeats: how often each experiment was made on a case.
        method: how the intervals are made, in words.
        calls: model calls that were made for them; what comes from the cache of answers is none.
        spent_usd: for them; None where a price is not known.
        spent_tokens: for them.
        unfinished: empty, or how many more were to be examined and why they were not (a budget that is spent).
    """

    task: str
    rung: RungName
    cases: int
    failed: int
    findings: tuple[Finding, ...]
    shares: tuple[CauseShare, ...]
    changes: tuple[Change, ...]
    seed: int
    repeats: int
    method: str
    calls: int
    spent_usd: float | None
    spent_tokens: int
    unfinished: str = ""

    @property
    def examined(self) -> int:
        """How many failures were examined."""
        return len(self.findings)

    def count(self, *causes: Cause) -> int:
        """How many of the examined failures have one of these causes."""
        return sum(finding.cause in causes for finding in self.findings)
