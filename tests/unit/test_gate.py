"""The gates in virtual time, in front of servers that limit the rate, go away and come back."""

import asyncio
import functools
import itertools
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processor.adapters.gate import PATIENCE, Gates
from processor.core import errors
from processor.core.pacing.budget import Limits, Spent
from tests import virtual_time

PAUSES = random.Random()


class Story:
    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def note(self, event: str, **fields: object) -> None:
        self.told.append((event, fields))

    warn = note


class Server:
    """A model: takes `latency` seconds for an answer, at most `rate` of them a second, none while it is `away`."""

    def __init__(self, latency: float = 0.2, rate: float | None = None, retry_after: float | None = None) -> None:
        self.latency = latency
        self.rate = rate
        self.retry_after = retry_after
        self.away: Exception | None = None
        self.started: list[float] = []
        self.answered: list[float] = []
        self.refused: list[float] = []
        self.in_flight = 0
        self.most = 0
        self._tokens = 0.0
        self._at = 0.0

    async def ask(self) -> str:
        loop = asyncio.get_running_loop()
        self.started.append(loop.time())
        self.in_flight += 1
        self.most = max(self.most, self.in_flight)
        try:
            await self._work(loop)
        finally:
            self.in_flight -= 1
        self.answered.append(loop.time())
        return "answer"

    async def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.away:
            await asyncio.sleep(0.001)
            raise self.away
        if self.rate is not None:
            now = loop.time()
            self._tokens, self._at = min(self.rate, self._tokens + (now - self._at) * self.rate), now
            if self._tokens < 1:
                self.refused.append(now)
                raise errors.Unavailable("model", "HTTP 429", self.retry_after, limited=True)
            self._tokens -= 1
        await asyncio.sleep(self.latency)


def made(slots: int = 16, limits: Limits = Limits(), story: Story | None = None) -> Gates:  # noqa: B008 - frozen
    clock = asyncio.get_running_loop().time
    return Gates(lambda _: limits, story or Story(), slots=slots, clock=clock, jitter=random.Random(1).random)


