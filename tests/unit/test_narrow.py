"""The values that are allowed for one event are those that were retrieved for it: told to the model and checked."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import jsonschema
import pytest
from hypothesis import strategies as st

from processor.core import errors, narrow, task
from processor.core.contracts import contract
from processor.core.contracts.shapes import narrowed
from processor.core.judging import verdict
from processor.core.prompting import prompt
from processor.core.records import Answered, Passage, Reason, Result, Retry, Review, Violation
from processor.pipeline import Pipeline
from tests import builders

ORDER = {
    "type": "record",
    "name": "Order",
    "namespace": "test",
    "fields": [
        {"name": "unit", "type": {"type": "enum", "name": "Unit", "symbols": ["piece", "pair", "metre"]}},
        {"name": "code", "type": ["null", "string"], "pattern": "^[A-Z]{2}$"},
        {"name": "count", "type": "int"},
        {
            "name": "lines",
            "type": [
                "null",
                {
                    "type": "array",
                    "items": {
                        "type": "record",
                        "name": "Line",
                        "fields": [
                            {"name": "sku", "type": "string", "maxLength": 12},
                            {"name": "note", "type": "string"},
                        ],
                    },
                },
            ],
        },
    ],
}
CONTRACT = contract.parse(json.dumps(ORDER), "schemas/order.avsc")
GOOD = {"unit": "piece", "code": None, "count": 1, "lines": [{"sku": "A-1", "note": "x"}]}

DEFINITION = """
description = "Read orders."
kind = "parsing"

[[retrieval]]
kind = "fact"
name = "catalogue"
query = "{{ input.text }}"

[[retrieval]]
kind = "example"
query = "{{ input.text }}"

[[step]]

