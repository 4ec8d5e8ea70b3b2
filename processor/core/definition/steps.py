"""The steps of a task's ladder, and what each takes to accept its answer."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

import pydantic

from processor.core.definition.table import Positive, Table


class Accept(Table):
    """What an answer needs besides passing contract and rules; one that falls short goes to the next step."""

    confidence: Annotated[float, pydantic.Field(ge=0, le=1)] | None = pydantic.Field(
        default=None, description="geometric mean probability of the answer's tokens, by the server's log-probabilities"
    )
    agreement: Positive | None = pydantic.Field(
        default=None, description="how many of the retrieved examples must have the answer's value at `field`"
    )


class _Step(Table):
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
