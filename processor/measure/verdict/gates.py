"""The gates: what must be so before a fine-tune can work at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.figures import Estimate
from processor.measure.verdict import situations, told
from processor.measure.verdict.situations import figure
from processor.measure.verdict.values import Figure, Gate

if TYPE_CHECKING:
    from processor.measure.verdict.assumptions import Assumptions
    from processor.measure.verdict.facts import Facts

CHANGES = "definition.changes_per_year"


def gates(found: Facts, assumed: Assumptions) -> tuple[Gate, ...]:
    """All of them, in the order in which they are asked."""
    return (
        rungs(found, assumed),
        definition(assumed),
        stable(found, assumed),
        agreeing(found, assumed),
        labels(found, assumed),
    )


def rungs(found: Facts, assumed: Assumptions) -> Gate:
    """Rungs 1 to 3 are exhausted: little is left that knowledge, rules or thresholds would mend."""
    fixable, most = found.fixable, assumed.value("threshold.fixable_share")
    reached = situations.above(fixable, most)
    passed = True if not found.evidence.failed else None if reached is None else not reached
    named = ", ".join(f"{cause} {count}" for cause, count in found.mended_by)
    why = f"knowledge, rules or thresholds would mend, of the failures, {told.share(fixable)}" + (
        named and f": {named}"
    )
    if not found.evidence.failed:
        why = "no case failed, so that no rung has anything left to mend"
    return Gate(
        "rungs",
        "Are prompts, retrieval and rules exhausted?",
        passed,
        why,
        (figure("failures that the rungs would mend", fixable, "share", "of those examined by replays"),),
        found.mended,
    )


def definition(assumed: Assumptions) -> Gate:
    """The definition changes seldom: each change is one more fine-tune."""
    question, most = "Does the task's definition stay as it is?", assumed.value("threshold.changes_per_year")
    changes = assumed.get(CHANGES)
    if changes is None:
        why = "nothing tells how often it changes: neither results nor a Git history of four weeks and more"
        return Gate("definition", question, None, why)
    passed = True if changes.high <= most else False if changes.low > most else None
    why = (
        f"{changes.value:.1f} a year [{changes.low:.1f}, {changes.high:.1f}], by {changes.source}; "
        f"stable is up to {most:g}"
    )
    estimate = Estimate(changes.value, changes.low, changes.high)
    return Gate("definition", question, passed, why, (Figure("changes", estimate, "a year", changes.source),))


def stable(found: Facts, assumed: Assumptions) -> Gate:
    """What is asked of the task stays the same: the labels of the newer half are distributed like the older half's."""
    question = "Do the labels stay distributed as they are?"
    if found.drift is None:
        one_day = found.evidence.traffic is not None and len(found.evidence.traffic.labels) == 1
        why = "all answers with a class are of one day" if one_day else "there are no answers with a class and a time"
        return Gate("drift", question, None, why)
    test, source = found.drift
    if test.p is None or test.distance is None or test.by_chance is None:
        return Gate("drift", question, None, "one half of the time has no answers")
    level, matters = assumed.value("threshold.drift_p"), assumed.value("threshold.drift_distance")
    drifts = test.p < level and test.distance >= matters
    passed = False if drifts else None if max(test.by_chance, test.distance) >= matters else True
    why = (
        f"{100 * test.distance:.1f} % of the labels would have to change for both halves to be alike "
        f"({100 * test.by_chance:.1f} % by chance alone; p = {test.p:.2g}; {source})"
    )
    if passed is None:
        why += f": too few to tell whether that is a drift of {100 * matters:.0f} %"
    figures = (
        Figure("distance of the label distributions", Estimate(test.distance, None, None), "share", source),
        Figure("p-value that they are one", Estimate(test.p, None, None), "", "chi-square test of homogeneity"),
    )
    return Gate("drift", question, passed, why, figures)


def agreeing(found: Facts, assumed: Assumptions) -> Gate:
    """Those who label agree: else a model learns their disagreement."""
    agreed, least = found.agreed, assumed.value("labels.agreement")
    why = f"of the cases with several labels, all agree on {told.share(agreed)}; {100 * least:.0f} % are needed"
    figures = [figure("cases on which all agree", agreed, "share", "of cases with several labels")]
    if found.kappa is not None:
        estimate, shared = found.kappa
        why += f"; Cohen's kappa of two reviewers is {told.estimate(estimate, 2)}"
        of = f"on the class, of the two reviewers who share the most cases, {shared:,}"
        figures.append(Figure("Cohen's kappa", estimate, "", of))
    if not agreed.n:
        why = "no case was labelled by two people, so that nobody knows whether they agree"
    return Gate(
        "agreement",
        "Do the people who label agree?",
        situations.above(agreed, least),
        why,
        tuple(figures),
        found.disputed,
    )


def labels(found: Facts, assumed: Assumptions) -> Gate:
    """There are enough labels to train on."""
    needed = assumed.value("labels.needed")
    why = f"{found.evidence.labels:,} labelled events of {needed:,.0f} that a fine-tune needs"
    count = Figure(
        "labelled events", Estimate(found.evidence.labels, None, None), "cases", "all that are usable, measured or not"
    )
    return Gate("labels", "Are there thousands of labels?", found.evidence.labels >= needed, why, (count,))
