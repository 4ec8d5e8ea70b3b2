"""How far a worker runs ahead, and how large a message it sends."""

from types import SimpleNamespace
from typing import Any

import pytest

from processor import config, worker
from processor.adapters import sending
from processor.adapters.fence import Fence


@pytest.mark.parametrize(
    ("journal", "window"),
    [(5000, worker.WINDOW), (100, 50), (1, 1), (0, worker.WINDOW_WITHOUT_JOURNAL * 16)],
)
def test_a_partition_runs_ahead_as_far_as_the_journal_remembers_and_by_one_at_least(journal: int, window: int):
    settings = config.load().model_copy(update={"journal": journal, "concurrency": 16})
    assert worker._window(settings) == window


@pytest.mark.parametrize("limit", [1000, 2 * sending.MAX_MESSAGE])
async def test_what_the_topic_or_the_client_does_not_take_is_refused_before_it_is_sent(limit: int):
    sent: list[Any] = []

    async def send_and_wait(*message: Any):
        sent.append(message)

    app: Any = SimpleNamespace(
        options=SimpleNamespace(limits={"t": limit}),
        fence=Fence(10.0),
        producer=SimpleNamespace(send_and_wait=send_and_wait),
    )
    send = sending.sender(app)
    await send("t", b"k", b"small", ())
    with pytest.raises(ValueError, match="over the limit"):
        await send("t", b"k", bytes(min(limit, sending.MAX_MESSAGE)), ())
    assert len(sent) == 1
