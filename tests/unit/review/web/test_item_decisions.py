from __future__ import annotations

import dataclasses
import datetime as dt
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest

from processor.core import errors
from processor.core.records import Action, Ruling
from processor.core.rules import rule, violation
from processor.review.values import Holder, Item, Reviewer, Settled
from tests import builders, review_client, reviewing
from tests.review_client import serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from processor.review.web.site import Site

RIGHT = {"category": "card", "reason": "It is lost."}
CONTROLS = {"answer.category": "card", "answer.reason": "It is lost."}
ID = "an-id-of-a-form-0001"


@rule
def no_promises(event: Any, answer: Any, passages: Any) -> Any:
    return violation("$.reason", "Promise nothing.") if "promise" in answer["reason"] else None


def given(action: str = "accept", **changes: str) -> dict[str, str]:
    opened = (reviewing.NOW - dt.timedelta(seconds=40)).isoformat()
    form = {"id": ID, "opened": opened, "seen": "open", "visible": "12.5", "action": action, "note": "", **CONTROLS}
    return {**form, **changes}


class Asked:
    """The application over items, and what came of a form."""

    def __init__(self, *items: Item, me: Reviewer = reviewing.ANN) -> None:
        self.view = reviewing.FakeView(*items)
        self.desk = reviewing.FakeDesk(self.view)
        self.site: Site = review_client.site(self.view, self.desk, sort=builders.a_task(no_promises))
        self.item, self.me = items[0], me

    async def post(self, form: Mapping[str, Any], query: str = "", path: str = "") -> tuple[int, str, str]:
        address = f"/items/{self.item.ref}{path}{query}"
        async with (
            serving(self.site, self.me) as client,
            client.post(address, data=form, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers.get("Location", ""), await answer.text()

    @property
    def rulings(self) -> tuple[Ruling, ...]:
        return self.view.items[self.item.ref].rulings


def item(event_id: str = "e-1", **changes: Any) -> Item:
    return reviewing.item(event_id, **{"answer": RIGHT, **changes})


async def test_an_accepted_answer_leads_to_the_next_item_of_the_filter() -> None:
    asked = Asked(item(), item("e-2"), item("e-3", task="sort"))
    status, location, _ = await asked.post(given(), "?task=sort&skip=x")
    (ruling,) = asked.rulings
    assert (status, location) == (HTTPStatus.SEE_OTHER, f"/items/{item('e-2').ref}?task=sort&skip=x")
    assert (ruling.id, ruling.action, ruling.answer, ruling.by) == (ID, Action.ACCEPT, RIGHT, "ann")
    assert ruling.seconds == 12.5
    assert [each.what for each in asked.site.log.read()] == ["decided"]


async def test_the_last_item_leads_to_the_queue() -> None:
    assert (await Asked(item()).post(given("reject", note="nonsense"), "?order=newest"))[1] == "/queue?order=newest"


async def test_a_correction_is_the_typed_answer() -> None:
    asked = Asked(item())
    status, _, _ = await asked.post(given("correct", **{"answer.category": "refund"}))
    (ruling,) = asked.rulings
    assert status == HTTPStatus.SEE_OTHER
    assert (ruling.action, ruling.answer) == (Action.CORRECT, {**RIGHT, "category": "refund"})


async def test_a_text_that_nobody_changed_stays_as_it_was_letter_by_letter() -> None:
    """A browser makes line feeds of carriage returns, and U+FFFD of NUL."""
    asked = Asked(item(answer={"category": "card", "reason": "It\ris\x00lost."}))
    as_shown = {"answer.reason": "It\r\nis\ufffdlost.", "answer.reason.__was": '"It\\ris\\u0000lost."'}
    status, _, _ = await asked.post(given("correct", **as_shown, **{"answer.category": "refund"}))
    assert status == HTTPStatus.SEE_OTHER
    assert asked.rulings[0].answer == {"category": "refund", "reason": "It\ris\x00lost."}
    again = Asked(asked.item)
    assert (await again.post(given("accept", **as_shown)))[0] == HTTPStatus.SEE_OTHER


async def test_what_is_wrong_with_the_answer_alone_is_summed_up_too() -> None:
    status, _, page = await Asked(item()).post(given("correct", **{"answer.category": ""}))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert 'id="summary"' in page
    assert page.count('<a href="#f-answer.category">') == 1


@pytest.mark.parametrize("wild", ["<script>", '"quoted"', "\x00nul", "two\r\nlines of it", "\u202eturned"])
async def test_a_refused_form_comes_back_as_it_was_typed(wild: str) -> None:
    asked = Asked(item())
    status, _, page = await asked.post(given("correct", note=wild, **{"answer.category": "", "answer.reason": wild}))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert asked.rulings == ()
    assert '<a href="#f-answer.category">' in page
    assert re.search(r'name="id" value="an-id-of-a-form-0001"', page)
    assert "<script>" not in page.replace('<script src="', "")
    typed = wild.replace("\x00", "\ufffd").replace("\r\n", "\n")
    escaped = typed.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&#34;")
    assert page.count(escaped) >= 2


async def test_a_rule_can_be_overridden_with_a_reason() -> None:
    asked = Asked(item())
    typed = {"answer.reason": "We promise it."}
    status, _, page = await asked.post(given("correct", **typed))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "Promise nothing." in page
    assert 'name="override"' in page
    status, _, page = await asked.post(given("correct", override="yes", **typed))
    assert (status, '<a href="#note">' in page) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    status, _, page = await asked.post(given("correct", override="yes", note="It is in the contract.", **typed))
    assert status == HTTPStatus.SEE_OTHER
    assert [each.rule for each in asked.rulings[0].overridden] == ["no_promises"]


@pytest.mark.parametrize("action", ["send_back", "reject"])
async def test_who_sends_back_or_rejects_says_why(action: str) -> None:
    asked = Asked(item())
    status, _, page = await asked.post(given(action))
    assert (status, '<a href="#note">' in page) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert (await asked.post(given(action, note="Look at the second line.")))[0] == HTTPStatus.SEE_OTHER
    assert asked.rulings[0].note == "Look at the second line."


async def test_accepting_does_not_lose_what_was_typed() -> None:
    asked = Asked(item())
    status, _, page = await asked.post(given("accept", **{"answer.reason": "It was stolen."}))
    assert status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "You changed the answer." in page
    assert "It was stolen." in page
    assert asked.rulings == ()


async def test_an_answer_can_be_checked_without_deciding() -> None:
    asked = Asked(item())
    status, _, page = await asked.post(given("check", **{"answer.reason": "We promise it."}))
    assert (status, "Promise nothing." in page) == (HTTPStatus.OK, True)
    status, _, page = await asked.post(given("check"))
    assert "Nothing stands against this answer." in page
    assert asked.rulings == ()


async def test_checking_a_blind_answer_that_nobody_changed_tells_nothing() -> None:
    kept = {"category": "card", "reason": "We promise it."}
    asked = Asked(item(inclusion=0.5, reason="audit", answer=kept))
    _, _, page = await asked.post(given("check", seen="blind", **{"answer.reason": "We promise it."}))
    assert "Promise nothing." not in page


@pytest.mark.parametrize("action", ["", "burn", "undo"])
async def test_an_unknown_action_decides_nothing(action: str) -> None:
    asked = Asked(item())
    status, _, _ = await asked.post(given(action))
    assert status in (HTTPStatus.OK, HTTPStatus.UNPROCESSABLE_ENTITY)
    assert asked.rulings == ()


async def test_the_second_is_told_who_was_first_and_what_they_gave_themselves() -> None:
    first = reviewing.ruling(item(), "bob", Action.REJECT, note="makes no sense")
    asked = Asked(dataclasses.replace(item(), rulings=(first,)))
    status, _, page = await asked.post(given("correct", note="my note", **{"answer.reason": "my own words"}))
    assert status == HTTPStatus.CONFLICT
    for told in ("bob was first", "makes no sense", "my note", "my own words"):
        assert told in page
    assert asked.rulings == (first,)


async def test_a_race_lost_at_kafka_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Asked(item())
    decide = asked.desk.decide

    async def late(ruling: Ruling) -> Any:
        await decide(reviewing.ruling(item(), "bob", note="I was quicker"))
        return await decide(ruling)

    monkeypatch.setattr(asked.desk, "decide", late)
    status, _, page = await asked.post(given())
    assert (status, "I was quicker" in page) == (HTTPStatus.CONFLICT, True)
    assert [each.by for each in asked.rulings] == ["bob", "ann"]


async def test_who_comes_second_sees_both_answers_place_by_place() -> None:
    asked = Asked(item())
    first = reviewing.ruling(asked.item, "bob", Action.CORRECT, answer={**RIGHT, "category": "refund"})
    asked.view.items[asked.item.ref] = dataclasses.replace(asked.item, rulings=(first,))
    _, _, page = await asked.post(given())
    found = re.findall(r'<tr( class="changed")?><th scope="row">category</th>\s*<td><span class="said">(\w+)<', page)
    assert found == [(' class="changed"', "refund"), (' class="changed"', str(RIGHT["category"]))]


async def test_the_same_form_sent_twice_is_one_ruling() -> None:
    asked = Asked(item())
    await asked.post(given())
    status, location, _ = await asked.post(given())
    assert (status, location, len(asked.rulings)) == (HTTPStatus.SEE_OTHER, "/queue", 1)


@pytest.mark.parametrize(
    "again",
    [
        given("reject", note="nonsense"),
        given("correct", **{"answer.category": "refund"}),
        given("send_back", note="look again"),
    ],
)
async def test_another_button_of_a_form_that_was_taken_is_told_not_to_count(again: dict[str, str]) -> None:
    """The answer to the first was lost, and the reviewer has changed their mind meanwhile."""
    asked = Asked(item())
    await asked.post(given())
    status, _, page = await asked.post(again)
    assert status == HTTPStatus.CONFLICT
    assert "Your first decision counts" in page
    assert [each.action for each in asked.rulings] == [Action.ACCEPT]


async def test_an_answer_other_than_the_one_that_was_taken_is_told_not_to_count() -> None:
    asked = Asked(item())
    first = given("correct", **{"answer.category": "refund"})
    for form, status in ((first, HTTPStatus.SEE_OTHER), (first, HTTPStatus.SEE_OTHER)):
        assert (await asked.post(form))[0] == status
    assert (await asked.post(given("correct", **{"answer.reason": "It is stolen."})))[0] == HTTPStatus.CONFLICT
    assert len(asked.rulings) == 1


async def test_a_race_lost_at_an_audit_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are blind there, and only the first one's correction is published."""
    asked = Asked(item(reason="audit", inclusion=0.1, violations=[]))
    first = reviewing.ruling(asked.item, "bob", blind=True)

    async def second(_: Ruling) -> Settled:
        return Settled(first, counts=False)

    monkeypatch.setattr(asked.desk, "decide", second)
    status, _, page = await asked.post(given("correct", seen="blind", **{"answer.category": "refund"}))
    assert status == HTTPStatus.CONFLICT
    assert "bob was first" in page


async def test_a_page_that_was_open_when_somebody_decided_is_no_blind_check() -> None:
    decided = item(second=True)
    decided = dataclasses.replace(decided, rulings=(reviewing.ruling(decided, "bob"),))
    asked = Asked(decided)
    status, _, page = await asked.post(given(seen="open"))
    assert (status, "bob was first" in page) == (HTTPStatus.CONFLICT, True)
    assert [each.blind for each in asked.rulings] == [False, False]


async def test_a_blind_check_is_nobodys_race() -> None:
    decided = item(second=True)
    decided = dataclasses.replace(decided, rulings=(reviewing.ruling(decided, "bob"),))
    asked = Asked(decided)
    assert (await asked.post(given(seen="blind")))[0] == HTTPStatus.SEE_OTHER
    assert asked.rulings[1].blind


@pytest.mark.parametrize(
    "failed", [errors.Unavailable("kafka", "Kafka is away"), errors.Misconfigured("kafka", "Kafka refuses us")]
)
async def test_without_kafka_nothing_is_saved_and_nothing_lost(failed: Exception) -> None:
    asked = Asked(item())
    asked.desk.fails = failed
    form = given("correct", note="my note", **{"answer.reason": "my own words"})
    status, _, page = await asked.post(form)
    assert status == HTTPStatus.SERVICE_UNAVAILABLE
    for kept in ("Not saved yet", "my note", "my own words", f'value="{ID}"', 'data-retry="correct"'):
        assert kept in page
    assert (await asked.post(form))[0] == HTTPStatus.SEE_OTHER
    assert [each.id for each in asked.rulings] == [ID]


async def test_time_is_never_longer_than_since_the_page_was_opened() -> None:
    asked = Asked(item())
    await asked.post(given(visible="9999"))
    assert asked.rulings[0].seconds == 40


async def test_a_skipped_item_is_given_back_and_not_offered_again() -> None:
    asked = Asked(item(), item("e-2"))
    asked.view.holders[asked.item.ref] = Holder("ann", reviewing.NOW)
    status, location, _ = await asked.post({}, "?task=sort&skip=x", "/skip")
    assert (status, location) == (HTTPStatus.SEE_OTHER, f"/next?task=sort&skip=x,{asked.item.ref}")
    assert asked.view.holders == {}


async def test_the_lease_is_renewed_and_its_loss_told() -> None:
    asked = Asked(item())
    assert '"mine": true' in (await asked.post({}, path="/lease"))[2]
    asked.view.holders[asked.item.ref] = Holder("bob", reviewing.NOW)
    _, _, told = await asked.post({}, path="/lease")
    assert '"mine": false' in told
    assert "bob is looking at this" in told
    asked.desk.fails = errors.Unavailable("kafka", "away")
    assert (await asked.post({}, path="/lease"))[0] == HTTPStatus.SERVICE_UNAVAILABLE


async def test_of_a_task_that_is_gone_an_event_can_be_rejected() -> None:
    asked = Asked(item(task="gone"))
    assert (await asked.post(given("correct")))[0] == HTTPStatus.UNPROCESSABLE_ENTITY
    assert (await asked.post(given("reject", note="no such task")))[0] == HTTPStatus.SEE_OTHER


async def test_what_is_out_of_scope_cannot_be_decided() -> None:
    stranger = Reviewer("zoe", tasks=frozenset({"other"}))
    for path in ("", "/skip", "/lease"):
        asked = Asked(item(), me=stranger)
        assert (await asked.post(given(), path=path))[0] == HTTPStatus.NOT_FOUND
        assert asked.rulings == ()


async def test_a_body_that_is_no_text_is_refused() -> None:
    asked = Asked(item())
    async with serving(asked.site, asked.me) as client:
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}
        async with client.post(f"/items/{asked.item.ref}", data=b"note=\xff", headers=headers) as answer:
            assert answer.status == HTTPStatus.BAD_REQUEST
