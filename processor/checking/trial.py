"""Trying a task's prompts, contract and rules on its labelled messages -> Findings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from processor.adapters import rule_timer
from processor.checking import prompts
from processor.checking.findings import Findings, Problem, Tried
from processor.core import errors, inputs, suggest
from processor.core.contracts import blanks
from processor.core.judging import rulebook
from processor.core.records import Event, Origin, Reason, Work
from processor.knowledge import gather
from processor.knowledge.offline import Offline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from processor.checking.labelled import Labelled
    from processor.core.records import Passage, Verdict, Violation
    from processor.core.task import Task


def run(task: Task, root: Path, messages: Sequence[Labelled], move: Callable[[int], None]) -> Findings:
    """Try every message.

    Args:
        task: its prompts, contract and rules are tried.
        root: the project's folder; passages are built from the task's own files in it.
        messages: as `labelled.read` gives them.
        move: told how many are done.

    Raises:
        DefinitionError: the task's knowledge is broken.
    """
    trial = _Trial(task, root)
    for done, message in enumerate(messages, start=1):
        trial.on(message)
        move(done)
    return trial.findings


class _Trial:
    """One task on trial."""

    def __init__(self, task: Task, root: Path) -> None:
        self._task = task
        wanted = gather.gather(task, root, "") if task.definition.retrieval else ()
        self._knowledge = Offline(task, wanted)
        self.findings = Findings({rule.name: Tried(rule) for rule in task.rules})
        self._refusals: set[str] = set()
        self._guard = rule_timer.Timer(self._took, slow=0.0)

    def on(self, message: Labelled) -> None:
        """Try one message: its input, its prompts, its answer against the contract, and the rules."""
        for name in message.breaks or ():
            if name not in self.findings.rules:
                self._problem(message, f"no rule is named {name}: {suggest.instead(name, list(self.findings.rules))}")
        try:
            event, passages = self._given(message)
        except errors.Refused as refused:
            return self._problem(message, f"a worker refuses the input: {refused}")
        self._prompts(message, event, passages)
        answer, blank, missing = self._whole(message)
        wrong = [each for each in self._task.contract.check(answer) if not _below(each, (*blank, *missing))]
        for each in wrong:
            self._problem(message, f"breaks the contract at {each.path}: {each.message}")
        if missing:
            self.findings.partial += 1
        elif not wrong:
            verdict = rulebook.apply(self._task, event, answer, passages, self._guard)
            self._judge(message, verdict, blank)
        return None

    def _prompts(self, message: Labelled, event: Event, passages: tuple[Passage, ...]) -> None:
        """A template that cannot be filled fails for every message, so each reason is told once."""
        for refused in prompts.refused(self._task, event, passages, Origin(message.path, 0, message.line, 0)):
            reason = refused.partition(": ")[2]  # a retry's template inherits that of the step before
            if reason not in self._refusals:
                self._refusals.add(reason)
                self._problem(message, refused)

    def _whole(self, message: Labelled) -> tuple[Mapping[str, Any], tuple[str, ...], tuple[str, ...]]:
        """The answer, the fields that were left blank in it, and those that are missing. An example must be whole."""
        if message.is_example:
            return message.answer, (), ()
        schema = self._task.contract.json_schema
        answer, blank = blanks.fill(message.answer, schema)
        return answer, blank, tuple(name for name in schema["properties"] if name not in answer)

    def _given(self, message: Labelled) -> tuple[Event, tuple[Passage, ...]]:
        event = Event(message.id, self._task.name, message.input, attributes=message.attributes)
        origin = Origin(message.path, 0, message.line, 0)
        inputs.check(self._task, Work(event, 1, (), origin, origin, None))
        own = f"{message.file}#{message.id}" if message.is_example else None
        return event, self._knowledge.retrieve(event, without=own)

    def _judge(self, message: Labelled, verdict: Verdict, blank: tuple[str, ...]) -> None:
        if verdict.review is Reason.RULE_FAILED:
            self._problem(message, _failed(verdict.detail))
        found = [each for each in (*verdict.violations, *verdict.warnings) if not _below(each, blank)]
        fired = list(dict.fromkeys(each.rule for each in found))
        if message.breaks is None:
            self.findings.labels += 1
            self._on_label(message, found, fired)
        else:
            self.findings.counterexamples += 1
            for name in fired:
                self.findings.rules[name].counterexamples.append(message.id)
            for name in message.breaks:
                if name in self.findings.rules and name not in fired:
                    self._problem(message, f"the rule {name} must object to this answer, and does not")
            for name in fired if not message.breaks else ():
                self._problem(message, f"the rule {name} objects to this answer, and must not")

    def _on_label(self, message: Labelled, found: list[Violation], fired: list[str]) -> None:
        for name in fired:
            self.findings.rules[name].labels.append(message.id)
        for each in found:
            rule = self.findings.rules[each.rule].rule
            if rule.severity == "violation" and rule.then == "retry":
                told = f"the rule {rule.name} objects to the labelled answer at {each.path}, so one of both is wrong"
                self._problem(message, f"{told}: {each.message}")

    def _took(self, name: str, seconds: float) -> None:
        tried = self.findings.rules[name]
        tried.slowest = max(tried.slowest, seconds)

    def _problem(self, message: Labelled, text: str) -> None:
        self.findings.problems.append(Problem(message.path, message.line, message.id, text))


def _failed(detail: str) -> str:
    """A failed rule's detail in one line: for one that raised, what and where in the project, without the traceback."""
    said, *frames = detail.splitlines()
    if not frames:
        return said
    places = re.findall(r'File "(rules/[^"]+)", line (\d+)', detail)
    return f"{said} {frames[-1]}" + (f" ({places[-1][0]}:{places[-1][1]})" if places else "")


def _below(violation: Violation, fields: tuple[str, ...]) -> bool:
    """Whether a violation is about one of these fields of the answer."""
    name = violation.path.removeprefix("$.").partition(".")[0].partition("[")[0]
    return name in fields
