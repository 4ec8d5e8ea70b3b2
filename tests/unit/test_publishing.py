"""Publishing single messages, over producers that keep to themselves what became of them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from processor import config
from processor.adapters import publishing
from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterator


class Silent:
    """As the library's producer, but it confirms nothing. `given` is what `produce` was asked."""

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    def produce(self, *given: Any, **_: Any) -> None:
        self.given.append(given)

    def poll(self, seconds: float) -> None:
        time.sleep(seconds)

    def flush(self, _: float) -> int:
        return len(self.given)


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Silent:
    made = Silent()
    monkeypatch.setattr(publishing.Publisher, "_connect", lambda _: made)
    for name in ("DELIVERY_TIMEOUT", "LAST_LOOK", "TICK"):
        monkeypatch.setattr(publishing, name, 0.001)
    return made


@pytest.fixture
def publisher(silent: Silent) -> Iterator[publishing.Publisher]:
    del silent
    made = publishing.Publisher(config.Settings())
    yield made
    made.close()


async def test_nobody_waits_for_ever_for_a_confirmation(publisher: publishing.Publisher) -> None:
    """That of a producer that was given up comes never."""
    with pytest.raises(errors.Unavailable, match="confirmed nothing"):
        await publisher.send("t", b"k", b"v")


@pytest.mark.parametrize(("partition", "produced"), [(None, -1), (3, 3)])
async def test_a_message_goes_where_its_key_or_the_caller_says(
    publisher: publishing.Publisher, silent: Silent, partition: int | None, produced: int
) -> None:
    with pytest.raises(errors.Unavailable):
        await publisher.send("t", b"k", b"v", partition=partition)
    assert silent.given[0][:4] == ("t", b"v", b"k", produced)
