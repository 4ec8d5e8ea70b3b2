"""The three situations in which fine-tuning can pay, each tested with numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.measure.figures import Estimate
from processor.measure.verdict import account, break_even, told
from processor.measure.verdict.account import Number
from processor.measure.verdict.break_even import VOLUME
from processor.measure.verdict.values import Figure, Situation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.measure.cases import Traffic
    from processor.measure.figures import Share
    from processor.measure.verdict.account import Numbers
    from processor.measure.verdict.assumptions import Assumptions
    from processor.measure.verdict.facts import Facts


def rules(found: Facts, assumed: Assumptions) -> Situation:
    """1: rule adherence stays below the threshold as rules grow, even after the retries that state the rules."""
    first, last, (slope, twice) = found.first, found.last, found.trend
    threshold = assumed.value("threshold.adherence")
    holds = above(last, threshold)
    holds = None if holds is None else not holds
    figures = [
        figure("first answers that keep all rules", first, "share", "contract and rules, thresholds left out"),
        figure("last answers that keep all rules", last, "share", "after all retries"),
        *(
            Figure(f"first answers that keep {number} rules", kept, "share", "mean over all choices of so many rules")
            for number, kept in found.curve
        ),
        Figure("change of the log odds with each rule", slope, "", "logistic regression over the rules, by case"),
        Figure("first answers that would keep twice as many rules", twice, "share", "the same, extrapolated"),
    ]
    verb = {True: "stays below", False: "reaches", None: "is not known to reach"}[holds]
    why = (
        f"after retries, adherence to contract and rules {verb} {100 * threshold:.0f} %: {told.share(last)}; "
        f"of first answers {told.share(first)}"
    )
    return Situation(1, "rules are not kept as they grow", holds, why, tuple(figures), found.broken)


def volume(found: Facts, numbers: Numbers, assumed: Assumptions, *, brief: bool = False) -> Situation:
    """2: a high volume of a stable narrow task, where a smaller tuned model's inference saves more than it costs."""
    at = {key: number.value for key, number in numbers.items()}
    figures = () if brief else (*_prices(found, at), *break_even.figures(found, at))
    name = "high volume, so that cheaper inference pays"
    if found.unpriced:
        why = f"the price of {', '.join(found.unpriced)} is not in tasks/models.toml"
        return Situation(2, name, None, why, figures)
    if VOLUME not in numbers:
        return Situation(2, name, None, "how many events come a day is not known: say --events-per-day", figures)
    full = account.accounts(numbers, tokens_only=True)
    sampled = account.accounts(_as_assumed(numbers, assumed), tokens_only=True)
    holds = False if full.best.net < 0 else True if sampled.worst.net > 0 else None
    net = Estimate(full.likely.net, full.worst.net, full.best.net)
    told_net = "inference saved, less all costs, until the base model's retirement"
    why = (
        f"at {told.number(numbers[VOLUME].value)} events a day, cheaper inference saves {told.usd(full.likely.saves)} "
        f"and a fine-tune costs {told.usd(full.likely.costs)} in {full.likely.days:.0f} days of use"
    )
    if figures:
        needed = figures[-2].estimate
        at_least = f"at {told.estimate(needed, 0)} events a day" if needed.value is not None else told.estimate(needed)
        why += f"; break-even {at_least}"
    return Situation(2, name, holds, why, (*figures, Figure("net", net, "USD", told_net)), ())


def tacit(found: Facts, assumed: Assumptions) -> Situation:
    """3: tacit knowledge: neither knowledge nor rules mend the failures, and reviewers agree on what is right."""
    capability, agreed = found.capability, found.agreed
    enough = above(capability, assumed.value("threshold.capability_share"))
    agree = above(agreed, assumed.value("labels.agreement"))
    holds = None if None in (enough, agree) and False not in (enough, agree) else bool(enough and agree)
    figures = (
        figure("failures that neither knowledge nor rules mend", capability, "share", "of those examined by replays"),
        figure("cases on which those who labelled them agree", agreed, "share", "of cases with two labels and more"),
    )
    unseen = len(found.evidence.failed) - len(found.evidence.examined)
    rest = f"; {unseen} failures were not examined" if unseen else ""
    why = (
        f"capability share of the failures {told.share(capability)}{rest}; "
        f"those who label agree on {told.share(agreed)}"
    )
    return Situation(3, "tacit knowledge", holds, why, figures, found.unmended)


def above(found: Share, threshold: float) -> bool | None:
    """Whether a share reaches a threshold: None where its interval has both."""
    if found.low >= threshold:
        return True
    return False if found.high < threshold else None


def figure(name: str, found: Share, unit: str, how: str) -> Figure:
    """A share as a figure."""
    assert unit == "share"
    low, high = (found.low, found.high) if found.n else (None, None)
    estimate = Estimate(found.share, low, high, "" if found.n else "no cases")
    weighted = "" if found.weighted is None else " cases, weighted by the events that they stand for"
    return Figure(name, estimate, "share", f"{found.count} of {found.n}{weighted}; {how}")


def _prices(found: Facts, at: Mapping[str, float]) -> tuple[Figure, ...]:
    today = at["measured.first_usd"] + at["measured.retries_usd"]
    tokens = f"{at['measured.input_tokens']:,.0f} tokens in and {at['measured.output_tokens']:,.0f} out a call"
    return (
        *_in_production(found.evidence.traffic),
        Figure(
            "an event today",
            Estimate(today, None, None),
            "USD",
            f"all model calls, mean of {len(found.evidence.outcomes)} cases; {tokens}",
        ),
        Figure("an event tuned", Estimate(account.call(at), None, None), "USD", "one call, with the assumed prices"),
    )


def _in_production(traffic: Traffic | None) -> tuple[Figure, ...]:
    """What an event really took, to be held against what the cases took."""
    if traffic is None or not traffic.events:
        return ()
    usd = Estimate(traffic.usd, None, None, "no result has a known cost" if traffic.usd is None else "")
    tokens = f"{traffic.input_tokens:,.0f} tokens in and {traffic.output_tokens:,.0f} out an event, over all attempts"
    return (Figure("an event in production", usd, "USD", f"mean of {traffic.events:,} events of the topics; {tokens}"),)


def _as_assumed(numbers: Numbers, assumed: Assumptions) -> dict[str, Number]:
    """The numbers with every assumption at its value, so that only the sample's uncertainty is left."""
    values = {each.key: each.value for each in assumed if each.key not in {VOLUME, "definition.changes_per_year"}}
    return {key: Number(*[values[key]] * 3) if key in values else number for key, number in numbers.items()}
