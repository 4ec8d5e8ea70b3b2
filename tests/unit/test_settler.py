import asyncio
import dataclasses
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from processor.adapters.settler import Settler
from processor.core import auditing, errors, routing
from processor.core.delivery import identity, parking
from processor.core.records import Reason, Result, Retry, Review, Wait, Work
from tests import builders

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
WORK = builders.work()
TASK = builders.a_task()
MADE = routing.provenance(WORK, TASK)


class Outside:
    """A pipeline, a broker, a memory, a place and a story, with what they are told to do."""

    def __init__(
        self,
        *,
        opened: list[Any] | None = None,
        decisions: list[Any] | None = None,
        publishing: list[Exception | None] | None = None,
        done: bool = False,
    ):
        self.opened = opened or [WORK]
        self.decisions = decisions or [DONE]
        self.publishing = publishing or [None]
        self.done = done
        self.finishing: list[Exception | None] = [None]
        self.attempted: list[Work] = []
        self.published: list[Any] = []
        self.finished: list[tuple[int, str, str]] = []
        self.slept: list[float] = []
        self.told: list[Any] = []
        self.warned: list[tuple[str, dict[str, Any]]] = []
        self.settled: list[Any] = []
        self.answered = 0
        self.answers_between = 0
        self.parks_with: Any = None
        self.parks_after: Any = None
        self.is_aside = self.is_idle = self.is_delivering = False

    async def open(self, _):
        return self.opened.pop(0)

    async def attempt(self, message, work):
        self.attempted.append(work)
        self.answered += self.answers_between
        decision = self.decisions.pop(0) if len(self.decisions) > 1 else self.decisions[0]
        return dataclasses.replace(decision, work=work) if isinstance(decision, Wait) else decision

    async def publish(self, decision):
        error = self.publishing.pop(0)
        if error is not None:
            raise error
        self.published.append(decision)

    @asynccontextmanager
    async def claim(self, partition, attempt):
        yield not self.done

    async def finish(self, *told):
        error = self.finishing.pop(0)
        if error is not None:
            raise error
        self.finished.append(told)

    @asynccontextmanager
    async def aside(self):
        self.is_aside = True
        yield
        self.is_aside = False

    async def sleep(self, seconds: float):
        self.slept.append(seconds)
        self.told.append("aside" if self.is_aside else "idle" if self.is_idle else "busy")

    def decided(self, message, decision, seconds):
        self.told.append(type(decision))
        self.settled.append(decision)

    def repeated(self, message, work):
        self.told.append("repeated")

    def warn(self, event, **fields):
        self.warned.append((event, fields))

    async def settle(self, value: bytes = b"{}"):
        made = Settler(
            self,
            self.publish,
            self,
            self,
            parks=lambda _, met: self.parks_with or (self.parks_after if met else None),
            answered=lambda _: self.answered,
            sleep=self.sleep,
            jitter=lambda: 0.5,
            now=lambda: NOW,
        )
        await made.settle(builders.message(value), self)


DONE = Review(Reason.RULE, "a person", builders.message(), WORK)
AUDIT = Review(Reason.AUDIT, "it passed", builders.message(), WORK, answer={}, provenance=MADE, inclusion=0.1)
PASSED = Result(WORK, {}, (), MADE, TASK.contract, audit=AUDIT)
AWAY = Wait("model", "no connection", provenance=MADE)
FAILED = Wait("model", "HTTP 500", suspect=True, provenance=MADE)


async def test_an_event_is_published_then_remembered():
    outside = Outside()
    await outside.settle()
    assert outside.published == [DONE]
    assert outside.finished == [(0, identity.of(WORK), "review")]
    assert outside.told == [Review]


async def test_an_attempt_that_is_done_is_neither_made_nor_published():
    outside = Outside(done=True)
    await outside.settle()
    assert (outside.attempted, outside.published, outside.told) == ([], [], ["repeated"])


