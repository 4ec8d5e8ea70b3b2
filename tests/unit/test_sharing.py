from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from processor.adapters.assignor import Assignor
from processor.core.delivery import sharing

MEMBERS = st.dictionaries(st.text(min_size=1, max_size=3), st.sets(st.integers(0, 40)), min_size=1, max_size=8)


@given(st.integers(0, 40), MEMBERS)
def test_every_number_has_one_owner_and_the_shares_are_equal(count, owned):
    found = sharing.shares(range(count), owned)
    assert sorted(number for numbers in found.values() for number in numbers) == list(range(count))
    assert found.keys() == owned.keys()
    sizes = [len(numbers) for numbers in found.values()]
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 40), st.integers(1, 8))
def test_nothing_moves_where_nobody_came_or_went(count, members):
    first = sharing.shares(range(count), {str(member): [] for member in range(members)})
    assert sharing.shares(range(count), first) == first


@given(st.integers(1, 40), st.integers(1, 8))
def test_who_comes_takes_no_more_than_a_share(count, members):
    before = sharing.shares(range(count), {str(member): [] for member in range(members)})
    after = sharing.shares(range(count), {**before, "new": []})
    moved = sum(number not in after[member] for member, numbers in before.items() for number in numbers)
    assert moved == len(after["new"]) == count // (members + 1)


@given(st.integers(1, 40), st.integers(2, 8))
def test_who_goes_leaves_the_others_what_they_had(count, members):
    before = sharing.shares(range(count), {str(member): [] for member in range(members)})
    gone = before.pop("0")
    after = sharing.shares(range(count), before)
    moved = sum(number not in after[member] for member, numbers in before.items() for number in numbers)
    assert moved == 0
    assert len(gone) == sum(len(after[member]) - len(before[member]) for member in before)


def test_a_worker_has_the_same_numbers_of_all_topics_and_keeps_them():
    cluster = SimpleNamespace(partitions_for_topic={"tasks": {0, 1, 2, 3}, "retry": {0, 1}}.get)
    one, two = Assignor(), Assignor()

    def share(**members: Assignor) -> dict[str, dict[str, list[int]]]:
        told = {name: member.metadata(["tasks", "retry"]) for name, member in members.items()}
        given = members["one"].assign(cluster, told)
        for name, member in members.items():
            member.on_assignment(given[name])
        return {name: dict(found.assignment) for name, found in given.items()}

    assert share(one=one) == {"one": {"retry": [0, 1], "tasks": [0, 1, 2, 3]}}
    assert share(one=one, two=two) == {
        "one": {"retry": [0, 1], "tasks": [0, 1]},
        "two": {"retry": [], "tasks": [2, 3]},
    }


def test_strange_words_of_a_member_are_no_claim():
    cluster = SimpleNamespace(partitions_for_topic=lambda _: {0})
    member = SimpleNamespace(subscription=["tasks"], user_data=b"\xff{")
    assert dict(Assignor().assign(cluster, {"m": member})["m"].assignment) == {"tasks": [0]}
