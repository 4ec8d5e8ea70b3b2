"""What the replays of a failed case prove -> its cause. Pure: a table of experiments, no guess.

An intervention fixes a case where it is right every time with it, and was right no time without. Of several that each
fix it the cause is the one that takes the least: stating what the system itself objects to, or not accepting, says
nothing that only the label knows; the knowledge that is put in was chosen by the label. A case that is fixed by either
lacked nothing that only the label names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.causes import settled

if TYPE_CHECKING:
    from processor.measure.causes.records import Cause, Lacked, Replayed, Replays, Standing
    from processor.measure.records import Outcome

_KNOWLEDGE: dict[Standing, Cause] = {"absent": "absent", "missed": "missed", "cut": "cut", "shown": "unused"}


def before(outcome: Outcome) -> Cause | None:
    """The cause that needs no replay: the answer was right and held back, or none could be given. Else None."""
    if settled.stopped(outcome):
        return "stopped"
    return "withheld" if settled.right(outcome) else None


def cause(agreed: bool | None, lacked: Lacked, replayed: Replayed) -> Cause:
    """The cause that the replays prove.

    Args:
        agreed: whether those who labelled the case gave the same answer; None where fewer than two did.
        lacked: the knowledge that was put in, and how it had stood.
        replayed: all experiments on the case.
    """
    if replayed.again.right:
        return "ambiguous" if agreed is False else "varies"
    single: tuple[tuple[Replays, Cause], ...] = (
        (replayed.constraint, "format"),
        (replayed.onward, "lenient"),
        (replayed.context, _KNOWLEDGE[lacked.standing or "shown"]),
    )
    for fixed, proved in single:
        if fixed.steady:
            return proved
    # What one alone does at times, both may do every time by chance.
    alone = replayed.context.right + replayed.constraint.right + replayed.onward.right
    if replayed.both.steady and not alone:
        return "both"
    if agreed is False:
        return "ambiguous"
    if lacked.undefined and not replayed.context.tried:
        return "absent"
    return "capability"


def told(proved: Cause, agreed: bool | None, lacked: Lacked, replayed: Replayed) -> str:
    """One sentence that says what proves the cause."""
    guessed = proved == "capability" and lacked.origin not in (None, "named")
    doubt = "its label names no passage, so that what it lacks may be another" if guessed else ""
    return "; ".join(part for part in (_reason(proved, lacked), _evidence(replayed, agreed), doubt) if part)


_REASONS: dict[Cause, str] = {
    "absent": "what it needs is not in the knowledge base",
    "missed": "what it needs is in the knowledge base and was not retrieved",
    "cut": "what it needs was retrieved and did not fit into the prompt",
    "unused": "what it needs was shown and not used",
    "format": "right once it was told what it had violated",
    "both": "right only with the knowledge and the violation stated",
    "lenient": "a step accepted a wrong answer; the steps after it would have been right",
    "ambiguous": "those who labelled it disagree",
    "varies": "right on mere repetition",
    "capability": "nothing that was put in makes it right every time",
    "withheld": "the answer was right, and a threshold or a rule sent it to people",
    "stopped": "it could never come to an answer",
}


def _reason(proved: Cause, lacked: Lacked) -> str:
    if proved == "absent" and lacked.undefined and lacked.origin is None:
        return f"no document, example or prompt says what {', '.join(lacked.undefined)} means"
    return _REASONS[proved]


def _evidence(replayed: Replayed, agreed: bool | None) -> str:
    named = (
        ("as it was", replayed.again),
        ("with the knowledge", replayed.context),
        ("with the violation stated", replayed.constraint),
        ("without the step that accepted it", replayed.onward),
        ("with both", replayed.both),
    )
    counted = ", ".join(f"{name} {_of(found)}" for name, found in named if found.tried)
    return f"right {counted}" + ("; reviewers disagree" if agreed is False else "") if counted else ""


def _of(found: Replays) -> str:
    return f"{found.right} of {found.tried}"
