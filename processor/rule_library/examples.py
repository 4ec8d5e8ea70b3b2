"""The answer held against the labelled examples that were retrieved for the event."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Unpack

from processor.core.contracts import place
from processor.core.rules import Rule, violation
from processor.rule_library import making

if TYPE_CHECKING:
    from collections.abc import Iterator

    from processor.core.records import Passage, Violation
    from processor.rule_library.making import Options


def agree(path: str, *, against: int, retrieval: str | None = None, **options: Unpack[Options]) -> Rule:
    """A label is not another one than so many of the retrieved examples have.

    Args:
        path: of the label, a text, a number or a boolean.
        against: how many examples must agree on another label for this one to be doubted.
        retrieval: the name of the [[retrieval]] whose examples count; default: all.
        options: as of `@rule`.

    Mostly a warning, or the reason for a second step: `severity="warning"`. To accept an answer only where examples
    agree with it, a step has `accept = { agreement = 3 }`.

    Example: `examples.agree("$.category", against=4, severity="warning")`
    """
    making.need(isinstance(against, int) and against > 0, "against is a number of examples from 1")
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: tuple[Passage, ...]) -> Iterator[Violation]:
        labels: Counter[str] = Counter()
        for labelled in _answers(passages, retrieval):
            labels.update({json.dumps(value) for value in place.values(labelled, at)})
        for where, value in making.located(answer, at):
            own = json.dumps(value, default=str)
            most, times = max(((each, n) for each, n in labels.items() if each != own), key=_times, default=("", 0))
            if times >= against and times > labels[own]:
                expected = making.word(json.loads(most))
                message = f"{times} of the examples that were retrieved have another label here."
                yield violation(where, message, found=value, expected=f"perhaps {expected}")

    return making.make(check, f"{path} is what similar examples have", (path,), options)


def not_copied(path: str, *, retrieval: str | None = None, **options: Unpack[Options]) -> Rule:
    """A text is not word by word that of a retrieved example: it was written for another event.

    Example: `examples.not_copied("$.reason", severity="warning")`
    """
    at = making.steps(path)

    def check(event: Any, answer: Any, passages: tuple[Passage, ...]) -> Iterator[Violation]:
        own = [(where, text, _words(text)) for where, text in making.texts(answer, at)]
        if not own:
            return
        values = (value for labelled in _answers(passages, retrieval) for value in place.values(labelled, at))
        theirs = {_words(value) for value in values if isinstance(value, str)}
        for where, text, words in own:
            if words and words in theirs:
                yield violation(where, "This is copied from an example.", found=text, expected="about this event")

    return making.make(check, f"{path} is not copied from an example", (path,), options)


def _answers(passages: tuple[Passage, ...], retrieval: str | None) -> Iterator[Any]:
    for each in passages:
        if each.kind == "example" and each.answer and retrieval in (None, each.retrieval):
            yield json.loads(each.answer)


def _times(counted: tuple[str, int]) -> int:
    return counted[1]


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.casefold()))
