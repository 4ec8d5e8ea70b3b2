"""How right the accepted answers are, as far as the events are labelled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from processor.core.views import intervals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Share:
    """`right` out of `total`."""

    right: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson interval at 95 %."""
        return intervals.wilson(self.right, self.total)

    def fields(self) -> dict[str, Any]:
        """For JSON; the share is None where there is nothing to count."""
        low, high = self.interval
        share = round(self.right / self.total, 4) if self.total else None
        return {"right": self.right, "n": self.total, "share": share, "low": round(low, 4), "high": round(high, 4)}


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Over the labelled events of one task.

    Attributes:
        fields: by labelled field, the accepted answers that have it right.
        whole: the accepted answers that have every labelled field right.
        models: the same by who gave them.
        unremarked: the same, of those that no rule remarked on.
        settled: the labelled events that were settled without a person.
    """

    fields: Mapping[str, Share]
    whole: Share
    models: Mapping[str, Share]
    unremarked: Share
    settled: Share


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled event; `answer` is None where none was accepted. `remarked`: a rule gave a warning."""

    expected: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    model: str = ""
    remarked: bool = False

    @property
    def right(self) -> bool:
        """Whether every labelled field is right."""
        return self.answer is not None and all(self.has_right(name) for name in self.expected)

    def has_right(self, name: str) -> bool:
        """Whether a field is as labelled."""
        return self.answer is not None and name in self.answer and self.answer[name] == self.expected[name]


def of(cases: Iterable[Case]) -> Accuracy | None:
    """The accuracy; None where nothing is labelled."""
    labelled = [case for case in cases if case.expected]
    if not labelled:
        return None
    accepted = [case for case in labelled if case.answer is not None]
    names = dict.fromkeys(name for case in labelled for name in case.expected)
    having = {name: [case for case in accepted if name in case.expected] for name in names}
    models = sorted({case.model for case in accepted})
    unremarked = [case for case in accepted if not case.remarked]
    return Accuracy(
        fields={name: Share(sum(case.has_right(name) for case in found), len(found)) for name, found in having.items()},
        whole=_share(accepted),
        models={model: _share([case for case in accepted if case.model == model]) for model in models},
        unremarked=_share(unremarked),
        settled=Share(len(accepted), len(labelled)),
    )


def _share(cases: list[Case]) -> Share:
    return Share(sum(case.right for case in cases), len(cases))
