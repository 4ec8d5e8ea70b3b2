"""`complete`: the fake and the real adapter, in front of the local chat model, are held to the same."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from processor.adapters.model import Default, Models
from processor.core import errors
from processor.core.contracts import contract
from processor.core.records import ChatMessage, Endpoint, Prompt, Reason
from tests import builders, fakes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from processor.config import Settings
    from processor.core.records import Completion, ResponseFormat

    Complete = Callable[[Prompt], Awaitable[Completion]]

ANSWER = contract.parse(builders.SCHEMA, "schemas/sort.avsc")


def prompt(text: str = "Where is my card?", max_tokens: int = 80) -> Prompt:
    messages = (ChatMessage("system", "Sort the message. Give a short reason."), ChatMessage("user", text))
    return Prompt(messages, Endpoint(), ANSWER.json_schema, "Answer", max_tokens, 0.0)


@pytest.fixture(params=["fake", "real"])
async def complete(request: pytest.FixtureRequest) -> AsyncIterator[Complete]:
    if request.param == "fake":
        yield fakes.FakeComplete()
        return
    settings: Settings = request.getfixturevalue("stack")
    model = Models(
        Default(settings.openai, "none", settings.openai_model, 600.0), lambda _: None, lambda *_, **__: None
    )
    yield model.complete
    await model.close()


@pytest.fixture(params=["fake", "real"])
async def away(request: pytest.FixtureRequest) -> AsyncIterator[Complete]:
    if request.param == "fake":
        yield fakes.FakeComplete(away=True)
        return
    model = Models(Default("http://127.0.0.1:1/v1", "none", "nobody", 5.0), lambda _: None, lambda *_, **__: None)
    yield model.complete
    await model.close()


async def test_an_answer_fits_the_contract_and_its_tokens_are_counted(complete: Complete):
    completion = await complete(prompt())
    assert ANSWER.check(json.loads(completion.text)) == ()
    assert completion.finish_reason == "stop"
    assert completion.refusal is None
    assert completion.model
    assert completion.usage.input_tokens > 0
    assert 0 < completion.usage.output_tokens <= 80
    assert completion.seconds >= 0


async def test_the_answers_confidence_is_given_where_it_is_asked_for(complete: Complete):
    asked = await complete(dataclasses.replace(prompt(), logprobs=True))
    assert asked.confidence is not None
    assert 0 < asked.confidence <= 1
    assert ANSWER.check(json.loads(asked.text)) == ()
    assert (await complete(prompt())).confidence is None


@pytest.mark.parametrize("response_format", ["json_object", "text"])
async def test_an_endpoint_may_be_asked_for_less_than_the_schema(complete: Complete, response_format: ResponseFormat):
    endpoint = Endpoint(response_format=response_format)
    completion = await complete(dataclasses.replace(prompt(), endpoint=endpoint))
    assert completion.response_format == response_format
    assert completion.text


async def test_an_answer_over_its_limit_says_that_it_was_cut(complete: Complete):
    completion = await complete(prompt(max_tokens=3))
    assert completion.finish_reason == "length"
    assert completion.usage.output_tokens == 3


async def test_a_prompt_that_the_model_can_never_take_is_refused(complete: Complete):
    with pytest.raises(errors.Refused) as caught:
        await complete(prompt("card " * 20_000))
    assert caught.value.reason is Reason.REQUEST_REJECTED


async def test_nobody_there_is_an_outage(away: Complete):
    with pytest.raises(errors.Unavailable) as caught:
        await away(prompt())
    assert caught.value.dependency == "model"
