"""all-MiniLM-L6-v2 as sentence-transformers defines it: 256 word pieces, mean over the tokens, length one.

One text at a time: the quantised model scales its numbers by the whole batch, so that in a batch a text's vector would
depend on its neighbours (cosines down to 0.97 were seen), and padding makes batches slower, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
import tokenizers

if TYPE_CHECKING:
    from numpy.typing import NDArray

DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was made for; the rest of a longer text is cut off


class Embedder:
    """Texts to vectors.

    Args:
        model: path of the ONNX file.
        tokenizer: path of its tokenizer.json.
    """

    def __init__(self, model: str, tokenizer: str) -> None:
        self._session: Any = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self._tokenizer = tokenizers.Tokenizer.from_file(tokenizer)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def embed(self, text: str) -> tuple[NDArray[np.float32], int]:
        """Embed one text.

        Returns:
            A vector of 384 numbers and length one, and the number of tokens that were read.
        """
        encoded = self._tokenizer.encode(text)
        ids = np.array([encoded.ids], np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        mean = self._session.run(None, inputs)[0][0].mean(axis=0)
        return mean / np.linalg.norm(mean), len(encoded.ids)
