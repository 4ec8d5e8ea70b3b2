import pytest

from processor.adapters import openai_client
from processor.adapters.embeddings import Embedder
from processor.adapters.model import Model
from processor.core.records import ChatMessage, Endpoint, Prompt

PROMPT = Prompt((ChatMessage("user", "?"),), Endpoint(), {"type": "object"}, "Answer", 10, 0.0)


async def test_an_unplanned_model_request_fails_the_test():
    client = openai_client.connect("http://127.0.0.1:1/v1", "none", 1.0)
    with pytest.raises(pytest.fail.Exception, match="unplanned request"):
        await Model(client, Endpoint(), "m", lambda *_, **__: None).complete(PROMPT)
    with pytest.raises(pytest.fail.Exception, match="unplanned request"):
        await Embedder(client, "m").embed(["text"])
    await client.close()
