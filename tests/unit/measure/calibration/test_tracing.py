"""Traces, made by the worker's own pipeline over fakes: any thresholds do what a walk with them does."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import random
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from processor.core import routing
from processor.core.records import Violation
from processor.core.rules import Rule
from processor.measure.calibration import calibrate, cascade, knobs, tracing
from processor.measure.calibration.cascade import ALWAYS, NEVER, NO_THRESHOLD
from processor.measure.calibration.values import Knob
from processor.measure.running import spend
from tests import builders, measured, sessions

if TYPE_CHECKING:
    from pathlib import Path

    from processor.core.records import Prompt

LADDER = """
description = "Sort messages."
kind = "classification"

[[retrieval]]
kind = "example"
query = "{{ input.text }}"
alpha = 1.0
top_k = 3

[[step]]
kind = "neighbours"
field = "$.category"
accept = { agreement = 2 }

[[step]]
prompt = "prompt.md"
accept = { confidence = 0.6 }

[[step]]
prompt = "retry.md"
accept = { confidence = 0.5 }
"""
EXAMPLES = [
    sessions.example("x1", "Where is my card?"),
    sessions.example("x2", "Is my card lost?"),
    sessions.example("x3", "Give me my money back", {"category": "refund", "reason": "asks for money"}),
    sessions.example("x4", "My money for the card", {"category": "refund", "reason": "no such word"}),
]
TEXTS = ["Where is my card?", "My money", "money for the card", "lost", "Give me", "back", "the", "Where is it all?"]


def scripted(prompt: Prompt) -> Any:
    """Answers and confidences that depend on all that is asked, and sometimes break the contract."""
    number = sum(map(ord, "".join(message.content for message in prompt.messages)))
    answer: Any = [sessions.RIGHT, sessions.WRONG, {"category": "bank"}, sessions.RIGHT][number % 4]
    return builders.completion(answer, confidence=[0.9, 0.55, 0.7, None, 0.3][number % 5])


def a_rule(event: Any, answer: Any, passages: Any) -> Violation | None:
    return Violation("$.reason", "a_rule", "No such word.") if "such" in answer["reason"] else None


def for_people(event: Any, answer: Any, passages: Any) -> Violation | None:
    return Violation("$", "for_people", "A person must look.") if "lost" in event.input["text"] else None


RULES = (
    Rule("a_rule", a_rule, "violation", "retry", 1.0, ""),
    Rule("for_people", for_people, "violation", "review", 1.0, ""),
)
CASES = tuple(measured.a_case(number, event=builders.event(text, id=f"c{number}")) for number, text in enumerate(TEXTS))


def with_thresholds(values: tuple[Any, ...], text: str) -> str:
    for old, new in zip(("{ agreement = 2", "confidence = 0.6", "confidence = 0.5"), values, strict=True):
        text = text.replace(old, f"{old.rpartition(' =')[0]} = {new}")
    return text


@pytest.fixture
def servers() -> sessions.Servers:
    return sessions.Servers(sessions.Model(scripted), {sessions.name("example"): EXAMPLES})


@pytest.mark.parametrize("beside", ["", ", agreement = 2"])
async def test_thresholds_on_traces_do_what_they_do_in_the_pipeline(
    tmp_path: Path, servers: sessions.Servers, beside: str
):
    ladder = LADDER.replace("confidence = 0.6", f"confidence = 0.6{beside}").replace(
        'prompt = "prompt.md"', 'prompt = "prompt.md"\nfield = "$.category"'
    )
    task = builders.a_task(*RULES, definition=ladder)
    made = knobs.choose(task, ())
    assert [knob.kind for knob in made] == ["agreement", "confidence", "confidence"]
    assert knobs.now(task, made) == (2, 0.6, 0.5)
    async with sessions.a_session(tmp_path, servers) as session:
        tracer = tracing.Tracer(session, task, made)
        boxes = cascade.boxes([await tracer.trace(case) for case in CASES], [1, 2, 3])
        seen = set()
        for values in itertools.product((1, 2, 3), (0.6, 0.8), (0.3, 0.6)):
            other = builders.a_task(*RULES, definition=with_thresholds(values, ladder))
            walked = [await session.walk(other, case, "rules") for case in CASES]
            totals = cascade.simulate(boxes, np.array([values], float))
            expected = (sum(each.accepted for each in walked), sum(each.silent for each in walked))
            assert (totals.accepted[0], totals.wrong[0]) == expected, values
            assert totals.usd[0] == pytest.approx(sum(each.cost or 0 for each in walked)), values
            seen.add(expected)
    assert len(seen) > 3
    assert tracer.models == {"neighbours", "tiny"}
    assert not tracer.unpriced


async def test_an_unknown_confidence_is_never_enough(tmp_path: Path, servers: sessions.Servers):
    servers.model.answer = lambda _: builders.completion(sessions.RIGHT)
    task = builders.a_task()
    async with sessions.a_session(tmp_path, servers) as session:
        trace = await tracing.Tracer(session, task, (Knob(1, "prompt.md", "confidence"),)).trace(CASES[0])
    assert (trace.first.score, trace.first.accepted, trace.label) == (NEVER, True, "card")
    assert trace.first.short is not None
    assert trace.first.short.score == ALWAYS


@pytest.mark.parametrize("limit", [8000, 10])
async def test_an_answer_that_is_kept_in_part_is_judged_whole(
    tmp_path: Path, servers: sessions.Servers, monkeypatch: pytest.MonkeyPatch, limit: int
):
    monkeypatch.setattr(routing, "ANSWER_LIMIT", limit)
    servers.model.answer = lambda _: sessions.RIGHT
    async with sessions.a_session(tmp_path, servers) as session:
        made = (Knob(1, "prompt.md", "agreement"),)
        trace = await tracing.Tracer(session, builders.a_task(), made).trace(
            measured.a_case(event=builders.event("card"))
        )
    assert (trace.first.score, trace.first.accepted) == (2, True)


@pytest.mark.parametrize(
    ("confidence", "kinds"), [(0.9, ["confidence", "confidence"]), (None, ["agreement", "agreement"])]
)
async def test_a_model_without_probabilities_is_judged_by_its_neighbours(
    tmp_path: Path, servers: sessions.Servers, confidence: float | None, kinds: list[str]
):
    servers.model.answer = lambda _: builders.completion(sessions.RIGHT, confidence=confidence)
    task = builders.a_task()
    async with sessions.a_session(tmp_path, servers) as session:
        traced = await calibrate.trace(session, task, CASES)
    assert [knob.kind for knob in traced.tracer.knobs] == kinds
    assert len(traced.traces) == len(CASES)
    assert traced.unfinished == ""


async def test_a_limit_leaves_what_is_traced(tmp_path: Path, servers: sessions.Servers):
    task = builders.a_task(definition=LADDER)
    async with sessions.a_session(tmp_path, servers, spend.Limits(tokens=1500), concurrency=1) as session:
        traced = await calibrate.trace(session, task, CASES)
    assert "tokens are spent" in traced.unfinished
    assert 0 < len(traced.traces) < len(CASES)


async def test_what_is_cut_short_are_the_first_of_the_order_and_not_the_quick_ones(
    tmp_path: Path, servers: sessions.Servers, monkeypatch: pytest.MonkeyPatch
):
    order = sorted(CASES, key=lambda case: case.id)
    random.Random(0).shuffle(order)
    asked: list[str] = []
    pressed: list[int] = []

    async def quick_but_for_one(_: Any, case: Any) -> cascade.Trace:
        asked.append(case.id)
        if case is order[1] and asked.count(case.id) > 1:  # the first time it only shows what the servers give
            await asyncio.Event().wait()
        return cascade.Trace(case.id, cascade.Taken(1, ALWAYS, accepted=True, right=True))

    def stop(now: Any) -> None:
        if now.done == len(CASES) - 1 and not pressed:
            pressed.append(now.done)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(tracing.Tracer, "trace", quick_but_for_one)
    async with sessions.a_session(tmp_path, servers, concurrency=2) as session:
        traced = await calibrate.trace(session, builders.a_task(definition=LADDER), CASES, progress=stop)
    assert traced.unfinished == "stopped by Ctrl-C"
    assert [trace.case for trace in traced.traces] == [order[0].id]


def test_steps_that_have_no_number_have_no_threshold():
    plain = builders.DEFINITION.partition("[[retrieval]]")[0]
    task = builders.a_task(definition=plain)
    assert knobs.choose(task, ()) == ()
    assert [knob.step for knob in knobs.choose(task, {2})] == [2]
    assert knobs.now(task, knobs.choose(task, {2})) == (NO_THRESHOLD,)


def test_of_each_group_one_case_is_taken():
    given = [measured.a_case(number, group="acme" if number < 5 else "") for number in range(10)]
    kept = calibrate.independent(given, 0)
    assert len(kept) == 6
    assert sum(case.group == "acme" for case in kept) == 1
    assert kept == calibrate.independent(given, 0)
    others = {calibrate.independent(given, seed)[0].id for seed in range(20)}
    assert len(others) > 1
    assert json.dumps([case.id for case in kept[1:]]) == json.dumps([f"c{number}" for number in range(5, 10)])
