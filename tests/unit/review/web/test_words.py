from __future__ import annotations

import pytest

from processor.review.web import words


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("$.category", "Category"),
        ("$.needs_person", "Needs person"),
        ("$.lines[0].unit_price", "Lines 1, unit price"),
        ("$.grid[2][11]", "Grid 3 12"),
        ("$", ""),
        (f"$.lines[{'9' * 5000}]", f"Lines[{'9' * 5000}]"),
    ],
)
def test_places_are_counted_from_one(path: str, told: str) -> None:
    assert words.place(path) == told
