import pytest

from processor.core.lookup import neighbours
from tests import builders


def chunk(position, score=0.5, source="a.md"):
    return builders.passage(f"{source}#{position}", source=source, position=position, score=score)


@pytest.mark.parametrize(
    ("positions", "reach", "expected"),
    [
        ([3], 1, [2, 4]),
        ([0], 2, [1, 2]),
        ([3, 5], 1, [2, 4, 6]),
        ([3, 4], 1, [2, 5]),
        ([3], 0, []),
        ([], 3, []),
    ],
)
def test_what_is_asked_for(positions, reach, expected):
    wanted = neighbours.wanted([chunk(position) for position in positions], reach)
    assert wanted == tuple(f"a.md#{position}" for position in expected)


@pytest.mark.parametrize(
    ("found", "others", "expected"),
    [
        ([(3, 0.9)], [2, 4], [(2, 0.9), (3, 0.9), (4, 0.9)]),
        ([(3, 0.9)], [], [(3, 0.9)]),
        ([(3, 0.9), (4, 0.2)], [2, 5], [(2, 0.9), (3, 0.9), (4, 0.2), (5, 0.2)]),
        ([(5, 0.9), (3, 0.2)], [2, 4, 6], [(4, 0.9), (5, 0.9), (6, 0.9), (2, 0.2), (3, 0.2)]),
    ],
)
def test_the_order_is_the_documents_and_a_hit_keeps_its_own_score(found, others, expected):
    joined = neighbours.join([chunk(*each) for each in found], [chunk(position, 0.0) for position in others], 1)
    assert [(passage.position, passage.score) for passage in joined] == expected


def test_documents_are_not_mixed():
    joined = neighbours.join([chunk(1), chunk(1, source="b.md")], [chunk(0, source="b.md")], 1)
    assert [passage.id for passage in joined] == ["a.md#1", "b.md#0", "b.md#1"]
