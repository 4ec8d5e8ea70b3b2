from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from processor.measure.statistics import paired, power
from tests.unit.measure.statistics.known import some


def connor(difference, discordant):
    """Connor, Biometrics 43 (1987), 207-211: the cases for 80 % power of the test without its exactness."""
    ends = stats.norm.ppf(0.975) * math.sqrt(discordant) + stats.norm.ppf(0.8) * math.sqrt(discordant - difference**2)
    return (ends / difference) ** 2


def counted(n, difference, discordant):
    """The power by its definition: over all numbers of fixed and broken, those that the test rejects."""
    rates = [(discordant - difference) / 2, (discordant + difference) / 2, 1 - discordant]
    flips = [(fixed, broken) for fixed in range(n + 1) for broken in range(n + 1 - fixed)]
    rejected = [each for each in flips if paired.mcnemar(*each) <= 0.05]
    return sum(stats.multinomial.pmf([(a, b, n - a - b) for a, b in rejected], n, rates)) if rejected else 0.0


@pytest.mark.parametrize(("n", "difference", "discordant"), [(5, 0.5, 0.8), (12, 0.3, 0.5), (25, 0.2, 0.3)])
def test_the_power_is_the_chance_that_the_test_rejects(n, difference, discordant):
    assert power.chance(n, difference, discordant) == pytest.approx(counted(n, difference, discordant))


@pytest.mark.parametrize(("difference", "discordant"), [(0.1, 0.2), (0.05, 0.1), (-0.05, 0.1), (0.02, 0.05)])
def test_it_takes_a_few_more_cases_than_connor_says(difference, discordant):
    found = some(power.cases_needed(difference, discordant))
    approximate = connor(abs(difference), discordant)
    assert approximate < found < 1.15 * approximate + 15
    assert power.chance(found, difference, discordant) >= 0.8 > power.chance(found - 1, difference, discordant)


def test_a_simulation_finds_the_power_that_was_asked_for():
    n, rng = some(power.cases_needed(0.1, 0.2)), np.random.default_rng(1987)
    drawn = rng.multinomial(n, [0.05, 0.15, 0.8], size=2000)
    seen = [paired.mcnemar(fixed, broken) <= 0.05 for fixed, broken, _ in drawn.tolist()]
    assert np.mean(seen) == pytest.approx(0.8, abs=0.03)


def test_more_power_and_a_stricter_level_take_more_cases():
    usual = some(power.cases_needed(0.1, 0.2))
    assert some(power.cases_needed(0.1, 0.2, power=0.95)) > usual
    assert some(power.cases_needed(0.1, 0.2, alpha=0.01)) > usual
    assert some(power.cases_needed(0.1, 0.3)) > usual


@pytest.mark.parametrize(
    ("difference", "discordant"),
    [(0, 0.1), (0, 0), (0.2, 0.1), (0.1, 1.2), (0.0005, 0.5)],
    ids=["no difference", "nothing flips", "more than flips", "no share", "more than anybody labels"],
)
def test_where_no_cases_would_do_it_says_so(difference, discordant):
    assert power.cases_needed(difference, discordant) is None
