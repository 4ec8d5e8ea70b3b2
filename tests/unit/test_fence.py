import asyncio

import pytest

from processor.adapters import fence


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fence, "LOOK_EVERY", 0.001)


async def test_it_holds_once_no_heartbeat_was_taken_for_a_session_and_until_one_is():
    now = [100.0]
    mine = fence.Fence(15.0, lambda: now[0])
    await asyncio.wait_for(mine.passed(), 30)
    now[0] = 115.5
    assert mine.holds
    waiting = asyncio.create_task(mine.passed())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    mine.beat(99.0)  # sent before the pause, taken after it: it says nothing of now
    await asyncio.sleep(0.01)
    assert not waiting.done()
    mine.beat(115.4)
    await asyncio.wait_for(waiting, 30)
    assert not mine.holds
