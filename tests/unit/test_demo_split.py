from __future__ import annotations

from collections import Counter

from processor.demo import split
from processor.demo.messages import Message, Messages


def labelled(**counts: int) -> Messages:
    categories = [category for category, count in counts.items() for _ in range(count)]
    made = [Message(n, f"text {n}", category.strip("_")) for n, category in enumerate(categories, start=2)]
    return Messages(tuple(made), ())


def test_half_of_each_category_is_learnt_from_and_nothing_is_in_both():
    found = split.halves(labelled(a=10, b=5, c=1, _=3), 0)
    assert Counter(message.category for message in found.learnt) == {"a": 5, "b": 3, "c": 1}
    assert Counter(message.category for message in found.sent) == {"a": 5, "b": 2, "": 3}
    assert found.rest == 10
    assert not {message.text for message in found.learnt} & {message.text for message in found.sent}


def test_the_same_file_is_cut_the_same_way_again():
    assert split.halves(labelled(a=50, b=50), 20) == split.halves(labelled(a=50, b=50), 20)


def test_a_limit_draws_from_all_categories_and_leaves_what_is_learnt_as_it_is():
    whole, limited = split.halves(labelled(a=40, b=40), 0), split.halves(labelled(a=40, b=40), 20)
    assert limited.learnt == whole.learnt
    assert limited.sent == whole.sent[:20]
    assert limited.rest == 40
    assert {message.category for message in limited.sent} == {"a", "b"}
