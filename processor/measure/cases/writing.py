"""Files of cases and of examples, written whole or not at all; only the user may read them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from processor.core import errors

if TYPE_CHECKING:
    from collections.abc import Iterable


def write(path: Path, lines: Iterable[str], before: bytes = b"") -> None:
    """Write the lines behind what was there before, in place of the file.

    Raises:
        UsageError: it cannot be written; the file is as it was.
    """
    whole = before if not before or before.endswith(b"\n") else before + b"\n"
    content = whole + "".join(f"{line}\n" for line in lines).encode()
    try:
        target = path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, made = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # it has mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(target)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be written: {error.strerror}") from error


def content(path: Path) -> bytes:
    """What stands in a file; nothing where there is none.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be read: {error.strerror}") from error