async def test_an_outage_is_waited_out_and_told_once():
    limited = Wait("model", "HTTP 429", retry_after=7.0, provenance=MADE)
    outside = Outside(decisions=[AWAY, limited, DONE])
    await outside.settle()
    assert outside.published == [DONE]
    assert outside.told == [Wait, "idle", "idle", Review]
    assert outside.slept[0] > 0
    assert outside.slept[1] >= 7.0


async def test_a_schema_that_cannot_be_asked_for_is_waited_for():
    outside = Outside(opened=[Wait("registry", "away"), WORK])
    await outside.settle()
    assert outside.published == [DONE]
    assert len(outside.slept) == 1


async def test_bytes_that_hold_no_event_are_remembered_by_their_place():
    outside = Outside(opened=[dataclasses.replace(DONE, work=None)])
    await outside.settle()
    assert outside.attempted == []
    assert outside.finished == [(0, identity.of_place(builders.message()), "review")]


@pytest.mark.parametrize(
    ("seconds", "delay", "waits"),
    [
        (20, 30, 20),
        (-5, 30, None),
        (1e9, 1e9, parking.LONGEST),
        (86_400, 30, 30),  # the other machine's clock is a day ahead
        (86_400, 0, None),
        (20, -7, None),
    ],
)
async def test_an_event_that_is_not_due_yet_waits_aside(seconds, delay, waits):
    outside = Outside(opened=[dataclasses.replace(WORK, due_at=NOW + timedelta(seconds=seconds), delay=delay)])
    await outside.settle()
    assert outside.slept == ([] if waits is None else [waits])
    assert outside.told[:-1] == ([] if waits is None else ["aside"])
    assert outside.published == [DONE]


async def test_who_keeps_others_is_parked_without_a_try_and_is_not_done():
    outside = Outside()
    outside.parks_with = MADE
    await outside.settle()
    (retry,) = outside.published
    assert isinstance(retry, Retry)
    assert (retry.attempt, retry.parked, retry.due_in) == (1, True, parking.OUTAGE)
    assert (outside.attempted, outside.finished) == ([], [])


async def test_who_keeps_others_by_what_it_waits_for_is_parked_after_one_wait():
    outside = Outside(decisions=[Wait("weaviate", "no such collection", broken=True, provenance=MADE)])
    outside.parks_after = MADE
    await outside.settle()
    (retry,) = outside.published
    assert (retry.parked, len(outside.attempted), len(outside.slept)) == (True, 1, 1)


async def test_an_event_whose_calls_fail_while_others_pass_is_parked_and_at_last_seen_by_people():
    work, dues, tries = WORK, [], 0
    for _ in range(10):
        outside = Outside(opened=[work], decisions=[FAILED])
        outside.answers_between = 3
        await outside.settle()
        tries += len(outside.attempted)
        (out,) = outside.published
        if isinstance(out, Review):
            break
        dues.append(out.due_in)
        work = out.work
    assert isinstance(out, Review)
    assert out.reason is Reason.CALL_FAILED
    assert "HTTP 500" in out.detail
    assert dues == [15.0, 30.0, 60.0]
    assert tries == parking.MOST_FAILURES + 4  # the first of each stay says nothing yet


async def test_a_call_that_fails_while_no_other_passes_is_an_outage():
    outside = Outside(decisions=[*[FAILED] * 30, DONE])
    await outside.settle()
    assert outside.published == [DONE]
    assert outside.attempted[-1].call_failures == 0


async def test_a_publish_that_fails_is_repeated_without_deciding_again():
    outside = Outside(publishing=[errors.Unavailable("kafka", "away"), None])
    await outside.settle()
    assert outside.published == [DONE]
    assert outside.told == [Wait, "busy", Review]
    assert outside.is_delivering
    assert len(outside.attempted) == 1


async def test_what_the_journal_cannot_take_yet_is_tried_again_without_publishing_again():
    outside = Outside()
    outside.finishing = [errors.Unavailable("kafka", "away"), None]
    await outside.settle()
    assert outside.published == [DONE]
    assert len(outside.finished) == 1


