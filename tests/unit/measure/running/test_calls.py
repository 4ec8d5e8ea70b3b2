"""Calls to models: from the cache, once for all who ask the same, within what may be spent."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.core.prompting import prompt
from processor.core.records import Reason
from processor.measure.running import answers, calls, spend
from tests import builders, sessions

if TYPE_CHECKING:
    from pathlib import Path

PROMPT = prompt.render(builders.a_task(), builders.work(), ())
OTHER = prompt.render(builders.a_task(), builders.work("And my refund?"), ())


class Slow:
    """A model that waits to begin, and begun waits to answer."""

    def __init__(self):
        self.gate = asyncio.Event()
        self.ready = asyncio.Event()
        self.begun = asyncio.Event()
        self.arrived = asyncio.Semaphore(0)
        self.asked = 0

    async def __call__(self, prompt, begin):
        self.asked += 1
        self.arrived.release()
        await self.gate.wait()
        begin()
        self.begun.set()
        await self.ready.wait()
        return builders.completion(sessions.RIGHT)


@contextlib.contextmanager
def the_calls(tmp_path: Path, model, limits=spend.UNLIMITED):
    story = sessions.Story()
    with answers.Answers(tmp_path / "answers.sqlite", story.warn) as kept:
        yield calls.Calls(sessions.settings(tmp_path), model, kept, spend.Spend(limits))


async def test_what_was_asked_before_is_not_asked_again(tmp_path: Path):
    model = sessions.Model()
    with the_calls(tmp_path, model) as made:
        first = await made.complete(PROMPT, 0, builders.PRICES)
        again = await made.complete(PROMPT, 0, builders.PRICES)
        assert (first.completion, first.cached, again.cached) == (again.completion, False, True)
        assert not (await made.complete(PROMPT, 1, builders.PRICES)).cached
        assert not (await made.complete(OTHER, 0, builders.PRICES)).cached
    assert (len(model.prompts), made.cached) == (3, 1)


async def test_equal_calls_at_once_are_made_once(tmp_path: Path):
    model = Slow()
    model.gate.set()
    model.ready.set()
    with the_calls(tmp_path, model) as made:
        found = await asyncio.gather(*[made.complete(PROMPT, 0, {}) for _ in range(5)])
    assert (model.asked, made.cached) == (1, 4)
    assert sorted(each.cached for each in found) == [False, True, True, True, True]


@pytest.mark.parametrize("failure", [sessions.AWAY, errors.Refused(Reason.REQUEST_REJECTED, "too long")])
async def test_a_failure_is_never_kept(tmp_path: Path, failure):
    script = [failure, sessions.RIGHT]
    model = sessions.Model(lambda _: script.pop(0))
    with the_calls(tmp_path, model) as made:
        with pytest.raises(type(failure)):
            await made.complete(PROMPT, 0, {})
        assert not (await made.complete(PROMPT, 0, {})).cached


async def test_a_failure_meets_all_who_ask_the_same(tmp_path: Path):
    with the_calls(tmp_path, sessions.Model(lambda _: sessions.AWAY)) as made:
        found = await asyncio.gather(*[made.complete(PROMPT, 0, {}) for _ in range(2)], return_exceptions=True)
        assert found == [sessions.AWAY, sessions.AWAY]


async def test_a_call_that_nobody_waits_for_is_not_begun(tmp_path: Path):
    model = Slow()
    with the_calls(tmp_path, model) as made:
        asking = [asyncio.create_task(made.complete(PROMPT, 0, {})) for _ in range(2)]
        await model.arrived.acquire()
        asking[0].cancel()
        await asyncio.gather(asking[0], return_exceptions=True)
        model.gate.set()
        model.ready.set()
        assert (await asking[1]).completion  # another still waited for it
        model.gate.clear()
        third = asyncio.create_task(made.complete(OTHER, 0, {}))
        await model.arrived.acquire()
        third.cancel()
        await asyncio.gather(third, return_exceptions=True)
        model.begun.clear()
        model.gate.set()
        await made.close()
    assert not model.begun.is_set()


async def test_the_answer_of_a_call_that_has_begun_is_kept(tmp_path: Path):
    model = Slow()
    model.gate.set()
    with the_calls(tmp_path, model) as made:
        asking = asyncio.create_task(made.complete(PROMPT, 0, {}))
        await model.begun.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        closing = asyncio.create_task(made.close())
        model.ready.set()
        await closing
        assert (await made.complete(PROMPT, 0, {})).cached


async def test_one_that_does_not_end_soon_is_ended(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(calls, "LAST_CALLS", 0.0)
    model = Slow()
    model.gate.set()
    with the_calls(tmp_path, model) as made:
        asking = asyncio.create_task(made.complete(PROMPT, 0, {}))
        await model.begun.wait()
        await made.close()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_beyond_the_limit_only_what_is_kept_is_had(tmp_path: Path):
    model = sessions.Model()
    with the_calls(tmp_path, model, spend.Limits(tokens=100)) as made:
        await made.complete(PROMPT, 0, {})
        assert (await made.complete(PROMPT, 0, {})).cached
        with pytest.raises(spend.Reached):
            await made.complete(OTHER, 0, {})
    assert len(model.prompts) == 1


async def test_calls_that_wait_for_their_turn_begin_only_while_something_is_left(tmp_path: Path):
    model = Slow()
    model.ready.set()
    with the_calls(tmp_path, model, spend.Limits(tokens=100)) as made:
        asking = [asyncio.create_task(made.complete(each, 0, {})) for each in (PROMPT, OTHER)]
        await model.arrived.acquire()
        await model.arrived.acquire()
        made._spend.add(builders.completion({}), {})
        model.gate.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
    assert [type(each) for each in found] == [spend.Reached, spend.Reached]
    assert not model.begun.is_set()
