"""Vectors of texts, through the `openai` package: any server with `/v1/embeddings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import openai

from processor.adapters import openai_client
from processor.core import errors
from processor.core.lookup import collections

if TYPE_CHECKING:
    from collections.abc import Sequence


class Embedder:
    """Calls `/embeddings`. Of each text its head is embedded, as `collections.searched` gives it."""

    def __init__(self, client: openai.AsyncOpenAI, model: str) -> None:
        self._client = client
        self.model = model

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One call; no retries of its own.

        Args:
            texts: at least one; none may be empty.

        Returns:
            One vector for each text, in their order, all of the same length.

        Raises:
            Unavailable: rate limit, timeout, 5xx, connection lost, or a response that holds no vectors.
            Misconfigured: wrong key, unknown model, no quota.
            Refused: a request that the model can never accept.
        """
        asked = [collections.searched(text) for text in texts]
        try:
            async with openai_client.time_limit(self._client):
                response = await self._client.embeddings.create(model=self.model, input=asked)
        except openai.OpenAIError as error:
            raise openai_client.translate(error, openai_client.SERVERS["embeddings"]) from error
        except TimeoutError as error:
            raise openai_client.too_slow(openai_client.SERVERS["embeddings"]) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise _unreadable() from error
        return _vectors(response, len(asked))

    async def close(self) -> None:
        """Close the client's connections."""
        await self._client.close()


def _vectors(response: Any, count: int) -> list[list[float]]:
    # The client does not validate what it is sent: any part may be missing or of another type.
    try:
        vectors = [item.embedding for item in sorted(response.data, key=lambda item: item.index)]
        lengths = {len(vector) for vector in vectors}
    except (TypeError, AttributeError) as error:
        raise _unreadable() from error
    if len(vectors) != count or len(lengths) != 1 or 0 in lengths:
        raise _unreadable()
    return vectors


def _unreadable() -> errors.Unavailable:
    return errors.Unavailable("embeddings", "the embeddings server's response does not hold a vector for each text")
