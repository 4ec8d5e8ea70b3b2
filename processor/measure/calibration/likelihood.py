"""How likely an answer is wrong, by its score: a curve that can only fall, fitted to the cases that choose.

It only orders what is tested, so that the path is not led by the luck of a few cases. No promise rests on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from processor.measure.calibration.cascade import Boxes, Floats

ROUNDS, CLOSE = 30, 1e-4
RIDGE = 0.05
"""Pulls the slope towards 0, as a prior of a few cases would."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Logistic in a score's rank among the `scores` that it was fitted to, with a slope of at most 0."""

    scores: Floats
    level: float
    slope: float

    def of(self, scores: Floats) -> Floats:
        """The likelihood of being wrong, from 0 to 1."""
        return np.asarray(special.expit(self.level + self.slope * _rank(self.scores, scores)))


def fit(scores: Floats, wrong: Floats) -> Likelihood:
    """Fit to answers; with no answers at all every score is as likely wrong as right.

    Half a case of each kind at the mean score stands for what is not known before.
    """
    known = np.sort(scores)
    ranks = np.append(_rank(known, scores), (0.0, 0.0))
    answers, weights = np.append(wrong, (0.0, 1.0)), np.append(np.ones(len(wrong)), (0.5, 0.5))
    design = np.column_stack((np.ones(len(ranks)), ranks))
    found = _newton(design, answers, weights)
    if found[1] > 0:
        found = np.array([_newton(design[:, :1], answers, weights)[0], 0.0])
    return Likelihood(known, float(found[0]), float(found[1]))


def expected_wrong(given: Boxes, chosen_on: Boxes) -> Floats:
    """How likely each way's answer is wrong, by the curve of its step over `chosen_on`; 0 where people decide."""
    made = np.zeros(len(given.step))
    for step in np.unique(given.step[given.step > 0]):
        seen, here = chosen_on.step == step, given.step == step
        made[here] = fit(chosen_on.score[seen], chosen_on.wrong[seen]).of(given.score[here])
    return made


def _rank(known: Floats, scores: Floats) -> Floats:
    """Where scores stand among known ones, from -1 to 1; equal ones share the middle."""
    if not len(known):
        return np.zeros(len(scores))
    places = (np.searchsorted(known, scores, "left") + np.searchsorted(known, scores, "right")) / 2
    return 2 * places / len(known) - 1


def _newton(design: Floats, answers: Floats, weights: Floats) -> Floats:
    found = np.zeros(design.shape[1])
    penalty = np.diag([1e-9, RIDGE][: design.shape[1]])
    for _ in range(ROUNDS):
        p = special.expit(design @ found)
        gradient = design.T @ (weights * (p - answers)) + penalty @ found
        curvature = (design.T * (weights * p * (1 - p))) @ design + penalty
        step = np.clip(np.linalg.solve(curvature, gradient), -2, 2)
        found = found - step
        if np.abs(step).max() < CLOSE:
            break
    return found
