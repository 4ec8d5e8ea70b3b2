"""What is measured and what is left out, and how cases are sampled."""

import dataclasses
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.adapters.project import Project
from processor.checking import labelled
from processor.core.records import Event
from processor.measure.cases import Found, files, gather, sample
from processor.measure.records import Exclusion, Production
from tests import builders, measured

ROOT = Path(__file__).parents[4]


def case(ident, text="x", expected=None, **changes):
    event = Event(ident, "sort", {"text": text})
    return measured.a_case(event=event, expected=expected or {"category": "card"}, source=ident, **changes)


def gathered(*cases, measure="", **options):
    task = builders.a_task(definition=f"{builders.DEFINITION}\n{measure}")
    return gather.gather(task, [Found(cases)], **options)


def left_out(found):
    return {each.id: each.why for each in found.exclusions}


def test_what_cannot_be_measured_is_left_out_and_counted():
    found = gathered(
        case("good", "a"),
        case("unlabelled", "b", {"reason": "what"}),
        case("broken", "c", {"category": "nope"}),
        case("foreign", "d", {"category": "card", "other": 1}),
        case("empty", "  "),
        case("example", "Where  IS it?"),
        measure='[measure.compare]\n"$.reason" = "ignore"',
        examples=[
            labelled.Labelled("tasks/sort/examples.jsonl", 1, "ex", {"text": "where is it?"}, {}),
            labelled.Labelled("tasks/sort/cases.jsonl", 1, "good", {"text": "a"}, {}),
        ],
    )
    assert [each.id for each in found.cases] == ["good"]
    assert left_out(found) == {
        "unlabelled": "nothing labelled",
        "broken": "label breaks the contract",
        "foreign": "label breaks the contract",
        "empty": "invalid input",
        "example": "also an example",
    }
    assert (found.sampling.found, found.sampling.kept) == (6, 1)
    assert found.sampling.excluded == Counter(left_out(found).values())


def test_the_same_input_with_the_same_label_is_kept_once_with_the_fullest_label():
    found = gathered(case("a"), case("b", " X ", {"category": "card", "reason": "why"}), case("c", "x "))
    assert [each.id for each in found.cases] == ["b"]
    assert left_out(found) == {"a": "duplicate", "c": "duplicate"}


def test_the_same_input_with_another_label_is_not_measured_at_all():
    found = gathered(case("a"), case("b", "X"), case("c", "x", {"category": "refund"}), case("d", "y"))
    assert [each.id for each in found.cases] == ["d"]
    assert left_out(found) == dict.fromkeys("abc", "contradictory")


def test_an_id_is_unique_among_the_cases_of_all_sources():
    task = builders.a_task()
    one = Found((case("a"),), (Exclusion("", "f:1", "unreadable"),), unlabelled=2)
    found = gather.gather(task, [one, Found((case("a", "other"), case("b", "third")), unlabelled=3)])
    assert {each.event.input["text"] for each in found.cases} == {"x", "third"}
    assert [(each.id, each.why) for each in found.exclusions] == [("", "unreadable"), ("a", "same id")]
    assert (found.sampling.found, found.unlabelled) == (4, 5)


@pytest.mark.parametrize("name", Project(ROOT).names())
def test_all_shipped_cases_can_be_measured(name):
    task = Project(ROOT).load(name)
    found = files.read(files.default(ROOT, name), task, root=ROOT)
    kept = gather.gather(task, [found], examples=labelled.read(ROOT, name))
    assert found.cases
    assert left_out(kept) == {}


STRATA = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 40), min_size=1)


@settings(deadline=None)
@given(STRATA, st.data())
def test_each_stratum_gets_its_share_and_at_least_one(sizes, data):
    most = data.draw(st.integers(len(sizes), sum(sizes.values())))
    given_ = sample.allocate(sizes, most)
    assert given_.keys() == sizes.keys()
    assert sum(given_.values()) == most
    assert all(1 <= given_[name] <= size for name, size in sizes.items())
    for one, other in ((one, other) for one in sizes for other in sizes):
        if sizes[one] >= sizes[other]:
            assert given_[one] >= given_[other] - 1
    exact = {name: most * size / sum(sizes.values()) for name, size in sizes.items()}
    if all(share >= 1 for share in exact.values()):
        assert all(abs(given_[name] - share) < 1 for name, share in exact.items())


