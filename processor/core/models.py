"""models.toml: the models that steps can name, and what models cost."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor.core import cost, definition
from processor.core.pacing import budget
from processor.core.prompting import tokens
from processor.core.records import Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LIKENESS = 0.8
"""From 0 to 1, as of `difflib`: `strnog` is like `strong`, and `gpt-5` not like `gpt-5-mini`."""


@dataclass(frozen=True, slots=True)
class Models:
    """What models.toml says; without that file, nothing.

    `limits` is what one worker may spend on a model in a minute, by its dependency; `counters` are the tokenizers that
    it names, by path.
    """

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    prices: cost.Prices = field(default_factory=dict)
    limits: Mapping[str, budget.Limits] = field(default_factory=dict)
    counters: Mapping[str, tokens.Counter] = field(default_factory=dict)

    def named(self, model: str | None) -> Endpoint:
        """What a step's `model` stands for: one of these, or else a model's id at the default endpoint."""
        found = None if model is None else self.endpoints.get(model)
        return found or Endpoint(model=model)

    def counter(self, endpoint: Endpoint) -> tokens.Counter:
        """What counts the tokens of an endpoint's prompts: its tokenizer, else the estimate."""
        return self.counters.get(endpoint.tokenizer or "", tokens.ESTIMATE)


def parse(text: str, path: str) -> Models:
    """Read the text of models.toml.

    Raises:
        DefinitionError: it does not fit the grammar.
    """
    parsed = definition.parse(definition.Models, text, path)
    endpoints = {name: _endpoint(name, model) for name, model in parsed.models.items()}
    return Models(
        endpoints,
        {
            name: cost.Price(price.input, price.output, price.input if price.cached is None else price.cached)
            for name, price in parsed.prices.items()
        },
        {
            endpoints[name].dependency: budget.Limits(
                model.requests_per_minute, model.tokens_per_minute, model.usd_per_minute
            )
            for name, model in parsed.models.items()
        },
    )


def misspelt(endpoints: Iterable[Endpoint], known: Models) -> list[str]:
    """One line for each model's id that reads like the name of a table: it would be asked at the default address."""
    ids = {endpoint.model for endpoint in endpoints if endpoint.model and not endpoint.name}
    near = {model: difflib.get_close_matches(model, known.endpoints, n=1, cutoff=LIKENESS) for model in sorted(ids)}
    return [
        f"model {model} has no table in models.toml and is asked at OPENAI_BASE_URL: did you mean {names[0]}?"
        for model, names in near.items()
        if names
    ]


def missing_keys(endpoints: Iterable[Endpoint], secret: Callable[[str], str | None]) -> list[str]:
    """One line, with what to do, for each named model whose key is not set; `secret` looks up a variable by name."""
    named = {endpoint.name: endpoint.api_key for endpoint in endpoints if endpoint.api_key}
    return [
        f"model {name} needs {key}: set it in the environment or in .env"
        for name, key in sorted(named.items())
        if not secret(key)
    ]


def _endpoint(name: str, model: definition.Model) -> Endpoint:
    return Endpoint(
        name=name,
        model=model.model or name,
        base_url=model.base_url,
        api_key=model.api_key,
        response_format=None if model.response_format == "auto" else model.response_format,
        timeout=model.timeout,
        tokenizer=model.tokenizer,
    )
