"""The worker beside a hand-written loop: same broker, same stub model, fresh topics a run, one after the other.

    make bench                              three pairs of 2,000 events at 64 in flight, 0.2 s a call
    make bench ARGS="--json"                one JSON object on the last line
    make bench ARGS="--pairs 1 --events 500"
    make bench ARGS="--beside no-journal"   what the journal costs: the worker beside one with UNTUNED_JOURNAL=0

A broker is started for it, unless KAFKA_BOOTSTRAP_SERVERS names one.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import figures, race
from processor import config
from processor.core import errors
from processor.local import display
from processor.local.job import Job
from processor.local.kafka import Kafka
from processor.local.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.figures import Figures
    from processor.config import Settings

PROJECT = Path(__file__).parent / "project"
ANSWER = json.dumps({"category": "card", "reason": "The customer waits for a new card."})
FORMS = {"rate": "{:.1f}/s", "share": "{:.1%}", "cpu_ms": "{:.2f} ms", "peak_mb": "{:.0f} MB", "start": "{:.2f} s"}
TITLES = {
    "rate": "events a second",
    "share": "share of the limit",
    "cpu_ms": "CPU an event",
    "peak_mb": "peak memory",
    "start": "start to first result",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run: `pairs` times the worker and what is beside it, over `events`, `latency` seconds a model call."""

    beside: str
    pairs: int
    events: int
    concurrency: int
    latency: float


@contextlib.contextmanager
def broker(settings: Settings) -> Iterator[Settings]:
    """Settings that point at a broker: the user's, or one that is started for this run and removed after it."""
    if "KAFKA_BOOTSTRAP_SERVERS" in config.explicit(settings.project):
        yield settings
        return
    runner = Runner(Kafka(), settings.model_copy(update={"stack": f"{settings.stack_name}-bench"}))
    runner.server.preflight()
    try:
        with display.shown(sys.stderr) as report:
            addresses = runner.up(Job(runner.server.name, report, threading.Event()))
        yield config.with_addresses(settings, addresses)
    finally:
        runner.down()
        shutil.rmtree(runner.folder.parent, ignore_errors=True)


@contextlib.contextmanager
def stub(latency: float) -> Iterator[str]:
    """The stub model as a process of its own; gives its base URL."""
    command = [sys.executable, "-m", "bench.stub_model", "--latency", str(latency), "--answer", ANSWER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def once(side: str, plan: Plan, settings: Settings, url: str, folder: Path) -> Figures:
    """One run of `worker`, `no-journal` or `loop` on topics of its own."""
    unique = f"bench-{uuid.uuid4().hex[:8]}"
    own = settings.model_copy(update={"topic_prefix": unique, "group": unique})
    race.prepare(own, plan.events)
    common = f"--concurrency={plan.concurrency}"
    where = {"kafka": own.kafka, "tasks": own.topic("tasks"), "results": own.topic("results"), "group": own.group}
    asked = {"model-url": url, "model": own.openai_model}
    loop = ("bench.hand_written", common, *(f"--{name}={value}" for name, value in (where | asked).items()))
    worker = ("processor", "worker", common, "--log-format=json")
    environment = config.child_environment(
        UNTUNED_PROJECT=str(PROJECT),
        UNTUNED_TOPIC_PREFIX=unique,
        UNTUNED_GROUP=unique,
        KAFKA_BOOTSTRAP_SERVERS=own.kafka,
        OPENAI_BASE_URL=url,
        XDG_STATE_HOME=str(folder),
        **({"UNTUNED_JOURNAL": "0"} if side == "no-journal" else {}),
    )
    command = [sys.executable, "-m", *(loop if side == "loop" else worker)]
    trace = race.run(command, environment, own, plan.events, folder / f"{side}.log")
    return figures.of(trace, plan.concurrency, plan.latency)


def run(plan: Plan, settings: Settings) -> dict[str, Any]:
    """Run the pairs, telling each run as it ends, and compare them."""
    found: dict[str, list[Figures]] = {"worker": [], plan.beside: []}
    with broker(settings) as own, stub(plan.latency) as url, tempfile.TemporaryDirectory() as folder:
        for pair in range(1, plan.pairs + 1):
            for side, seen in found.items():
                seen.append(once(side, plan, own, url, Path(folder)))
                said = "  ".join(form.format(getattr(seen[-1], name)) for name, form in FORMS.items())
                print(f"pair {pair}  {side:<10}  {said}", file=sys.stderr, flush=True)
    ratios = figures.compare(found["worker"], found[plan.beside])
    return {
        "beside": plan.beside,
        "events": plan.events,
        "concurrency": plan.concurrency,
        "latency": plan.latency,
        **{side: [figures.as_fields(each) for each in seen] for side, seen in found.items()},
        "ratios": {name: figures.as_fields(ratio) for name, ratio in ratios.items()},
        "budgets": [figures.as_fields(each) for each in figures.against_budgets(found["worker"])],
    }


def table(outcome: Mapping[str, Any]) -> str:
    """The outcome for people."""
    ratios = f"worker / {outcome['beside']}, median of the pairs (range)"
    lines = [f"{'':<22}  {ratios:<48}  {'worker, median':<16}  budget"]
    budgets = {each["figure"]: each for each in outcome["budgets"]}
    for name, title in TITLES.items():
        ratio = outcome["ratios"][name]
        told = f"{ratio['median']:.2f}  ({ratio['lowest']:.2f} to {ratio['highest']:.2f})"
        median = FORMS[name].format(statistics.median(each[name] for each in outcome["worker"]))
        if name in budgets:
            budget = budgets[name]
            limit = f"{budget['bound']} {FORMS[name].format(budget['limit'])}: {'met' if budget['met'] else 'MISSED'}"
        else:
            limit = ""
        lines.append(f"{title:<22}  {told:<48}  {median:<16}  {limit}".rstrip())
    return "\n".join(lines)


def main() -> None:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", choices=("loop", "no-journal"), default="loop", help="what the worker is held to")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--events", type=int, default=2000, help="of each run; more than --concurrency")
    parser.add_argument("--concurrency", type=int, default=64, help="model calls in flight")
    parser.add_argument("--latency", type=float, default=0.2, help="seconds that the stub model takes")
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    options = parser.parse_args()
    plan = Plan(options.beside, options.pairs, options.events, options.concurrency, options.latency)
    if plan.pairs < 1 or plan.events <= plan.concurrency:
        parser.error("at least one pair, and more events than are in flight")
    try:
        outcome = run(plan, config.load(project=PROJECT))
    except errors.UntunedError as error:
        sys.exit(f"bench: {error}")
    print(json.dumps(outcome) if options.json else table(outcome))


if __name__ == "__main__":
    main()
