r"""Regular expressions of a contract: a dialect that is portable and cannot be made to run for long.

The dialect is what Python's `re`, ECMA 262 (JSON Schema) and the grammars of model servers share: literals, escapes,
`.`, character classes, groups, `|` and the greedy quantifiers. A pattern stands between `^` and `$` and describes the
whole value; classes such as `\d` are ASCII. There is no look-around, no back-reference, no flag, no lazy quantifier.

Values are hostile, and Python's engine backtracks. So the ways in which a pattern can split a value are counted
beforehand, and a pattern with too many of them is refused: that bounds the work on any value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from re import _constants as ops  # type: ignore[attr-defined]  # not public, and stable since Python 3.11
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

PATTERN_LIMIT = 200
"""Characters of a pattern."""

VALUE_LIMIT = 1000
"""Characters of a value that a pattern is tried on; a longer value does not match."""

WAYS_LIMIT = 2_000_000
"""In how many ways a pattern may split a value, before it is refused."""

_ENDS = (ops.AT, ops.AT_BEGINNING), (ops.AT, ops.AT_END)
_SINGLE = {ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN}


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression that describes a whole value. `text` is it as it was written."""

    text: str
    _compiled: re.Pattern[str] = field(repr=False, compare=False)

    def matches(self, value: str) -> bool:
        """Whether the whole value fits."""
        return len(value) <= VALUE_LIMIT and self._compiled.fullmatch(value) is not None


def parse(text: str, longest: int | None = None) -> Pattern:
    """Compile a pattern.

    Args:
        text: the pattern, from `^` to `$`.
        longest: how many characters a value may have at the most, where that is bounded.

    Raises:
        ValueError: it is not in the dialect or could run for long; the message says what to do.
    """
    if len(text) > PATTERN_LIMIT:
        raise ValueError(f"a pattern may have at most {PATTERN_LIMIT} characters")
    try:
        tree = parser.parse(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if tree.state.flags != re.ASCII:
        raise ValueError("flags are not in the dialect")
    if len(tree) < len(_ENDS) or (tree[0], tree[-1]) != _ENDS:
        raise ValueError("a pattern describes the whole value: from ^ to $, alternatives in a group as in ^(a|b)$")
    if _ways(tree[1:-1], min(longest or VALUE_LIMIT, VALUE_LIMIT)) > WAYS_LIMIT:
        raise ValueError(
            "it could take very long on some values: bound its repeats, as in {1,20} for +, give the field a "
            "maxLength, or have fewer repeats and alternatives inside each other"
        )
    # The body alone, for `fullmatch`: `$` would also match before a newline at the end.
    return Pattern(text, re.compile(text[1:-1], re.ASCII))


def _ways(tree: Any, length: int) -> int:
    """In how many ways a part of a pattern may take characters out of a value of this length, at the most."""
    ways = 1
    for op, argument in tree:
        ways *= _ways_of(op, argument, length)
        if ways > WAYS_LIMIT:
            break
    return ways


def _ways_of(op: Any, argument: Any, length: int) -> int:
    if op in _SINGLE:
        return 1
    if op is ops.SUBPATTERN:
        _, added, removed, inner = argument
        if added or removed:
            raise ValueError("flags are not in the dialect")
        return _ways(inner, length)
    if op is ops.BRANCH:
        return sum(_ways(branch, length) for branch in argument[1])
    if op is ops.MAX_REPEAT:
        least, most, inner = argument
        most = min(most, length) if most is not ops.MAXREPEAT else length
        inside = _ways(inner, length)
        if inside == 1:
            return max(1, int(most) - int(least) + 1)
        # Bounded exponents: the power is over the limit long before it is large.
        return sum(inside ** min(times, WAYS_LIMIT.bit_length()) for times in range(min(least, most), most + 1))
    raise ValueError(f"{str(op).lower()} is not in the dialect: no look-around, back-references or lazy quantifiers")
