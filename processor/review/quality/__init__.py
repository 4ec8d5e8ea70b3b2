"""Figures about the reviewers' work: agreement, time, rules that cost more than they catch, accuracy by audits; pure.

    Memory(task).quality(marks, read) -> values.Quality

decided.Decided -> judge.Judge -> seen.Seen -> summary.of -> Quality. `memory` keeps what was seen of each item for the
next time: the view may have many thousands.
"""

from processor.review.quality.memory import MOST, Memory

__all__ = ["MOST", "Memory"]
