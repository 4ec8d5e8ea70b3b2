"""What the label says where an answer is wrong, and where a text says it."""

from __future__ import annotations

from typing import Any

import hypothesis
from hypothesis import strategies as st

from processor.measure.causes import values
from processor.measure.records import Score

LINES = {"lines": [{"sku": "A-1", "quantity": "2"}, {"sku": "B-2", "quantity": "3"}], "reference": "PO 7"}


def test_values_of_wrong_places_alone() -> None:
    score = Score({"$.category": False, "$.urgency": True})
    found = values.expected({"category": "card", "urgency": "high"}, {"category": "refund", "urgency": "high"}, score)
    assert found == {"$.category": ("card",)}


def test_of_a_wrong_list_what_the_answer_lacks() -> None:
    offered = {"lines": [{"sku": "A-1", "quantity": "2"}, {"sku": "C-3", "quantity": "3"}]}
    found = values.expected(LINES, offered, Score({"$.lines": False, "$.reference": True}))
    assert found == {"$.lines[*].sku": ("B-2",)}


def test_of_a_list_in_another_order_all_of_it() -> None:
    offered = {"lines": LINES["lines"][::-1]}
    found = values.expected(LINES, offered, Score({"$.lines": False}))
    assert found["$.lines[*].sku"] == ("A-1", "B-2")


def test_without_an_answer_everything() -> None:
    found = values.expected(LINES, None, Score({"$.lines": False, "$.reference": False}))
    assert found["$.reference"] == ("PO 7",)
    assert found["$.lines[*].quantity"] == ("2", "3")


def test_a_place_of_one_item_and_one_that_is_no_place() -> None:
    score = Score({"$.lines[1].sku": False, "not a place": False})
    assert "$.lines[*].sku" in values.expected(LINES, {}, score)


def test_values_stand_as_whole_words() -> None:
    assert values.stands("account_access", "Account access: sign-in")
    assert values.stands("D-417", "go to desk D-417.")
    assert not values.stands("card", "discard the cardboard")
    assert not values.stands("--", "anything")


def test_only_what_can_be_looked_for() -> None:
    assert values.texts(["card", "a", 3, True, None, "x" * 61]) == ("card",)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
answers = st.dictionaries(st.sampled_from("abc"), json_values, max_size=3)


@hypothesis.given(answers, st.none() | answers)
def test_any_label_and_answer(label: dict[str, Any], offered: dict[str, Any] | None) -> None:
    found = values.expected(label, offered, Score({f"$.{name}": False for name in label}))
    assert all(path.startswith("$.") and lacking for path, lacking in found.items())
    assert values.expected(label, offered, Score(dict.fromkeys(label, True))) == {}


@hypothesis.given(st.text(), st.text(), st.text())
def test_a_value_stands_in_a_text_that_has_it(before: str, value: str, after: str) -> None:
    assert values.stands(value, f"{before} {value} {after}") == bool(values._plain(value))
