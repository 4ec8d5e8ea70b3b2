from typing import Any

import pytest

from processor.adapters.settler import Settler
from processor.core import errors
from processor.core.records import Reason, Review, Wait
from tests import builders


class Outside:
    """A pipeline, a broker and a story, with what they are told to do."""

    def __init__(self, *, decisions: list[Any], publishing: list[Exception | None]):
        self.decisions = decisions
        self.publishing = publishing
        self.published: list[Any] = []
        self.slept: list[float] = []
        self.told: list[Any] = []

    async def handle(self, _):
        return self.decisions.pop(0)

    async def publish(self, decision):
        error = self.publishing.pop(0)
        if error is not None:
            raise error
        self.published.append(decision)

    async def sleep(self, seconds: float):
        self.slept.append(seconds)

    def decided(self, message, decision, seconds):
        self.told.append(decision)

    def settler(self) -> Settler:
        return Settler(self.handle, self.publish, self, sleep=self.sleep, jitter=lambda: 1.0)


DONE = Review(Reason.RULE, "a person", builders.message())


async def test_an_outage_is_waited_out_and_nothing_is_published_meanwhile():
    away = [Wait("model", "no connection"), Wait("model", "HTTP 429", retry_after=7.0)]
    outside = Outside(decisions=[*away, DONE], publishing=[None])
    await outside.settler().settle(builders.message())
    assert outside.published == [DONE]
    assert outside.told == [*away, DONE]
    assert outside.slept[0] > 0
    assert outside.slept[1] >= 7.0


async def test_a_publish_that_fails_is_repeated_without_deciding_again():
    outside = Outside(decisions=[DONE], publishing=[errors.Unavailable("kafka", "away"), None])
    await outside.settler().settle(builders.message())
    assert outside.published == [DONE]
    assert [type(told) for told in outside.told] == [Wait, Review]


async def test_a_registry_that_refuses_us_is_waited_for_and_no_defect():
    outside = Outside(decisions=[DONE], publishing=[errors.Misconfigured("registry", "incompatible"), None])
    await outside.settler().settle(builders.message())
    assert outside.published == [DONE]
    assert outside.told == [Wait("registry", "incompatible", broken=True), DONE]


async def test_what_cannot_be_published_goes_to_people_with_its_bytes():
    outside = Outside(decisions=[DONE], publishing=[ValueError("too large"), None])
    await outside.settler().settle(builders.message(b"the bytes"))
    (review,) = outside.published
    assert review.reason is Reason.INTERNAL_ERROR
    assert review.message.value == b"the bytes"
    assert "too large" in review.detail


async def test_when_even_that_fails_the_event_stays_uncommitted():
    outside = Outside(decisions=[DONE], publishing=[ValueError("one"), ValueError("two")])
    with pytest.raises(ValueError, match="two"):
        await outside.settler().settle(builders.message())
