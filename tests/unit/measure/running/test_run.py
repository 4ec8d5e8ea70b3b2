"""Many cases on all rungs: in which order, what counts, and how a run ends before its end."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.core.records import Usage
from processor.measure.running import calls, hands, run, spend
from tests import builders, measured, sessions

if TYPE_CHECKING:
    from pathlib import Path

CASES = measured.cases(8)
RUNGS = ("prompt", "rules")


def case_of(prompt):
    return prompt.messages[-1].content


@pytest.fixture
def servers():
    return sessions.Servers()


async def measure(tmp_path, servers, limits=spend.UNLIMITED, cases=CASES, rungs=RUNGS, task=None, **options):
    changes = {"concurrency": options.pop("concurrency", 1), "openai_model": options.pop("model", "tiny")}
    async with sessions.a_session(tmp_path, servers, limits, **changes) as made:
        return await run.measure(made, task or builders.a_task(), cases, rungs, **options)


async def test_outcomes_come_in_the_order_of_the_cases(tmp_path, servers):
    found = await measure(tmp_path, servers, repeats=2, concurrency=3)
    wanted = [(case.id, rung, repeat) for case in CASES for rung in RUNGS for repeat in range(2)]
    assert [(each.case, each.rung, each.repeat) for each in found.outcomes] == wanted
    assert (found.unfinished, found.rungs, found.models, found.own) == ("", RUNGS, ("tiny",), ())
    # Without retrieval the first step asks what the prompt alone asks: each case is asked once a repeat.
    assert (found.calls, found.cached, found.spent_tokens) == (16, 16, 16 * 110)
    assert found.spent_usd == pytest.approx(16 * 0.00012)


async def test_the_seed_alone_decides_the_order(tmp_path, servers):
    orders = []
    for number, seed in enumerate((1, 1, 2)):
        servers.model = sessions.Model()
        await measure(tmp_path / str(number), servers, seed=seed)
        orders.append([case_of(prompt) for prompt in servers.model.prompts])
    assert orders[0] == orders[1] != orders[2]
    assert sorted(orders[0]) == sorted(orders[2])


async def test_a_rung_that_the_task_lacks_is_left_out_and_so_are_people(tmp_path, servers):
    task = builders.a_task(definition=builders.DEFINITION.partition("[[retrieval]]")[0])
    found = await measure(tmp_path, servers, rungs=("vote", "prompt", "retrieval", "rules", "people"), task=task)
    assert found.rungs == ("prompt", "rules")


async def test_no_cases_are_no_work(tmp_path, servers):
    found = await measure(tmp_path, servers, cases=())
    assert (found.outcomes, found.unfinished, found.spent_usd) == ((), "", 0.0)


async def test_a_spent_budget_leaves_whole_cases_and_the_next_run_goes_on(tmp_path, servers):
    found = await measure(tmp_path, servers, spend.Limits(tokens=330))
    assert "330 tokens are spent" in found.unfinished
    assert len(servers.model.prompts) == 3
    assert len({each.case for each in found.outcomes}) == 3
    assert len(found.outcomes) == 6
    further = await measure(tmp_path, servers, spend.Limits(usd=Decimal("0.00036")))
    assert "US dollars are spent" in further.unfinished
    assert {each.case for each in found.outcomes} < {each.case for each in further.outcomes}
    whole = await measure(tmp_path, servers)
    assert (whole.unfinished, len(whole.outcomes), len(servers.model.prompts)) == ("", 16, 8)


async def test_a_case_that_is_cut_off_between_its_rungs_does_not_count(tmp_path, servers):
    found = await measure(tmp_path, servers, spend.Limits(tokens=110), repeats=2)
    assert len(servers.model.prompts) == 1
    assert found.outcomes == ()


async def test_a_limit_that_is_reached_with_the_last_case_ends_nothing(tmp_path, servers):
    assert (await measure(tmp_path, servers, spend.Limits(tokens=8 * 110))).unfinished == ""


async def test_a_limit_in_dollars_without_a_price_is_a_usage_error(tmp_path, servers):
    with pytest.raises(errors.UsageError, match="needs the price of unknown"):
        await measure(tmp_path, servers, spend.Limits(usd=Decimal(1)), model="unknown")
    assert servers.model.prompts == []
    servers.model.answer = lambda _: builders.completion(sessions.RIGHT, usage=Usage())
    with pytest.raises(errors.UsageError, match="does not count tokens"):
        await measure(tmp_path, servers, spend.Limits(usd=Decimal(1)))
    assert len(servers.model.prompts) == 1


async def test_what_is_broken_for_all_ends_the_run_at_once(tmp_path, servers):
    servers.model.answer = lambda _: errors.Misconfigured("model", "refused the key")
    with pytest.raises(errors.Misconfigured, match="refused the key"):
        await measure(tmp_path, servers, concurrency=4)
    assert len(servers.model.prompts) <= 4


async def test_progress_says_how_far_it_is(tmp_path, servers):
    told: list[run.Progress] = []
    await measure(tmp_path, servers, progress=told.append)
    assert [each.done for each in told][-3:] == [7, 8, 8]
    assert told[-1].usd == pytest.approx(8 * 0.00012)
    assert dataclasses.replace(told[-1], usd=None) == run.Progress(8, 8, None, 880, 8, 8)


async def test_progress_is_told_while_nothing_goes_on(tmp_path, servers, monkeypatch):
    monkeypatch.setattr(hands, "TICK", 0.0)
    servers.waiting = "model: no connection"
    heard = asyncio.Event()

    async def model(prompt, begin):
        await heard.wait()
        return builders.completion(sessions.RIGHT)

    def progress(each):
        assert each.waiting == "model: no connection"
        heard.set()

    servers.model = model
    await asyncio.wait_for(measure(tmp_path, servers, progress=progress), 30)


@pytest.mark.parametrize(("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
async def test_a_signal_ends_it_with_what_is_complete(tmp_path, servers, number, name):
    before = signal.getsignal(number)

    def answer(prompt):
        if len(servers.model.prompts) == 4:
            os.kill(os.getpid(), number)
        return sessions.RIGHT

    servers.model.answer = answer
    found = await measure(tmp_path, servers)
    assert found.unfinished == f"stopped by {name}"
    assert 3 <= len({each.case for each in found.outcomes}) < 8
    assert len(found.outcomes) % 2 == 0
    assert signal.getsignal(number) == before
    whole = await measure(tmp_path, servers)
    assert (whole.unfinished, len(servers.model.prompts)) == ("", 8)


async def test_who_cancels_it_from_outside_is_heard(tmp_path, servers):
    begun = asyncio.Event()

    async def model(prompt, begin):
        begun.set()
        await asyncio.Event().wait()

    servers.model = model
    running = asyncio.create_task(measure(tmp_path, servers))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_a_second_ctrl_c_ends_the_process_as_ever(tmp_path: Path, servers, monkeypatch):
    monkeypatch.setattr(calls, "LAST_CALLS", 0.0)

    async def model(prompt, begin):
        begin()
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            os.kill(os.getpid(), signal.SIGINT)  # while the first one is still being heeded

    servers.model = model
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(measure(tmp_path, servers))
