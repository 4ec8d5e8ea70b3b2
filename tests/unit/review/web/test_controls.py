from __future__ import annotations

import io

import pytest

from processor.core.records import Action
from processor.review.web import controls
from tests import builders, reviewing
from tests.review_client import serving, site

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(("number", "status"), [(controls.MOST, 400), (controls.MOST + 1, 413)])
async def test_a_form_has_as_many_controls_as_the_largest_answer_and_no_more(number: int, status: int) -> None:
    """One of many is read, and refused for what it asks for; one name often is as quick as many names."""
    async with serving(site(reviewing.FakeView())) as client:
        for text in ("action=burn&", "&".join(f"answer.{place}=x" for place in range(number - 1)) + "&action=burn"):
            body = (text * number if text.endswith("&") else text).rstrip("&").encode()
            async with client.post("/bulk", data=io.BytesIO(body), headers=FORM) as answer:
                assert answer.status == status


async def test_the_correction_of_a_long_list_is_taken() -> None:
    view = reviewing.FakeView(reviewing.item())
    (ref,) = view.items
    many = {f"answer.records.{place}.amount": "1" for place in range(5000)}
    given = {"answer.category": "refund", "answer.reason": "It is lost.", "action": "correct", "id": "i" * 20}
    async with (
        serving(site(view, sort=builders.a_task())) as client,
        client.post(f"/items/{ref}", data={**many, **given}, allow_redirects=False) as answer,
    ):
        assert answer.status == 303
    assert [each.action for each in view.items[ref].rulings] == [Action.CORRECT]


@pytest.mark.parametrize("path", ["/bulk", "/bulk/confirm"])
async def test_a_form_that_cannot_be_read_is_refused(path: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    async with serving(site(reviewing.FakeView())) as client, client.post(path, data=b"a=b", headers=headers) as answer:
        assert answer.status == 400
