"""The ceiling argument: if even a perfect fine-tune does not pay, no real one does, and nothing has to be trained.

It is perfect where it mends every failure that neither knowledge nor rules mend. What it would save until the base
model's retirement is bounded from above, with everything at the end that is kinder to fine-tuning, and held against
what it costs at the least.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from processor.measure.figures import Estimate
from processor.measure.verdict import account, told
from processor.measure.verdict.values import Ceiling, Money

if TYPE_CHECKING:
    from datetime import date

    from processor.measure.verdict.account import Account, Accounts, Numbers

TOLD = {
    "tokens": "a tuned model with a shorter prompt for today's first calls; below 0: it is called besides them",
    "retries": "model calls after the first that a right first answer makes needless",
    "reviewers": "minutes of reviewers for capability failures that go to people today",
    "unnoticed errors": "capability failures that were accepted wrong",
    "labels": "labels that are missing",
    "training": "tokens trained on, all runs until one is good enough",
    "engineers": "engineers' hours for these runs",
    "evaluation": "the tuned model on the evaluation's cases, each run",
    "training again": "one run more for each change of the definition",
    "upkeep": "engineers' hours while it is used",
    "hosting": "machines that serve it",
}


def ceiling(numbers: Numbers, today: date) -> Ceiling:
    """The account of a perfect fine-tune of the capability share."""
    found = account.accounts(numbers)
    likely, worst, best = found.likely, found.worst, found.best
    pays = False if best.net < 0 else True if worst.net > 0 else None
    return Ceiling(
        until=today + timedelta(days=round(numbers["base_model.days"].value)),
        days=likely.days,
        events=likely.events,
        capability=_capability(numbers),
        saved=_lines(found, saved=True),
        spent=_lines(found, saved=False),
        saves=_estimate(likely.saves, worst.saves, best.saves),
        costs=_estimate(likely.costs, worst.costs, best.costs),
        net=Estimate(likely.net, worst.net, best.net),
        pays=pays,
        why=_why(likely, best, pays),
    )


def _capability(numbers: Numbers) -> Estimate:
    parts = [numbers["measured.to_people"], numbers["measured.unnoticed"]]
    return Estimate(*(min(1.0, sum(ends)) for ends in zip(*parts, strict=True)))


def _lines(found: Accounts, *, saved: bool) -> tuple[Money, ...]:
    sides = [each.saved if saved else each.spent for each in (found.likely, found.worst, found.best)]
    return tuple(Money(name, *_ordered(*(side[name] for side in sides)), TOLD[name]) for name in sides[0])


def _ordered(likely: float, one: float, other: float) -> tuple[float, float, float]:
    return likely, min(likely, one, other), max(likely, one, other)


def _estimate(likely: float, one: float, other: float) -> Estimate:
    return Estimate(*_ordered(likely, one, other))


def _why(likely: Account, best: Account, pays: bool | None) -> str:
    bound = f"at the most {told.usd(best.saves)} saved and at the least {told.usd(best.costs)} spent"
    if pays is False:
        return f"even a perfect fine-tune does not pay in its {best.days:.0f} days of use: {bound}"
    if pays:
        return f"a perfect fine-tune pays at both ends of all assumptions: likely {told.usd(likely.net)} net"
    return (
        f"a perfect fine-tune may pay: likely {told.usd(likely.saves)} saved and {told.usd(likely.costs)} spent "
        f"in {likely.days:.0f} days of use, {bound}"
    )
