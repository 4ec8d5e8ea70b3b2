from __future__ import annotations

import re

import pytest

from processor.review.values import Reviewer, Role
from processor.review.web import log
from tests import reviewing
from tests.review_client import serving, site, text


async def test_the_log_is_paged_newest_first() -> None:
    at = site(reviewing.FakeView())
    for number in range(log.PAGE + 2):
        at.log.write("decided", "ann", event=f"e-{number}.", seconds=1.25)
    async with serving(at) as client:
        first = await text(client, "/log")
        found = re.search(r'href="([^"]+)" rel="next"', first)
        assert found is not None
        last = await text(client, found[1])
    assert first.index(f"e-{log.PAGE + 1}.") < first.index("e-2.")
    assert "e-1." not in first
    assert "e-1." in last
    assert "e-0." in last
    assert 'rel="next"' not in last


async def test_a_line_is_a_sentence_with_the_way_to_the_event() -> None:
    at = site(reviewing.FakeView())
    at.log.write("decided", "ann", task="sort", event="e/1", action="send_back", seconds=75.0)
    at.log.write("decided", "ann", task="", event="untuned.tasks/0/7", action="reject", bulk="a-token")
    at.log.write("bulk", "ann", action="accept", items=3, token="a-token")
    at.log.write("login", "ann", how="password", address="::1")
    async with serving(at) as client:
        page = await text(client, "/log")
    told = [" ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall(r"<tr><td.*?</tr>", page, re.DOTALL)]
    assert [each.partition("ann ")[2] for each in told] == [
        "logged in with a password, from ::1",
        "began to decide 3 items in bulk: accepted",
        "rejected untuned.tasks/0/7 in bulk",
        "sent back e/1 sort, looked at for 1 min 15 s",
    ]
    assert 'href="/events/sort/e%2F1"' in page
    assert 'href="/events/-/untuned.tasks%2F0%2F7"' in page


async def test_where_a_decision_in_bulk_stopped_is_told() -> None:
    at = site(reviewing.FakeView())
    at.log.write("bulk_stopped", "ann", done=1, items=30, why="Kafka is away.", token="of-a-job")
    async with serving(at) as client:
        page = await text(client, "/log")
    assert "stopped deciding in bulk after 1 of 30 items" in page
    assert "because: Kafka is away." in page
    assert "of-a-job" not in page


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.ADMIN, {"tasks": frozenset({"sort"})}),
        (Role.ADMIN, {"tenants": frozenset({"acme"})}),
        (Role.REVIEWER, {}),
    ],
)
async def test_none_but_an_administrator_of_all_tasks_and_tenants_sees_the_log(
    role: Role, scope: dict[str, frozenset[str]]
) -> None:
    me = Reviewer("eve", role, **scope)
    async with serving(site(reviewing.FakeView()), me) as client:
        await text(client, "/log", 403)
        assert '"/log"' not in await text(client, "/queue")


async def test_what_is_logged_is_only_text() -> None:
    at = site(reviewing.FakeView())
    at.log.write("<b>odd</b>", "<i>ann</i>", event="<script>\u202e")
    async with serving(at) as client:
        page = await text(client, "/log")
    assert "<script>" not in page
    assert "<i>ann" not in page
    assert "\\u202e" in page


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 40, "²"])
async def test_whatever_is_asked_for_gives_a_page(before: str) -> None:
    async with serving(site(reviewing.FakeView())) as client:
        assert "Nothing was noted" in await text(client, f"/log?before={before}")
