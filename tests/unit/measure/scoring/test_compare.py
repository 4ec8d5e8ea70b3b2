"""What is the same: looks of texts, and what holds of every comparison whatever the values are."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.core.contracts.shapes import numbers, strings
from processor.core.definition import Comparison
from processor.measure.scoring import compare, pairing

SHAPES = [
    strings.Text(),
    strings.Decimal(9, 2),
    strings.Date(),
    strings.Timestamp(3),
    strings.Uuid(),
    numbers.Integer(32),
    numbers.Real(32),
    numbers.Boolean(),
]
COMPARISONS = [
    Comparison(kind="exact"),
    Comparison(kind="text"),
    Comparison(kind="presence"),
    Comparison(kind="number"),
    Comparison(kind="number", tolerance=0.5, relative=0.1),
    Comparison(kind="date"),
    Comparison(kind="date", days=2),
]
NEAR = st.sampled_from(
    ["1", "1.0", "01", "-0", "1e3", "1e999999", "NaN", "inf", "2026-01-31", "2026-02-01", "2026-01-31T23:30:00-02:00"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | NEAR | st.dates().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@settings(deadline=None)
@given(st.sampled_from(COMPARISONS), st.sampled_from(SHAPES), VALUES, VALUES)
def test_comparisons_are_reflexive_and_symmetric(comparison, shape, one, other):
    assert compare.same(comparison, shape, one, one)
    assert compare.same(comparison, shape, one, other) == compare.same(comparison, shape, other, one)


@settings(deadline=None)
@given(st.text())
def test_a_text_without_its_looks_has_none_left(text):
    once = compare.normal_text(text)
    assert compare.normal_text(once.upper()) == compare.normal_text(text.upper())
    assert compare.normal_text(f"  {text}\n") == once


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Straße", "STRASSE", True),
        ("Ａ１", "a1", True),  # noqa: RUF001 - wide forms
        ("cafe\u0301", "café", True),
        ("“Yes!”", "yes", True),
        ("a\u00a0 b", "a b", True),
        ("-5", "5", False),
        ("(large)", "large", False),
        ("?", "!", False),
        ("50 %", "50", False),
        ("", None, False),
    ],
)
def test_texts_are_the_same_but_for_their_looks(one, other, same):
    assert compare.same(Comparison(kind="text"), strings.Text(), one, other) is same


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "same"),
    [
        ("0.1", "0.3", 0.2, True),  # in binary the difference would be more
        (10**30, 10**30 + 1, 0, False),
        ("12.5", 12.5, 0, True),
        (Decimal("1.10"), "1.1", 0, True),
        (1, True, 0, False),
        ("1e999999999", "1e999999998", 1, False),
        ("9" * 5000, "1", 1, False),
    ],
)
def test_numbers_are_compared_as_decimals(one, other, tolerance, same):
    assert compare.same(Comparison(kind="number", tolerance=tolerance), strings.Text(), one, other) is same


def test_a_point_in_time_is_a_day_in_utc():
    late = "2026-01-31T23:30:00-02:00"
    assert compare.same(Comparison(kind="date"), strings.Timestamp(3), late, "2026-02-01T00:00:00Z")
    assert compare.same(Comparison(kind="exact"), strings.Timestamp(3), late, "2026-02-01T01:30:00.0009Z")


LISTS = st.lists(st.integers(0, 6), max_size=8)


@settings(deadline=None)
@given(LISTS, LISTS, st.integers(0, 2))
def test_no_pairing_has_more_pairs(left, right, tolerance):
    def like(one, other):
        return abs(one - other) <= tolerance

    pairs = pairing.pair(left, right, like, lambda one, other: one == other)
    assert len(set(pairs.values())) == len(pairs)
    assert all(like(left[i], right[j]) for i, j in pairs.items())
    assert len(pairs) == len(pairing.pair(right, left, lambda one, other: like(other, one))) == _most(left, right, like)


def _most(left, right, like):
    """The size of a largest pairing on a line: the smallest first, each with the smallest that it may have."""
    rest, count = sorted(right), 0
    for item in sorted(left):
        found = next((other for other in rest if like(item, other)), None)
        if found is not None:
            rest.remove(found)
            count += 1
    return count


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(0, 5), st.data())
def test_overlap_is_between_none_and_all(left, right, data):
    pairs = data.draw(st.integers(0, min(left, right)))
    jaccard, f1 = (pairing.overlap(kind, pairs, left, right) for kind in ("jaccard", "f1"))
    assert 0 <= jaccard <= f1 <= 1
    assert (jaccard == 1) == (f1 == 1) == (pairing.overlap("exact", pairs, left, right) == 1)


def test_a_long_list_needs_no_depth():
    count = 1500
    pairs = pairing.pair(range(count), range(count), lambda one, other: other in (one, one + 1))
    assert len(pairs) == count
