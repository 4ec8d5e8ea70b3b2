"""The command `python -m tests.faults`: cases by name, or all; one row each, and exit code 1 if any bound is broken."""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import rich.console
import rich.table

from processor.core import errors
from tests.faults import runner
from tests.faults.cases import CASES
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.runner import Outcome

COLUMNS = (
    "case",
    "produced",
    "results",
    "review",
    "lost",
    "stuck",
    "duplicates",
    "bound",
    "stall s",
    "recovery s",
    "bought twice",
    "restarts",
    "seconds",
    "verdict",
)


ABOUT = """\
Starts a broker, worker processes, a scripted model and proxies of its own, does the harm that the cases name, and then
judges from the topics alone whether an event was lost, stuck, or repeated beyond its bound (docs/reliability.md).
It needs what `untuned up` needs, and no server that runs.
"""

MORE = """\
examples:
  python -m tests.faults --list                what there is; `short` marks what --short and `make test` run
  python -m tests.faults kill9 broker-killed   two cases in their long form
  python -m tests.faults --short               six cases, in some minutes; all in the long form take over an hour

stderr tells what is done, stdout has a row for each case at the end:
  produced, results, review   different events that were sent; what came of them
  lost, stuck                 events that nobody will look at again; that are still to be read. Both must be 0
  duplicates, bound           results and review items beyond the first of an event; how many the faults may cost
  stall s, recovery s         the longest time without progress; that from a fault's end to the next progress
  bought twice                calls of the model whose answer had been sent before
  restarts                    workers that ended by themselves; below the table are their codes and reasons
  verdict                     well; broken, where a bound does not hold; failed, where the harm could not be done
Below the table is what each case found besides, and each bound that does not hold, in words.

exit code: 0 all is well, 1 it is not (logs and messages are kept, and the folder is named), 2 no such case
"""


def main() -> int:
    """Parse, run, print."""
    options = _parser().parse_args()
    if options.list:
        for case in CASES.values():
            sys.stdout.write(f"{case.name:20} {'short ' if case.short else '      '} {case.about}\n")
        return 0
    if unknown := set(options.cases) - CASES.keys():
        sys.stderr.write(f"no such case: {', '.join(sorted(unknown))}; --list names them\n")
        return 2
    names = options.cases or [case.name for case in CASES.values() if case.short or not options.short]
    folder = Path(tempfile.mkdtemp(prefix="untuned-faults-"))
    outcomes: list[Outcome] = []
    try:
        asyncio.run(_run(folder, names, options, outcomes))
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass
    except errors.UntunedError as error:  # no Java, or no broker
        sys.stderr.write(f"{error}\n")
    if outcomes and not options.json:
        _tell(outcomes)
    well = len(outcomes) == len(names) and not any(each.broken for each in outcomes)
    if well and not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        sys.stderr.write(f"logs are kept in {folder}\n")
    return 0 if well else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=ABOUT,
        epilog=MORE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("cases", nargs="*", metavar="CASE", help="names of cases; all where none is given")
    parser.add_argument(
        "--short", action="store_true", help="the short form: of the CASEs, or of those that make test runs"
    )
    parser.add_argument("--list", action="store_true", help="name the cases")
    parser.add_argument("--json", action="store_true", help="figures as JSON, a line for each case")
    parser.add_argument("--keep", action="store_true", help="keep the logs when all is well, too")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    parser.add_argument("--part", type=float, default=1.0, help="of the load of the case `memory`, from 0 to 1")
    return parser


async def _run(folder: Path, names: Sequence[str], options: argparse.Namespace, outcomes: list[Outcome]) -> None:
    began = time.monotonic()
    whole = asyncio.current_task()
    assert whole is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, whole.cancel)  # as Ctrl-C: all is stopped
    async with Stage(folder) as stage:
        for name in names:

            def say(what: str, name: str = name) -> None:
                sys.stderr.write(f"{time.monotonic() - began:7.1f} s  {name}: {what}\n")

            say(CASES[name].about)
            outcome = await runner.run(
                stage, CASES[name], short=options.short, seed=options.seed, say=say, part=options.part
            )
            say("well" if not outcome.broken else "; ".join(outcome.broken))
            outcomes.append(outcome)
            if options.json:
                sys.stdout.write(json.dumps(outcome.figures()) + "\n")
                sys.stdout.flush()


def _tell(outcomes: Sequence[Outcome]) -> None:
    table = rich.table.Table(*COLUMNS)
    for each in outcomes:
        table.add_row(*_row(each))
    console = rich.console.Console(width=None if sys.stdout.isatty() else 200)
    console.print(table)
    for each in outcomes:
        for line in (*each.findings, *each.broken):
            console.print(f"{each.case.name}: {line}", markup=False, highlight=False)
        for end in each.ended:
            console.print(f"{each.case.name}: a worker ended with {end.code}: {end.reason}", markup=False)


def _row(outcome: Outcome) -> tuple[str, ...]:
    verdict = outcome.verdict
    if verdict is None:
        return (outcome.case.name, *[""] * (len(COLUMNS) - 3), f"{outcome.seconds:.0f}", "failed")
    return (
        outcome.case.name,
        str(verdict.produced),
        str(verdict.results),
        str(verdict.review),
        str(len(verdict.lost)),
        str(len(verdict.stuck)),
        str(verdict.duplicates),
        str(outcome.bound),
        f"{verdict.stall:.1f}",
        f"{verdict.recovery:.1f}",
        str(verdict.bought_twice),
        str(len(outcome.ended)),
        f"{outcome.seconds:.0f}",
        "broken" if outcome.broken else "well",
    )


if __name__ == "__main__":
    sys.exit(main())
