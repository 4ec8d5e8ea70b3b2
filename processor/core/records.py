"""The values that go along the way of one event, all frozen; a step makes a new one and changes none.

Message -> Work(Event) -> Query -> Passage -> Prompt -> Completion -> Verdict
    -> Decision (Result | Retry | Review | Wait)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal

    from processor.core.contracts.contract import Contract


class Reason(StrEnum):
    """Why an event goes to people: a closed list, so that queues and dashboards can rely on it."""

    UNDECODABLE = "undecodable"  # the bytes are no event in any known format
    UNKNOWN_TASK = "unknown_task"  # no such task in the project
    INVALID_INPUT = "invalid_input"  # the task's input schema refuses it
    INPUT_TOO_LARGE = "input_too_large"  # the input alone is over the prompt's budget; it is never cut silently
    NOTHING_RETRIEVED = "nothing_retrieved"  # no value was found for a place that [narrow] sends to people then
    STEPS_EXHAUSTED = "steps_exhausted"  # no step's answer was accepted and none is left
    RULE = "rule"  # a rule that always wants a person
    RULE_FAILED = "rule_failed"  # a rule function raised
    REFUSAL = "refusal"  # the model declined to answer
    CONTENT_FILTER = "content_filter"  # the provider's filter stopped the answer
    BUDGET_SPENT = "budget_spent"  # the task's tokens or money for one event are used up
    REQUEST_REJECTED = "request_rejected"  # a request that the model can never accept
    INTERNAL_ERROR = "internal_error"  # a defect of untuned; the event is kept and the worker goes on


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message stood in Kafka. `timestamp_ms` is the broker's, in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Message:
    """A Kafka message as it came: raw bytes, nothing decoded. Header values are bytes."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One piece of work. The same `id` twice is the same work.

    `input` is a JSON object; `attributes` are short strings for filters and dashboards.
    """

    id: str
    task: str
    input: Mapping[str, Any]
    created_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the server counted them. `cached_tokens` are part of `input_tokens`."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cached_tokens + other.cached_tokens,
        )

    @property
    def total(self) -> int:
        """Input and output tokens together."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with an answer, in words that help a model and a person.

    Attributes:
        path: JSONPath of the place, `$` for the whole answer, `$.lines[2].quantity` for a part.
        rule: the name of the rule or of the schema check, e.g. `enum`, `urgent_needs_person`.
        message: one sentence.
        found: the value that was found, as short JSON text; empty where there is none.
        expected: what would be right, in words; empty where the message says it.
    """

    path: str
    rule: str
    message: str
    found: str = ""
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One finished attempt at an event, kept over the retry topic and in results and review items.

    `answer` is the text as it came, cut where it is very long. `cost` is in US dollars, None where the price is not
    known (never 0 for unknown). `seconds` is the call's duration, `confidence` as in `Completion`.
    """

    number: int
    step: str
    model: str
    answer: str
    finish_reason: str
    violations: tuple[Violation, ...]
    usage: Usage
    cost: Decimal | None
    seconds: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """An event with where it came from and what was already tried.

    `attempt` counts from 1 and names the step that is taken now. `headers` are the message's headers as they came.
    `first` is where the event was first produced: on a retry it is carried along, else it is `origin`.
    """

    event: Event
    attempt: int
    attempts: tuple[Attempt, ...]
    origin: Origin
    first: Origin
    key: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    due_at: datetime | None = None

    @property
    def usage(self) -> Usage:
        """Tokens over all attempts so far."""
        return sum((attempt.usage for attempt in self.attempts), Usage())


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask one collection of the vector store for one event.

    Attributes:
        kind: `fact` or `example`.
        collection: its name in the vector store.
        text: what is searched for; an empty one finds nothing.
        alpha: weighs vector (1.0) against keyword (0.0) search; in between is hybrid.
        top_k: how many passages are wanted at the most, neighbours not counted.
        min_score: passages under it are left out.
        name: of the [[retrieval]] table.
        files: patterns of sources (`collections.matches`); empty for all.
        filters: value by property that a passage must have; an empty value is no passage's.
        visible_to: a passage must name one of these; None where the task has no [visibility].
        neighbours: chunks before and after each found one that come along.
        only: ids that a passage must be among; empty for any.
    """

    kind: Literal["fact", "example"]
    collection: str
    text: str
    alpha: float
    top_k: int
    min_score: float = 0.0
    name: str = ""
    files: tuple[str, ...] = ()
    filters: Mapping[str, str] = field(default_factory=dict)
    visible_to: frozenset[str] | None = None
    neighbours: int = 0
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A retrieved piece of knowledge: a fact (a document's chunk) or a labelled example.

    Attributes:
        id: deterministic, from source and position.
        kind: `fact` or `example`.
        source: the document's path inside the task's knowledge folder.
        title: the headings above it, or empty.
        text: the chunk, or the text that an example is searched by.
        input: an example's input object as JSON text; None for a fact.
        answer: an example's labelled answer as JSON text; None for a fact.
        score: as the vector store gave it, higher is nearer; comparable within one query only.
        content_hash: the first 16 hex digits of SHA-256 over everything that the model may see of it.
        retrieval: the name of the [[retrieval]] table that found it.
        columns: a table row's values by column name, or a document's front matter by key; else empty.
        position: counted from 0 within the document; 0 for an example.
        visible_to: values of the event attribute that [visibility] names, `*` for everybody; empty: nobody's.
    """

    id: str
    kind: Literal["fact", "example"]
    source: str
    title: str
    text: str
    input: str | None
    answer: str | None
    score: float
    content_hash: str
    retrieval: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    position: int = 0
    visible_to: tuple[str, ...] = ()


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
    log-probabilities. `size` is what each part takes of the budget.
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


