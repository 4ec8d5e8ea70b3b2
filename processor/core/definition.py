"""The grammar of task.toml and of models.toml: what may stand there, typed, each key with its meaning.

Unknown keys are errors, so that a misspelt one is found before a worker starts.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

import pydantic

from processor.core import errors

if TYPE_CHECKING:
    import pydantic_core

Kind = Literal["classification", "extraction", "routing", "parsing"]
"""The four kinds of work."""

Positive = Annotated[int, pydantic.Field(gt=0)]
PerMinute = Annotated[float, pydantic.Field(gt=0, allow_inf_nan=False)]


class _Table(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Input(_Table):
    """What an event's input must hold before anything is spent on it."""

    required: tuple[str, ...] = pydantic.Field((), description="names of string fields that must not be empty")


class Retrieval(_Table):
    """One query to the task's knowledge for each event."""

    kind: Literal["fact", "example"] = pydantic.Field(description="documents, or labelled past messages")
    name: str = pydantic.Field(
        default="",
        pattern=r"^[a-z][a-z0-9_]*$",
        description="what prompts call what it finds; default: its kind. Tables of one name add up",
    )
    files: tuple[Annotated[str, pydantic.Field(min_length=1)], ...] = pydantic.Field(
        default=(), description="documents in knowledge/, `*` any characters, `?` one; default: all. Facts only"
    )
    query: str = pydantic.Field(min_length=1, description="Jinja2 over `input` and `event`")
    filters: dict[str, str] = pydantic.Field(
        default_factory=dict,
        description="property -> Jinja2 over `input` and `event`: only passages with exactly that value",
    )
    alpha: float = pydantic.Field(0.5, ge=0, le=1, description="1 vector search, 0 keyword search, between: hybrid")
    top_k: Annotated[int, pydantic.Field(gt=0, le=100)] = pydantic.Field(
        default=4, description="how many are wanted at the most"
    )
    min_score: float = pydantic.Field(0.0, ge=0, description="passages under it are left out")
    neighbours: Annotated[int, pydantic.Field(ge=0, le=10)] = pydantic.Field(
        default=0, description="chunks before and after each found one, of the same document"
    )
    max_tokens: Positive = pydantic.Field(1300, description="how much of the prompt they may take")

    @pydantic.model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        return {"name": given.get("kind"), **given} if isinstance(given, dict) else given

    @pydantic.model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        if self.kind == "example" and (self.files or self.neighbours):
            raise ValueError("`files` and `neighbours` are of documents: an example has none")
        return self


class Visibility(_Table):
    """Who may see which passage: an event gets those for its attribute's value and those for everybody."""

    attribute: str = pydantic.Field(min_length=1, description="the event's attribute that passages' `visible_to` names")


class Accept(_Table):
    """What an answer needs besides passing contract and rules; one that falls short goes to the next step."""

    confidence: Annotated[float, pydantic.Field(ge=0, le=1)] | None = pydantic.Field(
        default=None, description="geometric mean probability of the answer's tokens, by the server's log-probabilities"
    )
    agreement: Positive | None = pydantic.Field(
        default=None, description="how many of the retrieved examples must have the answer's value at `field`"
    )


class _Step(_Table):
    field: str | None = pydantic.Field(default=None, description="what agreement is about: `$.name`")
    accept: Accept = pydantic.Field(default=Accept(), description="what its answer needs besides contract and rules")

    @pydantic.field_validator("field")
    @classmethod
    def _is_a_field(cls, path: str | None) -> str | None:
        if path is not None and not re.fullmatch(r"\$\.[A-Za-z_][A-Za-z0-9_]*", path):
            raise ValueError("`$.name`, a field of the answer itself: parts of a field cannot be compared")
        return path

    @pydantic.model_validator(mode="after")
    def _agreement_has_a_field(self) -> Self:
        if self.accept.agreement is not None and self.field is None:
            raise ValueError("`accept.agreement` needs `field`, what must agree")
        return self


