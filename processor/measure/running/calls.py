"""Model calls: from the cache where they were made before, else made once, within what may be spent."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from processor.measure.running import answers

if TYPE_CHECKING:
    from processor.adapters.memory import Ask
    from processor.config import Settings
    from processor.core import cost
    from processor.core.records import Completion, Prompt
    from processor.measure.running.spend import Spend

LAST_CALLS = 5.0
"""Seconds that calls which have begun get at the end: they are paid for, and their answers are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer, and whether it cost nothing now."""

    completion: Completion
    cached: bool


@dataclass(slots=True, eq=False)
class _Call:
    """A call under way: who waits for it, and whether it has begun to cost something."""

    waiting: int = 0
    begun: bool = False
    task: asyncio.Task[Completion] = field(init=False)


class Calls:
    """One for a session.

    Attributes:
        cached: how many calls were answered from the cache, or by an equal one that was under way.

    Args:
        settings: the default model.
        ask: asks a model.
        kept: the cache.
        spend: what was and may be spent.
    """

    def __init__(self, settings: Settings, ask: Ask, kept: answers.Answers, spend: Spend) -> None:
        self.cached = 0
        self._settings = settings
        self._ask = ask
        self._kept = kept
        self._spend = spend
        self._under_way: dict[str, _Call] = {}

    async def complete(self, prompt: Prompt, repeat: int, prices: cost.Prices, *, before: int = 0) -> Answer:
        """One answer. A call that has begun outlives who waits for it; its answer is kept all the same.

        `repeat` and `before` are as of `answers.key`.

        Raises:
            StageError: as the model's; it is not kept.
            Reached: the answer would have to be bought, and nothing more may be spent.
            UsageError: what it cost is not known, and there is a limit in US dollars.
        """
        endpoint, settings = prompt.endpoint, self._settings
        model = endpoint.model or settings.openai_model
        key = answers.key(prompt, endpoint.base_url or settings.openai, model, repeat, before)
        if (kept := self._kept.get(key)) is not None:
            self.cached += 1
            return Answer(kept, cached=True)
        if (call := self._under_way.get(key)) is not None:
            completion = await self._await(call)
            self.cached += 1
            return Answer(completion, cached=True)
        return Answer(await self._await(self._begin(key, prompt, prices)), cached=False)

    async def close(self) -> None:
        """Let the calls that have begun come to their end, if that is soon, and end the others."""
        calls = tuple(self._under_way.values())
        begun = [call.task for call in calls if call.begun]
        for call in calls:
            if not call.begun:
                call.task.cancel()
        try:
            if begun:
                await asyncio.wait(begun, timeout=LAST_CALLS)
        finally:
            for call in calls:
                call.task.cancel()
            await asyncio.gather(*(call.task for call in calls), return_exceptions=True)

    def _begin(self, key: str, prompt: Prompt, prices: cost.Prices) -> _Call:
        self._spend.check()
        call = self._under_way[key] = _Call()
        call.task = asyncio.create_task(self._buy(call, key, prompt, prices))
        call.task.add_done_callback(lambda ended: self._ended(key, ended))
        return call

    async def _await(self, call: _Call) -> Completion:
        call.waiting += 1
        try:
            return await asyncio.shield(call.task)
        finally:
            call.waiting -= 1
            if not call.waiting and not call.begun:
                call.task.cancel()  # nobody is there for it, and it has cost nothing yet

    async def _buy(self, call: _Call, key: str, prompt: Prompt, prices: cost.Prices) -> Completion:
        def begin() -> None:
            self._spend.check()
            call.begun = True

        completion = await self._ask(prompt, begin)
        self._kept.put(key, completion)
        self._spend.add(completion, prices)
        return completion

    def _ended(self, key: str, task: asyncio.Task[Completion]) -> None:
        del self._under_way[key]
        with contextlib.suppress(asyncio.CancelledError):
            task.exception()  # seen, even where nobody waits for it any more
