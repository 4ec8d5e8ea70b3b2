"""BANKING77 without fine-tuning: what each rung is worth, beside a plain vote and a published fine-tuned figure.

Needs a running stack (`untuned up`) and the data set's train.csv. What the model answered is kept, so that a run that
was stopped goes on where it was.

    python -m bench.banking77 train.csv
    python -m bench.banking77 train.csv --asked 30 --work /tmp/banking77
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.banking77 import split, table
from processor import config
from processor.adapters import project
from processor.cli import measuring, measuring_options
from processor.core import errors
from processor.measure.running.session import Session

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.measure.records import Run, RungName

PROJECT = Path(__file__).parent / "project"
TASK = "banking77"

FINE_TUNED = 0.9366
"""BERT, fine-tuned on all training messages, on the test split: Casanueva et al. 2020, arXiv 2003.04807, table 3."""

MEASURED: dict[str, tuple[RungName, ...]] = {
    "choosing.jsonl": ("vote",),
    "report.jsonl": ("vote",),
    "choosing-asked.jsonl": ("vote", "retrieval"),
    "cases.jsonl": ("vote", "prompt", "retrieval"),
}
"""The files of cases (`split.write`) and the rungs that they go through: votes cost nothing, a model takes its time."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run.

    The data, how many cases choose thresholds and how many are reported on, for how many of each the model is asked,
    the seed, the folder.
    """

    data: Path
    choosing: int
    report: int
    asked: int
    seed: int
    work: Path


def run(plan: Plan) -> dict[str, Any]:
    """Prepare the project, measure both parts, calibrate on one and report on the other."""
    settings = prepare(plan)
    runs = {part: asyncio.run(measured(settings, plan, part)) for part in MEASURED}
    found = table.figures(runs, target=1 - FINE_TUNED)
    # The ladder as users run it: thresholds by calibration, then the whole task on the other part.
    aim = ("--cases", str(cases(plan, "choosing-asked.jsonl")), "--max-error", f"{1 - FINE_TUNED:.4f}")
    found["calibration"] = verb(settings, "calibrate", TASK, *aim, "--yes")
    found["ladder"] = verb(settings, "measure", TASK, "--report", str(plan.work / "report.html"))
    return found


def prepare(plan: Plan) -> Settings:
    """The project with its parts of the data, its knowledge loaded."""
    shutil.copytree(PROJECT, plan.work, dirs_exist_ok=True)
    parts = split.split(split.read(plan.data), plan.choosing, plan.report, plan.seed)
    split.write(parts, plan.asked, plan.work / "tasks" / TASK)
    here = config.load()
    settings = here.model_copy(update={"project": plan.work, "topic_prefix": f"banking77-{plan.seed}"})
    verb(settings, "knowledge", "load", TASK)
    return settings


def cases(plan: Plan, part: str) -> Path:
    """The file of one part's cases."""
    return plan.work / "tasks" / TASK / part


async def measured(settings: Settings, plan: Plan, part: str) -> Run:
    """One part on its rungs.

    Raises:
        UntunedError: it was stopped before its end.
    """
    task = project.Project(settings.project).load(TASK)
    asked = measuring_options.Options(
        cases=cases(plan, part),
        days=None,
        max_cases=None,
        repeats=1,
        seed=plan.seed,
        max_usd=None,
        max_tokens=None,
        concurrency=None,
        reviewer_error=0.0,
    )
    found = measuring.gathered(settings, task, asked)
    async with Session(settings, measuring.Story()) as session:
        made = await measuring.run_of(session, task, found, asked, MEASURED[part], label=f"measuring {part}")
    if made.unfinished:
        raise errors.UntunedError(f"{made.unfinished}; run it again to go on")
    return made


def verb(settings: Settings, *arguments: str) -> dict[str, Any]:
    """What a verb of untuned prints as JSON; it may say with exit code 1 that something fell short."""
    names = {"UNTUNED_PROJECT": str(settings.project), "UNTUNED_TOPIC_PREFIX": settings.topic_prefix}
    environment = config.child_environment(**config.addresses(settings), **names)
    command = [sys.executable, "-m", "processor", *arguments, "--json"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=False, text=True)
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise errors.UntunedError(f"untuned {' '.join(arguments[:2])} ended with {done.returncode}")
    said = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(said, dict)
    return said


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="train.csv of BANKING77, with the columns text and category")
    parser.add_argument("--choosing", type=int, default=500, help="cases that choose thresholds")
    parser.add_argument("--report", type=int, default=1000, help="cases that are reported on")
    parser.add_argument("--asked", type=int, default=120, help="of each of these, those that the model is asked")
    parser.add_argument("--seed", type=int, default=77, help="of the split")
    parser.add_argument("--work", type=Path, help="keep the project and the HTML report in this folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = options.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        try:
            found = run(Plan(options.data, options.choosing, options.report, options.asked, options.seed, work))
        except (errors.UntunedError, OSError, ValueError, KeyError) as error:
            sys.exit(f"bench.banking77: {error}")
        print(json.dumps(found) if options.json else table.text(found))


if __name__ == "__main__":
    main()
