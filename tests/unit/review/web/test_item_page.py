from __future__ import annotations

import base64
import dataclasses
import json
import re
from typing import Any

import pytest

from processor.core import errors
from processor.core.records import Action
from processor.core.rules import rule, violation
from processor.review.values import Holder, Item, Reviewer
from tests import builders, reviewing
from tests.review_client import serving, site, text

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror='alert(2)'>",
    '"><b onmouseover="x">\'',
    "{{ 7 * 7 }}{% raw %}",
    "\u202eright to left\u2066",
    "nul \x00 and \x1b[31m",
    "lone \ud800 surrogate",
)
RIGHT = {"category": "card", "reason": "lost"}


@rule
def no_lost(event: Any, answer: Any, passages: Any) -> Any:
    return violation("$.reason", "Nothing is lost.") if answer["reason"] == "lost" else None


async def page_of(item: Item, me: Reviewer = reviewing.ANN, status: int = 200) -> str:
    async with serving(site(reviewing.FakeView(item), sort=builders.a_task(no_lost)), me) as client:
        return await text(client, f"/items/{item.ref}", status)


async def test_one_page_shows_event_answer_reason_attempts_and_story() -> None:
    page = await page_of(reviewing.item())
    for told in ("Where is my card?", "No answer was accepted in 2 steps.", "retry.md", "acme", "Produced", "$0.00040"):
        assert told in page
    assert "Yours until 09:35 UTC" in page


async def test_an_id_that_was_used_again_is_told_beside_the_one_that_is_decided() -> None:
    told = "The id of this event was used again"
    assert told not in await page_of(reviewing.item())
    item = dataclasses.replace(reviewing.item(), others=True)
    assert told in await page_of(item)
    async with serving(site(reviewing.FakeView(item), sort=builders.a_task(no_lost)), reviewing.ANN) as client:
        assert told in await text(client, "/events/sort/e-1")


async def test_who_asks_for_the_headers_alone_takes_no_lease() -> None:
    item = reviewing.item()
    async with serving(site(reviewing.FakeView(item), sort=builders.a_task(no_lost)), reviewing.ANN) as client:
        assert (await client.head(f"/items/{item.ref}")).status == 405


async def test_the_form_keeps_the_filter_and_what_was_skipped() -> None:
    item = reviewing.item()
    async with serving(site(reviewing.FakeView(item), sort=builders.a_task(no_lost)), reviewing.ANN) as client:
        page = await text(client, f"/items/{item.ref}?task=sort&skip=x", 200)
    assert f'<form method="post" action="/items/{item.ref}?task=sort&amp;skip=x"' in page


async def test_what_stands_against_a_place_is_beside_it_and_said_to_screen_readers() -> None:
    page = await page_of(reviewing.item())
    group = re.search(r"<fieldset[^>]*><legend>Category</legend>.*?</fieldset>", page, re.DOTALL)
    assert group is not None
    assert 'id="v-answer.category"' in group.group()
    assert 'aria-describedby="v-answer.category' in group.group()
    assert "Must be one of the categories." in group.group()


@pytest.mark.parametrize(("places", "named"), [(9, True), (3, False)])
async def test_of_a_form_longer_than_a_window_the_top_says_where_something_is_wrong(places: int, named: bool) -> None:
    names = [f"place_{number}" for number in range(places)]
    schema = {"type": "record", "name": "Long", "fields": [{"name": each, "type": "string"} for each in names]}
    found = [reviewing.violation(f"$.{names[-1]}", message="Is not in the text."), reviewing.violation("$")]
    item = reviewing.item(answer=dict.fromkeys(names, "x"), violations=found)
    async with serving(site(reviewing.FakeView(item), sort=builders.a_task(schema=json.dumps(schema)))) as client:
        page = await text(client, f"/items/{item.ref}")
    told = re.findall(r'<p class="pointers">Against it: (.*?) <kbd', page)
    assert told == ([f'<a href="#f-answer.{names[-1]}">Place {places - 1}</a>'] if named else [])


@pytest.mark.parametrize("wild", HOSTILE)
async def test_hostile_texts_are_only_texts(wild: str) -> None:
    said = reviewing.violation(message=wild, found=wild, expected=wild, rule=wild)
    item = reviewing.item(
        f"e-{wild}",
        text=wild,
        answer={"category": wild, "reason": wild},
        attempts=[reviewing.attempt(answer=wild, violations=[said], model=wild), reviewing.attempt(2)],
        violations=[said],
        detail=wild,
        passages=[_passage(wild)],
    )
    page = await page_of(item)
    assert "<script>alert" not in page
    assert "<b onm" not in page
    assert "<img src=x" not in page
    assert not re.search("[\x00\ud800]", page)
    read = re.sub(r'value="[^"]*"|<textarea.*?</textarea>', "", page, flags=re.DOTALL)
    assert not re.search("[\x1b\u202e\u2066]|49", read)


async def test_a_text_that_turns_around_stays_in_its_control_and_nowhere_else() -> None:
    page = await page_of(reviewing.item(answer={"category": "card", "reason": "\u202eabc"}))
    assert page.count("\u202e") == 1
    assert "\\u202eabc" not in page


async def test_words_that_the_event_has_too_are_marked() -> None:
    item = reviewing.item(text="My card is lost", passages=[_passage("Cards that are lost <b>are</b> blocked")])
    assert "<mark>Cards</mark> that are <mark>lost</mark> &lt;b&gt;are&lt;/b&gt; blocked" in await page_of(item)