class ModelStep(_Step):
    """A step that asks a model."""

    kind: Literal["model"] = pydantic.Field(default="model", description="asks a model")
    prompt: str = pydantic.Field(default="prompt.md", pattern=r"^[\w.-]+$", description="template in the task's folder")
    model: str | None = pydantic.Field(
        default=None, min_length=1, description="a [models.NAME] of models.toml or a model's id; default: OPENAI_MODEL"
    )
    max_tokens: Positive = pydantic.Field(default=400, description="of the answer")
    temperature: float = pydantic.Field(default=0.0, ge=0, le=2, description="as in the OpenAI API")
    logprobs: bool = pydantic.Field(
        default=False, description="keep the answer's confidence, as `accept.confidence` does, but do not judge by it"
    )
    examples: Literal["turns", "text"] = pydantic.Field(
        default="turns", description="retrieved examples as chat turns, or left to the template's `examples`"
    )

    @property
    def name(self) -> str:
        """What attempts and logs call it."""
        return self.prompt


class NeighboursStep(_Step):
    """A step that answers by a vote of the retrieved labelled examples: no model is asked, nothing is spent."""

    kind: Literal["neighbours"] = pydantic.Field(description="takes a vote of the retrieved examples")

    @pydantic.model_validator(mode="after")
    def _has_a_threshold(self) -> Self:
        if self.accept.agreement is None:
            raise ValueError("a vote needs `field` and `accept = { agreement = … }`")
        if self.accept.confidence is not None:
            raise ValueError("a vote has no confidence: no model is asked")
        return self

    @property
    def name(self) -> str:
        """What attempts and logs call it."""
        return self.kind


def _kind(step: Any) -> str:
    return str(step.get("kind", "model") if isinstance(step, dict) else step.kind)


Step = Annotated[
    Annotated[ModelStep, pydantic.Tag("model")] | Annotated[NeighboursStep, pydantic.Tag("neighbours")],
    pydantic.Discriminator(_kind),
]
"""One step of the ladder: attempt n takes step n."""


class Narrowing(_Table):
    """Where the allowed values of one place of the answer come from: a column of rows, or the answers of examples."""

    retrieval: str = pydantic.Field(alias="from", min_length=1, description="name of the [[retrieval]]")
    column: str | None = pydantic.Field(default=None, min_length=1, description="of the rows that it found")
    answer: str | None = pydantic.Field(
        default=None, min_length=1, description="place in the answers of the examples that it found: `$.name`"
    )
    fallback: Literal["all", "review"] = pydantic.Field(
        default="all", description="when it found no value: all that the schema allows, or a person, nothing spent"
    )

    @pydantic.model_validator(mode="after")
    def _from_one_place(self) -> Self:
        if (self.column is None) == (self.answer is None):
            raise ValueError("give either `column`, of rows, or `answer`, of examples")
        return self


class Budget(_Table):
    """What one event may cost over all attempts; once it is spent, the event goes to review."""

    tokens: Positive | None = pydantic.Field(default=None, description="over all attempts, input and output together")
    usd: Annotated[Decimal, pydantic.Field(gt=0)] | None = pydantic.Field(
        default=None, description="US dollars over all attempts, where the prices are known"
    )
    input_tokens: Positive = pydantic.Field(
        9000, description="size of one prompt, by the model's tokenizer or estimated; a larger input is refused"
    )
    correction_tokens: Positive = pydantic.Field(
        800, description="size of a retry's correction in it: a longer previous answer and further violations are cut"
    )


class Definition(_Table):
    """A whole task.toml."""

    description: str = pydantic.Field(min_length=1, description="what the task is, in one sentence")
    kind: Kind = pydantic.Field(description="what work it is")
    input: Input = pydantic.Field(default=Input(), description="what an event must hold")
    retrieval: tuple[Retrieval, ...] = pydantic.Field(default=(), description="what is retrieved for an event")
    visibility: Visibility | None = pydantic.Field(default=None, description="who may see which passage")
    step: tuple[Step, ...] = pydantic.Field(
        default=(),
        description="the ladder: attempt n takes step n; default: prompt.md, then retry.md, retry.2.md … if they exist",
    )
    narrow: dict[str, Narrowing] = pydantic.Field(
        default_factory=dict, description="place in the answer -> where its allowed values are retrieved"
    )
    budget: Budget = pydantic.Field(default=Budget(), description="what one event may cost")