[narrow]
"""


def a_task(*narrowings: str, **changes: Any) -> task.Task:
    return builders.a_task(definition="\n".join([DEFINITION.strip(), *narrowings]), schema=json.dumps(ORDER), **changes)


def row(sku: str, **columns: str) -> Passage:
    return builders.passage(f"row-{sku}", columns={"sku": sku, **columns}, retrieval="catalogue")


def labelled(answer: Any) -> Passage:
    return builders.passage("e1", "example", answer=json.dumps(answer))


def judged(made: task.Task, answer: Any, *passages: Passage) -> tuple[Violation, ...]:
    return verdict.judge(made, builders.event(), Answered(builders.completion(answer), passages)).violations


SKU = '"$.lines[*].sku" = { from = "catalogue", column = "sku" }'


def test_model_and_check_get_the_same_values():
    made = a_task(SKU)
    passages = (row("B-2"), row("A-1"), row("A-1"), row(""), builders.passage("text", retrieval="catalogue"))

    rendered = prompt.render(made, builders.work(), passages)

    lines = rendered.schema["properties"]["lines"]["anyOf"][1]
    assert lines["items"]["properties"]["sku"] == {"type": "string", "enum": ["A-1", "B-2"]}
    assert judged(made, GOOD, *passages) == ()
    assert judged(made, {**GOOD, "lines": [{"sku": "A1", "note": "x"}]}, *passages) == (
        Violation(
            "$.lines[0].sku",
            "narrowed",
            "Is none of the values that were retrieved for this event (did you mean A-1?).",
            '"A1"',
            "one of A-1, B-2",
        ),
    )
    assert judged(made, {**GOOD, "lines": None}, *passages) == ()


def test_only_what_is_kept_in_the_prompt_counts():
    small = DEFINITION.replace('name = "catalogue"', 'name = "catalogue"\nmax_tokens = 6')
    made = builders.a_task(definition=small + SKU, schema=json.dumps(ORDER))
    passages = (builders.passage("1", text="short", columns={"sku": "A-1"}, retrieval="catalogue"), row("B-2"))

    rendered = prompt.render(made, builders.work(), passages)

    assert [passage.id for passage in rendered.passages] == ["1"]
    assert "B-2" not in json.dumps(rendered.schema)


def test_labels_of_similar_messages():
    made = a_task('"$.unit" = { from = "example", answer = "$.unit" }')
    passages = tuple(labelled({"unit": unit}) for unit in ("metre", "piece", "barrel", None))

    # An enum keeps the order of its symbols, and none is added to it.
    assert narrow.contract(made, passages).json_schema["properties"]["unit"]["enum"] == ["piece", "metre"]
    assert [violation.rule for violation in judged(made, {**GOOD, "unit": "pair"}, *passages)] == ["narrowed"]


def test_labels_out_of_lists():
    made = a_task('"$.lines[*].sku" = { from = "example", answer = "$.lines[*].sku" }')
    passages = (labelled(GOOD), labelled({"lines": None}), labelled({"lines": [{"sku": "C-3"}, {}, 7]}), labelled([]))

    allowed = narrow.contract(made, passages).check({**GOOD, "lines": [{"sku": "x", "note": ""}]})

    assert allowed[0].expected == "one of A-1, C-3"


def test_null_stays_and_values_that_the_contract_refuses_are_left_out():
    made = a_task('"$.code" = { from = "catalogue", column = "code" }')
    passages = (row("1", code="DE"), row("2", code="not a code"), row("3", code="de"))

    properties = narrow.contract(made, passages).json_schema["properties"]

    assert properties["code"] == {"anyOf": [{"type": "null"}, {"type": "string", "enum": ["DE"]}]}
    assert judged(made, GOOD, *passages) == ()


def test_what_is_written_stays_the_same():
    changed = CONTRACT.narrowed({"$.unit": ("pair",), "$.lines[*].sku": ("A-1",)})

    assert changed.schema is CONTRACT.schema
    assert changed.name == CONTRACT.name
    assert changed.convert({**GOOD, "unit": "pair"}) == {**GOOD, "unit": "pair"}
    assert CONTRACT.check(GOOD) == ()
    jsonschema.Draft202012Validator.check_schema(changed.json_schema)


@pytest.mark.parametrize("passages", [(), (row(""),), (row("1", code="x"),)])
def test_nothing_retrieved(passages: tuple[Passage, ...]):
    open_ = a_task('"$.code" = { from = "catalogue", column = "code" }')
    assert narrow.contract(open_, passages).json_schema == CONTRACT.json_schema

    people = a_task('"$.code" = { from = "catalogue", column = "code", fallback = "review" }')
    with pytest.raises(errors.Refused, match=r"retrieval `catalogue` gave no value for \$\.code") as refused:
        prompt.render(people, builders.work(), passages)
    assert refused.value.reason is Reason.NOTHING_RETRIEVED


def test_that_nothing_fitted_into_the_prompt_is_told():
    small = DEFINITION.replace('name = "catalogue"', 'name = "catalogue"\nmax_tokens = 1')
    narrowing = '"$.code" = { from = "catalogue", column = "code", fallback = "review" }'
    made = builders.a_task(definition=small + narrowing, schema=json.dumps(ORDER))
    with pytest.raises(errors.Refused, match=r"gave no value for \$\.code; 2 passages did not fit into the prompt"):
        prompt.render(made, builders.work(), (row("1", code="DE"), row("2", code="FR")))


VOTE = """
[[step]]
kind = "neighbours"
field = "$.unit"
accept = { agreement = 1 }

[[step]]

