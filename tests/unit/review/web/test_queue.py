from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest

from processor.review.values import Holder, Item, Reviewer
from processor.review.web import queue
from tests import reviewing
from tests.review_client import serving, site, text


def rows(page: str) -> list[str]:
    return re.findall(r'<li id="row-.*?</li>', page, re.DOTALL)


def waiting(event_id: str, minutes: int = 0, **changes: Any) -> Item:
    made = reviewing.item(event_id, **changes)
    at = reviewing.NOW - dt.timedelta(minutes=minutes)
    return dataclasses.replace(made, row=dataclasses.replace(made.row, at=at, cost=Decimal("0.0004")))


async def test_a_row_tells_age_task_reason_rules_text_and_cost() -> None:
    async with serving(site(reviewing.FakeView(waiting("e-1", 180)))) as client:
        (row,) = rows(await text(client, "/queue"))
    for told in ("3 h", "sort", "No answer accepted", "enum", "Where is my card?", "$0.0004"):
        assert told in row


async def test_hostile_text_is_only_text() -> None:
    wild = "<script>alert(1)</script>\u202e\x1b{{ 7 * 7 }}"
    async with serving(site(reviewing.FakeView(waiting("e-1", text=wild)))) as client:
        page = await text(client, "/queue")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e\\x1b{{ 7 * 7 }}" in page


async def test_a_blind_check_tells_nothing_and_cannot_be_ticked() -> None:
    audit = waiting("e-1", reason="audit", inclusion=0.1)
    async with serving(site(reviewing.FakeView(audit))) as client:
        page = await text(client, "/queue")
    (row,) = rows(page)
    assert "Blind check" in row
    assert "checkbox" not in row
    assert "enum" not in page
    assert "audit" not in page.lower()


async def test_who_has_an_item_is_told_but_not_to_themselves() -> None:
    item = waiting("e-1")
    view = reviewing.FakeView(item)
    view.holders[item.ref] = Holder("bob", reviewing.NOW)
    for me, hidden in ((reviewing.EVE, False), (reviewing.BOB, True)):
        async with serving(site(view), me) as client:
            (row,) = rows(await text(client, "/queue"))
        assert ("data-held hidden" in row) == hidden


async def test_an_empty_queue_is_not_a_filter_without_hits() -> None:
    async with serving(site(reviewing.FakeView())) as client:
        assert "Nothing waits for you" in await text(client, "/queue")
        assert "Nothing fits this filter" in await text(client, "/queue?text=zebra")


async def test_what_means_nothing_in_an_address_is_said() -> None:
    async with serving(site(reviewing.FakeView(waiting("e-1")))) as client:
        page = await text(client, "/queue?order=random&min_cost=lots")
    assert "was left out: cost, order" in page
    assert len(rows(page)) == 1


async def test_values_to_filter_by_have_counts_and_take_themselves_off_again() -> None:
    view = reviewing.FakeView(waiting("e-1"), waiting("e-2", reason="refusal"))
    async with serving(site(view)) as client:
        page = await text(client, "/queue?reason=refusal")
    assert len(rows(page)) == 1
    assert re.search(r'href="/queue" aria-current="true"[^>]*><span class="said">Model refused</span>', page)
    assert re.search(r'data-count="reason" data-value="steps_exhausted">1<', page)


async def test_each_part_of_the_filter_can_be_taken_off_by_itself() -> None:
    async with serving(site(reviewing.FakeView(waiting("e-1", 300)))) as client:
        page = await text(client, "/queue?task=sort&older=7200&state=all")
        assert 'class="narrowed"' not in await text(client, "/queue?order=newest")
    parts = re.findall(r'class="chip" href="([^"]+)".*?<strong class="said">([^<]+)</strong>', page)
    assert parts == [
        ("/queue?older=7200&amp;state=all", "sort"),
        ("/queue?task=sort&amp;state=all", "Older than 2 h 0 min"),
    ]
    assert 'href="/queue?state=all">Clear the filter' in page


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["e-old", "e-new"]),
        ("order=newest", ["e-new", "e-old"]),
        ("age=older%3D3600", ["e-old"]),
        ("age=newer%3D3600", ["e-new"]),
        ("text=e-new", ["e-new"]),
        ("min_cost=1", []),
        ("task=other", []),
    ],
)
async def test_the_form_narrows_and_orders(query: str, ids: list[str]) -> None:
    old, new = waiting("e-old", 300), waiting("e-new", 1)
    async with serving(site(reviewing.FakeView(old, new))) as client:
        page = await text(client, f"/queue?{query}")
    refs = {old.ref: "e-old", new.ref: "e-new"}
    assert [refs[each] for each in re.findall(r'data-ref="([^"]+)"', page)] == ids


async def test_pages_lead_on_and_back() -> None:
    view = reviewing.FakeView(*(waiting(f"e-{number}", number) for number in range(queue.PAGE + 3)))
    async with serving(site(view)) as client:
        first = await text(client, "/queue?order=newest")
        assert len(rows(first)) == queue.PAGE
        found = re.search(r'href="([^"]+)" rel="next"', first)
        assert found is not None
        last = await text(client, found[1].replace("&amp;", "&"))
    assert len(rows(last)) == 3
    assert 'rel="next"' not in last
    assert 'href="/queue?order=newest" rel="first"' in last


async def test_reviewing_starts_at_the_first_item_that_is_free() -> None:
    taken, free = waiting("e-1", 20), waiting("e-2", 10)
    view = reviewing.FakeView(taken, free)
    view.holders[taken.ref] = Holder("bob", reviewing.NOW)
    async with serving(site(view)) as client:
        async with client.get("/next?task=sort", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, f"/items/{free.ref}?task=sort")
        async with client.get(f"/next?skip={free.ref}", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/queue"
        assert "You have seen all that is free here." in await text(client, "/queue")
        assert "You have seen all" not in await text(client, "/queue")


async def test_what_is_out_of_scope_is_counted_nowhere() -> None:
    hidden = reviewing.record("e-2", task="secret")["event"]
    view = reviewing.FakeView(waiting("e-1"), waiting("e-2", event=hidden))
    limited = Reviewer("ann", tasks=frozenset({"sort"}))
    async with serving(site(view), limited) as client:
        page = await text(client, "/queue?state=all")
    assert len(rows(page)) == 1
    assert "secret" not in page
