"""docs/audits.md counts right, and its table is one that a task may have."""

from __future__ import annotations

import math
import re
from pathlib import Path

from processor.core.definition import Audit, Definition, parse
from tests import builders

PAGE = (Path(__file__).parents[2] / "docs" / "audits.md").read_text()
Z = 1.959964


def rows(heading: str) -> list[list[float]]:
    """The numbers of the table under a header row."""
    table = PAGE[PAGE.index(heading) :].split("\n\n")[0].splitlines()[2:]
    return [[float(number) for number in re.findall(r"[\d.]+", line)] for line in table]


def test_the_table_of_the_page_is_read_as_it_says():
    (text,) = re.findall(r"```toml\n(.+?)```", PAGE, re.DOTALL)
    found = parse(Definition, builders.DEFINITION + text, "tasks/sort/task.toml").audit
    assert found == Audit(share=0.02, retried=0.1)


def test_how_many_audits_give_which_half_width():
    found = rows("| right | ±")
    assert len(found) == 5
    for percent, *counts in found:
        right = percent / 100
        assert counts == [math.ceil(Z**2 * right * (1 - right) / (points / 100) ** 2) for points in (1, 2, 3, 5)]


def test_what_more_of_the_retried_ones_give():
    found = rows("| `share` |")
    assert len(found) == 4
    for first, retried, audits, points in found:
        strata = ((0.9, 0.98, first), (0.1, 0.8, retried))
        drawn = [10_000 * part * share for part, _, share in strata]
        spread = sum(part**2 * right * (1 - right) / n for (part, right, _), n in zip(strata, drawn, strict=True))
        assert (audits, points) == (round(sum(drawn)), round(100 * Z * math.sqrt(spread), 1))


def test_its_other_numbers():
    assert round(457 / 10_000, 3) == 0.046
    assert round(457 * 15 / 3600) == 2
    assert 3 / 150 == 0.02
    assert round(math.sqrt(0.8 * 0.2) / math.sqrt(0.98 * 0.02), 1) == 2.9
