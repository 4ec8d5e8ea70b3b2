"""What a reviewer asks for, held against contract and rules, and what follows from a ruling; pure.

Item + Wanted + Task -> Weighed (a Ruling, or what stands against it)
Item + Ruling + Task -> Result | Retry | ProducerRecord | None
"""

from processor.review.deciding.actions import possible, why_not
from processor.review.deciding.following import Outcome, follow
from processor.review.deciding.values import Wanted, Weighed
from processor.review.deciding.weighing import BACK_LIMIT, DECISION, NOTE, NOTE_LIMIT, weigh

__all__ = [
    "BACK_LIMIT",
    "DECISION",
    "NOTE",
    "NOTE_LIMIT",
    "Outcome",
    "Wanted",
    "Weighed",
    "follow",
    "possible",
    "weigh",
    "why_not",
]
