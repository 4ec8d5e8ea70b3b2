"""The model adapter against a scripted server on loopback: the client is the real one, and so are its exceptions."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from bench.stub_model import Fault, StubModel
from processor.adapters import openai_client
from processor.adapters.model import Model
from processor.core import errors
from processor.core.records import ChatMessage, Endpoint, Prompt, Reason

pytestmark = pytest.mark.asks_a_stub

PROMPT = Prompt(
    (ChatMessage("system", "Sort."), ChatMessage("user", "?")), Endpoint(), {"type": "object"}, "Answer", 60, 0.0
)


@pytest.fixture
async def stub() -> AsyncIterator[StubModel]:
    async with StubModel('{"label": "a"}') as server:
        yield server


async def complete(stub: StubModel, limit: float = 5.0) -> Any:
    model = Model(openai_client.connect(stub.url, "secret", limit), "default-model")
    try:
        return await model.complete(PROMPT)
    finally:
        await model.close()


async def test_one_call_with_the_strict_schema(stub: StubModel):
    completion = await complete(stub)
    assert completion.text == '{"label": "a"}'
    assert completion.finish_reason == "stop"
    assert completion.model == "stub"
    assert completion.usage.output_tokens == 10
    assert completion.seconds > 0
    (request,) = stub.requests
    assert request["model"] == "default-model"
    assert request["messages"][0] == {"role": "system", "content": "Sort."}
    assert request["response_format"]["json_schema"]["strict"] is True
    assert request["max_completion_tokens"] == 60


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("status", 429, (("Retry-After", "7"),)), errors.Unavailable),
        (Fault("status", 429, code="insufficient_quota"), errors.Misconfigured),
        (Fault("status", 500), errors.Unavailable),
        (Fault("status", 503), errors.Unavailable),
        (Fault("status", 408), errors.Unavailable),
        (Fault("status", 401), errors.Misconfigured),
        (Fault("status", 403), errors.Misconfigured),
        (Fault("status", 404), errors.Misconfigured),
        (Fault("status", 400), Reason.REQUEST_REJECTED),
        (Fault("status", 400, code="content_filter"), Reason.CONTENT_FILTER),
        (Fault("status", 402), errors.Misconfigured),
        (Fault("status", 405), errors.Misconfigured),
        (Fault("status", 413), Reason.REQUEST_REJECTED),
        (Fault("status", 422), Reason.REQUEST_REJECTED),
        (Fault("reset"), errors.Unavailable),
        (Fault("half"), errors.Unavailable),
        (Fault("garbage"), errors.Unavailable),
        (Fault("hang"), errors.Unavailable),
    ],
)
async def test_every_way_to_fail_is_translated_and_nothing_is_retried(stub: StubModel, fault: Fault, expected: Any):
    stub.faults = [fault]
    with pytest.raises(errors.StageError) as caught:
        await complete(stub, limit=0.3 if fault.kind == "hang" else 5.0)
    if isinstance(expected, Reason):
        assert isinstance(caught.value, errors.Refused)
        assert caught.value.reason is expected
    else:
        assert type(caught.value) is expected
    assert "secret" not in str(caught.value)
    assert len(stub.requests) == 1


async def test_retry_after_is_kept(stub: StubModel):
    asked = (("Retry-After", "7"), ("retry-after-ms", "250"), ("Retry-After", "86400"), ("Retry-After", "inf"))
    stub.faults = [Fault("status", 429, (header,)) for header in asked]
    waits = []
    for _ in asked:
        with pytest.raises(errors.Unavailable) as caught:
            await complete(stub)
        waits.append(caught.value.retry_after)
    assert waits == [7.0, 0.25, 300.0, None]


@pytest.mark.parametrize("kind", ["reset", "half"])
async def test_a_lost_connection_is_called_one(stub: StubModel, kind: Any):
    stub.faults = [Fault(kind)]
    with pytest.raises(errors.Unavailable, match="no connection to the model server"):
        await complete(stub)


async def test_nobody_listens_at_the_address():
    async with StubModel() as gone:
        pass
    with pytest.raises(errors.Unavailable, match="no connection to the model server"):
        await complete(gone)


@pytest.mark.parametrize(
    "body", ['{"id": "x", "choices": []}', '{"id": "x"}', "[]", '"text"', "null", '{"choices": [{}]}', "", "<html>"]
)
async def test_a_response_that_is_none_is_an_outage_and_no_answer(stub: StubModel, body: str):
    stub.faults = [Fault("garbage", text=body)]
    with pytest.raises(errors.Unavailable, match="could not be read"):
        await complete(stub)


def test_every_exception_of_the_client_is_known():
    kinds = {kind for base in (openai.OpenAIError,) for kind in base.__subclasses__()}
    names = {kind.__name__ for kind in kinds}
    assert "APIError" in names
    for kind in openai.APIError.__subclasses__():
        assert issubclass(kind, openai.APIConnectionError | openai.APIStatusError | openai.APIResponseValidationError)


async def test_server_that_refuses_lengths_gets_them_in_words_from_then_on(stub: StubModel):
    text = {"type": "string", "maxLength": 80, "description": "Why."}
    prompt = dataclasses.replace(PROMPT, schema={"type": "object", "properties": {"reason": text}})
    refusal = "Invalid schema for response_format 'Answer': 'maxLength' is not permitted."
    stub.faults = [Fault("status", 400, message=refusal)]
    model = Model(openai_client.connect(stub.url, "secret", 5.0), "default-model")
    try:
        await model.complete(prompt)
        await model.complete(prompt)
    finally:
        await model.close()

    sent = [request["response_format"]["json_schema"]["schema"]["properties"]["reason"] for request in stub.requests]
    in_words = {"type": "string", "description": "Why. Text of at most 80 characters."}
    assert sent == [text, in_words, in_words]


async def test_server_that_refuses_lengths_that_were_not_sent_is_believed(stub: StubModel):
    stub.faults = [Fault("status", 400, message="'maxLength' is not permitted.")]

    with pytest.raises(errors.Refused):
        await complete(stub)
    assert len(stub.requests) == 1