def virtually(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        PAUSES.seed(7)  # else they would hang on which tests this process has run before
        virtual_time.run(test(*args, **kwargs))  # type: ignore[arg-type]

    return run


async def ask_for_ever(gates: Gates, ask: Callable[[], Awaitable[Any]], spent: Any = None) -> None:
    """An event after the other, each until it is answered."""
    while True:
        try:
            await gates.call("model", ask, spent)
        except (errors.Unavailable, errors.Misconfigured):
            await asyncio.sleep(0.5 + PAUSES.random())


async def ask_at_once(many: int, seconds: float, gates: Gates, ask: Callable[[], Awaitable[Any]]) -> None:
    asking = [asyncio.ensure_future(ask_for_ever(gates, ask)) for _ in range(many)]
    await asyncio.sleep(seconds)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


AWAY = errors.Unavailable("model", "no connection to the model server", unreached=True)


@virtually
async def test_no_more_calls_than_slots_are_in_flight_over_all_models():
    gates, server = made(slots=4), Server()
    names = itertools.cycle(("model", "model strong"))
    await asyncio.gather(*(gates.call(next(names), server.ask) for _ in range(40)))
    assert server.most == 4
    assert gates.answered("model") == 20
    assert asyncio.get_running_loop().time() == pytest.approx(2.0)


@virtually
async def test_calls_beside_models_take_no_slots():
    gates, server = made(slots=1), Server(latency=1.0)
    await asyncio.gather(gates.call("model", server.ask), *(gates.call("weaviate", server.ask) for _ in range(4)))
    assert asyncio.get_running_loop().time() == pytest.approx(1.0)


@virtually
async def test_an_outage_is_met_by_probes_only_and_calls_go_on_soon_after_it():
    story = Story()
    gates, server = made(story=story), Server()
    asking = asyncio.ensure_future(ask_at_once(64, 120, gates, server.ask))
    await asyncio.sleep(5)
    server.away = AWAY
    await asyncio.sleep(60)
    assert gates.open_circuits() == {"model"}
    assert gates.report()["model"]["why"] == str(AWAY)
    assert len([at for at in server.started if at > 6]) < 60 / 2.5 + 8
    server.away = None
    back = asyncio.get_running_loop().time()
    await asking
    after = [at for at in server.started if at > back]
    assert after[0] - back < 5.0
    assert len([at for at in server.answered if back < at < back + 10]) > 0.3 * 10 * 16 / 0.2
    assert len([at for at in after if at < after[0] + 1]) <= 9
    assert [event for event, _ in story.told] == ["circuit_opened", "circuit_closed"]
    assert 60 < story.told[1][1]["seconds"] < 66


@virtually
async def test_who_waits_too_long_for_an_open_circuit_is_told_why():
    gates, server = made(), Server()
    server.away = errors.Misconfigured("model", "refused the key")
    for _ in range(2):
        with pytest.raises(errors.Misconfigured):
            await gates.call("model", server.ask)
    server.away = None
    server.latency = 3600
    probe = asyncio.ensure_future(gates.call("model", server.ask))
    await asyncio.sleep(1)
    began = asyncio.get_running_loop().time()
    waiting = [asyncio.ensure_future(gates.call("model", server.ask)) for _ in range(20)]
    ended = await asyncio.gather(*waiting[10:], return_exceptions=True)
    assert {str(error) for error in ended if isinstance(error, errors.Misconfigured)} == {"refused the key"}
    assert asyncio.get_running_loop().time() - began == pytest.approx(PATIENCE)
    for task in (probe, *waiting):
        task.cancel()
    await asyncio.gather(probe, *waiting, return_exceptions=True)


@pytest.mark.parametrize("retry_after", [1.0, None])
@pytest.mark.parametrize(("rate", "latency"), [(50, 0.2), (20, 0.05), (5, 0.1), (100, 0.3)])
@virtually
async def test_under_a_rate_limit_the_throughput_settles_near_it(rate, latency, retry_after):
    gates, server = made(slots=64), Server(latency, rate, retry_after)
    await ask_at_once(96, 60, gates, server.ask)
    settled = [at for at in server.answered if at > 20]
    assert len(settled) >= 0.8 * rate * 40
    assert len([at for at in server.refused if at > 20]) < 0.1 * len(settled)


@virtually
async def test_after_a_time_in_which_all_was_refused_calls_are_soon_what_they_were():
    gates, server = made(), Server(latency=0.1)
    asking = asyncio.ensure_future(ask_at_once(64, 60, gates, server.ask))
    await asyncio.sleep(5)
    server.away = errors.Unavailable("model", "HTTP 429", limited=True)
    await asyncio.sleep(20)
    server.away = None
    await asking
    assert len([at for at in server.started if 6 < at < 25]) < 60
    assert len([at for at in server.answered if 40 < at < 50]) > 0.9 * 10 * 16 / 0.1


@virtually
async def test_retry_after_holds_for_all_calls():
    gates, server = made(slots=4), Server(rate=4.0, retry_after=8.0)
    await ask_at_once(8, 60, gates, server.ask)
    for refused in server.refused:
        assert not [at for at in server.started if refused < at < refused + 8.0]


@virtually
async def test_who_asks_for_a_long_pause_counts_as_away():
    gates, server = made(), Server()
    for seconds in (2.0, 60.0):
        server.away = errors.Unavailable("model", "HTTP 429", seconds, limited=True)
        with pytest.raises(errors.Unavailable):
            await gates.call("model", server.ask)
        assert gates.open_circuits() == (set() if seconds < PATIENCE else {"model"})
    with pytest.raises(errors.Unavailable, match="the rate limit of model is used up") as caught:
        await gates.call("model", server.ask)
    assert caught.value.limited
    assert 50 <= (caught.value.retry_after or 0) <= 56
    assert asyncio.get_running_loop().time() < 13


@virtually
async def test_one_dependency_that_is_away_does_not_hold_up_another():
    gates, here, gone = made(slots=2), Server(), Server()
    gone.away = errors.Unavailable("model strong", "away", unreached=True)

    async def ask_strong() -> None:
        while True:
            try:
                await gates.call("model strong", gone.ask)
            except errors.Unavailable:
                await asyncio.sleep(0)

    asking = [asyncio.ensure_future(ask_strong()) for _ in range(20)]
    await asyncio.gather(*(gates.call("model", here.ask) for _ in range(100)))
    assert asyncio.get_running_loop().time() < 100 * 0.2 / 2 * 1.05
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


@virtually
async def test_one_dependency_that_hangs_does_not_hold_up_another_once_its_circuit_is_open():
    gates, here = made(slots=8), Server(latency=1.0)

    async def hang() -> None:
        await asyncio.sleep(60)
        raise errors.Unavailable("model strong", "no answer within 60 s")

    async def ask_strong() -> None:
        while True:
            try:
                await gates.call("model strong", hang)
            except errors.Unavailable:
                await asyncio.sleep(1)

    asking = [asyncio.ensure_future(ask_strong()) for _ in range(20)]
    asking += [asyncio.ensure_future(ask_for_ever(gates, here.ask)) for _ in range(20)]
    await asyncio.sleep(300)
    before = len(here.answered)
    await asyncio.sleep(100)
    assert len(here.answered) - before > 0.9 * 100 * 8
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


@virtually
async def test_an_error_of_another_dependency_says_nothing_of_this_one():
    gates, server = made(), Server()
    server.away = errors.Unavailable("embeddings", "away", unreached=True)
    for _ in range(20):
        with pytest.raises(errors.Unavailable):
            await gates.call("weaviate", server.ask)
    assert not gates.open_circuits()


@virtually
async def test_budgets_hold_the_rate():
    gates, server = made(limits=Limits(requests=600, tokens=6000)), Server()
    asking = [asyncio.ensure_future(ask_for_ever(gates, server.ask, lambda _: Spent(20))) for _ in range(16)]
    await asyncio.sleep(120)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    assert 0.95 * 600 <= len(server.answered) <= 1.02 * 600 + 16


@virtually
async def test_a_budget_that_is_raised_lets_those_go_who_wait_for_it():
    allowed = [Limits(requests=1)]
    clock = asyncio.get_running_loop().time
    gates, server = Gates(lambda _: allowed[0], Story(), slots=4, clock=clock), Server()
    asking = [asyncio.ensure_future(gates.call("model", server.ask)) for _ in range(4)]
    await asyncio.sleep(1)
    allowed[0] = Limits(requests=600)
    await asyncio.gather(*asking)
    assert clock() < 10


@virtually
async def test_money_without_a_price_is_told_once():
    story = Story()
    gates, server = made(limits=Limits(usd=1.0), story=story), Server()
    for _ in range(3):
        await gates.call("model", server.ask, lambda _: Spent(20, None))
    assert story.told == [("budget_without_price", {"dependency": "model"})]


@virtually
async def test_a_defect_takes_no_slot_with_it():
    gates, server = made(slots=1), Server()
    server.away = ValueError("a defect")
    for _ in range(3):
        with pytest.raises(ValueError, match="a defect"):
            await gates.call("model", server.ask)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4), st.lists(st.tuples(st.floats(0, 3), st.booleans()), min_size=1, max_size=30))
def test_cancelled_callers_leave_no_slot_taken(slots, cancels):
    async def main() -> None:
        gates, server = made(slots=slots), Server()
        tasks = [asyncio.ensure_future(gates.call("model", server.ask)) for _ in cancels]
        loop = asyncio.get_running_loop()
        for task, (at, cancelled) in zip(tasks, cancels, strict=True):
            if cancelled:
                # On the beat of the answers, where a caller is let through at the moment of its end.
                loop.call_later(round(at / 0.2) * 0.2, task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        server.most = 0
        await asyncio.gather(*(gates.call("model", server.ask) for _ in range(slots)))
        assert server.most == slots
        assert gates.report()["model"]["in_flight"] == gates.report()["model"]["waiting"] == 0

    virtual_time.run(main())
