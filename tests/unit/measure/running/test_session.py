"""Cases through the worker's pipeline over fakes: what becomes of them, and what does not count as theirs."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import types
from typing import TYPE_CHECKING

import pytest

from processor.core import errors
from processor.core.delivery import parking
from processor.core.records import Reason, Result, Retry, Review, Usage, Violation
from processor.core.rules import Rule
from processor.measure.running import calls, session, spend, stages
from tests import builders, measured, sessions

if TYPE_CHECKING:
    from pathlib import Path

CASE = measured.a_case()
BROKEN = {"category": "bank", "reason": "asks for a card"}


def a_rule(function, then="retry"):
    return Rule(function.__name__, function, "violation", then, 1.0, "")


def by_step(prompt):
    """Wrong at first, right where it is told what was wrong."""
    return sessions.RIGHT if "Not a known" in prompt.messages[-1].content or is_retry(prompt) else BROKEN


def is_retry(prompt):
    return "$.category" in prompt.messages[-1].content


@pytest.fixture
def servers():
    return sessions.Servers()


async def walked(tmp_path, servers, rung="rules", task=None, case=CASE, **options):
    async with sessions.a_session(tmp_path, servers) as made:
        return await made.walk(task or builders.a_task(), case, rung, **options)


async def test_an_accepted_answer_is_an_outcome(tmp_path, servers):
    found = await walked(tmp_path, servers)
    assert (found.case, found.rung, found.repeat, found.reason) == ("c1", "rules", 0, None)
    assert found.answer == found.offered == sessions.RIGHT
    assert found.score.right
    assert found.accepted
    assert (found.usage, found.cost, found.cached) == (Usage(100, 10), 0.00012, 0)
    assert found.violations == ()


async def test_retries_are_followed_to_the_end(tmp_path, servers):
    servers.model.answer = by_step
    found = await walked(tmp_path, servers)
    assert [attempt.step for attempt in found.attempts] == ["prompt.md", "retry.md"]
    assert found.answer == sessions.RIGHT
    assert (found.usage.total, found.cost) == (220, 0.00024)


async def test_what_is_never_accepted_is_offered_all_the_same(tmp_path, servers):
    script = [BROKEN, "no JSON"]
    servers.model.answer = lambda _: script.pop(0)
    found = await walked(tmp_path, servers)
    assert (found.answer, found.offered, found.reason) == (None, BROKEN, Reason.STEPS_EXHAUSTED)
    assert [violation.rule for violation in found.violations] == ["json"]
    assert not found.score.right
    assert found.offered_score.fields["$.reason"]
    assert not found.score.fields["$.reason"]


async def test_a_rung_leaves_out_what_is_above_it(tmp_path, servers):
    servers.entries = {sessions.name("example"): [sessions.example("x", "Where is the card?")]}

    def never(event, answer, passages):
        return Violation("$", "never", "Never right.")

    task = builders.a_task(a_rule(never))
    assert (await walked(tmp_path, servers, "rules", task)).reason is Reason.STEPS_EXHAUSTED
    prompt, retrieval, vote = [await walked(tmp_path, servers, rung, task) for rung in ("prompt", "retrieval", "vote")]
    assert prompt.accepted
    assert prompt.passages == ()
    assert retrieval.accepted
    assert [each.id for each in retrieval.passages] == ["examples.jsonl#x"]
    assert vote.answer == sessions.RIGHT
    assert (vote.usage.total, vote.cost, vote.attempts[0].model) == (0, 0.0, "neighbours")


async def test_a_rung_that_the_task_lacks_cannot_be_walked(tmp_path, servers):
    plain = builders.a_task(definition=builders.DEFINITION.partition("[[retrieval]]")[0])
    with pytest.raises(ValueError, match="no rung vote"):
        await walked(tmp_path, servers, "vote", plain)


@pytest.mark.parametrize(
    ("then", "reason"), [("review", Reason.RULE), ("raise", Reason.RULE_FAILED), ("retry", Reason.STEPS_EXHAUSTED)]
)
async def test_rules_do_what_they_do_in_a_worker(tmp_path, servers, then, reason):
    def strict(event, answer, passages):
        if then == "raise":
            raise KeyError("no such thing")
        return Violation("$", "strict", "Not right.")

    found = await walked(tmp_path, servers, task=builders.a_task(a_rule(strict, "retry" if then == "raise" else then)))
    assert (found.reason, found.answer, found.offered) == (reason, None, sessions.RIGHT)


async def test_an_input_that_is_refused_is_a_case_for_people(tmp_path, servers):
    found = await walked(tmp_path, servers, case=measured.a_case(event=builders.event(" ")))
    assert (found.reason, found.offered, found.attempts, found.seconds) == (Reason.INVALID_INPUT, None, (), 0.0)
    assert not any(found.score.fields.values())
    assert servers.model.prompts == []


async def test_again_nothing_is_asked_and_everything_is_the_same(tmp_path, servers):
    servers.model.answer = by_step
    first = await walked(tmp_path, servers)
    again = await walked(tmp_path, servers)
    assert len(servers.model.prompts) == 2
    assert (first.cached, again.cached) == (0, 2)
    assert dataclasses.replace(again, cached=0, seconds=first.seconds) == first
    assert (await walked(tmp_path, servers, repeat=1)).cached == 0


async def test_a_step_that_only_asks_again_gets_another_answer(tmp_path, servers):
    definition = builders.DEFINITION.replace("retry.md", "prompt.md").replace("max_tokens = 60\n", "")
    task = builders.a_task(definition=definition)
    script = [BROKEN, sessions.RIGHT]
    servers.model.answer = lambda _: script.pop(0)
    found = [await walked(tmp_path, servers, task=task) for _ in range(2)]
    first, second = servers.model.prompts
    assert first.messages == second.messages
    assert [each.answer for each in found] == [sessions.RIGHT] * 2
    assert [each.cached for each in found] == [0, 2]


async def test_seconds_are_what_calls_took_when_they_were_made(tmp_path, servers):
    servers.model.answer = lambda _: builders.completion(sessions.RIGHT, seconds=700.0)
    made = [await walked(tmp_path, servers) for _ in range(2)]
    assert [each.cached for each in made] == [0, 1]
    assert all(700.0 <= each.seconds < 760.0 for each in made)


async def test_waiting_for_its_turn_is_not_counted(tmp_path, servers, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(stages, "time", types.SimpleNamespace(monotonic=lambda: now[0]))

    async def model(prompt, begin):
        now[0] += 500.25
        return builders.completion(sessions.RIGHT, seconds=0.25)

    servers.model = model
    assert (await walked(tmp_path, servers)).seconds == pytest.approx(0.25)


async def test_an_outage_is_waited_out_and_told(tmp_path, servers):
    script = [sessions.AWAY, sessions.AWAY, sessions.RIGHT]
    servers.model.answer = lambda _: script.pop(0)
    told = []

    async def sleep(seconds):
        told.append((made.waiting, seconds > 0))

    async with session.Session(
        sessions.settings(tmp_path), sessions.Story(), connect=servers.connect, sleep=sleep
    ) as made:
        found = await made.walk(builders.a_task(), CASE, "rules")
        assert made.waiting == ""
        servers.waiting = "weaviate: gone"
        assert made.waiting == "weaviate: gone"
    assert told == [("model: no connection to the model server", True)] * 2
    assert (found.accepted, len(found.attempts)) == (True, 1)


@pytest.mark.parametrize("where", ["model", "weaviate"])
async def test_what_waiting_would_not_mend_is_raised_at_once(tmp_path, servers, where):
    failure = errors.Misconfigured(where, "refused the key: see KEY")
    if where == "model":
        servers.model.answer = lambda _: failure
    else:
        servers.failing = [failure]
    with pytest.raises(errors.Misconfigured, match="refused the key: see KEY"):
        await walked(tmp_path, servers)


async def test_an_event_whose_own_calls_fail_goes_to_people_in_the_end(tmp_path, servers):
    others = iter(range(10**6))
    servers.answered = lambda _: next(others)
    servers.model.answer = lambda _: errors.Unavailable("model", "HTTP 500")
    found = await walked(tmp_path, servers)
    assert (found.reason, found.attempts) == (Reason.CALL_FAILED, ())
    assert len(servers.model.prompts) == parking.MOST_FAILURES + 1


async def test_a_spent_budget_is_no_failure_of_the_case(tmp_path, servers):
    servers.model.answer = lambda _: BROKEN
    async with sessions.a_session(tmp_path, servers, spend.Limits(tokens=100)) as made:
        with pytest.raises(spend.Reached):
            await made.walk(builders.a_task(), CASE, "rules")
    assert len(servers.model.prompts) == 1


async def test_nor_is_a_defect_of_the_measurement(tmp_path, servers):
    def found(passages):
        raise LookupError("a defect")

    with pytest.raises(LookupError, match="a defect"):
        await walked(tmp_path, servers, found=found)


async def test_what_is_found_can_be_replaced(tmp_path, servers):
    fact = builders.passage("gold.md#0", text="Cards take two days.")
    found = await walked(tmp_path, servers, "prompt", found=lambda passages: (*passages, fact))
    assert found.passages == (fact,)
    assert "Cards take two days." in servers.model.prompts[0].messages[-1].content


async def test_a_case_does_not_find_itself(tmp_path, servers):
    entries = [sessions.example("c1", "anything"), *(sessions.example(f"x{n}", f"Where is my {n}") for n in range(5))]
    entries.append(sessions.example("own", "where  is my CARD? (1)", {"category": "refund", "reason": "a trap"}))
    servers.entries = {sessions.name("example"): entries}
    async with sessions.a_session(tmp_path, servers) as made:
        found = await made.walk(builders.a_task(), CASE, "vote")
        other = await made.walk(builders.a_task(), measured.a_case(2), "vote")
        assert made.own == {"c1"}
    assert [each.id for each in found.passages] == [f"examples.jsonl#x{n}" for n in range(4)]  # as many as ever
    assert "examples.jsonl#own" in {each.id for each in other.passages}


async def test_attempts_can_be_put_in(tmp_path, servers):
    servers.model.answer = by_step
    before = builders.an_attempt(answer="{}", violations=(Violation("$.category", "stated", "Must be card."),))
    found = await walked(tmp_path, servers, attempts=(before,))
    assert [attempt.step for attempt in found.attempts] == ["prompt.md", "retry.md"]
    assert found.attempts[0] == before
    assert "Must be card." in servers.model.prompts[0].messages[-1].content


async def test_one_attempt_is_a_decision_of_the_pipeline(tmp_path, servers):
    servers.model.answer = by_step
    task = builders.a_task()
    async with sessions.a_session(tmp_path, servers) as made:
        first = await made.attempt(task, CASE)
        assert isinstance(first, Retry)
        second = await made.attempt(task, CASE, dataclasses.replace(first.work, attempt=first.attempt))
        assert isinstance(second, Result)
        third = await made.attempt(task, measured.a_case(event=builders.event("")))
        assert isinstance(third, Review)


async def test_what_was_begun_is_ended_with_the_session(tmp_path, servers, monkeypatch):
    monkeypatch.setattr(calls, "LAST_CALLS", 0.0)
    begun, never = asyncio.Event(), asyncio.Event()

    async def model(prompt, begin):
        begin()
        begun.set()
        await never.wait()

    servers.model = model
    async with sessions.a_session(tmp_path, servers) as made:
        walking = asyncio.create_task(made.walk(builders.a_task(), CASE, "prompt"))
        await begun.wait()
    with pytest.raises(asyncio.CancelledError):
        await walking


async def test_a_broken_models_file_is_told_before_anything(tmp_path: Path):
    settings = sessions.settings(tmp_path)
    (settings.project / "tasks" / "models.toml").write_text("[models")
    with pytest.raises(errors.DefinitionError, match=re.escape("tasks/models.toml")):
        async with session.Session(settings, sessions.Story()):
            raise AssertionError
