"""A task: its definition, contract, rules and prompts, parsed and checked; knows no files, only their texts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from processor.core import calibration, comparing, cost, definition, errors, narrow, redaction
from processor.core.contracts import contract, json_schema, place
from processor.core.judging import ballot
from processor.core.models import Models
from processor.core.prompting import templates, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import jinja2

    from processor.core.definition import Calibration
    from processor.core.pacing.budget import Limits
    from processor.core.records import Endpoint
    from processor.core.redaction import Redact
    from processor.core.rules import Rule

VERSION_DIGITS = 16
FREE = cost.Price(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts that make a task.

    Attributes:
        name: the task's folder name.
        definition: the text of task.toml.
        templates: the texts of the folder's Markdown files by file name (`prompt.md`, `retry.md`, …).
        schema: the text of the Avro answer schema.
        schema_path: its path, for messages.
        rules: the texts of the rules module, first, and of the helpers that it imports, by path; empty without one.
    """

    name: str
    definition: str
    templates: Mapping[str, str]
    schema: str
    schema_path: str
    rules: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        """The task's folder, for messages."""
        return f"tasks/{self.name}"

    def calibrated(self, named: Iterable[Endpoint] = ()) -> str:
        """What a calibration of it is about; `named` as of `version`."""
        texts = {**self.templates, **self.rules, self.schema_path: self.schema}
        return calibration.digest(self.definition, texts, named)

    def version(self, named: Iterable[Endpoint] = ()) -> str:
        """The content hash over everything that the definition is made of: 16 hex digits of SHA-256.

        Args:
            named: the models of models.toml that its steps name.
        """
        digest = hashlib.sha256()
        for part in (
            self.definition,
            self.schema,
            *(f"{k}\0{v}" for k, v in sorted([*self.templates.items(), *self.rules.items()])),
            *sorted(repr(endpoint) for endpoint in named),
        ):
            digest.update(f"{len(part)}\0{part}".encode())
        return digest.hexdigest()[:VERSION_DIGITS]


@dataclass(frozen=True, slots=True)
class Task:
    """A task, ready to be worked on. Equal versions mean equal behaviour.

    `endpoints` has what each `model` of a step stands for, `counters` what counts the tokens of its prompts, `limits`
    what one worker may spend on a model in a minute, by its dependency. `of` is what a calibration of it is about.
    `redact` goes over the texts of labelled cases that are written.
    """

    name: str
    version: str
    definition: definition.Definition
    contract: contract.Contract
    rules: tuple[Rule, ...]
    prompts: Mapping[str, templates.BlockTemplate] = field(repr=False)
    queries: tuple[jinja2.Template, ...] = field(repr=False)
    filters: tuple[Mapping[str, jinja2.Template], ...] = field(repr=False)
    endpoints: Mapping[str | None, Endpoint] = field(default_factory=dict)
    counters: Mapping[str | None, tokens.Counter] = field(default_factory=dict, repr=False)
    prices: cost.Prices = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    of: str = ""
    redact: Redact | None = field(default=None, repr=False)

    @property
    def calibration(self) -> Calibration | None:
        """What is promised of its accepted answers; None where nothing is, or it was promised of another version."""
        found = self.definition.calibration
        return found if found is not None and found.of == self.of else None

    @property
    def outgrown(self) -> str:
        """One line where task.toml has a calibration of another version of the task; else empty."""
        found = self.definition.calibration
        if found is None or found.of == self.of:
            return ""
        return (
            f"the calibration of {found.date} no longer counts: definition, prompts, schema, rules or models changed "
            f"since; run `untuned calibrate {self.name} --max-error {found.max_error:g}` again"
        )


