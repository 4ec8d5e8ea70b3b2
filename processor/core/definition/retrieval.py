"""What is retrieved for an event, who may see it, and what it holds the answer to."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import pydantic

from processor.core.definition.table import Positive, Table


class Retrieval(Table):
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


class Visibility(Table):
    """Who may see which passage: an event gets those for its attribute's value and those for everybody."""

    attribute: str = pydantic.Field(min_length=1, description="the event's attribute that passages' `visible_to` names")


class Narrowing(Table):
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
