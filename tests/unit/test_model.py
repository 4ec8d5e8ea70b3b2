"""The model adapter against a scripted server on loopback: the client is the real one, and so are its exceptions."""

import dataclasses
import json
import math
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from bench.stub_model import Fault, StubModel
from processor.adapters import openai_client
from processor.adapters.model import Default, Models
from processor.core import errors
from processor.core.records import ChatMessage, Completion, Endpoint, Prompt, Reason

pytestmark = pytest.mark.asks_a_stub

PROMPT = Prompt(
    (ChatMessage("system", "Sort."), ChatMessage("user", "?")), Endpoint(), {"type": "object"}, "Answer", 60, 0.0
)


@pytest.fixture
async def stub() -> AsyncIterator[StubModel]:
    async with StubModel('{"label": "a"}') as server:
        yield server


async def complete(stub: StubModel, limit: float = 5.0) -> Any:
    model = models(stub, limit)
    try:
        return await model.complete(PROMPT)
    finally:
        await model.close()


def models(stub: StubModel, limit: float = 5.0, key: str | None = None, warn: Any = lambda *_, **__: None) -> Models:
    secrets = {"STRONG_KEY": key}
    return Models(Default(stub.url, "secret", "default-model", limit), secrets.get, warn)


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
        (Fault("drip"), errors.Unavailable),
    ],
)
async def test_every_way_to_fail_is_translated_and_nothing_is_retried(stub: StubModel, fault: Fault, expected: Any):
    stub.faults = [fault]
    with pytest.raises(errors.StageError) as caught:
        await complete(stub, limit=1.5 if fault.kind in ("hang", "drip") else 5.0)
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


async def test_a_server_that_drips_bytes_does_not_hold_a_call_for_ever(stub: StubModel):
    stub.faults = [Fault("drip")]
    with pytest.raises(errors.Unavailable, match="the model server did not answer in time"):
        await complete(stub, limit=1.5)  # bytes come each second: no single read takes so long


async def test_a_rate_limit_is_told_from_an_outage(stub: StubModel):
    stub.faults = [Fault("status", 429), Fault("status", 503), Fault("reset")]
    told = []
    for _ in range(3):
        with pytest.raises(errors.Unavailable) as caught:
            await complete(stub)
        told.append((caught.value.limited, caught.value.unreached))
    assert told == [(True, False), (False, False), (False, False)]


async def test_a_model_that_is_not_there_meets_its_own_steps_only(stub: StubModel):
    stub.faults = [Fault("status", 404), Fault("status", 401)]
    shared = []
    for _ in range(2):
        with pytest.raises(errors.Misconfigured) as caught:
            await complete(stub)
        shared.append(caught.value.shared)
    assert shared == [False, True]


async def test_a_rate_limit_that_is_used_up_is_told_once_for_the_last_response(stub: StubModel):
    headers = (("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1m2s"))
    stub.faults = [Fault("status", 429, headers), None]
    with pytest.raises(errors.Unavailable):
        await complete(stub)
    assert openai_client.used_up() == 62.0
    assert openai_client.used_up() == 0.0
    await complete(stub)
    assert openai_client.used_up() == 0.0


@pytest.mark.parametrize("kind", ["reset", "half"])
async def test_a_lost_connection_is_called_one(stub: StubModel, kind: Any):
    stub.faults = [Fault(kind)]
    with pytest.raises(errors.Unavailable, match="no connection to the model server"):
        await complete(stub)


async def test_nobody_listens_at_the_address():
    async with StubModel() as gone:
        pass
    with pytest.raises(errors.Unavailable, match="no connection to the model server") as caught:
        await complete(gone)
    assert caught.value.unreached


@pytest.mark.parametrize(
    "body",
    [
        '{"id": "x", "choices": []}',
        '{"id": "x"}',
        "[]",
        '"text"',
        "null",
        '{"choices": [{}]}',
        '{"choices": [{"message": {"content": [1]}}]}',
        "",
        "<html>",
    ],
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
    model = models(stub)
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


STRONG = Endpoint("strong", "strong-1", api_key="STRONG_KEY")


@pytest.mark.parametrize("odd", [{}, {"model": None, "usage": None}, {"model": 5, "usage": {"prompt_tokens": "5"}}])
@pytest.mark.parametrize("reason", [None, 7])
async def test_what_is_missing_beside_the_answer_is_not_known(stub: StubModel, odd: dict[str, Any], reason: Any):
    choice = {"message": {"content": "{}"}, "finish_reason": reason}
    stub.faults = [Fault("garbage", text=json.dumps({**odd, "choices": [choice]}))]
    found = await complete(stub)
    assert (found.text, found.finish_reason, found.model, found.usage.total) == ("{}", "", stub.requests[0]["model"], 0)


def tokens(*parts: tuple[str, float]) -> dict[str, Any]:
    return {"content": [{"token": part, "logprob": value, "bytes": list(part.encode())} for part, value in parts]}


async def asked(stub: StubModel, *prompts: Prompt, key: str | None = None) -> list[Completion]:
    model = models(stub, key=key)
    try:
        return [await model.complete(prompt) for prompt in prompts]
    finally:
        await model.close()


async def test_confidence_is_kept_where_it_is_asked_for(stub: StubModel):
    stub.logprobs = tokens(("```", -9.0), ('{"label": ', math.log(0.25)), ('"a"}', 0.0))
    sure, silent = await asked(stub, dataclasses.replace(PROMPT, logprobs=True), PROMPT)
    assert sure.confidence == pytest.approx(0.5)
    assert silent.confidence is None
    assert [request.get("top_logprobs") for request in stub.requests] == [1, None]


def token(**changes: Any) -> dict[str, Any]:
    return {"content": [{"token": "a", "logprob": 0.0, "bytes": None, **changes}]}


NO_NUMBERS: tuple[Any, ...] = (None, "x", [], "nan")
NO_BYTES: tuple[Any, ...] = (10**12, [999], "x", [None])
NO_TOKENS: tuple[Any, ...] = (None, [], [{}], "text", [None])


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        [],
        *({"content": part} for part in NO_TOKENS),
        *(token(logprob=part) for part in NO_NUMBERS),
        *(token(bytes=part) for part in NO_BYTES),
    ],
)
async def test_log_probabilities_that_are_none_leave_the_answer_and_no_confidence(stub: StubModel, given: Any):
    stub.logprobs = given
    (found,) = await asked(stub, dataclasses.replace(PROMPT, logprobs=True))
    assert found.text == '{"label": "a"}'
    assert found.confidence is None