@dataclass(frozen=True, slots=True)
class Answered:
    """What a step gave: its answer, the passages that it was made from, and the ids of those that did not fit.

    `against` keeps the answer from being accepted whatever it says (too few examples agree). `size` is that
    of its prompt, where a model was asked.
    """

    completion: Completion
    passages: tuple[Passage, ...]
    cut: tuple[str, ...] = ()
    against: Violation | None = None
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an answer stands against the contract and the rules.

    `answer` is the answer as the model gave it, parsed; None where it is no JSON object. `review` says that a person
    must look whatever other steps are left, and `detail` why, in one line (for a rule that raised: its traceback).
    """

    answer: Mapping[str, Any] | None
    violations: tuple[Violation, ...] = ()
    warnings: tuple[Violation, ...] = ()
    review: Reason | None = None
    detail: str = ""

    @property
    def accepted(self) -> bool:
        """Whether nothing stands against the answer."""
        return not self.violations and self.review is None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a decision was made from.

    `version` is the task definition's content hash, `durations` seconds by stage (`retrieve`, `render`, `complete`,
    `judge`) of the last attempt, `cost` US dollars over all attempts or None where a price is not known; `size` is
    that of the last attempt's prompt, None where no model was asked.
    """

    version: str
    passages: tuple[Passage, ...]
    cut: tuple[str, ...]
    attempts: tuple[Attempt, ...]
    usage: Usage
    cost: Decimal | None
    durations: Mapping[str, float]
    size: Size | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The event is done: an accepted answer. Goes to the results topic.

    `contract` is what the answer was judged by and is written by, whatever becomes of the task meanwhile.
    """

    work: Work
    answer: Mapping[str, Any]
    warnings: tuple[Violation, ...]
    provenance: Provenance
    contract: Contract


@dataclass(frozen=True, slots=True)
class Retry:
    """The answer was not accepted and a step is left. Goes to the retry topic as attempt `attempt`."""

    work: Work
    attempt: int
    violations: tuple[Violation, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Review:
    """A person must look. Goes to the review topic.

    `work` is None where the bytes could not be decoded; `message` then keeps them. `detail` is one clear line (for a
    rule that raised: its traceback).
    """

    reason: Reason
    detail: str
    message: Message
    work: Work | None = None
    violations: tuple[Violation, ...] = ()
    answer: Mapping[str, Any] | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A dependency is away: nothing is published, the same attempt is tried again.

    `retry_after` is what the dependency asked for, in seconds. `broken` means that waiting alone will not help
    (wrong key, missing collection).
    """

    dependency: str
    detail: str
    retry_after: float | None = None
    broken: bool = False
    work: Work | None = None


Decision = Result | Retry | Review | Wait
