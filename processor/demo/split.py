"""Which of a user's messages are learnt from and which are sent; always the same for the same file."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from processor.demo.messages import Message, Messages

SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class Split:
    """`learnt` go into the knowledge base with their labels, `sent` through the pipeline, out of `rest` in all."""

    learnt: tuple[Message, ...]
    sent: tuple[Message, ...]
    rest: int


def halves(found: Messages, limit: int) -> Split:
    """Half of each category is learnt from (of an odd number the larger part), the others and the unlabelled are sent.

    Args:
        found: a file's messages.
        limit: how many are sent at the most, drawn at random; 0 for all.
    """
    draw = random.Random(SEED)  # noqa: S311 - no secret: the same file must be cut the same way again
    learnt: list[Message] = []
    rest = [message for message in found.messages if not message.category]
    for category in found.categories:
        same = [message for message in found.messages if message.category == category]
        draw.shuffle(same)
        half = (len(same) + 1) // 2
        learnt += same[:half]
        rest += same[half:]
    draw.shuffle(rest)
    by_line = sorted(learnt, key=lambda message: message.line)
    return Split(tuple(by_line), tuple(rest[: limit or len(rest)]), len(rest))
