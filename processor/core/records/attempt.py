"""What one attempt at an event cost, and what was wrong with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the server counted them. `cached_tokens` are part of `input_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
        )

    @property
    def total(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with an answer, in words that help a model and a person.

    Attributes:
        path: JSONPath of the place, `$` for the whole answer, `$.lines[2].quantity` for a part.
        rule: the name of the rule or of the schema check, e.g. `enum`, `urgent_needs_person`.
        message: one sentence.
        found: the value that was found, as short JSON text; empty where there is none.
        expected: what would be right, in words; empty where the message says it.
    """

    path: str
    rule: str
    message: str
    found: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One finished attempt at an event, kept over the retry topic and in results and review items.

    `answer` is the text as it came, cut where it is very long. `cost` is in US dollars, None where the price is not
    known (never 0 for unknown). `seconds` is the call's duration, `confidence` as in `Completion`.
    """

    number: int
    step: str
    model: str
    answer: str
    finish_reason: str
    violations: tuple[Violation, ...]
    usage: Usage
    cost: Decimal | None
    seconds: float
    confidence: float | None = None
