"""The chat model, through the `openai` package: any server with the OpenAI API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import openai
from openai.types.chat import ChatCompletion

from processor.adapters import openai_client
from processor.core import errors
from processor.core.contracts import json_schema
from processor.core.records import Completion, Prompt, Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openai.types.completion_usage import CompletionUsage


class Model:
    """Calls `/chat/completions` with the strict JSON Schema of the answer.

    Source: https://platform.openai.com/docs/guides/structured-outputs
    """

    def __init__(self, client: openai.AsyncOpenAI, default_model: str) -> None:
        self._client = client
        self._default_model = default_model
        self._takes_lengths = True

    async def complete(self, prompt: Prompt) -> Completion:
        """One call; no retries of its own, but for a server that refuses a schema with lengths: it gets one without.

        Raises:
            Unavailable: rate limit, timeout, 5xx, connection lost, or a response that is none.
            Misconfigured: wrong key, unknown model, no quota.
            Refused: a request that the model can never accept.
        """
        schema = prompt.schema if self._takes_lengths else json_schema.without_lengths(prompt.schema)
        body = _body(prompt, prompt.endpoint.model or self._default_model, schema)
        started = time.monotonic()
        try:
            response = await self._client.post("/chat/completions", cast_to=ChatCompletion, body=body)
            return _completion(response, time.monotonic() - started)
        except openai.OpenAIError as error:
            if not (json_schema.has_lengths(schema) and _refuses_lengths(error)):
                raise openai_client.translate(error, "model") from error
            self._takes_lengths = False
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            # The client does not validate what it is sent: any part may be missing or of another type.
            raise errors.Unavailable("model", "the model server's response could not be read") from error
        return await self.complete(prompt)

    async def close(self) -> None:
        """Close the client's connections."""
        await self._client.close()


def _body(prompt: Prompt, model: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    # What `chat.completions.create` would send; its walk through all parameters by type is nearly half of a call's CPU
    # time, so it is left out.
    answer = {"name": prompt.schema_name, "schema": schema, "strict": True}
    return {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in prompt.messages],
        "max_completion_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "response_format": {"type": "json_schema", "json_schema": answer},
    }


def _refuses_lengths(error: openai.OpenAIError) -> bool:
    return isinstance(error, openai.BadRequestError) and any(name in str(error) for name in json_schema.LENGTHS)


def _completion(response: ChatCompletion, seconds: float) -> Completion:
    choice = response.choices[0]
    return Completion(
        text=choice.message.content or "",
        finish_reason=choice.finish_reason,
        model=response.model,
        usage=_usage(response.usage),
        seconds=seconds,
        refusal=choice.message.refusal,
    )


def _usage(usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage()
    details = usage.prompt_tokens_details
    cached = (details.cached_tokens if details else None) or 0
    return Usage(usage.prompt_tokens or 0, usage.completion_tokens or 0, cached)
