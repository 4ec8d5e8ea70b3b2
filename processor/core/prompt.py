"""An event, its passages and what was tried before -> the chat messages of one model call, within the task's budget.

The order keeps providers' prompt caches warm: the system block, which never changes, then the labelled examples as
user/assistant turns, then one user message of passages, input and, on a later attempt, the correction.
"""

from __future__ import annotations

import json
import types
from collections import Counter
from typing import TYPE_CHECKING, Any

import jinja2

from processor.core import dialect, errors, fence, narrow, tokens
from processor.core.records import ChatMessage, Prompt, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from processor.core.definition import ModelStep
    from processor.core.records import Passage, Work
    from processor.core.task import Task
    from processor.core.templates import BlockTemplate


def render(task: Task, work: Work, passages: tuple[Passage, ...]) -> Prompt:
    """The prompt of the work's attempt, whose step asks a model.

    Passages are taken nearest first, those of a retrieval name within the budget of its tables and all within the
    task's `input_tokens`; those left out are named in `cut`. The input itself is never cut.

    Raises:
        Refused: the input alone is over the budget, or lacks what the template needs; or nothing was retrieved for a
            place that [narrow] sends to people then.
    """
    step = task.definition.step[work.attempt - 1]
    assert step.kind == "model"
    bare = _messages(task, step, work, ())
    # Where the endpoint is set to a weaker format, its adapter adds the schema in words.
    words = dialect.in_words(task.contract.json_schema, task.endpoints[step.model].response_format)
    spare = task.definition.budget.input_tokens - _size(bare) - tokens.estimate(words)
    if spare < 0:
        limit = task.definition.budget.input_tokens
        raise errors.Refused(
            Reason.INPUT_TOO_LARGE,
            f"the input is about {-spare} tokens over the budget of {limit} (budget.input_tokens)",
        )
    kept = _within_budget(task, passages, spare)
    return Prompt(
        messages=_messages(task, step, work, kept) if kept else bare,
        endpoint=task.endpoints[step.model],
        schema=narrow.contract(task, kept).json_schema,
        schema_name=task.contract.name.rsplit(".", 1)[-1],
        max_tokens=step.max_tokens,
        temperature=step.temperature,
        passages=kept,
        cut=tuple(passage.id for passage in passages if passage not in kept),
        logprobs=step.logprobs or step.accept.confidence is not None,
    )


def _messages(task: Task, step: ModelStep, work: Work, passages: tuple[Passage, ...]) -> tuple[ChatMessage, ...]:
    template = task.prompts[step.prompt]
    values = _values(task, work, passages)
    last = [_block(template, block, values) for block in ("passages", "input", "correction")]
    turns = _turns(template, values) if step.examples == "turns" else ()
    return (
        ChatMessage("system", _block(template, "system", values)),
        *turns,
        ChatMessage("user", "\n\n".join(part for part in last if part)),
    )


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
        given = json.loads(example.input or "{}")
        yield ChatMessage("user", _block(template, "input", {**values, "input": given}))
        yield ChatMessage("assistant", fence.clean(example.answer or ""))


def _block(template: BlockTemplate, block: str, values: Mapping[str, Any]) -> str:
    try:
        return template.render(block, values)
    except (jinja2.TemplateError, TypeError, ValueError) as error:
        detail = f"the prompt's block `{block}` cannot be filled: {error}"
        raise errors.Refused(Reason.INVALID_INPUT, detail) from error


def _within_budget(task: Task, passages: tuple[Passage, ...], spare: int) -> tuple[Passage, ...]:
    budgets: Counter[str] = Counter()
    for retrieval in task.definition.retrieval:
        budgets[retrieval.name] += retrieval.max_tokens
    kept: list[Passage] = []
    for passage in passages:
        size = tokens.estimate(passage.title + passage.text + (passage.answer or ""))
        if size <= min(spare, budgets[passage.retrieval]):
            kept.append(passage)
            budgets[passage.retrieval] -= size
            spare -= size
    return tuple(kept)


def _size(messages: tuple[ChatMessage, ...]) -> int:
    return sum(tokens.estimate(message.content) for message in messages)
