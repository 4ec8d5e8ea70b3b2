"""Narrowing by retrieval: at some places of an answer only those values are allowed that were retrieved for the event.

One function for both sides: the schema that the model gets and the check of its answer are of the same contract.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from processor.core import definition, errors, suggest
from processor.core.contracts import place
from processor.core.records import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.contracts.contract import Contract
    from processor.core.records import Passage
    from processor.core.task import Task


def contract(task: Task, passages: tuple[Passage, ...], cut: int = 0) -> Contract:
    """The task's contract, narrowed by the passages that the answer is made from; `cut` more did not fit.

    Raises:
        Refused: `nothing_retrieved`: a place has no value, and the task wants a person then.
    """
    if not task.definition.narrow:
        return task.contract
    values: dict[str, tuple[str, ...]] = {}
    for path, narrowing in task.definition.narrow.items():
        values[path] = task.contract.allowed(path, set(_values(narrowing, passages)))
        if not values[path] and narrowing.fallback == "review":
            detail = f"retrieval `{narrowing.retrieval}` gave no value for {path}"
            left_out = f"; {cut} passages did not fit into the prompt (max_tokens, budget.input_tokens)" if cut else ""
            raise errors.Refused(Reason.NOTHING_RETRIEVED, detail + left_out)
    return task.contract.narrowed(values)


def facts(task: Task, passages: tuple[Passage, ...]) -> tuple[Passage, ...]:
    """Those of the passages that are no examples and that values are taken from."""
    names = {narrowing.retrieval for narrowing in task.definition.narrow.values()}
    return tuple(passage for passage in passages if passage.kind == "fact" and passage.retrieval in names)


def check(parsed: definition.Definition, answer: Contract, path: str, text: str) -> None:
    """Whether a task's narrowings can be: the places are there, and so are the retrievals that they name.

    Args:
        parsed: the task's definition.
        answer: its contract.
        path: of task.toml, for messages.
        text: of task.toml.

    Raises:
        DefinitionError: the first that cannot, with its line.
    """
    for target, narrowing in parsed.narrow.items():
        try:
            _check_place(answer, target)
            _check_source(parsed, answer, narrowing)
        except ValueError as error:
            line = definition.line_of(text, ("narrow", target))
            raise errors.DefinitionError(path, f"narrow: {error}", line) from error


def _check_source(parsed: definition.Definition, answer: Contract, narrowing: definition.Narrowing) -> None:
    name = narrowing.retrieval
    kinds = {retrieval.kind for retrieval in parsed.retrieval if retrieval.name == name}
    if not kinds:
        known = list(dict.fromkeys(retrieval.name for retrieval in parsed.retrieval))
        raise ValueError(f"no [[retrieval]] is named {name}: {suggest.instead(name, known)}")
    if narrowing.answer is None and "fact" not in kinds:
        raise ValueError(f'{name} finds examples, which have no columns: give `answer` as in answer = "$.category"')
    if narrowing.answer is not None:
        if "example" not in kinds:
            raise ValueError(f"{name} finds documents, which have no answers: give the `column` of their rows")
        _check_place(answer, narrowing.answer)


def _check_place(answer: Contract, path: str) -> None:
    try:
        answer.allowed(path, ())
    except LookupError as error:
        raise ValueError(f"{path}: {error.args[0]}") from error


def _values(narrowing: definition.Narrowing, passages: tuple[Passage, ...]) -> Iterator[str]:
    """What the passages say for one place, as it stands there; empty cells say nothing."""
    for passage in passages:
        if passage.retrieval != narrowing.retrieval:
            continue
        if narrowing.answer is not None:
            labelled = place.values(json.loads(passage.answer or "{}"), place.parse(narrowing.answer))
            yield from (value for value in labelled if isinstance(value, str))
        elif cell := passage.columns.get(narrowing.column or "", "").strip():
            yield cell