async def test_a_registry_that_refuses_us_is_waited_for_and_no_defect():
    outside = Outside(publishing=[errors.Misconfigured("registry", "incompatible"), None])
    await outside.settle()
    assert outside.published == [DONE]


async def test_what_cannot_be_published_goes_to_people_with_its_bytes():
    outside = Outside(publishing=[ValueError("too large"), None])
    await outside.settle(b"the bytes")
    (review,) = outside.published
    assert review.reason is Reason.INTERNAL_ERROR
    assert review.message.value == b"the bytes"
    assert "too large" in review.detail


async def test_what_is_too_large_for_the_review_topic_too_is_told_by_its_place():
    outside = Outside(publishing=[ValueError("one"), ValueError("two"), None])
    await outside.settle(b"large")
    (review,) = outside.published
    assert (review.reason, review.work, review.message.value) == (Reason.INTERNAL_ERROR, None, None)
    assert review.message.origin == builders.message().origin


async def test_when_even_that_fails_the_event_stays_uncommitted():
    outside = Outside(publishing=[ValueError("one"), ValueError("two"), ValueError("three")])
    with pytest.raises(ValueError, match="three"):
        await outside.settle()
    assert outside.finished == []


async def test_the_wait_ends_when_it_is_cancelled():
    outside = Outside(decisions=[AWAY])
    outside.sleep = lambda seconds: asyncio.sleep(3600)  # type: ignore[method-assign]
    settling = asyncio.create_task(outside.settle())
    await asyncio.sleep(0.01)
    settling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await settling
    assert (outside.published, outside.finished) == ([], [])


async def test_a_defect_that_quotes_much_is_cut_so_that_people_hear_of_it():
    outside = Outside()

    async def publish(decision: Any):
        if isinstance(decision, Review) and len(decision.detail) < 20_000:
            outside.published.append(decision)
            return
        raise ValueError("the contents: " + 100_000 * "x")

    outside.publish = publish  # type: ignore[method-assign]
    outside.decisions = [dataclasses.replace(DONE, detail=30_000 * "x")]
    await outside.settle()
    (review,) = outside.published
    assert (review.reason, review.work is None) == (Reason.INTERNAL_ERROR, False)
    assert "the contents" in review.detail


async def test_a_result_that_is_audited_is_out_before_its_audit_and_both_before_it_is_done():
    outside = Outside(decisions=[PASSED], publishing=[None, None])
    await outside.settle()
    assert outside.published == [PASSED, AUDIT]
    assert outside.finished == [(0, identity.of(WORK), "result")]
    assert outside.told == [Result]


async def test_an_audit_waits_for_the_broker_and_its_result_is_not_sent_again():
    outside = Outside(decisions=[PASSED], publishing=[None, errors.Unavailable("kafka", "away"), None])
    await outside.settle()
    assert outside.published == [PASSED, AUDIT]
    assert outside.told == [Wait, "busy", Result]


async def test_an_audit_that_is_too_large_is_sent_with_less():
    outside = Outside(decisions=[PASSED], publishing=[None, ValueError("too large"), None])
    await outside.settle()
    assert outside.published == [PASSED, auditing.lighter(AUDIT)]
    assert outside.warned == []


async def test_an_audit_that_cannot_be_sent_is_left_out_and_said_and_its_result_stays():
    outside = Outside(decisions=[PASSED], publishing=[None, ValueError("the contents"), ValueError("the contents")])
    await outside.settle()
    assert outside.published == [PASSED]
    assert outside.finished == [(0, identity.of(WORK), "result")]
    assert outside.warned == [("audit_left_out", {"error": "ValueError", "id": "e1", "task": "sort"})]
    assert outside.settled == [dataclasses.replace(PASSED, audit=None)]


async def test_a_result_that_cannot_be_sent_goes_to_people_once_and_is_no_audit():
    outside = Outside(decisions=[PASSED], publishing=[ValueError("too large"), None])
    await outside.settle()
    (review,) = outside.published
    assert (review.reason, review.inclusion) == (Reason.INTERNAL_ERROR, None)
