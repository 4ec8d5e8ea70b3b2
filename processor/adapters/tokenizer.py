"""A model's own tokenizer, out of a tokenizer.json, by the `tokenizers` package."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from processor.core import errors
from processor.core.prompting import tokens

if TYPE_CHECKING:
    from pathlib import Path


def load(root: Path, path: str) -> tokens.Counter:
    """The counter of a tokenizer.json inside a project; one that did not change is read once.

    Raises:
        DefinitionError: it cannot be read, or the package is not installed.
    """
    try:
        status = (root / path).stat()
    except OSError as error:
        raise errors.DefinitionError(path, f"cannot be read: {error.strerror}") from error
    return _load(root, path, (status.st_mtime_ns, status.st_size))


@functools.lru_cache(maxsize=16)
def _load(root: Path, path: str, _stamp: tuple[int, int]) -> tokens.Counter:
    try:
        import tokenizers
    except ImportError as error:
        message = "needs the package `tokenizers`: pip install 'untuned[local]', or leave `tokenizer` out"
        raise errors.DefinitionError(path, message) from error
    try:
        found = tokenizers.Tokenizer.from_str((root / path).read_text(encoding="utf-8"))
    except Exception as error:  # `tokenizers` raises plain exceptions
        raise errors.DefinitionError(path, f"is no tokenizer.json: {error}") from error
    # Some come with a length to cut or to fill up to.
    found.no_truncation()
    found.no_padding()

    def count(text: str) -> int:
        given = text.encode("utf-8", "replace").decode()
        try:
            return len(found.encode(given, add_special_tokens=False).ids)
        except BaseException as error:
            # A panic of its Rust code is no `Exception`: it would pass every handler and leave the event in flight.
            if type(error).__name__ != "PanicException":
                raise
            return tokens.estimate(given)

    return tokens.Counter(path, count)
