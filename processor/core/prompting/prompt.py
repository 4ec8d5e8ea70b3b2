"""An event, its passages and what was tried before -> the chat messages of one model call, within the task's budget.

The order keeps providers' prompt caches warm: the system block, which never changes, then the labelled examples as
user/assistant turns, then one user message of passages, input and, on a later attempt, the correction.
"""

from __future__ import annotations

import dataclasses
import json
import types
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jinja2

from processor.core import errors, narrow
from processor.core.delivery import identity
from processor.core.prompting import correction, dialect, fence, tokens
from processor.core.records import ChatMessage, Part, Prompt, Reason, Size

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from processor.core.definition import ModelStep
    from processor.core.prompting.templates import BlockTemplate
    from processor.core.records import Passage, Work
    from processor.core.task import Task


LONGEST_TOKEN = 16
"""Characters that no tokenizer exceeds on the average of a text."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """Messages, with what their parts take; `total` is what the chat template adds, too."""

    messages: tuple[ChatMessage, ...]
    parts: tuple[Part, ...]
    total: int


def render(task: Task, work: Work, passages: tuple[Passage, ...]) -> Prompt:
    """The prompt of the work's attempt, whose step asks a model.

    Passages are taken nearest first, those of a retrieval name within the budget of its tables and all within the
    task's `input_tokens`; those left out are named in `cut`. The correction is cut to `correction_tokens`. The system
    block and the input are never cut.

    Raises:
        Refused: the input alone is over the budget, or lacks what the template needs; or nothing was retrieved for a
            place that [narrow] sends to people then.
    """
    step = task.definition.step[work.attempt - 1]
    assert step.kind == "model"
    made, kept, schema, words = _fit(task, step, work, passages)
    cut = tuple(passage for passage in passages if passage not in kept)
    return Prompt(
        messages=made.messages,
        endpoint=task.endpoints[step.model],
        schema=schema,
        schema_name=task.contract.name.rsplit(".", 1)[-1],
        max_tokens=step.max_tokens,
        temperature=step.temperature,
        passages=kept,
        cut=tuple(passage.id for passage in cut),
        logprobs=step.logprobs or step.accept.confidence is not None,
        size=Size(
            task.counters[step.model].name, (*_marked(made.parts, cut), *([Part("schema", words)] if words else []))
        ),
        attempt=identity.of(work),
        version=task.version,
    )


def correction_of(task: Task, work: Work) -> str:
    """What the work's attempt, whose step asks a model, is told of the attempt before; empty where nothing is.

    Raises:
        Refused: the template's block cannot be filled.
    """
    step = task.definition.step[work.attempt - 1]
    assert step.kind == "model"
    template, count = task.prompts[step.prompt], task.counters[step.model].count
    return _correction(task, template, _values(task, work, ()), count)[0]


def _fit(
    task: Task, step: ModelStep, work: Work, passages: tuple[Passage, ...]
) -> tuple[_Draft, tuple[Passage, ...], Mapping[str, Any], int]:
    """The draft within the budget, the passages kept in it, the schema that they narrow and its tokens in words."""
    limit = task.definition.budget.input_tokens
    _refuse_huge(_block(task.prompts[step.prompt], "input", _values(task, work, ())), limit)
    alone = _draft(task, step, work, ())
    spare = limit - _words(task, step, task.contract.json_schema) - alone.total
    if spare < 0:
        raise errors.Refused(
            Reason.INPUT_TOO_LARGE,
            f"the input is about {-spare} tokens over the budget of {limit} (budget.input_tokens)",
        )
    kept = _within_budget(task, step, work, passages, spare)
    while True:
        made = _draft(task, step, work, kept) if kept else alone
        schema = narrow.contract(task, kept, len(passages) - len(kept)).json_schema
        words = _words(task, step, schema)
        if not kept or made.total + words <= limit:
            return made, kept, schema, words
        kept = kept[:-1]  # for the template's own words around passages, and for their values in the schema


def _refuse_huge(given: str, limit: int) -> None:
    """Refuse an input that cannot fit before its tokens are counted: that would hold up all other events for long."""
    length = len(given.replace(" ", ""))  # long runs of them are few tokens
    if length > LONGEST_TOKEN * limit:
        raise errors.Refused(
            Reason.INPUT_TOO_LARGE,
            f"the input has {length} characters, far over the budget of {limit} tokens (budget.input_tokens)",
        )


def _words(task: Task, step: ModelStep, schema: Mapping[str, Any]) -> int:
    """The tokens of the schema in words, which the adapter adds where the endpoint is set to a weaker format."""
    return task.counters[step.model].count(dialect.in_words(schema, task.endpoints[step.model].response_format))


def _draft(task: Task, step: ModelStep, work: Work, passages: tuple[Passage, ...]) -> _Draft:
    template, count = task.prompts[step.prompt], task.counters[step.model].count
    values = _values(task, work, passages)
    corrected, was_cut = _correction(task, template, values, count)
    system, given = _block(template, "system", values), _block(template, "input", values)
    last = (_block(template, "passages", values), given, corrected)
    turns = _turns(template, values) if step.examples == "turns" else ()
    messages = (
        ChatMessage("system", system),
        *turns,
        ChatMessage("user", "\n\n".join(part for part in last if part)),
    )
    total = tokens.PER_PROMPT + sum(count(message.content) + tokens.PER_MESSAGE for message in messages)
    sizes = Counter({f"retrieved.{retrieval.name}": 0 for retrieval in task.definition.retrieval})
    for passage in passages:
        sizes[f"retrieved.{passage.retrieval}"] += _size(task, step, values, passage)
    parts = [
        Part("system", count(system)),
        *(Part(name, size) for name, size in sizes.items()),
        Part("input", count(given)),
        *([Part("correction", count(corrected), was_cut)] if corrected else []),
    ]
    named = sum(part.tokens for part in parts)
    # What a template does not show, or shows once for two retrievals, takes less than it was given.
    return _Draft(messages, (*parts, Part("wording", max(0, total - named))), max(total, named))


def _correction(
    task: Task, template: BlockTemplate, values: Mapping[str, Any], count: Callable[[str], int]
) -> tuple[str, bool]:
    return correction.fit(
        lambda violations, previous: _block(
            template, "correction", {**values, "violations": violations, "previous": previous}
        ),
        values["violations"],
        values["previous"],
        lambda text: count(text) <= task.definition.budget.correction_tokens,
    )


def _marked(parts: tuple[Part, ...], cut: tuple[Passage, ...]) -> Iterator[Part]:
    """The parts, with those marked whose passages did not all fit."""
    names = {f"retrieved.{passage.retrieval}" for passage in cut}
    return (dataclasses.replace(part, cut=part.cut or part.name in names) for part in parts)


def _values(task: Task, work: Work, passages: tuple[Passage, ...]) -> dict[str, Any]:
    last = work.attempts[-1] if work.attempts else None
    names = (retrieval.name for retrieval in task.definition.retrieval)
    once = {passage.id: passage for passage in reversed(passages)}  # several retrievals may find the same
    distinct = [passage for passage in passages if once[passage.id] is passage]
    return {
        "input": work.event.input,
        "event": work.event,
        "passages": [passage for passage in distinct if passage.kind == "fact"],
        "examples": [passage for passage in distinct if passage.kind == "example"],
        "retrieved": types.SimpleNamespace(
            **{name: [passage for passage in passages if passage.retrieval == name] for name in names}
        ),
        "violations": last.violations if last else (),
        "previous": last.answer if last else None,
        "attempt": work.attempt,
    }


def _turns(template: BlockTemplate, values: Mapping[str, Any]) -> Iterator[ChatMessage]:
    # The nearest example comes last, next to the question.
    for example in sorted(values["examples"], key=lambda passage: passage.score):
        yield from _turn(template, values, example)


def _turn(template: BlockTemplate, values: Mapping[str, Any], example: Passage) -> tuple[ChatMessage, ChatMessage]:
    given = json.loads(example.input or "{}")
    asked = _block(template, "input", {**values, "input": given})
    return ChatMessage("user", asked), ChatMessage("assistant", fence.clean(example.answer or ""))


def _block(template: BlockTemplate, block: str, values: Mapping[str, Any]) -> str:
    try:
        return template.render(block, values)
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        detail = f"the prompt's block `{block}` cannot be filled: {error}"
        raise errors.Refused(Reason.INVALID_INPUT, detail) from error


def _within_budget(
    task: Task, step: ModelStep, work: Work, passages: tuple[Passage, ...], spare: int
) -> tuple[Passage, ...]:
    budgets: Counter[str] = Counter()
    for retrieval in task.definition.retrieval:
        budgets[retrieval.name] += retrieval.max_tokens
    values = _values(task, work, ())
    kept: list[Passage] = []
    for passage in passages:
        size = _size(task, step, values, passage)
        if size <= min(spare, budgets[passage.retrieval]):
            kept.append(passage)
            budgets[passage.retrieval] -= size
            spare -= size
    return tuple(kept)


def _size(task: Task, step: ModelStep, values: Mapping[str, Any], passage: Passage) -> int:
    """What a passage takes of the prompt: the two turns of an example, or its text with title and answer."""
    count = task.counters[step.model].count
    if passage.kind == "example" and step.examples == "turns":
        turns = _turn(task.prompts[step.prompt], values, passage)
        return sum(count(turn.content) + tokens.PER_MESSAGE for turn in turns)
    return count("\n".join(part for part in (passage.title, passage.text, passage.answer) if part))
