import asyncio
import dataclasses
from collections.abc import Callable, Mapping

import pytest

from processor.adapters.memory import Memory
from processor.core import errors
from processor.core.delivery import ledger
from processor.core.records import ChatMessage, Completion, Endpoint, Prompt
from tests import builders

PROMPT = Prompt((ChatMessage("user", "?"),), Endpoint(), {}, "a", 10, 0.0, attempt="e1", version="v1")


class Model:
    """Answers when told to."""

    def __init__(self):
        self.calls = 0
        self.go = asyncio.Event()
        self.turn = asyncio.Event()
        self.turn.set()

    async def __call__(self, prompt: Prompt, begin: Callable[[], None]) -> Completion:
        await self.turn.wait()
        begin()
        self.calls += 1
        await self.go.wait()
        return builders.completion({"n": self.calls})


class Hand:
    """A place in hand, as far as the memory tells it."""

    is_idle = False


HAND = Hand()


class Log:
    """A journal in memory, shared by workers."""

    def __init__(self):
        self.records: list[tuple[int, str, bytes]] = []
        self.failing: list[Exception] = []
        self.reads: list[dict[int, int]] = []

    def read(self, positions: Mapping[int, int], most: int) -> Mapping[int, ledger.Tail]:
        self.reads.append(dict(positions))
        if self.failing:
            raise self.failing.pop()
        found = {}
        for number, start in positions.items():
            made = ledger.Ledger(most)
            for partition, attempt, value in self.records[start:]:
                if partition == number:
                    made.take(attempt.encode(), value)
            found[number] = ledger.Tail(made, len(self.records))
        return found

    async def write(self, partition: int, attempt: str, value: bytes) -> None:
        if self.failing:
            raise self.failing.pop()
        self.records.append((partition, attempt, value))


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def memory(told: list[str]):
    def make(model: Model, log: Log | None, *partitions: int) -> Memory:
        made = Memory(log, 100, model, lambda event, **_: told.append(event), lambda: HAND)
        made.assign(partitions)
        return made

    return make


async def settled():
    for _ in range(20):
        await asyncio.sleep(0)


async def once(memory: Memory, partition: int = 0) -> Completion | None:
    """One attempt at e1, to its end."""
    async with memory.claim(partition, "e1") as is_new:
        if not is_new:
            return None
        completion = await memory.complete(PROMPT)
        await memory.finish(partition, "e1", "result")
        return completion


async def test_an_attempt_that_is_done_is_not_done_again_here_or_by_the_next_owner(memory):
    model, log = Model(), Log()
    model.go.set()
    first = memory(model, log, 0)
    assert await once(first) is not None
    assert await once(first) is None
    assert await once(memory(model, log, 0)) is None
    assert model.calls == 1


async def test_the_same_attempt_waits_for_the_one_under_way(memory):
    model = Model()
    mine = memory(model, None, 0)
    both = [asyncio.create_task(once(mine)) for _ in range(2)]
    await settled()
    model.go.set()
    answers = await asyncio.gather(*both)
    assert sorted(answer is None for answer in answers) == [False, True]
    assert model.calls == 1


async def test_an_answer_that_a_worker_received_before_it_died_is_not_bought_again(memory):
    model, log = Model(), Log()
    model.go.set()
    dead = memory(model, log, 0)
    async with dead.claim(0, "e1"):
        answer = await dead.complete(PROMPT)
        await settled()
    assert await once(memory(model, log, 0)) == answer
    assert model.calls == 1


async def test_another_definition_asks_anew(memory):
    model = Model()
    model.go.set()
    mine = memory(model, None, 0)
    async with mine.claim(0, "e1"):
        await mine.complete(PROMPT)
        await mine.complete(dataclasses.replace(PROMPT, version="v2"))
    assert model.calls == 2


async def test_a_call_outlives_whoever_waits_for_it(memory):
    model, log = Model(), Log()
    mine = memory(model, log, 0)
    waiting = asyncio.create_task(once(mine))
    await settled()
    waiting.cancel()
    await asyncio.wait([waiting])
    again = asyncio.create_task(once(mine))
    await settled()
    model.go.set()
    assert await again is not None
    assert model.calls == 1


