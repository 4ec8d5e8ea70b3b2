from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.definition import Visibility
from processor.core.lookup import collections, entry, query, visibility
from processor.core.records import Result, Review
from processor.pipeline import Pipeline
from tests import builders, fakes

TENANT = Visibility(attribute="tenant")
VALUES = st.sampled_from(["acme", "beta", "*", "", "ACME", " acme", "acme ", "\ud83d", "?"]) | st.text(max_size=5)
DEFINITION = builders.DEFINITION.replace("[[retrieval]]", '[visibility]\nattribute = "tenant"\n\n[[retrieval]]', 1)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"tenant": "acme"}, {"*", "acme"}),
        ({}, {"*"}),
        ({"tenant": ""}, {"*"}),
        ({"tenant": "*"}, {"*"}),
        ({"Tenant": "acme"}, {"*"}),
    ],
)
def test_an_event_sees_its_own_and_what_is_for_everybody(attributes, expected):
    assert visibility.allowed(TENANT, builders.event(attributes=attributes)) == expected


def test_without_the_table_nothing_is_restricted():
    passage = builders.passage("a")
    assert visibility.allowed(None, builders.event()) is None
    assert visibility.permitted(None, builders.event(), (passage,)) == (passage,)


def test_a_passage_that_names_nobody_is_seen_by_nobody():
    assert visibility.permitted(TENANT, builders.event(attributes={"tenant": "a"}), (builders.passage("a"),)) == ()


def test_every_query_asks_for_no_more():
    task = builders.a_task(definition=DEFINITION)
    asked = query.build(task, builders.event(attributes={"tenant": "acme"}), "p")
    assert [each.visible_to for each in asked] == [frozenset({"*", "acme"})] * 2


def seen_by(decision):
    assert isinstance(decision, Result | Review)
    made = decision.provenance
    return () if made is None else (*(passage.id for passage in made.passages), *made.cut)


@given(st.lists(st.lists(VALUES, max_size=3), max_size=8), VALUES | st.none(), st.booleans())
def test_nothing_outside_reaches_prompt_result_or_review(marks, tenant, honest):
    """Also where the store gives what it was not asked for."""
    task = builders.a_task(definition=DEFINITION)
    kept = [
        entry.fact("a.md", position, "", f"secret{position} card", visible_to=tuple(mark))
        for position, mark in enumerate(marks)
    ]
    names = [collections.name("p", task.name, kind) for kind in ("fact", "example")]
    store = fakes.FakeRetrieve({names[0]: kept, names[1]: []})
    prompts: list[str] = []

    async def retrieve(queries):
        return await store(queries if honest else tuple(_open(each) for each in queries))

    async def complete(prompt):
        prompts.extend(message.content for message in prompt.messages)
        return builders.completion({"category": "card", "reason": "asks for a card"})

    event = builders.work(attributes={} if tenant is None else {"tenant": tenant})
    way = Pipeline(
        decode=builders.decoding(lambda: event),
        find_task=lambda name: task,
        retrieve=retrieve,
        complete=complete,
        clock=lambda: 0.0,
        prefix="p",
    )
    decision = asyncio.run(builders.decided(way))
    text = "\n".join(prompts)
    for position, mark in enumerate(marks):
        if not {"*", tenant or "*"} & set(mark):
            assert f"a.md#{position}" not in seen_by(decision)
            assert f"secret{position} " not in text


def _open(asked):
    return replace(asked, visible_to=None)
