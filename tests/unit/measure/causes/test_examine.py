"""The failures of a run, replayed by a session that answers by script."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from processor.core import errors
from processor.core.records import Reason, Violation
from processor.measure.causes import examine
from processor.measure.causes.examine import Options
from processor.measure.causes.held import Held
from processor.measure.running.spend import Reached, Spend
from tests import builders, measured

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.measure.causes.experiments import Found
    from processor.measure.causes.records import Causes
    from processor.measure.records import Case, Outcome, Run
    from processor.measure.running.run import Progress

GOLD = builders.passage("cards.md#0", text="A card takes a week.", content_hash="a")
KNOWN = Held((GOLD,))


class FakeSession:
    """Walks by a script: what becomes of a case by whether it sees the gold passage, and what it is told."""

    def __init__(self, script: Callable[[Case, bool, bool, int], str], limit: int = 1000) -> None:
        self.script = script
        self.limit = limit
        self.spend = Spend()
        self.cached = 0
        self.waiting = ""
        self.walks: list[tuple[str, bool, bool, int]] = []

    async def walk(
        self, task: Any, case: Case, rung: Any, *, repeat: int = 0, found: Found | None = None, attempts: Any = ()
    ) -> Outcome:
        if self.spend.calls >= self.limit:
            raise Reached("40 tokens are spent")
        passages = found(()) if found else ()
        seen, told = GOLD.id in [each.id for each in passages], bool(attempts)
        self.walks.append((case.id, seen, told, repeat))
        self.spend.calls += 1
        self.spend.tokens += 110
        self.spend.usd = Decimal("0.01") * self.spend.calls
        what = self.script(case, seen, told, repeat)
        return measured.an_outcome(case, what, passages=tuple(passages), repeat=repeat)


async def causes(
    script: Callable[[Case, bool, bool, int], str], run: Run, limit: int = 1000, **options: Any
) -> tuple[Causes, FakeSession]:
    session = FakeSession(script, limit)
    found = await examine.causes(session, builders.a_task(), run, KNOWN, options=Options(**options))
    return found, session


async def test_each_failure_gets_the_cause_that_its_replays_prove() -> None:
    fixed_by = {
        "c1": lambda seen, _: seen,
        "c2": lambda _, told: told,
        "c3": lambda seen, told: seen and told,
        "c4": lambda *_: False,
        "c5": lambda *_: True,
    }
    found, session = await causes(
        lambda case, seen, told, _: "r" if fixed_by[case.id](seen, told) else "e", measured.a_run({"rules": "eeeeer"})
    )
    assert {each.case: each.cause for each in found.findings} == {
        "c1": "missed",
        "c2": "format",
        "c3": "both",
        "c4": "capability",
        "c5": "varies",
    }
    assert (found.rung, found.cases, found.failed, found.examined) == ("rules", 6, 5, 5)
    assert (found.calls, found.spent_tokens) == (len(session.walks), 110 * len(session.walks))
    assert found.spent_usd == pytest.approx(0.01 * found.calls)
    assert found.unfinished == ""
    # c5 was right when it was only asked again: nothing else was spent on it.
    assert [walk for walk in session.walks if walk[0] == "c5"] == [("c5", False, False, 1)]
    # What one alone fixes is not tried with both.
    assert ("c1", True, True, 0) not in session.walks


async def test_a_wrong_answer_against_which_nothing_stood_has_no_constraint() -> None:
    answer = measured.an_attempt(answer='{"category": "refund", "reason": "asks for a card"}')
    run = measured.a_run({"rules": "w"}, by_rung={"rules": {"attempts": (answer,)}})
    found, session = await causes(lambda *_: "w", run)
    assert found.findings[0].stated == ()
    assert found.findings[0].replayed.constraint.why == "nothing was violated"
    assert not any(told for _, _, told, _ in session.walks)


async def test_a_case_that_is_right_in_some_repeats_varies_without_a_replay() -> None:
    found, session = await causes(lambda *_: "w", measured.a_run({"rules": "wr rr"}))
    assert [each.cause for each in found.findings] == ["varies"]
    assert session.walks == []


async def test_a_model_that_varies_is_tried_three_times() -> None:
    # Both cases fail each time, but not with the same answer.
    run = measured.a_run({"rules": "we ww"})
    other = {"category": "refund", "reason": "another"}
    outcomes = tuple(dataclasses.replace(each, offered=other) if each.repeat else each for each in run.outcomes)
    found, session = await causes(
        lambda _, seen, __, repeat: "r" if seen and repeat != 1 else "w", dataclasses.replace(run, outcomes=outcomes)
    )
    assert found.repeats == 3
    first = found.findings[0]
    assert (first.replayed.context.right, first.replayed.context.tried) == (2, 3)
    assert first.cause == "capability"  # only at times
    assert sorted(walk[3] for walk in session.walks if walk[:2] == ("c1", False) and not walk[2]) == [2, 3, 4]


async def test_what_the_measurement_says_needs_no_replay() -> None:
    threshold = (Violation("$", "confidence", "Not sure."),)
    run = measured.a_run({"rules": "o"}, by_rung={"rules": {"violations": threshold}})
    found, session = await causes(lambda *_: "w", run)
    assert (found.findings[0].cause, session.walks) == ("withheld", [])
    assert found.findings[0].place.file == "tasks/sort/task.toml [[step]] 1 accept"
    run = measured.a_run({"rules": "n"}, by_rung={"rules": {"reason": Reason.INPUT_TOO_LARGE}})
    found, _ = await causes(lambda *_: "w", run)
    assert found.findings[0].place.file == "tasks/sort/task.toml [budget] input_tokens"


async def test_two_labels() -> None:
    found, _ = await causes(lambda *_: "w", measured.a_run({"rules": "w"}, measured.cases(1, agreed=False)))
    assert found.findings[0].cause == "ambiguous"
    assert found.findings[0].place.file == "tasks/sort/cases.jsonl:1"


async def test_the_draw_is_the_same_for_a_seed_and_the_findings_stand_in_order() -> None:
    run = measured.a_run({"rules": "w" * 20})
    drawn = [[each.case for each in (await causes(lambda *_: "w", run, most=5, seed=7))[0].findings] for _ in range(2)]
    other, _ = await causes(lambda *_: "w", run, most=5, seed=8)
    assert drawn[0] == drawn[1]
    assert drawn[0] == sorted(drawn[0], key=lambda case: int(case[1:]))
    assert [each.case for each in other.findings] != drawn[0]
    assert (other.failed, other.examined, other.seed) == (20, 5, 8)


async def test_a_spent_budget_leaves_the_rest_unexamined() -> None:
    found, _ = await causes(lambda *_: "w", measured.a_run({"rules": "w" * 9}), limit=7, at_once=1)
    assert 0 < found.examined < 9
    assert found.unfinished == f"{9 - found.examined} of 9 failures were not examined: 40 tokens are spent"
    assert sum(each.share.count for each in found.shares) == found.examined


async def test_progress_counts_failures() -> None:
    told: list[Progress] = []
    session = FakeSession(lambda *_: "w")
    await examine.causes(session, builders.a_task(), measured.a_run({"rules": "wwr"}), KNOWN, progress=told.append)
    assert (told[0].done, told[0].total) == (0, 2)
    assert (told[-1].done, told[-1].total) == (2, 2)
    assert told[-1].calls == session.spend.calls


async def test_what_stops_the_measurement_stops_it() -> None:
    def broken(*_: Any) -> str:
        raise errors.Misconfigured("model", "the key is wrong")

    with pytest.raises(errors.Misconfigured):
        await causes(broken, measured.a_run({"rules": "ww"}))


async def test_failures_of_a_rung_or_of_the_highest() -> None:
    run = measured.a_run({"prompt": "ww", "retrieval": "wr", "people": "rr"})
    found, _ = await causes(lambda *_: "w", run)
    assert (found.rung, found.failed) == ("retrieval", 1)
    found, _ = await causes(lambda *_: "w", run, rung="prompt")
    assert (found.rung, found.failed) == ("prompt", 2)
    with pytest.raises(ValueError, match="none of them was measured"):
        await causes(lambda *_: "w", measured.a_run({"people": "w"}))


async def test_no_failures_no_causes() -> None:
    found, _ = await causes(lambda *_: "w", measured.a_run({"rules": "rr"}))
    assert (found.findings, found.shares, found.changes, found.calls) == ((), (), (), 0)


async def test_a_replay_that_could_not_be_made_proves_nothing() -> None:
    run = measured.a_run({"rules": "w"})

    class Broken(FakeSession):
        async def walk(self, *args: Any, **more: Any) -> Outcome:
            made = await super().walk(*args, **more)
            return dataclasses.replace(made, reason=Reason.INTERNAL_ERROR, answer=None) if more.get("found") else made

    session = Broken(lambda _, seen, __, ___: "r" if seen else "w")
    found = await examine.causes(session, builders.a_task(), run, KNOWN)
    assert found.findings[0].replayed.context.tried == 0
    assert "internal_error" in found.findings[0].replayed.context.why
