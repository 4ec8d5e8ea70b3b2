"""A posted form -> the answer that it holds, as JSON as a model gives it.

What was posted is whatever somebody sent: names that the form does not have are left alone, and a text that is no
value of its place's type is kept as it is and told, so that the form can be shown again with it.

Browsers post line breaks as CR LF, whatever they were: they are line feeds here. A text that no form can carry, such as
one with a carriage return alone, is as it was for as long as nobody changes it (`texts.unchanged`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from processor.core.contracts.shapes import base, containers, narrowed, numbers, strings
from processor.review.forms import names, texts
from processor.review.forms.shown import ITEMS_LIMIT, build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from processor.core.contracts.shapes.base import Shape
    from processor.core.records import Violation
    from processor.review.forms.field import Field

RULE = "form"
"""The rule of all problems that are told here."""

ADD = "add"
REMOVE = "remove"
"""Buttons that ask, without script, for the form again: with one more item in the list of that name, or without the
item of that name."""

_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")
_MISSING: Any = object()


@dataclass(slots=True)
class _Node:
    """What was posted under a name: its text, the last one where there are several, and the names below it.

    Names are taken apart as far as the form asks for them, and no further: a hostile one costs its own length.
    """

    text: str | None = None
    rest: list[tuple[str, str]] = field(default_factory=list)
    _below: dict[str, _Node] | None = None

    @property
    def below(self) -> dict[str, _Node]:
        """What stands under the next part of the names."""
        if self._below is None:
            self._below = {}
            for name, text in self.rest:
                part, dot, rest = name.partition(".")
                self._below.setdefault(part, _Node()).put(dot, rest, text)
            self.rest = []
        return self._below

    def put(self, dot: str, rest: str, text: str) -> None:
        """A text at this very name, or under a longer one."""
        if dot:
            self.rest.append((rest, text))
        else:
            self.text = text


@dataclass(slots=True)
class _Reading:
    """What goes along: the list that one item more is asked for, and what is wrong so far."""

    add: str
    problems: list[Violation] = field(default_factory=list)

    def problem(self, path: str, message: str, text: str, shape: Shape) -> None:
        self.problems.append(base.violation(path, RULE, message, found=text, expected=shape.expected))


def asks_for_form(posted: Mapping[str, Sequence[str]]) -> bool:
    """Whether nothing is decided yet: one of the buttons `ADD` and `REMOVE` was pressed."""
    return ADD in posted or REMOVE in posted


def read(shape: Shape, posted: Mapping[str, Sequence[str]]) -> tuple[Any, tuple[Violation, ...]]:
    """The answer of a posted form, and where a text is no value of its type. Never raises, whatever was posted.

    Of a control that was not posted nothing is in the answer. An item that `ADD` or `REMOVE` asks for is added, or is
    gone.

    Args:
        shape: of the task's contract.
        posted: texts by name, as `application/x-www-form-urlencoded` has them.
    """
    tree = _tree(posted)
    reading = _Reading(_last(posted.get(ADD, ())))
    answer = _value(shape, tree, names.ROOT, "$", reading)
    return ({} if answer is _MISSING else answer), tuple(reading.problems)


def typed(shape: Shape, posted: Mapping[str, Sequence[str]], violations: Sequence[Violation] = ()) -> Field:
    """The form as it was posted, with what is wrong with its texts, and `violations` beside."""
    answer, problems = read(shape, posted)
    return build(shape, answer, (*problems, *violations))


def _tree(posted: Mapping[str, Sequence[str]]) -> _Node:
    """The names as a tree, so that reading takes as long as the form is, and no longer."""
    removed = _last(posted.get(REMOVE, ()))
    root = _Node()
    for name, given in posted.items():
        if given and not (removed and f"{name}.".startswith(f"{removed}.")):
            root.rest.append((name, _last(given)))
    return root.below.get(names.ROOT, _Node())


def _last(given: Sequence[str]) -> str:
    return texts.normal(given[-1]) if given else ""


def _value(shape: Shape, node: _Node, name: str, path: str, reading: _Reading) -> Any:
    branches, nullable = names.branches(shape)
    chosen = node.below.get(names.IS, _Node()).text
    if nullable and chosen == names.NULL:
        return _null(branches, node, path, reading)
    if len(branches) == 1:
        return _plain(branches[0], node, name, path, reading)
    for branch in branches:
        if branch.kind == chosen:
            below = node.below.get(names.branch_part(branch), _Node())
            return _plain(branch, below, names.branch(name, branch), path, reading)
    if not node.below:
        return _MISSING
    reading.problem(path, "say which kind of value it is", chosen or "", shape)
    return None


def _null(branches: tuple[Shape, ...], node: _Node, path: str, reading: _Reading) -> Any:
    """Null, but where a text stands in the only control: one of both was not meant."""
    written = node.text if len(branches) == 1 and not isinstance(branches[0], _GROUPS) else None
    if not written:
        return None
    reading.problem(path, "something is written here, and null is chosen: empty it, or choose it", written, branches[0])
    return written


_GROUPS = (containers.Object, containers.List, numbers.Boolean, strings.Choice, narrowed.Narrowed)
"""What has a value without anybody having written one."""


def _plain(shape: Shape, node: _Node, name: str, path: str, reading: _Reading) -> Any:
    if isinstance(shape, containers.Null):
        return None
    if isinstance(shape, containers.Object):
        return _record(shape, node, name, path, reading)
    if isinstance(shape, containers.List):
        return _list(shape, node, name, path, reading)
    if node.text is None:
        return _MISSING
    was = node.below.get(names.WAS)
    text = texts.unchanged(node.text, was.text) if was else node.text
    value, problem = texts.value(shape, text)
    if problem:
        reading.problem(path, problem, text, shape)
    return value


def _record(shape: containers.Object, node: _Node, name: str, path: str, reading: _Reading) -> Any:
    if not node.below:
        return _MISSING
    made: dict[str, Any] = {}
    for member in shape.members:
        below = node.below.get(names.part(member.name), _Node())
        where = base.member(path, member.name)
        value = _value(member.shape, below, names.member(name, member.name), where, reading)
        if value is not _MISSING:
            made[member.name] = value
    return made


def _list(shape: containers.List, node: _Node, name: str, path: str, reading: _Reading) -> Any:
    numbered = sorted((int(part), each) for part, each in node.below.items() if _INDEX.fullmatch(part))
    if node.text is None and not numbered and reading.add != name:
        return _MISSING
    shown = int(node.text) if node.text is not None and _INDEX.fullmatch(node.text) else 0
    if max(shown, len(numbered)) > ITEMS_LIMIT:
        message = f"a form holds at most {ITEMS_LIMIT} items, and here are {max(shown, len(numbered))}"
        reading.problem(path, message, "", shape)
    items = [
        _value(shape.items, each, f"{name}.{number}", f"{path}[{place}]", reading)
        for place, (number, each) in enumerate(numbered[:ITEMS_LIMIT])
    ]
    if reading.add == name:
        items.append({} if isinstance(shape.items, containers.Object) else None)
    return [None if each is _MISSING else each for each in items]
