from __future__ import annotations

import io
import logging
import re

import pytest
from aiohttp import web

from processor.core import errors
from processor.review.web.app import MOST_BYTES
from tests import reviewing
from tests.review_client import serving, site, text

HOSTILE = "<script>alert(1)</script>"


def broken(raises: Exception) -> list[web.RouteDef]:
    async def handler(_: web.Request) -> web.Response:
        raise raises

    return [web.get("/broken", handler)]


async def test_every_answer_has_strict_headers() -> None:
    async with serving(site(reviewing.FakeView())) as client:
        for path in ("/queue", "/nothing", "/log", "/static/none.css"):
            async with client.get(path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
                assert "unsafe" not in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "same-origin"
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Server"] == "untuned"
                assert re.fullmatch(r"total;dur=[0-9.]+", answer.headers["Server-Timing"])


async def test_pages_bring_no_style_or_script_of_their_own() -> None:
    view = reviewing.FakeView(*(reviewing.item(f"e-{number}") for number in range(3)))
    async with serving(site(view)) as client:
        for path in ("/queue", "/quality", "/log", "/nothing"):
            async with client.get(path) as answer:
                page = await answer.text()
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)|javascript:", page)


async def test_static_files_are_kept_by_browsers_under_names_of_their_contents() -> None:
    async with serving(site(reviewing.FakeView())) as client:
        page = await text(client, "/queue")
        found = re.findall(r'"(/static/[^"]+)"', page)
        assert {name.rpartition(".")[2] for name in found} == {"css", "js", "svg"}
        for name in found:
            async with client.get(name) as answer:
                assert answer.status == 200
                assert "immutable" in answer.headers["Cache-Control"]


async def test_the_first_page_is_the_queue() -> None:
    async with serving(site(reviewing.FakeView())) as client, client.get("/", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/queue")


async def test_a_stage_that_is_away_is_said_with_what_to_do() -> None:
    away = broken(errors.Unavailable("kafka", "Kafka at localhost:9092 cannot be reached: start it."))
    async with serving(site(reviewing.FakeView()), routes=away) as client, client.get("/broken") as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert "Kafka at localhost:9092 cannot be reached: start it." in await answer.text()


async def test_a_defect_has_a_number_in_page_and_log_and_nothing_of_the_event(
    caplog: pytest.LogCaptureFixture,
) -> None:
    defect = broken(ValueError(f"{HOSTILE} of an event"))
    with caplog.at_level(logging.ERROR):
        async with serving(site(reviewing.FakeView()), routes=defect) as client:
            page = await text(client, "/broken", 500)
    (record,) = caplog.records
    number = record.getMessage().split()[1].rstrip(":")
    assert number in page
    assert "ValueError" in record.getMessage()
    assert "of an event" not in page + record.getMessage()


@pytest.mark.parametrize("refused", [web.HTTPForbidden, web.HTTPNotFound, web.HTTPBadRequest, web.HTTPTooManyRequests])
async def test_what_is_refused_is_a_page_of_the_application(refused: type[web.HTTPException]) -> None:
    async with serving(site(reviewing.FakeView()), routes=broken(refused())) as client, client.get("/broken") as answer:
        assert answer.status == refused.status_code
        assert "To the queue" in await answer.text()


async def test_a_method_that_a_page_does_not_take_is_told_with_those_that_it_does() -> None:
    async with serving(site(reviewing.FakeView())) as client, client.post("/queue") as answer:
        assert answer.status == 405
        assert "GET" in answer.headers["Allow"]


async def test_too_large_a_body_is_refused() -> None:
    async with serving(site(reviewing.FakeView())) as client:
        large = io.BytesIO(b"filter=" + b"x" * MOST_BYTES)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with client.post("/bulk", data=large, headers=headers) as answer:
            assert answer.status == 413


async def test_trouble_with_kafka_is_told_on_every_page() -> None:
    async with serving(site(reviewing.FakeView()), trouble=lambda: "Nobody answers at localhost:9092.") as client:
        assert "Nobody answers at localhost:9092." in await text(client, "/queue")


async def test_nobody_sees_no_names_and_no_counts() -> None:
    async with serving(site(reviewing.FakeView(reviewing.item())), me=None) as client:
        page = await text(client, "/nothing", 404)
        assert "Log out" not in page
        assert "waiting" not in page


async def test_only_administrators_have_the_way_to_the_log() -> None:
    async with serving(site(reviewing.FakeView()), me=reviewing.ANN) as client:
        assert "/log" not in (await text(client, "/queue")).replace("/logout", "")
        await text(client, "/log", 403)
