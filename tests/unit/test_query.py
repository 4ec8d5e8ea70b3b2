import pytest

from processor.core import errors
from processor.core.lookup import query
from processor.core.records import Query, Reason
from tests import builders

FILTERED = builders.DEFINITION.replace(
    "top_k = 2",
    """name = "prices"
files = ["*.csv"]
filters = { region = "{{ event.attributes.region }}", sku = "{{ input.sku | default('') }}" }
neighbours = 1""",
)


def test_a_table_becomes_a_query():
    task = builders.a_task(definition=FILTERED)
    event = builders.event(attributes={"region": " EU "}, input={"text": "Where?", "sku": "7"})
    prices, examples = query.build(task, event, "untuned")
    assert prices == Query(
        "fact",
        "Untuned_sort_Fact",
        "Where?",
        0.5,
        4,
        name="prices",
        files=("*.csv",),
        filters={"region": "EU", "sku": "7"},
        neighbours=1,
    )
    assert (examples.name, examples.collection, examples.filters) == ("example", "Untuned_sort_Example", {})


def test_a_filter_that_lacks_what_it_needs_is_refused_by_its_name():
    with pytest.raises(errors.Refused, match="the filter `region` template in task") as caught:
        query.build(builders.a_task(definition=FILTERED), builders.event(), "untuned")
    assert caught.value.reason is Reason.INVALID_INPUT


@pytest.mark.parametrize(
    ("text", "filters", "expected"),
    [
        ("Where?", {}, True),
        ("Where?", {"region": "EU"}, True),
        ("Where?", {"region": ""}, False),
        ("Where?", {"region": "EU", "sku": ""}, False),
        (" ", {}, False),
    ],
)
def test_an_empty_text_or_filter_finds_nothing(text, filters, expected):
    assert query.answerable(Query("fact", "C", text, 0.5, 3, filters=filters)) == expected
