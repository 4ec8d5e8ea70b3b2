"""Loading what the shown tasks' events are answered from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from processor.core import errors
from processor.knowledge import session

if TYPE_CHECKING:
    from processor.demo.plan import Plan
    from processor.knowledge.load import Loaded
    from processor.local.job import Job


def load(plan: Plan, job: Job) -> str:
    """Load documents and examples of every shown task; returns a summary.

    Raises:
        DefinitionError: a document is broken.
        Unavailable: no Weaviate, or no embedding model.
    """
    return _summary([each for name in plan.shown for each in _load(plan, name, job)])


def _load(plan: Plan, name: str, job: Job) -> tuple[Loaded, ...]:
    if not plan.tasks[name].definition.retrieval:
        return ()

    def progress(kind: str, done: int, total: int) -> None:
        if total:
            job.say(f"embedding and storing {name}'s {kind}s", done, total, f"{kind}s")

    try:
        return asyncio.run(session.load(plan.settings, name, progress))
    except errors.DefinitionError:
        raise
    except errors.UsageError:  # another embedding model made them; the demo's collections are its own
        return asyncio.run(session.load(plan.settings, name, progress, rebuild=True))


def _summary(found: list[Loaded]) -> str:
    written = sum(each.added + each.replaced for each in found)
    kept, deleted = sum(each.unchanged for each in found), sum(each.deleted for each in found)
    text = f"{written:,} pieces loaded, {kept:,} unchanged, {deleted:,} deleted"
    return text if all(each.keyword_ready for each in found) else f"{text}; keyword search is not ready yet"
