"""Where to look after the demo, in commands that work as they are printed."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from processor import config
from processor.demo import plan as planning

if TYPE_CHECKING:
    from processor.config import Settings
    from processor.demo.plan import Plan


def command() -> str:
    """How `untuned` is called from the current folder."""
    own = Path(sys.executable).parent / "untuned"
    found = shutil.which("untuned")
    if found and Path(found).resolve() == own.resolve():
        return "untuned"
    if not own.exists():
        return f"{shlex.quote(sys.executable)} -m processor"
    return shlex.quote(str(own.relative_to(Path.cwd()) if own.is_relative_to(Path.cwd()) else own))


def lines(plan: Plan, original: Settings, *, up: bool) -> list[str]:
    """What to print.

    Args:
        plan: the demo's.
        original: the settings before the demo made its own of them.
        up: whether the stack is still up.
    """
    untuned, own, ours = command(), plan.settings, _ours(original)
    variables = {"UNTUNED_TOPIC_PREFIX": own.topic_prefix, "UNTUNED_GROUP": own.group}
    if plan.scaffolded:
        variables |= {"UNTUNED_PROJECT": str(own.project.resolve()), "UNTUNED_STACK": own.stack_name}
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    commands = [
        (f"export {exports}", "the demo's topics are its own"),
        *([(f"{untuned} up", "it was stopped; its data is still there")] if ours and not up else []),
        (f"{untuned} results --limit 20", "answers"),
        (f"{untuned} results --json | tail -1", "all that a result was made from"),
        (f"{untuned} results review --limit 5 --full", "what waits for people, and why"),
        (f"{untuned} review user add ann", "who may decide that; a password is asked for"),
        (f"{untuned} review", "log in at the address that it prints, and decide; Ctrl-C ends it"),
        *([(f"{untuned} down", "stop the stack")] if ours and up else []),
    ]
    width = min(56, max(len(text) for text, _ in commands[1:]))
    found = [f"  {text:<{width}}  # {why}" for text, why in commands]
    logs = f"  Worker logs, a story per event: {planning.folder(original)}/worker-*.log"
    return ["Where to look next:", *found, logs, *(_project(plan, untuned) if plan.scaffolded else _tasks(plan))]


def _ours(settings: Settings) -> bool:
    """Whether any server is the stack's."""
    return not config.explicit(settings.project) >= set(config.STACK_ADDRESSES) - {"WEAVIATE_GRPC_URL"}


def _tasks(plan: Plan) -> list[str]:
    shown = ", ".join(f"tasks/{name}" for name in plan.shown)
    return [f"  What was run: {shown}, with schemas/ and rules/. Your own messages: make demo DATA=FILE.csv"]


def _project(plan: Plan, untuned: str) -> list[str]:
    root = shlex.quote(str(plan.settings.project.resolve()))
    return [
        f"The task that was made for your messages is in {root}: task.toml, prompts, examples, schema, rules.",
        f"  cp -r {root} my-project && UNTUNED_PROJECT=my-project {untuned} check  # make it yours",
    ]
