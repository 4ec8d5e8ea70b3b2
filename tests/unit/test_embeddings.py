from __future__ import annotations

import asyncio
import base64
import json
import struct

import httpx2
import openai
import pytest

from processor.adapters.embeddings import Embedder
from processor.core import errors
from processor.core.lookup import collections

pytestmark = pytest.mark.asks_a_stub


@pytest.fixture
def asked():
    return []


@pytest.fixture
async def embed(asked):
    """Embeds through the real client; `answer` is what the server would say."""
    clients = []

    def make(answer, status=200):
        def handle(request: httpx2.Request) -> httpx2.Response:
            asked.append(json.loads(request.content))
            return answer if isinstance(answer, httpx2.Response) else httpx2.Response(status, json=answer)

        transport = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
        client = openai.AsyncOpenAI(base_url="http://test/v1", api_key="k", max_retries=0, http_client=transport)
        clients.append(client)
        return Embedder(client, "m").embed

    yield make
    for client in clients:
        await client.close()


def answer(*vectors, order=None):
    items = [{"object": "embedding", "index": n, "embedding": vector} for n, vector in enumerate(vectors)]
    return {"object": "list", "model": "m", "data": [items[n] for n in order or range(len(items))]}


async def test_vectors_come_in_the_order_of_the_texts(embed, asked):
    assert await embed(answer([1.0, 0.0], [0.0, 1.0], order=[1, 0]))(["one", "two"]) == [[1.0, 0.0], [0.0, 1.0]]
    assert (asked[0]["model"], asked[0]["input"]) == ("m", ["one", "two"])


async def test_a_server_that_never_ends_its_answer_is_given_up():
    async def handle(_: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    transport = httpx2.AsyncClient(transport=httpx2.MockTransport(handle))
    async with openai.AsyncOpenAI(
        base_url="http://test/v1", api_key="k", max_retries=0, timeout=0.05, http_client=transport
    ) as client:
        with pytest.raises(errors.Unavailable, match="the embeddings server did not answer in time"):
            await Embedder(client, "m").embed(["one"])


async def test_base64_is_read_as_well(embed):
    packed = base64.b64encode(struct.pack("<2f", 0.5, -1.0)).decode()
    assert await embed(answer(packed))(["one"]) == [[0.5, -1.0]]


async def test_the_head_of_a_long_text_is_embedded(embed, asked):
    await embed(answer([1.0]))(["x" * 10_000])
    assert asked[0]["input"] == ["x" * collections.SEARCHED_CHARACTERS]


@pytest.mark.parametrize(
    "said",
    [
        answer(),
        answer([1.0]),
        answer([1.0], [1.0, 2.0]),
        answer([], []),
        answer("%%%", "%%%"),
        answer(None, None),
        {"error": "none"},
        [],
        httpx2.Response(200, text="<html>a login page</html>", headers={"content-type": "text/html"}),
        httpx2.Response(200, text="{", headers={"content-type": "application/json"}),
    ],
)
async def test_a_response_without_a_vector_for_each_text_is_unavailable(embed, said):
    with pytest.raises(errors.Unavailable, match="embeddings server") as caught:
        await embed(said)(["one", "two"])
    assert caught.value.dependency == "embeddings"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, errors.Misconfigured), (404, errors.Misconfigured), (429, errors.Unavailable), (503, errors.Unavailable)],
)
async def test_a_refusal_of_the_server_is_translated(embed, status, expected):
    with pytest.raises(expected) as caught:
        await embed({"error": {"message": "no"}}, status)(["one"])
    assert caught.value.dependency == "embeddings"
