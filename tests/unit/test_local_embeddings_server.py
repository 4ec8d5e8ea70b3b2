from __future__ import annotations

import base64
import json
import struct

import numpy as np
import pytest
from aiohttp.test_utils import TestClient, TestServer

from processor.local import embeddings_server

MODEL = "all-minilm-l6-v2"


def embed(text: str):
    """As the real one: a vector of 384 numbers and the number of tokens read."""
    vector = np.zeros(384, np.float32)
    vector[len(text) % 384] = 1.0
    return vector, len(text.split())


def body(**fields) -> bytes:
    return json.dumps({"model": MODEL, "input": "hello", **fields}).encode()


@pytest.fixture
async def client():
    async with TestClient(TestServer(embeddings_server.create_app(embed, MODEL))) as found:
        yield found


@pytest.mark.parametrize(
    ("asked", "status", "param"),
    [
        (b"", 400, None),
        (b"not json", 400, None),
        (b"[]", 400, None),
        (b"\xff", 400, None),
        (body(model="other"), 404, "model"),
        (body(model=None), 404, "model"),
        (body(input=""), 400, "input"),
        (body(input=[]), 400, "input"),
        (body(input=["a", ""]), 400, "input"),
        (body(input=[1, 2, 3]), 400, "input"),
        (body(input=[[1, 2]]), 400, "input"),
        (body(input=None), 400, "input"),
        (body(input={"text": "a"}), 400, "input"),
        (body(input=["a"] * 2049), 400, "input"),
        (body(encoding_format="int8"), 400, "encoding_format"),
        (body(dimensions=128), 400, "dimensions"),
    ],
)
async def test_a_wrong_request_is_refused_in_openais_shape(client, asked, status, param):
    answer = await client.post("/v1/embeddings", data=asked)
    error = (await answer.json())["error"]
    assert answer.status == status
    assert error["param"] == param
    assert error["message"]
    assert error["type"] == "invalid_request_error"


async def test_a_path_that_is_not_there_is_refused_in_openais_shape(client):
    answer = await client.get("/v1/nothing")
    assert answer.status == 404
    assert (await answer.json())["error"]["message"] == "Not Found"


@pytest.mark.parametrize("given", ["one text", ["one text"]])
async def test_a_text_or_a_list_of_texts_is_embedded(client, given):
    answer = await (await client.post("/v1/embeddings", data=body(input=given))).json()
    assert answer["model"] == MODEL
    assert answer["usage"] == {"prompt_tokens": 2, "total_tokens": 2}
    assert [each["index"] for each in answer["data"]] == [0]
    assert answer["data"][0]["embedding"] == embed("one text")[0].tolist()


async def test_vectors_come_in_the_order_of_the_texts(client):
    texts = [" ".join("x" * n) for n in (5, 1, 9, 3)]
    answer = await (await client.post("/v1/embeddings", data=body(input=texts))).json()
    assert [each["embedding"] for each in answer["data"]] == [embed(text)[0].tolist() for text in texts]
    assert answer["usage"]["total_tokens"] == 18


async def test_base64_is_the_same_vector_in_little_endian_floats(client):
    answer = await (await client.post("/v1/embeddings", data=body(encoding_format="base64"))).json()
    found = struct.unpack("<384f", base64.b64decode(answer["data"][0]["embedding"]))
    assert list(found) == embed("hello")[0].tolist()


async def test_half_a_surrogate_pair_is_not_fatal(client):
    answer = await client.post("/v1/embeddings", data=b'{"model": "all-minilm-l6-v2", "input": "a \\ud800 b"}')
    assert answer.status == 200


async def test_the_model_is_listed(client):
    answer = await (await client.get("/v1/models")).json()
    assert [each["id"] for each in answer["data"]] == [MODEL]
