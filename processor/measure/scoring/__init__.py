"""Answers held against labels, place by place, as the task's [measure] says.

    Scorer(task).score(expected, answer) -> records.Score

`plain` brings both into one form, `compare` holds two values against each other, `pairing` the items of a set.
"""

from processor.measure.scoring.score import Scorer

__all__ = ["Scorer"]
