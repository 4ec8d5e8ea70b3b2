from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.demo import symbols


@pytest.mark.parametrize(
    ("label", "symbol"),
    [
        ("card_arrival", "card_arrival"),
        ("Refund_not_showing_up", "Refund_not_showing_up"),
        ("reverted card payment?", "reverted_card_payment"),
        ("Rückgabe / Umtausch", "Ruckgabe_Umtausch"),
        ("Straße", "Strasse"),
        ("2nd line", "n_2nd_line"),
        ("退款", "label"),
        ("_", "_"),
    ],
)
def test_a_label_keeps_as_much_of_its_name_as_avro_takes(label, symbol):
    assert symbols.of([label]) == {label: symbol}


def test_labels_that_come_out_alike_stay_apart():
    assert symbols.of(["退款", "換貨", "a b", "a_b", "A-B"]) == {
        "a_b": "a_b",
        "A-B": "A_B_2",
        "a b": "a_b_3",
        "換貨": "label",
        "退款": "label_2",
    }


def test_a_label_that_is_a_symbol_already_is_never_the_one_that_is_renamed():
    assert symbols.of(["card-lost", "card_lost"])["card_lost"] == "card_lost"


@given(st.sets(st.text(max_size=90), max_size=30))
def test_symbols_are_avro_names_and_lead_back(labels):
    found = symbols.of(labels)
    assert found.keys() == labels
    assert len({symbol.casefold() for symbol in found.values()}) == len(labels)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", symbol) for symbol in found.values())
