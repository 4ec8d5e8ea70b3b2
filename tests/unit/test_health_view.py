import dataclasses
from typing import Any

import pytest

from processor.core import diagnosis
from processor.core.diagnosis import Deadlines, History
from processor.core.views import health
from processor.core.vitals import Partition, Vitals

WELL = Vitals(partitions=(Partition("t/0", end=9, position=7, fetched=6, taken=6),), in_hand=2, settled=5, calling=True)


def told(
    seen: Vitals = WELL, seconds: float = 0.0, broker: bool | None = None, gates: dict[str, Any] | None = None
) -> dict[str, Any]:
    history: History = dict.fromkeys(diagnosis.symptoms(seen), seconds)
    return health.report(seen, history, Deadlines(), broker=broker, gates=gates or {}, tasks={"sort": {"version": "1"}})


def test_a_worker_that_works_says_how_far_it_is():
    assert told() == {
        "live": True,
        "ready": True,
        "degraded": False,
        "why": [],
        "broker": "assumed",
        "partitions": {"t/0": {"position": 7, "lag": 2}},
        "in_flight": 2,
        "settled": 5,
        "gates": {},
        "tasks": {"sort": {"version": "1"}},
    }


@pytest.mark.parametrize(
    ("seen", "says", "ready"),
    [
        (Vitals(spare=True), "more workers than partitions", True),
        (Vitals(), "no partition yet", False),
        (Vitals(started=False), "does not start", False),
        (dataclasses.replace(WELL, rebalancing=True, rebalances=3), "rebalance number 3", False),
        (dataclasses.replace(WELL, member=False), "no member", False),
        (dataclasses.replace(WELL, stopping=True), "stops", False),
        (dataclasses.replace(WELL, flowing=False), "not read", False),
        (WELL, "not fetched", True),
    ],
)
def test_it_says_what_stands_in_its_way_and_lives(seen: Vitals, says: str, ready: bool):
    report = told(seen, seconds=12)
    assert says in " ".join(report["why"])
    assert (report["live"], report["ready"], report["degraded"]) == (True, ready, True)


def test_a_closed_way_to_a_model_is_told_and_takes_nothing_from_its_readiness():
    gates = {"model": {"state": "open", "why": "HTTP 503"}, "weaviate": {"state": "closed", "why": ""}}
    report = told(gates=gates)
    assert (report["ready"], report["degraded"], report["why"]) == (True, True, ["model: HTTP 503"])
    assert report["gates"] == gates


def test_an_outage_of_the_broker_is_no_reason_for_a_restart():
    report = told(dataclasses.replace(WELL, member=False), seconds=5, broker=False)
    assert report["live"]
    assert not report["ready"]
    assert "Kafka does not answer" in report["why"][0]


def test_the_last_complaint_shows_before_the_process_ends():
    report = told(dataclasses.replace(WELL, member=False), seconds=120, broker=True)
    assert not report["live"]
    assert not report["ready"]
    assert report["why"] == ["the worker is no member of its group, for 120 s (limit 120 s)"]
