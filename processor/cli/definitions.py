"""`untuned check`."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

import click
import rich.markup

from processor import config
from processor.cli import terminal
from processor.core import errors, models
from processor.core.views import display

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from processor.adapters.project import Project
    from processor.checking.findings import Findings
    from processor.core.task import Task

    Checked = tuple[Task, Findings] | errors.DefinitionError


@click.command()
@click.argument("tasks", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def check(tasks: tuple[str, ...], as_json: bool) -> None:
    """Check tasks, and try prompts, rules and contracts on their labelled messages.

    \b
    All tasks of the project:          untuned check
    One of them, rule by rule:         untuned check ticket-triage

    Says file and line of what is wrong. No server and no model is asked.

    The answers in examples*.jsonl and cases.jsonl are right: they must fit the contract, and no rule may object to
    them but one that only wants a person to look, or warns. The answers in counterexamples.jsonl are wrong, and the
    rules that each line names must object. Every prompt must find in each message what it takes from it. The passages
    are those of the task's own files, as a perfect retrieval would find them.

    Exits 1 when a task is broken, or a label, a rule or a counterexample contradicts another. Warnings: a rule that
    fired on nothing, so that nobody has seen it work; a model's key that is not set, which a worker needs; a
    calibration of another version of the task.
    """
    from processor.adapters import project

    root = config.load().project
    found = project.Project(root)
    names = tasks or found.names()
    if not names:
        found.load_all()
    checked = {name: _check(found, root, name) for name in names}
    rows = [_row(name, each) for name, each in checked.items()]
    sound = [each[0] for each in checked.values() if not isinstance(each, errors.DefinitionError)]
    endpoints = [endpoint for task in sound for endpoint in task.endpoints.values()]
    warnings = models.missing_keys(endpoints, functools.partial(config.secret, root))
    warnings += models.misspelt(endpoints, found.models()) if endpoints else []
    warnings += [f"{task.name}: {task.outgrown}" for task in sound if task.outgrown]
    if as_json:
        terminal.emit({"tasks": rows, "warnings": warnings})
    else:
        _print(checked, warnings, in_full=bool(tasks))
    sys.exit(0 if all(row["ok"] for row in rows) else 1)


def _check(found: Project, root: Path, name: str) -> Checked:
    from processor.checking import labelled, trial

    try:
        task = found.load(name)
        messages = labelled.read(root, name)
        with terminal.progress(f"trying {name}", len(messages)) as move:
            return task, trial.run(task, root, messages, move)
    except errors.DefinitionError as error:
        return error


def _row(name: str, checked: Checked) -> dict[str, Any]:
    if isinstance(checked, errors.DefinitionError):
        return {"task": name, "ok": False, "error": str(checked), "file": checked.path, "line": checked.line}
    task, findings = checked
    return {
        "task": name,
        "ok": not findings.problems,
        "kind": task.definition.kind,
        "version": task.version,
        "steps": [step.name for step in task.definition.step],
        "rules": [rule.name for rule in task.rules],
        "answer": task.contract.name,
        "tried": findings.row(),
    }


def _print(checked: Mapping[str, Checked], warnings: list[str], *, in_full: bool) -> None:
    console = terminal.console()
    say = functools.partial(_say, functools.partial(console.print, soft_wrap=True))
    sound = {name: each for name, each in checked.items() if not isinstance(each, errors.DefinitionError)}
    if sound:
        columns: dict[str, dict[str, Any]] = {"task": {}, "kind": {}, "steps": {}, "rules": {"justify": "right"}}
        numbers = {title: {"justify": "right"} for title in ("labels", "counterexamples")}
        rows = (_cells(task, findings) for task, findings in sound.values())
        console.print(terminal.table({**columns, **numbers, "version": {}}, rows))
    for _, findings in sound.values() if in_full else ():
        console.print()
        console.print(_rules(findings))
    for name, each in checked.items():
        if isinstance(each, errors.DefinitionError):
            say("red", "broken", str(each))
            continue
        for problem in each[1].problems:
            say("red", "wrong", str(problem))
        if each[1].never:
            told = f"{name}: fired on nothing: {', '.join(each[1].never)}; write what each must object to into"
            say("yellow", "warning", f"{told} tasks/{name}/counterexamples.jsonl")
    for warning in warnings:
        say("yellow", "warning", warning)


def _cells(task: Task, findings: Findings) -> tuple[str, ...]:
    steps = " → ".join(step.name for step in task.definition.step)
    tried = f"{findings.labels} + {findings.partial} partial" if findings.partial else str(findings.labels)
    counted = (str(len(task.rules)), tried, str(findings.counterexamples))
    return task.name, task.definition.kind, steps, *counted, task.version


def _rules(findings: Findings) -> Any:
    from processor.checking.findings import some

    columns = {"rule": {}, "then": {}, "fired on labels": {}, "on counterexamples": {}, "slowest": {"justify": "right"}}
    return terminal.table(
        columns,
        (
            (
                name,
                "warning" if tried.rule.severity == "warning" else tried.rule.then,
                display.safe(some(tried.labels)),
                display.safe(some(tried.counterexamples)),
                f"{tried.slowest * 1000:.2f} ms",
            )
            for name, tried in findings.rules.items()
        ),
    )


def _say(print_: Callable[[str], None], colour: str, what: str, text: str) -> None:
    print_(f"[{colour}]{what}[/{colour}] {rich.markup.escape(display.safe(text))}")
