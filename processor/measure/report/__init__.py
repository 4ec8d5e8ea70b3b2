"""The report of a measurement: one HTML file that needs nothing else, or Markdown for a comment.

    write(path, Contents(ladder, against=…, verdict=…))
    write(path, calibration.values.Found)

`html` and `markdown` give the texts; a calibration alone has a small page of its own. Charts come from matplotlib (the
extra `measure`) as SVG inside the page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core import errors
from processor.measure.report import calibrated
from processor.measure.report.contents import Contents
from processor.measure.report.markdown import markdown
from processor.measure.report.page import html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from processor.measure.calibration.values import Found

__all__ = ["KINDS", "Contents", "html", "kind", "markdown", "write"]


def _html(contents: Contents | Found) -> str:
    return html(contents) if isinstance(contents, Contents) else calibrated.html(contents)


def _markdown(contents: Contents | Found) -> str:
    return markdown(contents) if isinstance(contents, Contents) else calibrated.markdown(contents)


KINDS: Mapping[str, Callable[[Contents | Found], str]] = {".html": _html, ".htm": _html, ".md": _markdown}
"""What a report's file is by the end of its name."""


def kind(path: Path) -> Callable[[Contents | Found], str]:
    """What writes a file of this name; to be asked before a measurement, which may take hours.

    Raises:
        UsageError: the name ends in none of `KINDS`.
    """
    if found := KINDS.get(path.suffix.lower()):
        return found
    raise errors.UsageError(f"{path}: a report is named {' or '.join('*' + each for each in KINDS)}")


def write(path: Path, contents: Contents | Found) -> None:
    """Write a report; its name's end says what it is.

    Raises:
        UsageError: the name ends in none of `KINDS`, or the file cannot be written.
        ImportError: matplotlib, of the extra `measure`, is not installed.
    """
    text = kind(path)(contents)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise errors.UsageError(f"{path} cannot be written: {error.strerror or error}") from error
