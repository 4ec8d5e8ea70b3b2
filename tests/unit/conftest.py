"""Unit tests ask no model: a request that a test has not planned fails it, whatever server the environment names."""

from __future__ import annotations

import openai
import pytest


async def _refuse(*_: object, **__: object) -> None:
    pytest.fail("an unplanned request to a model; one that a stub answers is planned with the marker `asks_a_stub`")


@pytest.fixture(autouse=True)
def no_unplanned_model_request(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("asks_a_stub") is None:
        monkeypatch.setattr(openai.AsyncOpenAI, "post", _refuse)
