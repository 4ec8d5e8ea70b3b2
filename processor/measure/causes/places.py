"""What to change next for a cause: the rung of the ladder, the file, and what to do there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from processor.core.records import Reason
from processor.measure.causes.records import KNOWLEDGE, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from processor.core.records import Violation
    from processor.core.task import Task
    from processor.measure.causes.oracle import Oracle
    from processor.measure.causes.records import Cause
    from processor.measure.records import Case, Outcome, RungName


def of(task: Task, case: Case, proved: Cause, outcome: Outcome, oracle: Oracle, stated: tuple[Violation, ...]) -> Place:
    """Where to change something.

    Args:
        task: as it stands.
        case: the one that failed.
        proved: its cause.
        outcome: how it failed.
        oracle: the knowledge that was put in.
        stated: the violations that were stated.
    """
    if proved in KNOWLEDGE:
        return _knowledge(task, proved, oracle)
    places: dict[Cause, Callable[[], Place]] = {
        "format": lambda: _constraint(task, outcome.rung, stated),
        "both": lambda: _both(task, outcome, oracle, stated),
        "lenient": lambda: _threshold(task, outcome),
        "withheld": lambda: _withheld(task, outcome),
        "stopped": lambda: _stopped(task, outcome),
        "ambiguous": lambda: Place("people", case.source, "settle what the label is, and write the rule down for all"),
        "varies": lambda: _step(task, "rules", "temperature = 0, or accept by agreement or confidence"),
        "capability": lambda: _step(task, None, "a stronger `model`; `untuned verdict` weighs it against a fine-tune"),
    }
    return places[proved]()


def _both(task: Task, outcome: Outcome, oracle: Oracle, stated: tuple[Violation, ...]) -> Place:
    second = _constraint(task, outcome.rung, stated) if stated else _threshold(task, outcome)
    table = f"{_toml(task)} [[retrieval]] {_table(oracle)}"
    return Place(second.rung, f"{table}; {second.file}", f"show {_kinds(oracle)}, and {second.what}")


def _step(task: Task, rung: RungName | None, what: str) -> Place:
    return Place(rung, f"{_toml(task)} [[step]]", what)


def _knowledge(task: Task, proved: Cause, oracle: Oracle) -> Place:
    table = f"{_toml(task)} [[retrieval]] {_table(oracle)}"
    if proved == "absent":
        needed = ", ".join(oracle.undefined) or ", ".join(passage.source for passage in oracle.passages)
        return Place("retrieval", f"tasks/{task.name}/knowledge/", f"add what the cases need: {needed}")
    if proved == "missed":
        return Place("retrieval", table, f"find {_kinds(oracle)}: `query`, `alpha`, or a larger `top_k`")
    if proved == "cut":
        return Place("retrieval", table, "a larger `max_tokens` (or `input_tokens` of [budget]), or shorter pieces")
    return Place("prompt", f"tasks/{task.name}/{_prompt(task)}", "say how to use what is shown, or show less beside it")


def _constraint(task: Task, rung: RungName, stated: tuple[Violation, ...]) -> Place:
    first = stated[0]
    rule = next((rule for rule in task.rules if rule.name == first.rule), None)
    if rule is not None and rule.severity == "warning":
        return Place(
            "rules", f"{_rules(task)} {rule.name}", "make the warning a violation: a retry that states it helps"
        )
    if rung != "rules":
        return Place("rules", f"tasks/{task.name}/retry.md", f"a retry that states `{first.rule}` at {first.path}")
    what = f"one more step that states `{first.rule}` at {first.path}, or say it in {_prompt(task)}"
    return Place("rules", f"{_toml(task)} [[step]]", what)


def _threshold(task: Task, outcome: Outcome) -> Place:
    number = outcome.attempts[-1].number if outcome.attempts else 1
    place = f"{_toml(task)} [[step]] {number} accept"
    return Place("rules", place, "accept less at this step (`untuned calibrate`): the next one is right")


def _withheld(task: Task, outcome: Outcome) -> Place:
    if outcome.reason is Reason.RULE:
        names = {each.rule for each in outcome.violations}
        name = next((rule.name for rule in task.rules if rule.name in names and rule.then == "review"), "")
        return Place("people", f"{_rules(task)} {name}".strip(), "the rule sends right answers to people: as is meant?")
    number = outcome.attempts[-1].number if outcome.attempts else 1
    return Place(
        "rules", f"{_toml(task)} [[step]] {number} accept", "the lowest threshold that `untuned calibrate` permits"
    )


def _stopped(task: Task, outcome: Outcome) -> Place:
    if outcome.reason is Reason.INVALID_INPUT:
        return Place(None, f"{_toml(task)} [input]", "what the task asks of an event, or mend the case's input")
    if outcome.reason is Reason.INPUT_TOO_LARGE:
        return Place(None, f"{_toml(task)} [budget] input_tokens", "room for the input")
    if outcome.reason is Reason.RULE_FAILED:
        return Place("rules", _rules(task), "a rule raised, or ran too long")
    return Place(None, f"tasks/{task.name}", f"`{outcome.reason}`: see the case")


def _kinds(oracle: Oracle) -> str:
    ids = [passage.id for passage in oracle.passages if passage.kind == "fact"]
    return "documents" if ids and len(ids) == len(oracle.passages) else "documents and examples" if ids else "examples"


def _table(oracle: Oracle) -> str:
    return oracle.passages[0].retrieval if oracle.passages else ""


def _toml(task: Task) -> str:
    return f"tasks/{task.name}/task.toml"


def _rules(task: Task) -> str:
    return f"rules/{task.name.replace('-', '_')}.py"


def _prompt(task: Task) -> str:
    return next((step.prompt for step in task.definition.step if step.kind == "model"), "prompt.md")
