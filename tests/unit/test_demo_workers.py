from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from processor import config
from processor.core import errors
from processor.demo import workers

if TYPE_CHECKING:
    from pathlib import Path

ASSIGNED = json.dumps({"partitions": ["untuned-demo.tasks/0"], "event": "assigned"})


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> workers.Workers:
    monkeypatch.setattr(workers, "TICK", 0)
    return workers.Workers(config.Settings(_env_file=None), tmp_path, local=True)


def test_the_messages_wait_until_every_worker_has_its_partitions(pair):
    pair.log(1).write_text(ASSIGNED + "\n")
    told: list[str] = []

    def waiting() -> None:
        told.append("starting")
        pair.log(2).write_text(ASSIGNED + "\n" if len(told) == 2 else "{}\n")

    pair.join(waiting)
    assert len(told) == 2


def test_workers_that_never_get_to_work_are_said_to(pair, monkeypatch):
    monkeypatch.setattr(workers, "JOIN_PATIENCE", 0)
    with pytest.raises(errors.UntunedError, match=r"do not get to work, their logs: .*worker-\*.log"):
        pair.join(lambda: None)


def test_a_call_of_the_local_model_may_take_long(pair):
    assert pair._environment()["OPENAI_TIMEOUT"] == "300.0"
    pair.settings = pair.settings.model_copy(update={"openai_timeout": 900.0})
    assert pair._environment()["OPENAI_TIMEOUT"] == "900.0"
    assert pair._command()[-2:] == ["--concurrency", "2"]
