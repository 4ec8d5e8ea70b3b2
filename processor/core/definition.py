"""The grammar of task.toml and of models.toml: what may stand there, typed, each key with its meaning.

Unknown keys are errors, so that a misspelt one is found before a worker starts.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import Annotated, Any, Literal, Self, TypeVar

import pydantic

from processor.core import errors

Positive = Annotated[int, pydantic.Field(gt=0)]


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
    top_k: Annotated[int, pydantic.Field(gt=0, le=100)] = 4
    min_score: float = pydantic.Field(0.0, ge=0, description="passages under it are left out")
    neighbours: Annotated[int, pydantic.Field(ge=0, le=10)] = pydantic.Field(
        default=0, description="chunks before and after each found one, of the same document"
    )
    max_tokens: Positive = pydantic.Field(800, description="how much of the prompt they may take, estimated")

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


class ModelStep(_Table):
    """A step that asks a model."""

    kind: Literal["model"] = "model"
    prompt: str = pydantic.Field(default="prompt.md", pattern=r"^[\w.-]+$", description="template in the task's folder")
    model: str | None = pydantic.Field(default=None, min_length=1, description="default: OPENAI_MODEL")
    max_tokens: Positive = pydantic.Field(default=400, description="of the answer")
    temperature: float = pydantic.Field(default=0.0, ge=0, le=2)
    examples: Literal["turns", "text"] = pydantic.Field(
        default="turns", description="retrieved examples as chat turns, or left to the template's `examples`"
    )

    @property
    def name(self) -> str:
        """What attempts and logs call it."""
        return self.prompt


class NeighboursStep(_Table):
    """A step that answers by a vote of the retrieved labelled examples: no model is asked, nothing is spent."""

    kind: Literal["neighbours"]
    field: str = pydantic.Field(pattern=r"^\$\.[A-Za-z_][A-Za-z0-9_]*$", description="what the vote is about: `$.name`")
    agreement: Positive = pydantic.Field(description="how many of the retrieved examples must have the same value")

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


class Budget(_Table):
    """What one event may cost over all attempts; once it is spent, the event goes to review."""

    tokens: Positive | None = None
    usd: Annotated[Decimal, pydantic.Field(gt=0)] | None = None
    input_tokens: Positive = pydantic.Field(6000, description="estimated size of one prompt; a larger input is refused")


class Definition(_Table):
    """A whole task.toml."""

    description: str = pydantic.Field(min_length=1)
    kind: Literal["classification", "extraction", "routing", "parsing"]
    input: Input = Input()
    retrieval: tuple[Retrieval, ...] = ()
    visibility: Visibility | None = None
    step: tuple[Step, ...] = (ModelStep(), ModelStep(prompt="retry.md"))
    budget: Budget = Budget()


class _Price(_Table):
    input: Annotated[Decimal, pydantic.Field(ge=0)]
    output: Annotated[Decimal, pydantic.Field(ge=0)]
    cached: Annotated[Decimal, pydantic.Field(ge=0)] | None = None


class Models(_Table):
    """A whole models.toml: prices in US dollars per million tokens, by model name."""

    prices: dict[str, _Price] = pydantic.Field(default_factory=dict)


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
        raise errors.DefinitionError(path, f"{where}: {first['msg']}", line_of(text, location)) from error


def line_of(text: str, location: tuple[Any, ...]) -> int | None:
    """The line in a TOML text, counted from 1, of a key such as `("step", 1, "prompt")`; None if not written."""
    names = [part for part in location if isinstance(part, str)]
    index = next((part for part in location if isinstance(part, int)), 0)
    table, key = (names[0], names[1]) if len(names) > 1 else ("", names[0] if names else "")
    current, seen, header = "", -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        opened = re.match(r"\s*\[+\s*([\w.-]+)", line)
        if opened:
            current = opened.group(1).split(".")[0]
            seen += current in (table, key)
            if current in (table, key) and seen == index:
                header = number
        elif (
            current == table
            and (not table or seen == index)
            and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line)
        ):
            return number
    return header