async def test_a_call_that_has_not_begun_ends_with_who_waits_for_it_and_is_idle_till_then(memory):
    model = Model()
    model.turn.clear()
    mine = memory(model, None, 0)
    waiting = asyncio.create_task(once(mine))
    await settled()
    assert HAND.is_idle
    waiting.cancel()
    await asyncio.wait([waiting])
    model.turn.set()
    await settled()
    assert (model.calls, HAND.is_idle) == (0, False)
    model.go.set()
    working = asyncio.create_task(once(mine))
    await asyncio.sleep(0)
    assert await working is not None
    assert model.calls == 1


async def test_a_call_that_fails_is_made_again(memory):
    model = Model()
    failing = [errors.Unavailable("model", "away")]

    async def ask(prompt: Prompt, begin: Callable[[], None]) -> Completion:
        if failing:
            raise failing.pop()
        return await model(prompt, begin)

    model.go.set()
    mine = Memory(None, 100, ask, lambda *_, **__: None, lambda: HAND)
    async with mine.claim(0, "e1"):
        with pytest.raises(errors.Unavailable):
            await mine.complete(PROMPT)
        assert await mine.complete(PROMPT)


async def test_nothing_is_begun_before_the_journal_is_read_however_long_kafka_is_away(
    memory, told: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("processor.core.delivery.backoff.BASE", 0.01)
    model, log = Model(), Log()
    model.go.set()
    log.records.append((0, "e1", ledger.done_record("result")))
    log.failing = [errors.Unavailable("kafka", "away")] * 2
    assert await once(memory(model, log, 0)) is None
    assert told == ["the journal cannot be read"] * 2


async def test_only_what_is_new_is_read_again_and_what_was_lost_is_forgotten(memory):
    model, log = Model(), Log()
    model.go.set()
    mine = memory(model, log, 0, 1)
    await once(mine)
    mine.assign([1])
    mine.assign([0, 1])
    assert await once(mine) is None
    assert log.reads == [{0: 0, 1: 0}, {1: 0}, {0: 0, 1: 0}] or log.reads[-1][0] == 0


async def test_an_answer_that_cannot_be_written_down_is_told_and_used(memory, told: list[str]):
    model, log = Model(), Log()
    mine = memory(model, log, 0)
    async with mine.claim(0, "e1"):
        log.failing = [errors.Unavailable("kafka", "away")]
        model.go.set()
        assert await mine.complete(PROMPT)
        await settled()
    assert told == ["an answer could not be written to the journal"]


async def test_closing_ends_the_calls(memory):
    model = Model()
    mine = memory(model, None, 0)
    waiting = asyncio.create_task(once(mine))
    await settled()
    await mine.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_what_is_too_large_for_the_journal_is_done_all_the_same(memory, told: list[str]):
    model, log = Model(), Log()
    model.go.set()
    mine = memory(model, log, 0)
    await settled()
    log.write = too_large  # type: ignore[method-assign,assignment]
    assert await once(mine) is not None
    await settled()
    assert await once(mine) is None
    assert told == ["an answer could not be written to the journal", "an outcome could not be noted in the journal"]


async def too_large(*_: object) -> None:
    raise ValueError("the message is over the limit")


async def test_a_defect_in_reading_the_journal_is_told_and_read_again(
    memory, told: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("processor.core.delivery.backoff.BASE", 0.01)
    model, log = Model(), Log()
    model.go.set()
    log.failing = [errors.UsageError("too many open files"), ZeroDivisionError()]
    assert await once(memory(model, log, 0)) is not None
    assert told == ["the journal cannot be read"] * 2


async def test_closing_leaves_what_is_being_written_a_moment(memory, told: list[str]):
    model, log, written = Model(), Log(), asyncio.Event()
    model.go.set()
    mine = memory(model, log, 0)
    await settled()

    async def slow(*record: object) -> None:
        await asyncio.sleep(0.01)
        written.set()

    log.write = slow  # type: ignore[method-assign,assignment]
    async with mine.claim(0, "e1"):
        await mine.complete(PROMPT)
    await mine.close()
    assert written.is_set()
