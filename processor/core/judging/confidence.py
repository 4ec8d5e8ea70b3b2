"""How sure a model was of its answer, by the log-probabilities that its server gives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def of_answer(text: str, tokens: Sequence[tuple[bytes, float]]) -> float | None:
    """The geometric mean probability of the tokens that make the answer, from 0 to 1; None where it cannot be told.

    Args:
        text: the answer.
        tokens: bytes and natural logarithm of the probability of each token of the response, in order. What stands
            around the answer (a code fence, the end token) is left out where the answer is found among them.
    """
    found = list(_logarithms(text.encode(), tokens))
    if not found or not all(math.isfinite(logarithm) for logarithm in found):
        return None
    return math.exp(min(0.0, math.fsum(found) / len(found)))


def _logarithms(answer: bytes, tokens: Sequence[tuple[bytes, float]]) -> Iterable[float]:
    start = b"".join(part for part, _ in tokens).find(answer)
    if start < 0 or not answer:
        return [logarithm for _, logarithm in tokens]
    end, place, inside = start + len(answer), 0, []
    for part, logarithm in tokens:
        if part and place < end and place + len(part) > start:
            inside.append(logarithm)
        place += len(part)
    return inside