@pytest.mark.parametrize("kind", ["audit", "second"])
async def test_a_blind_check_tells_nothing(kind: str) -> None:
    item = reviewing.item(answer=RIGHT, detail="SECRET", violations=[reviewing.violation(message="SECRET")])
    if kind == "audit":
        item = dataclasses.replace(item, inclusion=0.25)
    else:
        ruled = reviewing.ruling(item, "bob", Action.CORRECT, answer={"category": "refund"}, note="SECRET")
        item = dataclasses.replace(item, second=True, rulings=(ruled,))
    page = await page_of(item)
    assert "Blind check" in page
    assert 'name="seen" value="blind"' in page
    for hidden in ("SECRET", "bob", "retry.md", "Attempts", "aria-invalid", "audit", "0.25", "send_back", "$0.0004"):
        assert hidden not in page


async def test_blind_checks_of_both_kinds_look_alike() -> None:
    audit = reviewing.item(answer=RIGHT, reason="audit", inclusion=0.25)
    second = reviewing.item(answer=RIGHT, second=True)
    second = dataclasses.replace(second, rulings=(reviewing.ruling(second, "bob"),))
    pages = [re.sub(r'name="id" value="[^"]*"', "", await page_of(each)) for each in (audit, second)]
    assert pages[0] == pages[1]


async def test_a_decided_item_can_only_be_looked_at() -> None:
    item = reviewing.item()
    item = dataclasses.replace(item, rulings=(reviewing.ruling(item, "bob", Action.REJECT, note="nonsense"),))
    page = await page_of(item)
    assert "Rejected by bob" in page
    assert "nonsense" in page
    assert 'id="form"' not in page


async def test_who_comes_second_to_an_item_sees_who_has_it() -> None:
    item = reviewing.item()
    view = reviewing.FakeView(item, reviewing.item("e-2"))
    view.holders[item.ref] = Holder("bob", reviewing.NOW)
    async with serving(site(view, sort=builders.a_task()), reviewing.ANN) as client:
        page = await text(client, f"/items/{item.ref}?order=newest")
    assert "bob is looking at this, until 09:30 UTC at most" in page
    assert 'id="form"' not in page
    assert f'href="/items/{reviewing.item("e-2").ref}?order=newest"' in page


async def test_without_kafka_the_page_still_shows_and_says_so() -> None:
    view = reviewing.FakeView(reviewing.item())
    desk = reviewing.FakeDesk(view)
    desk.fails = errors.Unavailable("kafka", "away")
    async with serving(site(view, desk, sort=builders.a_task()), reviewing.ANN) as client:
        page = await text(client, f"/items/{reviewing.item().ref}")
    assert "Kafka is away" in page
    assert 'id="form"' in page


async def test_what_is_not_in_scope_is_not_there() -> None:
    stranger = Reviewer("zoe", tasks=frozenset({"other"}))
    for path in ("", "/bytes"):
        async with serving(site(reviewing.FakeView(reviewing.item())), stranger) as client:
            await text(client, f"/items/{reviewing.item().ref}{path}", 404)
    async with serving(site(reviewing.FakeView(reviewing.item())), stranger) as client:
        page = await text(client, "/events/sort/e-1", 404)
    assert "No such event in review" in page


async def test_bytes_are_shown_written_out_and_can_be_downloaded_whole() -> None:
    raw = b"\x00\x1b[31m<script>\xff"
    item = reviewing.item(
        "untuned.tasks/0/7", event=None, raw=base64.b64encode(raw).decode(), answer=None, attempts=[], violations=[]
    )
    async with serving(site(reviewing.FakeView(item)), reviewing.ANN) as client:
        page = await text(client, f"/items/{item.ref}")
        async with client.get(f"/items/{item.ref}/bytes") as answer:
            assert await answer.read() == raw
            assert answer.content_type == "application/octet-stream"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "\\x00\\x1b[31m&lt;script&gt;\\xff" in page
    assert "00000000  00 1b 5b 33" in page
    assert 'href="/events/-/untuned.tasks%2F0%2F7"' in page
    assert 'value="accept"' not in page


async def test_a_very_long_text_is_folded_and_whole() -> None:
    page = await page_of(reviewing.item(text="long words " * 10_000))
    assert "Show all 110,000 characters" in page
    assert page.count("words") >= 10_000


async def test_an_event_s_page_has_all_its_rounds() -> None:
    first = reviewing.item()
    first = dataclasses.replace(first, rulings=(reviewing.ruling(first, "bob", Action.SEND_BACK, note="look again"),))
    again = dataclasses.replace(first.row, key=dataclasses.replace(first.key, replay=1))
    second = dataclasses.replace(reviewing.item(), row=again)
    async with serving(site(reviewing.FakeView(first, second)), reviewing.ANN) as client:
        page = await text(client, "/events/sort/e-1")
    for told in ("2 rounds of review", "sent back by bob", "look again", "waits for a person", "for the first time"):
        assert told in page


async def test_an_event_s_page_keeps_blind_checks_blind() -> None:
    item = reviewing.item(second=True, detail="SECRET")
    item = dataclasses.replace(item, rulings=(reviewing.ruling(item, "bob", note="SECRET"),))
    async with serving(site(reviewing.FakeView(item)), reviewing.ANN) as client:
        page = await text(client, "/events/sort/e-1")
    assert "a blind check" in page
    assert "SECRET" not in page
    assert "bob" not in page


async def test_an_unknown_event_is_offered_a_search() -> None:
    async with serving(site(reviewing.FakeView()), reviewing.ANN) as client:
        page = await text(client, "/events/sort/a%2Fb%3C&?x=1", 404)
    assert 'href="/queue?state=all&amp;text=a/b%3C%26"' in page


def _passage(said: str) -> dict[str, Any]:
    return {
        "id": "p-1",
        "kind": "example",
        "source": "docs/cards.md",
        "title": said,
        "score": 0.5,
        "content_hash": "0" * 16,
        "text": said,
        "input": {"text": said},
        "answer": {"reason": said},
    }
