"""A prompt as the body of a request to `/chat/completions`, in what its server takes of the OpenAI API.

A server is asked for everything until it refuses a part; then it is asked again without that part. Where it cannot hold
the model to the answer's JSON Schema, the schema stands at the end of the system message, in words.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from processor.core.contracts import json_schema
from processor.core.prompting import fence
from processor.core.records import ChatMessage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records import Prompt, ResponseFormat

IN_WORDS = """\
Answer with one JSON object and nothing around it, no explanation and no code fence.
It must be valid by this JSON Schema:
"""

WEAKER: Mapping[ResponseFormat, ResponseFormat] = {"json_schema": "json_object", "json_object": "text"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes.

    Attributes:
        response_format: the strongest that it takes.
        fixed: whether that is a setting, not to be given up.
        lengths: whether schemas may bound the lengths of strings.
        logprobs: whether it may be asked for log-probabilities.
        temperature: whether it may be told one; reasoning models have their own.
        limit: what the limit of the answer's tokens is called.
    """

    response_format: ResponseFormat = "json_schema"
    fixed: bool = False
    lengths: bool = True
    logprobs: bool = True
    temperature: bool = True
    limit: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"

    def changes(self, before: Dialect) -> dict[str, Any]:
        """What is not as it was before, by name."""
        fields = dataclasses.asdict(self)
        return {name: value for name, value in fields.items() if value != getattr(before, name)}

    def without(self, prompt: Prompt, refusal: str) -> Dialect | None:
        """What to try after a refusal, whose words are given; None where nothing that can be left out is to blame."""
        said = refusal.lower()
        if self._bounds_lengths(prompt) and any(name.lower() in said for name in json_schema.LENGTHS):
            return dataclasses.replace(self, lengths=False)
        if prompt.logprobs and self.logprobs and "logprobs" in said:
            return dataclasses.replace(self, logprobs=False)
        if self.temperature and "temperature" in said:
            return dataclasses.replace(self, temperature=False)
        if self.limit == "max_completion_tokens" and self.limit in said:
            return dataclasses.replace(self, limit="max_tokens")
        weaker = WEAKER.get(self.response_format)
        if weaker and not self.fixed and _is_about_the_format(said):
            return dataclasses.replace(self, response_format=weaker)
        return None

    def body(self, prompt: Prompt, model: str) -> dict[str, Any]:
        """The request."""
        turns = [{"role": turn.role, "content": turn.content} for turn in self.messages(prompt)]
        made: dict[str, Any] = {"model": model, "messages": turns, self.limit: prompt.max_tokens}
        if self.temperature:
            made["temperature"] = prompt.temperature
        if prompt.logprobs and self.logprobs:
            # Not told how many alternatives, llama.cpp lists twenty for each token.
            made |= {"logprobs": True, "top_logprobs": 1}
        if self.response_format == "json_schema":
            answer = {"name": prompt.schema_name, "schema": self._schema(prompt), "strict": True}
            made["response_format"] = {"type": "json_schema", "json_schema": answer}
        elif self.response_format == "json_object":
            made["response_format"] = {"type": "json_object"}
        return made

    def messages(self, prompt: Prompt) -> tuple[ChatMessage, ...]:
        """The chat, with the schema in words where the server does not take it."""
        words = in_words(prompt.schema, self.response_format)
        if not words:
            return prompt.messages
        first, *others = prompt.messages
        return (ChatMessage("system", f"{first.content}\n\n{words}".lstrip()), *others)

    def _schema(self, prompt: Prompt) -> Mapping[str, Any]:
        return prompt.schema if self.lengths else json_schema.without_lengths(prompt.schema)

    def _bounds_lengths(self, prompt: Prompt) -> bool:
        return self.response_format == "json_schema" and self.lengths and json_schema.has_lengths(prompt.schema)


def spoken(response_format: ResponseFormat | None) -> Dialect:
    """What to begin with: the format of the settings, else the strongest."""
    return Dialect(response_format, fixed=True) if response_format else Dialect()


def in_words(schema: Mapping[str, Any], response_format: ResponseFormat | None) -> str:
    """What the system message ends with where the format does not hold the model to the schema; else nothing."""
    if response_format in (None, "json_schema"):
        return ""
    # It may list values that were retrieved, and stands in the system message.
    return IN_WORDS + fence.escaped(json.dumps(schema, ensure_ascii=False, separators=(",", ":")))


def _is_about_the_format(said: str) -> bool:
    # A schema that is refused is no reason to ask for less of every other answer.
    named = ("response_format", "json_schema", "json_object", "structured output")
    return any(name in said for name in named) and "invalid schema" not in said