def build(
    sources: Sources,
    rules: tuple[Rule, ...],
    models: Models = Models(),  # noqa: B008 - frozen
    functions: Mapping[str, Any] = MappingProxyType({}),
) -> Task:
    """Parse and check a task.

    Args:
        sources: its texts.
        rules: of its rules module.
        models: what tasks/models.toml says.
        functions: the variables of its rules module: what [cases] names is among them.

    Raises:
        DefinitionError: the first thing that is wrong, with its file and line.
    """
    parsed = definition.parse(definition.Definition, sources.definition, f"{sources.folder}/task.toml")
    if not parsed.step:
        parsed = parsed.model_copy(update={"step": _ladder(sources.templates)})
    env = templates.environment(sources.templates)
    prompts = {
        name: templates.BlockTemplate(env, sources.folder, name)
        for name in dict.fromkeys(step.prompt for step in parsed.step if step.kind == "model")
    }
    path = f"{sources.folder}/task.toml"
    queries, filters = _queries(env, parsed, path, sources.definition)
    answer = contract.parse(sources.schema, sources.schema_path)
    _check_agreements(parsed, answer, path, sources.definition)
    endpoints = {step.model: models.named(step.model) for step in parsed.step if step.kind == "model"}
    named = tuple(endpoint for endpoint in endpoints.values() if endpoint.name)
    narrow.check(parsed, answer, path, sources.definition)
    comparing.check(parsed, answer, path, sources.definition)
    module = f"rules/{sources.name.replace('-', '_')}.py"
    _check_rules(rules, answer, module)
    return Task(
        name=sources.name,
        version=sources.version(named),
        definition=parsed,
        contract=answer,
        rules=rules,
        prompts=prompts,
        queries=queries,
        filters=filters,
        endpoints=endpoints,
        counters={model: models.counter(endpoint) for model, endpoint in endpoints.items()},
        prices={**models.prices, ballot.MODEL: FREE},
        limits=models.limits,
        of=sources.calibrated(named),
        redact=redaction.find(parsed, functions, module, path, sources.definition),
    )


def _queries(
    env: jinja2.Environment, parsed: definition.Definition, path: str, text: str
) -> tuple[tuple[jinja2.Template, ...], tuple[Mapping[str, jinja2.Template], ...]]:
    """The templates of the [[retrieval]] tables' queries, and those of their filters by property."""

    def template(source: str, *place: int | str) -> jinja2.Template:
        return templates.query_template(env, path, source, definition.line_of(text, ("retrieval", *place)))

    tables = tuple(enumerate(parsed.retrieval))
    queries = tuple(template(table.query, number, "query") for number, table in tables)
    filters = tuple(
        {name: template(value, number, "filters", name) for name, value in table.filters.items()}
        for number, table in tables
    )
    return queries, filters


def _ladder(templates: Iterable[str]) -> tuple[definition.Step, ...]:
    """The steps of a task that names none: prompt.md, then the retry prompts that are there, by level."""
    levels = {int(found[1] or 1): name for name in templates if (found := re.fullmatch(r"retry(?:\.(\d+))?\.md", name))}
    return tuple(definition.ModelStep(prompt=name) for name in ("prompt.md", *(levels[key] for key in sorted(levels))))


def _check_rules(rules: tuple[Rule, ...], answer: contract.Contract, path: str) -> None:
    """A rule is known by its name alone, and one that looks where nothing can be would never fire."""
    names = [rule.name for rule in rules]
    for rule in rules:
        if names.count(rule.name) > 1:
            raise errors.DefinitionError(path, f"two rules are named `{rule.name}`")
        for found in rule.places:
            if not json_schema.has(answer.json_schema, place.parse(found)):
                raise errors.DefinitionError(path, f"rule {rule.name}: the answer has no place {found}")


def _check_agreements(parsed: definition.Definition, answer: contract.Contract, path: str, text: str) -> None:
    """Agreement needs labelled examples to ask, and a field of the answer to compare."""
    for number, step in enumerate(parsed.step):
        if step.field is None:
            continue
        line = definition.line_of(text, ("step", number, "field"))
        if step.field.removeprefix("$.") not in answer.json_schema["properties"]:
            raise errors.DefinitionError(path, f"the answer has no field {step.field}", line)
        if not any(retrieval.kind == "example" for retrieval in parsed.retrieval):
            raise errors.DefinitionError(path, 'agreement needs a [[retrieval]] with kind = "example"', line)
        most = sum(retrieval.top_k for retrieval in parsed.retrieval if retrieval.kind == "example")
        if (step.accept.agreement or 0) > most:
            told = f"{step.accept.agreement} examples can never agree: at most {most} are retrieved (top_k)"
            raise errors.DefinitionError(path, told, definition.line_of(text, ("step", number, "accept")))
