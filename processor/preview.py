"""What the model would get for an event, before anything is spent: the worker's own steps up to the call."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from processor.adapters import embeddings, openai_client, project, retrieval, rule_timer
from processor.checking import labelled
from processor.core import errors
from processor.core.judging import accept, verdict
from processor.core.prompting import dialect, prompt
from processor.core.records import Answered, Attempt, Completion, Event, Origin, Usage, Violation, Work
from processor.core.wire import incoming, strict_json
from processor.pipeline import find_passages, vote

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.core.records import Passage, Prompt, Query
    from processor.core.task import Task

NOWHERE = Origin("", 0, 0, 0)
PLACEHOLDER = "(here stands what the model answered before)"


@dataclass(frozen=True, slots=True)
class Preview:
    """An attempt at an event, up to the call of the model.

    `prompt` is None for a vote, and `vote` for a prompt. `notes` say what was assumed.
    """

    task: Task
    work: Work
    passages: tuple[Passage, ...]
    prompt: Prompt | None
    vote: Answered | None
    notes: tuple[str, ...]


def event(content: bytes, task: str) -> Event:
    """An event out of a file: whole, or without id and task, or only its input object.

    Raises:
        ValueError: it is none of them.
    """
    found = strict_json.loads(content)
    if isinstance(found, dict) and not isinstance(found.get("input"), dict):
        found = {"input": found}
    return incoming.event({"id": "preview", "task": task, **found} if isinstance(found, dict) else found)


def sample(settings: Settings, task: str) -> tuple[Event, str]:
    """The task's first labelled message, and where it stands.

    Raises:
        DefinitionError: there is no such task, or it is broken.
        UsageError: it has none.
    """
    messages = labelled.read(settings.project, task)
    if not messages:
        project.Project(settings.project).load(task)
        raise errors.UsageError(f"tasks/{task} has no labelled message to show: give --event FILE")
    first = next((each for each in messages if each.path.endswith(labelled.CASES)), messages[0])
    return Event(first.id, task, first.input, attributes=first.attributes), f"{first.path}:{first.line}"


async def show(settings: Settings, given: Event, attempt: int, answer: str | None, *, retrieve: bool) -> Preview:
    """The prompt of an attempt at an event, or its vote.

    Args:
        settings: the project, and where Weaviate and the embedding model are.
        given: the event.
        attempt: counted from 1; that before it is replayed as far as that costs nothing.
        answer: what the model answered at the attempt before.
        retrieve: whether to search; without, nothing is found, and answers are not narrowed to it.

    Raises:
        DefinitionError: the task is broken.
        UsageError: it has no such step, or `answer` is given for the first.
        StageError: the event is refused, or Weaviate or the embeddings server is away.
    """
    task = project.Project(settings.project).load(given.task)
    steps = task.definition.step
    if attempt > len(steps):
        raise errors.UsageError(f"{task.name} has {len(steps)} steps: there is no attempt {attempt}")
    if answer is not None and attempt == 1:
        raise errors.UsageError("--answer is of the attempt before: give --attempt 2 or a later one")
    work = Work(given, attempt, (), NOWHERE, NOWHERE, None)
    passages = await _found(settings, task, work, retrieve=retrieve)
    task, notes = (task, []) if retrieve else _unsearched(task)
    if attempt > 1:
        before, note = _before(task, dataclasses.replace(work, attempt=attempt - 1), passages, answer)
        work = dataclasses.replace(work, attempts=(before,))
        notes += [note] if note else []
    step = steps[attempt - 1]
    if step.kind == "neighbours":
        return Preview(task, work, passages, None, vote(task, step, passages), tuple(notes))
    return Preview(task, work, passages, prompt.render(task, work, passages), None, tuple(notes))


def _unsearched(task: Task) -> tuple[Task, list[str]]:
    """The task without what would send an event to people because nothing was found."""
    notes = ["nothing was searched for: --no-retrieval"] if task.definition.retrieval else []
    if task.definition.narrow:
        notes.append("the schema is not narrowed: [narrow] takes its values from what is found")
    return dataclasses.replace(task, definition=task.definition.model_copy(update={"narrow": {}})), notes


async def _found(settings: Settings, task: Task, work: Work, *, retrieve: bool) -> tuple[Passage, ...]:
    if not retrieve:
        return await find_passages(task, work, _nothing, settings.topic_prefix)
    key = settings.embedding_key.get_secret_value()
    client = openai_client.connect(settings.embedding, key, settings.openai_timeout)
    retriever = retrieval.Retriever(
        url=settings.weaviate,
        grpc=settings.weaviate_grpc,
        api_key=settings.weaviate_key.get_secret_value(),
        embed=embeddings.Embedder(client, settings.embedding_model).embed,
        embedding_model=settings.embedding_model,
    )
    try:
        return await find_passages(task, work, retriever.retrieve, settings.topic_prefix)
    finally:
        await retriever.close()
        await client.close()


async def _nothing(_: tuple[Query, ...]) -> tuple[Passage, ...]:
    return ()


def _before(task: Task, work: Work, passages: tuple[Passage, ...], answer: str | None) -> tuple[Attempt, str]:
    """The attempt before, and what was assumed of it."""
    step = task.definition.step[work.attempt - 1]
    if step.kind == "neighbours":
        answered = vote(task, step, passages)
    elif answer is None:
        told = Violation("$", "placeholder", "Here stands what was wrong with it.")
        note = f"attempt {work.attempt} asks a model, so its answer stands as a placeholder: --answer FILE gives one"
        return _attempt(task, work, PLACEHOLDER, (told,)), note
    else:
        completion = Completion(answer, "stop", "", Usage(), 0.0, response_format="text")
        # A correction does not change which passages rules may rely on, but for what it leaves room for.
        shown = prompt.render(task, work, passages)
        answered = Answered(completion, shown.passages, shown.cut)
    judged = verdict.judge(task, work.event, answered, rule_timer.Timer(lambda *_: None))
    if step.kind == "model":
        judged = accept.weigh(step, answered.completion, passages, judged)
    note = f"attempt {work.attempt} would be accepted, and the event be done" if judged.accepted else ""
    if judged.review is not None:
        note = f"attempt {work.attempt} would go to people: {judged.review.value}"
    return _attempt(task, work, answered.completion.text, judged.violations), note


def _attempt(task: Task, work: Work, answer: str, violations: tuple[Violation, ...]) -> Attempt:
    step = task.definition.step[work.attempt - 1].name
    return Attempt(work.attempt, step, "", answer, "stop", violations, Usage(), Decimal(0), 0.0)


def as_row(made: Preview) -> dict[str, Any]:
    """The preview as JSON."""
    row = {
        "task": made.task.name,
        "event": made.work.event.id,
        "attempt": made.work.attempt,
        "step": made.task.definition.step[made.work.attempt - 1].name,
        "notes": list(made.notes),
        "passages": [_passage(made, each) for each in made.passages],
    }
    if made.vote is not None:
        against = made.vote.against
        answer = json.loads(made.vote.completion.text) if made.vote.completion.text else None
        row["vote"] = {"answer": answer, "against": against.message if against else None}
    if made.prompt is not None:
        row |= _request(made.task, made.prompt)
    return row


def _request(task: Task, asked: Prompt) -> dict[str, Any]:
    assert asked.size is not None
    return {
        "model": asked.endpoint.model,
        "messages": [
            dataclasses.asdict(turn) for turn in dialect.spoken(asked.endpoint.response_format).messages(asked)
        ],
        "schema": asked.schema,
        "max_tokens": asked.max_tokens,
        "temperature": asked.temperature,
        "tokens": {
            "counted_by": asked.size.counted_by,
            "total": asked.size.total,
            "limit": task.definition.budget.input_tokens,
            "parts": [dataclasses.asdict(part) for part in asked.size.parts],
        },
    }


def _passage(made: Preview, each: Passage) -> dict[str, Any]:
    kept = made.prompt is None or each in made.prompt.passages
    budget = sum(table.max_tokens for table in made.task.definition.retrieval if table.name == each.retrieval)
    limit = made.task.definition.budget.input_tokens
    return {
        "id": each.id,
        "retrieval": each.retrieval,
        "source": each.source,
        "title": each.title,
        "text": each.text,
        "score": each.score,
        "kept": kept,
        "why": "" if kept else f"over {budget} tokens of {each.retrieval}, or {limit} in all",
    }
