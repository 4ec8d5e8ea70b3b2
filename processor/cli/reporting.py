"""The reports of the verbs that measure: their options, and what is looked at before hours are spent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from processor.cli import measuring_options
from processor.core import errors

if TYPE_CHECKING:
    from processor.measure.calibration.values import Found
    from processor.measure.report import Contents

file = click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write *.html or *.md, too."
)

redact = click.option(
    "--redact", is_flag=True, help="Leave contents out of the report: ids and figures only, to be passed on."
)


def check(report: Path | None, *, redact: bool = False) -> None:
    """What would only be found when all is done.

    Raises:
        UsageError: the name says no format, its folder is not there, or there is no report to redact.
    """
    if report is None:
        if redact:
            raise errors.UsageError("--redact is about --report: name a file")
        return
    from processor.measure import report as reports

    reports.kind(report)
    if not report.absolute().parent.is_dir():
        raise errors.UsageError(f"{report.parent} is no folder")


def write(report: Path, contents: Contents | Found) -> None:
    """Write it, and say where.

    Raises:
        UsageError: it cannot be written.
    """
    from processor.measure import report as reports

    try:
        reports.write(report, contents)
    except ImportError as error:
        raise errors.UsageError(f"a report needs more packages: {measuring_options.INSTALL}") from error
    click.echo(f"report: {report}", err=True)
