import dataclasses
from typing import Any

import pytest

from processor.core import errors
from processor.core.records import Query, Reason, Result, Retry, Review, Wait
from processor.pipeline import Pipeline
from tests import builders

GOOD = {"category": "card", "reason": "asks for a card"}


class Outside:
    """What the pipeline is given; each part can be told to fail."""

    def __init__(self, answer: Any = GOOD, **failing: Exception):
        self.answer = answer
        self.failing = failing
        self.queries: tuple[Query, ...] = ()
        self.prompts: list[Any] = []
        self.work = builders.work()

    def pipeline(self) -> Pipeline:
        task = builders.a_task()
        return Pipeline(self.decode, {"sort": task}.__getitem__, self.retrieve, self.complete, lambda: 1.0, "untuned")

    async def decode(self, _):
        self._fail("decode")
        return self.work

    async def retrieve(self, queries):
        self._fail("retrieve")
        self.queries = queries
        return (builders.passage("f1"),)

    async def complete(self, prompt):
        self._fail("complete")
        self.prompts.append(prompt)
        return builders.completion(self.answer)

    def _fail(self, part: str):
        if part in self.failing:
            raise self.failing[part]


async def test_the_whole_way_of_an_event():
    outside = Outside()
    decision = await builders.decided(outside.pipeline())
    assert isinstance(decision, Result)
    assert [query.kind for query in outside.queries] == ["fact", "example"]
    assert {query.text for query in outside.queries} == {"Where is my card?"}
    assert set(decision.provenance.durations) == {"retrieve", "render", "complete", "judge"}
    assert decision.provenance.version == builders.a_task().version


async def test_a_violation_goes_to_the_next_step():
    decision = await builders.decided(Outside({"category": "bank", "reason": "x"}).pipeline())
    assert isinstance(decision, Retry)
    assert {violation.rule for violation in decision.violations} == {"enum", "minLength"}


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        ({"decode": errors.Refused(Reason.UNDECODABLE, "x")}, Reason.UNDECODABLE),
        ({"decode": errors.Unavailable("registry", "x")}, Wait),
        ({"retrieve": errors.Unavailable("weaviate", "x")}, Wait),
        ({"retrieve": errors.Misconfigured("weaviate", "x")}, Wait),
        ({"complete": errors.Unavailable("model", "x", 2.0)}, Wait),
        ({"complete": errors.Refused(Reason.REQUEST_REJECTED, "x")}, Reason.REQUEST_REJECTED),
        ({"complete": ZeroDivisionError("a defect")}, Reason.INTERNAL_ERROR),
    ],
)
async def test_every_failure_is_a_decision(failing: dict[str, Exception], expected: Any):
    decision = await builders.decided(Outside(**failing).pipeline(), builders.message(b"raw"))
    if expected is Wait:
        assert isinstance(decision, Wait)
    else:
        assert isinstance(decision, Review)
        assert decision.reason is expected
        assert decision.message.value == b"raw"


@pytest.mark.parametrize("text", ["", "   ", None, 5])
async def test_an_input_that_the_task_refuses_costs_nothing(text: Any):
    outside = Outside()
    outside.work = builders.work(text)
    decision = await builders.decided(outside.pipeline())
    assert isinstance(decision, Review)
    assert decision.reason is Reason.INVALID_INPUT
    assert outside.prompts == []


async def test_an_attempt_past_the_steps_goes_to_people():
    outside = Outside()
    outside.work = builders.work(attempt=3, attempts=(builders.an_attempt(1), builders.an_attempt(2)))
    decision = await builders.decided(outside.pipeline())
    assert isinstance(decision, Review)
    assert decision.reason is Reason.STEPS_EXHAUSTED


@pytest.mark.parametrize("changed_in", ["decode", "retrieve", "complete"])
async def test_an_event_sees_one_version_whatever_changes_meanwhile(changed_in: str):
    old, new = (dataclasses.replace(builders.a_task(), version=version) for version in ("old", "new"))
    new = dataclasses.replace(new, contract=dataclasses.replace(new.contract))
    tasks = {"sort": old}

    class Changing(Outside):
        def _fail(self, part: str) -> None:
            if part == changed_in:
                tasks["sort"] = new

    outside = Changing()
    pipeline = dataclasses.replace(outside.pipeline(), find_task=lambda name: tasks[name])
    decision = await builders.decided(pipeline)
    assert isinstance(decision, Result)
    used = new if changed_in == "decode" else old
    assert decision.provenance.version == used.version
    assert decision.contract is used.contract


@pytest.mark.parametrize("left", [1, 2])
async def test_a_retry_of_a_task_that_has_fewer_steps_by_now_keeps_what_was_tried(left: int):
    outside = Outside()
    outside.work = builders.work(attempt=left + 1, attempts=tuple(map(builders.an_attempt, range(1, left + 1))))
    task = builders.a_task()
    cut = dataclasses.replace(task, definition=task.definition.model_copy(update={"step": task.definition.step[:left]}))
    decision = await builders.decided(dataclasses.replace(outside.pipeline(), find_task=lambda _: cut))
    assert isinstance(decision, Review)
    assert (decision.reason, len(decision.provenance.attempts)) == (Reason.STEPS_EXHAUSTED, left)  # type: ignore[union-attr]
    assert outside.prompts == []
