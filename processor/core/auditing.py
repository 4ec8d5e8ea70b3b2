"""Which results people look at although they passed, and which items two reviewers decide: drawn by a hash.

Whoever draws for the same event draws the same: a worker that gets it again, and every review application.
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from processor.core.records import Reason, Review

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from processor.core.definition import Audit
    from processor.core.records import Message, Provenance, Work

BITS = 53
"""As many as a float holds exactly, so that the drawn number stays below 1."""

DETAIL = "it passed: one of a random share of the results"


def drawn(probability: float, *names: str) -> bool:
    """Whether what has these names is drawn: always the same answer.

    Args:
        probability: from 0, never, to 1, always.
        names: as of `number`.
    """
    return number(*names) < probability


def number(*names: str) -> float:
    """A number of names as good as a random one, evenly from 0 to below 1.

    Args:
        names: what it is of, with what it is for first: two draws of one event have nothing to do with each other.
    """
    text = "".join(f"{len(name)}\0{name}" for name in names)
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8, person=b"untuned").digest()
    return (int.from_bytes(digest) >> (64 - BITS)) / (1 << BITS)


def second_look(ref: str, share: float) -> bool:
    """Whether another reviewer decides an item, too. `share` is `second_look` of the task's [review]."""
    return drawn(share, "second look", ref)


def audit(
    found: Audit | None, message: Message, tried: Work, answer: Mapping[str, Any], made: Provenance
) -> Review | None:
    """The review item of an accepted answer that is drawn; None where it is not.

    Args:
        found: the task's [audit]; None draws nothing.
        message: that the answer is about.
        tried: the work, with the accepted attempt.
        answer: as the model gave it, parsed.
        made: what it was made from.
    """
    if found is None:
        return None
    probability = found.probability(tried.attempt)
    if not drawn(probability, "audit", tried.event.task, tried.event.id, str(tried.replay)):
        return None
    return Review(Reason.AUDIT, DETAIL, message, tried, (), answer, made, probability)


def lighter(audit: Review) -> Review:
    """The same without passages and the texts of attempts, where the whole is too large for one message.

    So that what is long is looked at as often as what is short.
    """
    before = audit.work.attempts if audit.work else ()
    attempts = tuple(dataclasses.replace(attempt, answer="", violations=()) for attempt in before)
    work = audit.work and dataclasses.replace(audit.work, attempts=attempts)
    made = audit.provenance and dataclasses.replace(audit.provenance, passages=(), attempts=attempts)
    return dataclasses.replace(audit, work=work, provenance=made)
