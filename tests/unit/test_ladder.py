"""A whole ladder of steps: a vote, a cheap model, a strong one at another endpoint; over the retry topic's wire."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from processor.core import models, task
from processor.core.records import Completion, Decision, Prompt, Result, Retry, Review, Usage
from processor.pipeline import Pipeline
from tests import builders, wires

DEFINITION = (
    builders.DEFINITION.split("[[step]]")[0]
    + """
[[step]]
kind = "neighbours"
field = "$.category"
accept = { agreement = 2 }

[[step]]
prompt = "prompt.md"
field = "$.category"
accept = { confidence = 0.8, agreement = 1 }

[[step]]
prompt = "retry.md"
model = "strong"
"""
)
MODELS = """
[models.strong]
model = "strong-1"
base_url = "https://strong.example/v1"

[prices.tiny]
input = "1"
output = "2"

[prices.strong-1-2026]
input = "10"
output = "20"
"""
NOW = datetime(2026, 1, 31, tzinfo=UTC)


class Outside:
    """Labelled examples and two models; `cheap` and `strong` are what they answer."""

    def __init__(self, labels: list[str], cheap: dict[str, Any], strong: Any = None):
        self.labels = labels
        self.cheap = {"answer": {"category": "card", "reason": "from cheap"}, "confidence": 0.9, **cheap}
        self.strong = {"category": "card", "reason": "from strong"} if strong is None else strong
        self.prompts: list[Prompt] = []

    async def retrieve(self, _: Any):
        return tuple(
            builders.passage(
                f"x{place}", "example", 1 - place / 10, answer=json.dumps({"category": label, "reason": "as before"})
            )
            for place, label in enumerate(self.labels)
        )

    async def complete(self, prompt: Prompt) -> Completion:
        self.prompts.append(prompt)
        if prompt.endpoint.name:
            return builders.completion(self.strong, model="strong-1-2026", usage=Usage(300, 20), seconds=2.0)
        return builders.completion(self.cheap["answer"], confidence=self.cheap["confidence"])

    async def story(self) -> tuple[Decision, list[Decision]]:
        """The last decision, and all; each retry goes over the wire."""
        made = task.build(builders.sources(definition=DEFINITION), (), models.parse(MODELS, "tasks/models.toml"))
        codec = wires.make("avro")
        works = [builders.work()]
        pipeline = Pipeline(
            builders.decoding(lambda: works[-1]),
            {"sort": made}.__getitem__,
            self.retrieve,
            self.complete,
            lambda: 0.0,
            "u",
        )
        decisions: list[Decision] = []
        while not decisions or isinstance(decisions[-1], Retry):
            decisions.append(await builders.decided(pipeline))
            if isinstance(decisions[-1], Retry):
                works.append(codec.decode(wires.published(codec.encode(decisions[-1], now=NOW))))
        return decisions[-1], decisions


def told(decision: Decision) -> list[tuple[Any, ...]]:
    assert isinstance(decision, Result | Review)
    assert decision.provenance is not None
    return [
        (attempt.step, attempt.model, attempt.cost, attempt.confidence, [found.rule for found in attempt.violations])
        for attempt in decision.provenance.attempts
    ]


VOTED = ("neighbours", "neighbours", Decimal(0))
CHEAP = ("prompt.md", "tiny", Decimal("0.00012"))
STRONG = ("retry.md", "strong-1-2026", Decimal("0.0034"))


@pytest.mark.parametrize(
    ("labels", "cheap", "expected"),
    [
        (["card", "card"], {}, [(*VOTED, None, [])]),
        (["card", "refund"], {}, [(*VOTED, None, ["agreement"]), (*CHEAP, 0.9, [])]),
        (
            ["card", "refund"],
            {"confidence": 0.5},
            [(*VOTED, None, ["agreement"]), (*CHEAP, 0.5, ["confidence"]), (*STRONG, None, [])],
        ),
        (
            ["refund"],
            {"confidence": None},
            [(*VOTED, None, ["agreement"]), (*CHEAP, None, ["confidence", "agreement"]), (*STRONG, None, [])],
        ),
        (
            ["refund"],
            {"answer": "no JSON"},
            [(*VOTED, None, ["agreement"]), (*CHEAP, 0.9, ["json"]), (*STRONG, None, [])],
        ),
        ([], {}, [(*VOTED, None, ["agreement"]), (*CHEAP, 0.9, ["agreement"]), (*STRONG, None, [])]),
    ],
)
async def test_a_result_says_which_step_answered_and_what_the_others_cost_and_lacked(
    labels: list[str], cheap: dict[str, Any], expected: list[tuple[Any, ...]]
):
    outside = Outside(labels, cheap)
    last, decisions = await outside.story()
    assert isinstance(last, Result)
    assert len(decisions) == len(expected)
    assert told(last) == expected
    assert last.provenance.cost == sum(cost for _, _, cost, _, _ in expected)
    assert (
        last.answer["reason"]
        == {"neighbours": "as before", "prompt.md": "from cheap", "retry.md": "from strong"}[expected[-1][0]]
    )


async def test_each_step_asks_its_endpoint_and_for_confidence_where_it_is_needed():
    outside = Outside(["card", "refund"], {"confidence": 0.1})
    await outside.story()
    assert [(prompt.endpoint.model, prompt.endpoint.base_url, prompt.logprobs) for prompt in outside.prompts] == [
        (None, None, True),
        ("strong-1", "https://strong.example/v1", False),
    ]
    assert "not sure enough" in outside.prompts[1].messages[-1].content


async def test_people_see_what_stood_against_every_step():
    last, _ = await Outside(["refund"], {"confidence": 0.1}, strong={"category": "bank", "reason": "unknown"}).story()
    assert isinstance(last, Review)
    assert [rules for *_, rules in told(last)] == [["agreement"], ["confidence", "agreement"], ["enum"]]
    record = wires.make("json").encode(last, now=NOW)
    attempts = json.loads(record.value)["attempts"]
    assert [attempt["confidence"] for attempt in attempts] == [None, 0.1, None]