def test_largest_remainders_get_what_is_left():
    assert sample.allocate({"a": 47, "b": 16, "c": 15, "d": 12, "e": 10}, 10) == {
        "a": 5,
        "b": 2,
        "c": 1,
        "d": 1,
        "e": 1,
    }
    assert sample.allocate({"a": 97, "b": 2, "c": 1}, 10) == {"a": 8, "b": 1, "c": 1}


def cases_of(sizes):
    return [case(f"{name}{number}", group=name) for name, size in sizes.items() for number in range(size)]


@settings(deadline=None)
@given(STRATA, st.integers(1, 200), st.integers(0, 5), st.randoms(use_true_random=False))
def test_a_sample_is_the_same_whatever_the_order_and_every_chance_is_known(sizes, most, seed, random):
    cases = cases_of(sizes)
    drawn, strata = sample.draw(cases, most, seed, lambda each: each.group)
    random.shuffle(cases)
    assert sample.draw(cases, most, seed, lambda each: each.group) == (drawn, strata)
    assert len(drawn) == min(most, len(cases))
    if len(drawn) < len(cases):
        assert sum(1 / (each.inclusion or 0) for each in drawn) == pytest.approx(len(cases))
        assert sum(kept for kept, _ in strata.values()) == most
        assert sum(size for _, size in strata.values()) == len(cases)


def test_every_case_is_drawn_as_often_as_its_chance_says():
    cases = cases_of({"a": 6, "b": 2})
    drawn = Counter(each.id for seed in range(400) for each in sample.draw(cases, 4, seed, lambda each: each.group)[0])
    assert all(abs(drawn[each.id] - 200) < 50 for each in cases)  # five standard deviations


def test_a_chance_to_be_labelled_counts_with_that_to_be_drawn():
    cases = [dataclasses.replace(each, inclusion=0.5) for each in cases_of({"a": 4})]
    assert {each.inclusion for each in sample.draw(cases, 2, 0, lambda each: each.group)[0]} == {0.25}
    assert {each.inclusion for each in sample.draw(cases, None, 0, lambda each: each.group)[0]} == {0.5}


def test_more_strata_than_cases_are_one_stratum():
    drawn, strata = sample.draw(cases_of(dict.fromkeys("abcdef", 2)), 3, 0, lambda each: each.group)
    assert strata == {"": (3, 12)}
    assert {each.inclusion for each in drawn} == {0.25}


def test_as_many_as_there_are_strata_is_one_of_each_and_as_many_as_cases_is_all():
    cases = cases_of({"a": 3, "b": 2})
    assert sample.draw(cases, 2, 0, lambda each: each.group)[1] == {"a": (1, 3), "b": (1, 2)}
    drawn, strata = sample.draw(cases, 5, 0, lambda each: each.group)
    assert ({each.id for each in drawn}, strata) == ({each.id for each in cases}, {})
    assert {each.inclusion for each in drawn} == {None}


def test_it_is_known_how_many_a_sample_of_cases_without_chances_of_their_own_stands_for():
    cases = [case(f"m{number}", f"message {number}") for number in range(6)]
    audited = [dataclasses.replace(each, inclusion=0.5) for each in cases]
    assert gathered(*cases, most=4).sampling.population == 6
    assert gathered(*audited, most=4).sampling.population is None
    assert gathered(*cases).sampling.population is None


def test_cases_have_the_chance_that_they_came_to_be_labelled_with_by_now():
    task, cases = builders.a_task(), (case("a", "x"), case("b", "y"), case("c", "z"))
    production = Production(events=10, people=8, decided=2, whole=True)
    found = Found(cases, chances={"a": 0.25, "b": 0.25}, production=production, population=10)
    made = gather.gather(task, [found])
    assert {each.id: each.inclusion for each in made.cases} == {"a": 0.25, "b": 0.25, "c": None}
    assert (made.sampling.production, made.sampling.population) == (production, 10)
    mixed = gather.gather(task, [found, Found((case("d", "w"),))]).sampling
    assert (mixed.production, mixed.population) == (None, None)
    left = dataclasses.replace(found, cases=(*cases, case("e", "x")))
    assert gather.gather(task, [left]).sampling.population is None
