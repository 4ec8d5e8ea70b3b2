from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.review.values import BLIND, Filter
from processor.review.web import filters

WILD = st.dictionaries(
    st.sampled_from(("task", "reason", "rule", "text", "older", "newer", "min_cost", "state", "order", "after", "x")),
    st.one_of(
        st.text(max_size=300), st.sampled_from(("nan", "inf", "-1", "1e400", "0", "12", "closed", "worth", BLIND))
    ),
)


@given(WILD)
def test_whatever_a_query_holds_it_gives_a_filter_that_comes_back_the_same(query: dict[str, str]) -> None:
    found = filters.parse(query)
    assert filters.parse(dict(parse_qsl(filters.query(found)))) == found


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        Filter(task="sort", reason="rule", rule="enum", text="a b&c=d", state="all", order="cost"),
        Filter(older=3600.0, newer=86400.0, min_cost=Decimal("0.0001")),
        Filter(reason=BLIND, state="closed"),
    ],
)
def test_a_filter_comes_back_from_its_query(wanted: Filter) -> None:
    assert filters.parse(dict(parse_qsl(filters.query(wanted)))) == wanted


def test_the_usual_filter_has_no_query() -> None:
    assert filters.query(Filter()) == ""
    assert filters.address("/queue", Filter()) == "/queue"
    assert filters.address("/queue", Filter(task="sort"), after="x") == "/queue?task=sort&after=x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", "because"),
        ("state", "gone"),
        ("order", "random"),
        ("older", "soon"),
        ("newer", "-5"),
        ("min_cost", "NaN"),
        ("min_cost", "1e-13"),
        ("min_cost", "0." + "1" * 40),
        ("older", "1" + "0" * 40 + "e-40"),
        ("text", "x" * 201),
    ],
)
def test_what_means_nothing_is_named(name: str, value: str) -> None:
    assert filters.read({name: value}).ignored == (name,)


def test_a_price_in_a_link_makes_no_endless_query() -> None:
    found = filters.parse({"min_cost": "1e-9999999"})
    assert filters.query(found) == ""
    assert filters.query(Filter(min_cost=filters.LEAST_COST)) == "min_cost=0.000000000001"


def test_nothing_is_named_where_all_is_understood() -> None:
    assert filters.read({"task": " sort ", "state": "all", "order": "", "unknown": "x"}).ignored == ()
