from __future__ import annotations

import json
from typing import Any

from processor.demo import story


def line(decision: str, second: float, ident: str = "a", **more: Any) -> str:
    return json.dumps({"event": decision, "timestamp": f"2026-01-31T12:00:{second:06.3f}Z", "id": ident, **more})


def test_only_decisions_are_told_in_the_order_of_time():
    first = "\n".join([line("result", 5), "Traceback …", '{"event": "drained"}', "[1]", line("assigned", 0)])
    found = story.parse([first, line("retry", 2)])
    assert [(each.worker, each.decision) for each in found] == [(2, "retry"), (1, "result")]


def test_the_best_story_went_from_one_worker_to_the_other_and_ended_in_a_result():
    one = [
        line("retry", 1, "same"),
        line("result", 2, "same"),
        line("retry", 1, "other"),
        line("retry", 1, "to-people"),
    ]
    two = [line("result", 3, "other"), line("review", 3, "to-people"), line("result", 1, "at-once")]
    found = story.parse(["\n".join(one), "\n".join(two)])
    wanted = {"same", "other", "to-people", "at-once"}
    assert [each.worker for each in story.retried(found, wanted)] == [1, 2]
    assert {each.fields["id"] for each in story.retried(found, wanted)} == {"other"}
    assert story.retried(found, {"same", "to-people"})[-1].decision == "result"
    assert story.retried(found, {"at-once"}) == []


def test_a_story_for_people():
    given = [
        line("retry", 1, attempt=1, violated=["enum"], retrieve_s=0.05, complete_s=0.4, seconds=0.5),
        line("result", 2.25, attempt=2, complete_s=0.3, seconds=0.31),
    ]
    assert story.tell(story.parse(["\n".join(given)])) == [
        "  0.00 s  worker 1  attempt 1  retry, violated: enum (retrieval 0.05 s, model 0.40 s, 0.50 s in all)",
        "  1.25 s  worker 1  attempt 2  result (model 0.30 s, 0.31 s in all)",
    ]


def test_what_the_workers_wait_for_is_what_the_last_of_them_said():
    wait = line("wait", 2, dependency="model", detail="the key is refused")
    assert story.last_wait(story.parse([line("result", 1), wait])) == "model: the key is refused"
    assert story.last_wait(story.parse([line("result", 3), wait])) == ""
    assert story.last_wait([]) == ""