class Price(_Table):
    """What a model costs, in US dollars per million tokens. Without a price a cost is unknown, never 0."""

    input: Annotated[Decimal, pydantic.Field(ge=0)] = pydantic.Field(description="of the prompt")
    output: Annotated[Decimal, pydantic.Field(ge=0)] = pydantic.Field(description="of the answer")
    cached: Annotated[Decimal, pydantic.Field(ge=0)] | None = pydantic.Field(
        default=None, description="of the part of the prompt that comes from the server's cache; default: as `input`"
    )


class Model(_Table):
    """A model that steps can name; what is not given is as for the default model."""

    model: str | None = pydantic.Field(None, min_length=1, description="the server's id of it; default: NAME itself")
    base_url: str | None = pydantic.Field(None, pattern=r"^https?://", description="default: OPENAI_BASE_URL")
    api_key: str | None = pydantic.Field(
        None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="NAME of the environment variable with the key; default: OPENAI_API_KEY, with a `base_url` none",
    )
    response_format: Literal["auto", "json_schema", "json_object", "text"] = pydantic.Field(
        "auto", description="how the server holds the model to the answer's schema; auto: until it refuses"
    )
    timeout: Annotated[float, pydantic.Field(gt=0)] | None = pydantic.Field(
        None, description="seconds for one call; default: OPENAI_TIMEOUT"
    )
    tokenizer: str | None = pydantic.Field(
        None,
        min_length=1,
        description="path of its tokenizer.json, from the project's folder; default: tokens are estimated",
    )
    requests_per_minute: PerMinute | None = pydantic.Field(
        None, description="that one worker sends to it; default: no limit"
    )
    tokens_per_minute: PerMinute | None = pydantic.Field(None, description="of prompts and answers, likewise")
    usd_per_minute: PerMinute | None = pydantic.Field(None, description="US dollars, likewise; needs its price")


class Models(_Table):
    """A whole models.toml: models by name; prices in US dollars per million tokens, by the model's name as reported."""

    models: dict[str, Model] = pydantic.Field(default_factory=dict, description="models that steps can name")
    prices: dict[str, Price] = pydantic.Field(
        default_factory=dict, description="what models cost, by the name that the server reports"
    )


_Parsed = TypeVar("_Parsed", Definition, Models)


def parse(model: type[_Parsed], text: str, path: str) -> _Parsed:
    """Read a TOML file's text into `Definition` or `Models`.

    Raises:
        DefinitionError: with the line, where it can be told.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise errors.DefinitionError(path, f"not TOML: {error}", int(found.group(1)) if found else None) from error
    if "step" in tables and not tables["step"]:
        raise errors.DefinitionError(path, "a task needs at least one [[step]]")
    try:
        return model.model_validate(tables)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        # A step's place is given with its kind in between, which is not written there.
        location = tuple(part for place, part in enumerate(first["loc"]) if (place, first["loc"][0]) != (2, "step"))
        where = ".".join(str(part) for part in location)
        raise errors.DefinitionError(path, f"{where}: {_told(first)}", line_of(text, location)) from error


def _told(error: pydantic_core.ErrorDetails) -> str:
    """What pydantic found, in this grammar's words."""
    if error["type"] != "extra_forbidden":
        return error["msg"].removeprefix("Value error, ")
    key, known = str(error["loc"][-1]), _keys(_Table)
    if key in known:
        return "this key belongs to another table"
    near = difflib.get_close_matches(key, known, n=1)
    return "unknown key" + (f"; did you mean `{near[0]}`?" if near else ", see docs/reference-task.md")


def _keys(table: type[_Table]) -> list[str]:
    """All keys of a kind of table and of those derived from it."""
    own = [field.alias or name for name, field in table.model_fields.items()]
    return own + [key for derived in table.__subclasses__() for key in _keys(derived)]


def line_of(text: str, location: tuple[Any, ...]) -> int | None:
    """The line in a TOML text, counted from 1, of a key such as `("step", 1, "prompt")`; None if not written."""
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    path: list[str] = []
    seen, inside, header = -1, True, None
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := re.match(r"\s*(\[{1,2})([^\[\]]+)\]", line):
            path = [part.strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^\s.]+", opened.group(2))]
            seen += opened.group(1) == "[[" and path == names[:1]
            inside = path == names[: len(path)] and max(seen, 0) == index
            header = number if inside else header
        elif inside and len(names) > len(path):
            key = re.escape(names[len(path)])
            if re.match(rf"\s*[\"']?{key}[\"']?\s*=", line):
                return number
    return header