async def test_a_server_that_refuses_parts_of_a_request_is_asked_without_them_from_then_on(stub: StubModel):
    refusals = ("logprobs is not supported", "'temperature' does not support 0.0", "no response_format json_schema")
    stub.faults = [
        Fault("status", status, message=said) for status, said in zip((403, 400, 422), refusals, strict=True)
    ]
    prompt = dataclasses.replace(PROMPT, logprobs=True)
    first, second = await asked(stub, prompt, prompt)
    assert (first.response_format, second.response_format) == ("json_object", "json_object")
    assert first.confidence is None
    assert len(stub.requests) == 5
    for request in stub.requests[3:]:
        assert not {"logprobs", "temperature"} & request.keys()
        assert request["response_format"] == {"type": "json_object"}
        assert "JSON Schema" in request["messages"][0]["content"]


async def test_what_did_not_help_is_not_remembered(stub: StubModel):
    stub.faults = [Fault("status", 400, message="temperature? no idea"), Fault("status", 400, message="too long")]
    model = models(stub)
    try:
        with pytest.raises(errors.Refused):
            await model.complete(PROMPT)
        await model.complete(PROMPT)
    finally:
        await model.close()
    assert ["temperature" in request for request in stub.requests] == [True, False, True]


async def test_a_format_by_setting_is_not_given_up(stub: StubModel):
    stub.faults = [Fault("status", 400, message="response_format is not supported")]
    with pytest.raises(errors.Refused):
        await asked(stub, dataclasses.replace(PROMPT, endpoint=Endpoint(response_format="json_object")))
    (request,) = stub.requests
    assert request["response_format"] == {"type": "json_object"}


async def test_each_endpoint_is_asked_at_its_address_with_its_key(stub: StubModel):
    async with StubModel('{"label": "b"}') as other:
        away = Endpoint("away", "away-1", base_url=other.url)
        prompts = [dataclasses.replace(PROMPT, endpoint=endpoint) for endpoint in (Endpoint(), STRONG, away)]
        found = await asked(stub, *prompts, key="key of strong")
    assert [completion.text for completion in found] == ['{"label": "a"}', '{"label": "a"}', '{"label": "b"}']
    assert [request["model"] for request in stub.requests + other.requests] == ["default-model", "strong-1", "away-1"]
    keys = [request["authorization"] for request in stub.requests + other.requests]
    assert keys == ["Bearer secret", "Bearer key of strong", "Bearer none"]


async def test_what_a_server_refuses_is_told_once(stub: StubModel):
    told: list[tuple[str, dict[str, Any]]] = []
    stub.faults = [Fault("status", 400, message="response_format is not supported")]
    model = models(stub, warn=lambda event, **fields: told.append((event, fields)))
    try:
        await model.complete(PROMPT)
        await model.complete(PROMPT)
    finally:
        await model.close()
    told_of = {"response_format": "json_object"}
    assert told == [("the model server refuses a part of requests and is asked without", told_of)]


async def test_what_an_endpoint_learns_is_its_own(stub: StubModel):
    stub.faults = [Fault("status", 400, message="response_format is not supported")]
    weak, strong = await asked(stub, PROMPT, dataclasses.replace(PROMPT, endpoint=STRONG), key="k")
    assert (weak.response_format, strong.response_format) == ("json_object", "json_schema")


@pytest.mark.parametrize(
    ("fault", "kind", "says"),
    [
        (Fault("status", 503), errors.Unavailable, "HTTP 503 from the model server of strong"),
        (Fault("reset"), errors.Unavailable, "no connection to the model server of strong"),
        (Fault("garbage", text="{}"), errors.Unavailable, "the response of the model server of strong could not be"),
        (Fault("status", 401), errors.Misconfigured, "the model server of strong refused the key .* see STRONG_KEY"),
    ],
)
async def test_an_endpoints_errors_name_it(stub: StubModel, fault: Fault, kind: Any, says: str):
    stub.faults = [fault]
    with pytest.raises(kind, match=says) as caught:
        await asked(stub, dataclasses.replace(PROMPT, endpoint=STRONG), key="very secret")
    assert caught.value.dependency == "model strong"
    assert "very secret" not in str(caught.value)


async def test_a_key_that_is_not_set_pauses_and_sends_nothing(stub: StubModel):
    with pytest.raises(errors.Misconfigured, match="model strong needs STRONG_KEY, which is not set"):
        await asked(stub, dataclasses.replace(PROMPT, endpoint=STRONG))
    assert stub.requests == []
