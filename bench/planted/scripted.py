"""The model whose failings are known, and a retrieval over the project's files that counts shared words."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

from processor.core.records import Completion, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.planted.plants import Planted, Script
    from processor.core.records import Passage, Prompt, Query
    from processor.measure.causes.held import Held
    from processor.pipeline import Retrieve

WRONG = "D-000"
SHORT = 3
"""Letters of words that say nothing of what a text is about."""


class Model:
    """Answers from what stands in the prompt, as each case's script says; `await model(prompt, begin)` as an `Ask`."""

    def __init__(self, planted: Iterable[Planted], seed: int) -> None:
        self._scripts = {each.case.expected["reference"].removeprefix("REF-"): each.script for each in planted}
        self._chances = {reference: random.Random(f"{seed} {reference}") for reference in self._scripts}

    async def __call__(self, prompt: Prompt, begin: Callable[[], None]) -> Completion:
        """Answer one prompt."""
        begin()
        told = prompt.messages[-1].content
        reference = re.findall(r"Ref (\d{5})", told)[-1]
        script, model = self._scripts[reference], prompt.endpoint.model or ""
        lucky = self._chances[reference].random() < script.chance
        answer = {
            "desk": script.desk if lucky and _has_desk(script, told, model) else WRONG,
            "urgency": "high" if "smoke" in told and "$.urgency" in told else "normal",
            "reference": f"REF-{reference}",
            "summary": "It broke.",
        }
        text = json.dumps({**answer, **_broken(script, told, reference)})
        return Completion(text, "stop", model, Usage(sum(len(each.content) for each in prompt.messages) // 4, 40), 0.0)


def _has_desk(script: Script, told: str, model: str) -> bool:
    if script.careful_only and model != "careful":
        return False
    seen = re.findall(r"Claims about the (\w+ \w+ \w+) go to desk", told)
    return {
        "knows": True,
        "never": False,
        "needs": script.article in seen,
        "first": seen[:1] == [script.article],
    }[script.desk_by]


def _broken(script: Script, told: str, reference: str) -> dict[str, str]:
    """What the answer has that is against a check: of those it breaks, the one after the last that it was told of."""
    heard = [number for number, path in enumerate(script.breaks) if f"- {path}:" in told]
    following = script.breaks[heard[-1] + 1 if heard else 0 :]
    wrong = {
        "$.reference": {"reference": reference},
        "$.summary": {"summary": "It broke, " + "and that is a pity, " * 6},
        "$.urgency": {"urgency": "urgent"},
    }
    return wrong[following[0]] if following else {}


def retrieval(known: Held) -> Retrieve:
    """Finds the passages that share most words with a query; none that shares none."""
    held = [(_words(f"{each.title} {each.text}"), each) for each in known.passages]

    async def retrieve(queries: tuple[Query, ...]) -> tuple[Passage, ...]:
        return tuple(passage for asked in queries for passage in _nearest(asked, held))

    return retrieve


def _nearest(asked: Query, held: Iterable[tuple[set[str], Passage]]) -> list[Passage]:
    words = _words(asked.text)
    found = [(len(words & own), each) for own, each in held if words & own and each.kind == asked.kind]
    return [each for _, each in sorted(found, key=lambda pair: (-pair[0], pair[1].id))[: asked.top_k]]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) > SHORT}
