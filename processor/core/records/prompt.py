"""What a model is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.core.records.attempt import Usage
    from processor.core.records.passage import Passage


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One chat turn of the OpenAI API."""

    role: Literal["system", "user", "assistant"]
    content: str


ResponseFormat = Literal["json_schema", "json_object", "text"]
"""How a server holds a model to the schema: in full, to some JSON object, or not at all."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Which model a step asks, and where; what is None is as in the settings.

    Attributes:
        name: of the [models.NAME] table of models.toml; empty where the step names none.
        model: the server's id of it.
        base_url: of the OpenAI API.
        api_key: the name of the environment variable that holds the key.
        response_format: what the server takes; None: json_schema until the server refuses it.
        timeout: seconds for one call.
        tokenizer: path of its tokenizer.json, from the project's folder; None where tokens are estimated.
    """

    name: str = ""
    model: str | None = None
    base_url: str | None = None
    api_key: str | None = None
    response_format: ResponseFormat | None = None
    timeout: float | None = None
    tokenizer: str | None = None

    @property
    def dependency(self) -> str:
        """What errors and logs call it: one endpoint's outage can be told from another's."""
        return f"model {self.name}" if self.name else "model"


@dataclass(frozen=True, slots=True)
class Part:
    """What a part of a prompt took, in tokens, and whether anything of it was cut to fit.

    `name` is `system`, `retrieved.<name>`, `input`, `correction`, `schema` (where it is given in words) or `wording`:
    the template's own words around passages, and the chat template's around messages.
    """

    name: str
    tokens: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Size:
    """How long a prompt is, by its parts; `counted_by` names the tokenizer, or is `estimate`."""

    counted_by: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        """Tokens of all parts."""
        return sum(part.tokens for part in self.parts)


@dataclass(frozen=True, slots=True)
class Prompt:
    """All that one model call needs.

    `schema` is the strict JSON Schema of the answer (OpenAI structured outputs), `schema_name` its name there.
    `passages` are those that fitted the budget, `cut` the ids of those that did not. `logprobs` asks for the answer's
    log-probabilities. `size` is what each part takes of the budget. `attempt` names the attempt that it is for, and
    `version` the definition that it is made by: of the same two, one answer is enough.
    """

    messages: tuple[ChatMessage, ...]
    endpoint: Endpoint
    schema: Mapping[str, Any]
    schema_name: str
    max_tokens: int
    temperature: float
    passages: tuple[Passage, ...] = ()
    cut: tuple[str, ...] = ()
    logprobs: bool = False
    size: Size | None = None
    attempt: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's answer.

    Attributes:
        text: as it came.
        finish_reason: as in the OpenAI API.
        model: as the server named it.
        usage: tokens, as the server counted them.
        seconds: the call's duration.
        refusal: the model's own words where it declined.
        confidence: the geometric mean probability of the answer's tokens, from 0 to 1; None where none was given.
        response_format: what the server held the model to.
    """

    text: str
    finish_reason: str
    model: str
    usage: Usage
    seconds: float
    refusal: str | None = None
    confidence: float | None = None
    response_format: ResponseFormat = "json_schema"
