"""The two local model servers, by OpenAI's own client."""

from __future__ import annotations

import json
import math

import openai
import pytest


@pytest.fixture
def chat(settings):
    with openai.OpenAI(base_url=settings.openai, api_key="none", max_retries=0, timeout=600) as client:
        yield client.chat.completions


@pytest.fixture
def embeddings(settings):
    with openai.OpenAI(base_url=settings.embedding, api_key="none", max_retries=0, timeout=600) as client:
        yield client.embeddings


def cosine(one, other):
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_the_chat_model_answers_under_its_name_within_a_json_schema(settings, chat):
    schema = {
        "type": "object",
        "properties": {"category": {"enum": ["card", "refund"]}},
        "required": ["category"],
        "additionalProperties": False,
    }
    answer = chat.create(
        model=settings.openai_model,
        messages=[{"role": "user", "content": "Where is my refund?"}],
        response_format={"type": "json_schema", "json_schema": {"name": "triage", "strict": True, "schema": schema}},
        max_tokens=40,
        temperature=0,
    )
    assert answer.model == settings.openai_model
    assert json.loads(answer.choices[0].message.content)["category"] in {"card", "refund"}
    assert answer.usage.prompt_tokens > 0


def test_a_request_over_the_chat_models_context_is_refused_not_cut(settings, chat):
    with pytest.raises(openai.BadRequestError, match="exceed"):
        chat.create(model=settings.openai_model, messages=[{"role": "user", "content": "word " * 20_000}], max_tokens=4)


def test_vectors_have_length_one_and_like_texts_are_near(settings, embeddings):
    texts = ["My card was declined.", "The payment with my card did not work.", "Where do I find your opening hours?"]
    answer = embeddings.create(model=settings.embedding_model, input=texts)
    declined, failed, hours = (each.embedding for each in answer.data)
    assert len(declined) == 384
    assert math.isclose(cosine(declined, declined), 1.0, abs_tol=1e-5)
    assert cosine(declined, failed) > cosine(declined, hours) + 0.2
    assert answer.usage.prompt_tokens > 20


def test_a_texts_vector_does_not_depend_on_its_neighbours_nor_on_the_encoding(settings, embeddings):
    def embed(*texts, **options):
        return [
            each.embedding for each in embeddings.create(model=settings.embedding_model, input=texts, **options).data
        ]

    [alone] = embed("short")
    assert embed("short", "a far longer text beside it, with many more words, 😀 and numbers like 123456")[0] == alone
    assert embed("short", encoding_format="float") == [pytest.approx(alone, abs=1e-6)]


@pytest.mark.parametrize("text", ["x" * 1_000_000, "word " * 200_000, "\x00\u202e🙂", "\ud7ff\ufffe"])
def test_hostile_texts_get_a_vector(settings, embeddings, text):
    assert len(embeddings.create(model=settings.embedding_model, input=text).data[0].embedding) == 384


def test_another_model_is_not_found(embeddings):
    with pytest.raises(openai.NotFoundError):
        embeddings.create(model="text-embedding-3-small", input="hello")
