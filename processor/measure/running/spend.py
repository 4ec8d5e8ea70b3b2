"""What a measurement has spent, and may spend: only what is bought now counts, not what the cache of answers gives."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from processor.core import cost, errors

if TYPE_CHECKING:
    from processor.core.records import Completion
    from processor.core.task import Task


@dataclass(frozen=True, slots=True)
class Limits:
    """What may be spent, in US dollars and in tokens, input and output together; None for no limit.

    No call is begun once a limit is reached; those under way then go beyond it.
    """

    usd: Decimal | None = None
    tokens: int | None = None


UNLIMITED = Limits()


class Reached(errors.UntunedError):
    """A limit is reached: nothing more is bought."""


class Spend:
    """What was spent so far.

    Attributes:
        limits: what may be.
        usd: US dollars; None as soon as a call's price is not known.
        tokens: input and output.
        calls: how many.
    """

    def __init__(self, limits: Limits = UNLIMITED) -> None:
        self.limits = limits
        self.usd: Decimal | None = Decimal(0)
        self.tokens = 0
        self.calls = 0

    def check(self) -> None:
        """Before a call is begun.

        Raises:
            Reached: no more may be.
        """
        if self.limits.tokens is not None and self.tokens >= self.limits.tokens:
            raise Reached(f"{self.tokens} tokens are spent (--max-tokens {self.limits.tokens})")
        if self.limits.usd is not None and self.usd is not None and self.usd >= self.limits.usd:
            raise Reached(f"{self.usd.normalize():f} US dollars are spent (--max-usd {self.limits.usd:f})")

    def add(self, completion: Completion, prices: cost.Prices) -> None:
        """Count a call.

        Raises:
            UsageError: there is a limit in US dollars, and what the call cost is not known.
        """
        usd = cost.of_call(completion.usage, completion.model, prices)
        self.calls += 1
        self.tokens += completion.usage.total
        self.usd = cost.total((self.usd, usd))
        if usd is None and self.limits.usd is not None:
            raise _unpriced(completion.model, counted=completion.usage.total > 0)


def check_prices(limits: Limits, task: Task, default_model: str) -> None:
    """Before anything is spent: whether a limit in US dollars can be kept.

    A server may report a model by a longer name than it is asked for by (with its date): that is seen at its answer.

    Raises:
        UsageError: a model that the task asks has no price.
    """
    if limits.usd is None:
        return
    for endpoint in task.endpoints.values():
        model = endpoint.model or default_model
        if not any(name.startswith(model) for name in task.prices):
            raise _unpriced(model)


def _unpriced(model: str, *, counted: bool = True) -> errors.UsageError:
    if not counted:
        return errors.UsageError(f"--max-usd cannot be kept: the server of {model} does not count tokens")
    return errors.UsageError(f'--max-usd needs the price of {model}: add [prices."{model}"] to tasks/models.toml')
