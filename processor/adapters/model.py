"""Chat models, through the `openai` package: any server with the OpenAI API."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import openai
from openai.types.chat import ChatCompletion

from processor.adapters import openai_client
from processor.core import errors
from processor.core.judging import confidence
from processor.core.prompting import dialect
from processor.core.records import Completion, Endpoint, Prompt, Usage

if TYPE_CHECKING:
    from collections.abc import Callable

    Warn = Callable[..., None]

    from openai.types.chat.chat_completion import Choice
    from openai.types.completion_usage import CompletionUsage

    from processor.core.prompting.dialect import Dialect

REFUSALS = (openai.BadRequestError, openai.PermissionDeniedError, openai.UnprocessableEntityError)
"""Answers that may mean a part of the request, which can be left out."""


@dataclass(frozen=True, slots=True)
class Default:
    """The model of the settings. `timeout` is in seconds, for one call."""

    base_url: str
    api_key: str
    model: str
    timeout: float


class Models:
    """Sends each prompt to its endpoint; models at one address with one key share a client.

    Args:
        default: what the settings say.
        secret: looks up an environment variable.
        warn: is told once of each part of a request that a server refuses.
    """

    def __init__(self, default: Default, secret: Callable[[str], str | None], warn: Warn) -> None:
        self._default = default
        self._secret = secret
        self._warn = warn
        self._models: dict[Endpoint, Model] = {}
        self._clients: dict[tuple[str, str, float], openai.AsyncOpenAI] = {}

    async def complete(self, prompt: Prompt) -> Completion:
        """One answer, as `Model.complete`.

        Raises:
            Misconfigured: also where the endpoint's key is not set.
        """
        endpoint = prompt.endpoint
        model = self._models.get(endpoint)
        if model is None:
            model = Model(self._client(endpoint), endpoint, self._default.model, self._warn)
            self._models[endpoint] = model
        return await model.complete(prompt)

    async def close(self) -> None:
        """Close the clients' connections."""
        for client in self._clients.values():
            await client.close()

    def _client(self, endpoint: Endpoint) -> openai.AsyncOpenAI:
        url = endpoint.base_url or self._default.base_url
        address = (url, self._key(endpoint), endpoint.timeout or self._default.timeout)
        if address not in self._clients:
            self._clients[address] = openai_client.connect(*address)
        return self._clients[address]

    def _key(self, endpoint: Endpoint) -> str:
        if endpoint.api_key is None:
            # Another server never gets the key of the default one.
            return "" if endpoint.base_url else self._default.api_key
        if key := self._secret(endpoint.api_key):
            return key
        message = f"model {endpoint.name} needs {endpoint.api_key}, which is not set"
        raise errors.Misconfigured(endpoint.dependency, message)


class Model:
    """Calls one model, in the dialect that its server turns out to take."""

    def __init__(self, client: openai.AsyncOpenAI, endpoint: Endpoint, default_model: str, warn: Warn) -> None:
        self._client = client
        self._name = endpoint.model or default_model
        self._server = _server(endpoint)
        self._dialect = dialect.spoken(endpoint.response_format)
        self._warn = warn

    async def complete(self, prompt: Prompt) -> Completion:
        """One answer; no retries, but for a server that refuses a part of the request: it is asked without.

        Raises:
            Unavailable: rate limit, timeout, 5xx, connection lost, or a response that is none.
            Misconfigured: wrong key, unknown model, no quota.
            Refused: a request that the model can never accept.
        """
        spoken = self._dialect
        while True:
            try:
                completion = await self._call(prompt, spoken)
            except openai.OpenAIError as error:
                weaker = spoken.without(prompt, _words(error)) if isinstance(error, REFUSALS) else None
                if weaker is None:
                    raise openai_client.translate(error, self._server) from error
                spoken = weaker
            else:
                # Learnt only now: something else may have been to blame before, or this one event.
                if changes := spoken.changes(self._dialect):
                    self._dialect = spoken
                    self._warn(f"{self._server.label} refuses a part of requests and is asked without", **changes)
                return completion

    async def _call(self, prompt: Prompt, spoken: Dialect) -> Completion:
        # What `chat.completions.create` would send; its walk through all parameters by type is nearly half of a call's
        # CPU time, so it is left out.
        body = spoken.body(prompt, self._name)
        started = time.monotonic()
        try:
            async with openai_client.time_limit(self._client):
                response = await self._client.post("/chat/completions", cast_to=ChatCompletion, body=body)
            return _completion(response, time.monotonic() - started, spoken, self._name)
        except openai.OpenAIError:
            raise
        except TimeoutError as error:
            raise openai_client.too_slow(self._server) from error
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            # The client does not validate what it is sent: any part may be missing or of another type.
            message = f"the response of {self._server.label} could not be read"
            raise errors.Unavailable(self._server.dependency, message) from error


def _words(error: openai.APIStatusError) -> str:
    said = error.body.get("message") if isinstance(error.body, dict) else None
    return f"{said or error} {error.param or ''}"


def _server(endpoint: Endpoint) -> openai_client.Server:
    if not endpoint.name:
        return openai_client.SERVERS["model"]
    # Without a key of its own, it has the default one's only where it is at the default address.
    key = endpoint.api_key or ("`api_key` of its table in models.toml" if endpoint.base_url else "OPENAI_API_KEY")
    return openai_client.Server(endpoint.dependency, f"the model server of {endpoint.name}", key)


def _completion(response: ChatCompletion, seconds: float, spoken: Dialect, asked: str) -> Completion:
    """The answer. What some servers leave out beside it is not known; the model is then the one that was `asked`.

    Raises:
        TypeError: the answer is no text.
    """
    choice = response.choices[0]
    text: object = choice.message.content or ""
    if not isinstance(text, str):
        raise TypeError("the answer is no text")
    return Completion(
        text=text,
        finish_reason=_text(choice.finish_reason),
        model=_text(response.model) or asked,
        usage=_usage(response.usage),
        seconds=seconds,
        refusal=choice.message.refusal,
        confidence=_confidence(choice, text),
        response_format=spoken.response_format,
    )


def _confidence(choice: Choice, text: str) -> float | None:
    try:
        listed = choice.logprobs.content if choice.logprobs else None
        tokens = [
            (token.token.encode() if token.bytes is None else bytes([*token.bytes]), float(token.logprob))
            for token in listed or ()
        ]
        return confidence.of_answer(text, tokens)
    except (ValueError, TypeError, AttributeError):
        return None  # not what the API promises, so not known; the answer itself is there


def _usage(usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage()
    details = usage.prompt_tokens_details
    cached = details.cached_tokens if details else None
    return Usage(_count(usage.prompt_tokens), _count(usage.completion_tokens), _count(cached))


def _text(found: object) -> str:
    return found if isinstance(found, str) else ""


def _count(found: object) -> int:
    return found if isinstance(found, int) and 0 <= found < 2**31 else 0  # a larger count is none
