from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from processor import config
from processor.adapters import kafka_cluster
from processor.core import errors


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> kafka_cluster.Cluster:
    """A cluster whose client connects to nobody."""
    monkeypatch.setattr(kafka_cluster, "SETTLING_PAUSE", 0)
    return kafka_cluster.Cluster(config.Settings(_env_file=None, KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"))


def answering(*answers: Any) -> Any:
    """A question to which these answers come, one at each time that it is asked."""
    left = list(answers)

    def ask(_: object) -> dict[str, Future[Any]]:
        future: Future[Any] = Future()
        answer = left.pop(0)
        if isinstance(answer, int):
            future.set_exception(KafkaException(KafkaError(answer)))
        else:
            future.set_result(answer)
        return {"item": future}

    return ask


@pytest.mark.parametrize(
    "error", [KafkaError.UNKNOWN_LEADER_EPOCH, KafkaError.LEADER_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS]
)
def test_a_cluster_that_settles_is_asked_again(cluster, error):
    assert cluster.call(answering(error, error, "well")) == {"item": "well"}


def test_it_is_not_asked_for_ever(cluster, monkeypatch):
    monkeypatch.setattr("processor.adapters.kafka_client.TIMEOUT", 0)
    answers = cluster.call(answering(KafkaError.NOT_COORDINATOR))
    with pytest.raises(errors.Unavailable, match="Kafka at 127"):
        cluster.checked(answers)


def test_another_answer_is_the_answer(cluster):
    answers = cluster.call(answering(KafkaError.TOPIC_ALREADY_EXISTS))
    assert answers["item"].name() == "TOPIC_ALREADY_EXISTS"
