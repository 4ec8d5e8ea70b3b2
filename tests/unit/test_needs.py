import dataclasses

import pytest

from processor.core.delivery import needs
from processor.core.records import Endpoint
from tests import builders

PLAIN = '[[step]]\nprompt = "prompt.md"\n[[step]]\nprompt = "retry.md"\n'
HEAD = builders.DEFINITION.partition("[[retrieval]]")[0]


def a_task(definition: str, *models: str):
    made = builders.a_task(definition=definition)
    named: dict[str | None, Endpoint] = {name: Endpoint(name) for name in models}
    return dataclasses.replace(made, endpoints={**made.endpoints, **named})


FACTS = a_task(builders.DEFINITION)
ALONE = a_task(HEAD + PLAIN)
WORDS = a_task(HEAD + '[[retrieval]]\nkind = "fact"\nquery = "{{ input.text }}"\nalpha = 0.0\n' + PLAIN)
STRONGER = a_task(HEAD + PLAIN.replace('prompt = "retry.md"', 'prompt = "retry.md"\nmodel = "strong"'), "strong")


@pytest.mark.parametrize(
    ("task", "attempt", "expected"),
    [
        (FACTS, 1, {"model", "weaviate", "embeddings"}),
        (ALONE, 1, {"model"}),
        (WORDS, 1, {"model", "weaviate"}),
        (STRONGER, 1, {"model"}),
        (STRONGER, 2, {"model strong"}),
        (STRONGER, 9, {"model strong"}),
    ],
)
def test_what_an_attempt_asks(task, attempt, expected):
    assert needs.of(task, attempt) == expected


@pytest.mark.parametrize(
    ("tasks", "attempt", "away", "expected"),
    [
        ({"sort": FACTS, "other": ALONE}, 1, {"weaviate"}, True),
        ({"sort": FACTS, "other": ALONE}, 1, {"model"}, False),  # nobody can go on
        ({"sort": FACTS, "other": FACTS}, 1, {"weaviate"}, False),
        ({"sort": ALONE, "other": FACTS}, 1, {"weaviate"}, False),  # it can go on itself
        ({"sort": STRONGER}, 2, {"model strong"}, True),  # new events of its own task can
        ({"other": ALONE}, 1, {"model"}, False),  # there is no such task
    ],
)
def test_who_only_takes_the_place_of_others(tasks, attempt, away, expected):
    assert needs.keeps_others(tasks, builders.work(attempt=attempt), away) is expected


def test_whose_own_collection_is_missing_keeps_any_other_task():
    work = builders.work()
    assert needs.keeps_others({"sort": FACTS, "other": FACTS}, work, (), alone=True)
    assert not needs.keeps_others({"sort": FACTS}, work, (), alone=True)
    assert not needs.keeps_others({"other": FACTS, "third": FACTS}, work, (), alone=True)
    assert not needs.keeps_others({"sort": FACTS, "other": FACTS}, work, ())