[narrow]
"$.unit" = { from = "catalogue", column = "unit", fallback = "review" }
"""


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [((row("1", unit="piece"),), "accepted"), ((row("1", unit="pair"),), "narrowed"), ((), "nothing_retrieved")],
)
async def test_a_vote_of_neighbours_is_held_to_the_same_values(facts: tuple[Passage, ...], outcome: str):
    made = builders.a_task(definition=DEFINITION.split("[[step]]", maxsplit=1)[0] + VOTE, schema=json.dumps(ORDER))

    async def retrieve(_: object) -> tuple[Passage, ...]:
        return (labelled(GOOD), *facts)

    async def complete(_: object) -> Any:
        raise AssertionError("no model is asked")

    decode = builders.decoding(builders.work)
    made_pipeline = Pipeline(decode, lambda _: made, retrieve, complete, lambda: 1.0, "untuned")
    decision = await builders.decided(made_pipeline)

    if isinstance(decision, Result):
        assert outcome == "accepted"
        # What the answer was held against is in its provenance, beside the examples that voted.
        assert [passage.kind for passage in decision.provenance.passages] == ["example", "fact"]
    elif isinstance(decision, Retry):
        assert [violation.rule for violation in decision.violations] == [outcome]
    else:
        assert isinstance(decision, Review)
        assert decision.reason.value == outcome


def test_a_task_without_narrowing_keeps_its_contract():
    made = builders.a_task()
    assert narrow.contract(made, (row("A-1"),)) is made.contract


def test_equal_sets_give_equal_schemas():
    made = a_task(SKU)
    one, other = (narrow.contract(made, rows) for rows in [(row("A"), row("B")), (row("B"), row("A"), row("B"))])
    assert json.dumps(one.json_schema) == json.dumps(other.json_schema)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6) | st.sampled_from(
    ["DE", "FR", "A-1", "piece", "metre"]
)


@hypothesis.given(
    st.dictionaries(st.sampled_from(["$.unit", "$.code", "$.lines[*].sku"]), st.lists(texts, max_size=5)),
    st.fixed_dictionaries(
        {
            "unit": texts,
            "code": st.none() | texts,
            "count": st.just(1),
            "lines": st.none() | st.lists(st.fixed_dictionaries({"sku": texts, "note": texts}), max_size=2),
        }
    ),
)
def test_whatever_is_retrieved_the_schema_and_the_check_agree(values: dict[str, list[str]], answer: Any):
    changed = CONTRACT.narrowed(values)
    assert jsonschema.Draft202012Validator(changed.json_schema).is_valid(answer) == (not changed.check(answer))
    if not changed.check(answer):
        assert CONTRACT.check(answer) == ()


@pytest.mark.parametrize(
    "values", [[f"{number:05}" for number in range(narrowed.TOLD + 1)], [letter * 8000 for letter in "ab"]]
)
def test_more_values_than_servers_take_are_only_checked(values: list[str]):
    free = contract.parse(json.dumps({**ORDER, "fields": [{"name": "word", "type": "string"}]}), "a.avsc")
    changed = free.narrowed({"$.word": values})

    assert changed.json_schema == free.json_schema
    assert changed.check({"word": values[0]}) == ()
    assert [violation.rule for violation in changed.check({"word": "other"})] == ["narrowed"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            [f"{number:02}" for number in range(40)],
            "one of " + ", ".join(f"{n:02}" for n in range(30)) + " and 10 more",
        ),
        (["a" * 300, "b" * 300], f"one of {'a' * 300} and 1 more"),
        (["a" * 500, "b" * 500], "one of the 2 values that were retrieved"),
        (["two\nlines"], "one of two lines"),
    ],
)
def test_the_words_are_short(values: list[str], expected: str):
    free = contract.parse(json.dumps({**ORDER, "fields": [{"name": "word", "type": "string"}]}), "a.avsc")
    assert free.narrowed({"$.word": values}).check({"word": ""})[0].expected == expected


@pytest.mark.parametrize(
    ("narrowing", "message"),
    [
        ('"unit" = { from = "catalogue", column = "x" }', "unit is no place of an answer: write it as in"),
        ('"$" = { from = "catalogue", column = "x" }', "is no place of an answer"),
        ('"$.units" = { from = "catalogue", column = "x" }', r"\$\.units: the answer has no such place"),
        ('"$.lines.sku" = { from = "catalogue", column = "x" }', "the answer has no such place"),
        ('"$.unit[*]" = { from = "catalogue", column = "x" }', "the answer has no such place"),
        ('"$.count" = { from = "catalogue", column = "x" }', "no text and no enum stands there"),
        ('"$.lines" = { from = "catalogue", column = "x" }', "no text and no enum stands there"),
        ('"$.lines[*]" = { from = "catalogue", column = "x" }', "no text and no enum stands there"),
        (
            '"$.unit" = { from = "catalog", column = "x" }',
            r"no \[\[retrieval\]\] is named catalog: did you mean catalogue",
        ),
        ('"$.unit" = { from = "example", column = "x" }', "examples, which have no columns"),
        ('"$.unit" = { from = "catalogue", answer = "$.unit" }', "documents, which have no answers"),
        ('"$.unit" = { from = "example", answer = "$.nothing" }', r"\$\.nothing: the answer has no such place"),
        ('"$.unit" = { from = "example" }', "give either `column`, of rows, or `answer`, of examples"),
        ('"$.unit" = { from = "example", column = "x", answer = "$.unit" }', "give either"),
        ('"$.unit" = { from = "catalogue", column = "x", fallback = "none" }', "fallback"),
        ('"$.unit" = { column = "x" }', "from"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(narrowing: str, message: str):
    with pytest.raises(errors.DefinitionError, match=message) as error:
        a_task(SKU, narrowing)
    assert (error.value.path, error.value.line) == ("tasks/sort/task.toml", 17)
