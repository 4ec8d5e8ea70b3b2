from __future__ import annotations

import pytest

from processor.demo import accuracy
from processor.demo.accuracy import Case, Share


def test_each_labelled_field_is_counted_over_the_accepted_answers():
    found = accuracy.of(
        [
            Case({"category": "card", "urgent": False}, {"category": "card", "urgent": False, "reason": "…"}, "vote"),
            Case({"category": "card", "urgent": True}, {"category": "card", "urgent": False}, "tiny", remarked=True),
            Case({"category": "refund"}, {"category": "card"}, "vote"),
            Case({"category": "refund"}, None),
            Case({}, {"category": "card"}),
        ]
    )
    assert found is not None
    assert found.fields == {"category": Share(2, 3), "urgent": Share(1, 2)}
    assert found.whole == Share(1, 3)
    assert found.models == {"tiny": Share(0, 1), "vote": Share(1, 2)}
    assert found.unremarked == Share(1, 2)
    assert found.settled == Share(3, 4)


def test_a_labelled_null_is_a_label():
    found = accuracy.of([Case({"order": None}, {"order": None}), Case({"order": None}, {})])
    assert found is not None
    assert found.fields == {"order": Share(1, 2)}


def test_without_labels_there_is_nothing_to_say():
    assert accuracy.of([Case({}, {"category": "card"})]) is None


def test_a_share_for_json():
    assert Share(15, 148).fields() == {"right": 15, "n": 148, "share": 0.1014, "low": 0.0624, "high": 0.1605}
    assert Share(0, 0).fields()["share"] is None


@pytest.mark.parametrize("share", [Share(0, 5), Share(5, 5)])
def test_the_interval_of_none_and_all_has_a_width(share):
    low, high = share.interval
    assert high - low > 0.3
